"""When objects that refer to each other in circles are looked for: not while loading, from then on as before."""

import gc
import subprocess
import sys

COUNTS = """
import gc, sys
seen = []
gc.callbacks.append(lambda phase, info: seen.append(gc.isenabled()))
sys.argv = ["destilation", *sys.argv[1:]]
from destilation.cli import main
before = len(seen)
try:
    main()
except SystemExit:
    pass
loaded = len(seen) - before
gc.callbacks.clear()
print(loaded, gc.isenabled(), gc.get_freeze_count() > 10_000, gc.get_threshold()[0])
"""


def test_nothing_is_looked_for_while_a_verb_is_loaded() -> None:
    """Then it is looked again, every 50,000 objects, and what was loaded is left out for good."""
    command = [sys.executable, "-c", COUNTS, "config", "show", "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "0 True True 50000"


def test_another_program_that_runs_verbs_keeps_its_own_ways() -> None:
    """Nothing is frozen, nothing is switched on or off in a process that is not ours."""
    for before in ("enable", "disable"):
        code = (
            f"import gc\ngc.{before}()\nfrom destilation.cli.app import run\nrun(['templates'])\n"
            "print(gc.get_freeze_count(), gc.isenabled(), gc.get_threshold()[0])"
        )
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        assert done.stdout.splitlines()[-1] == f"0 {before == 'enable'} {gc.get_threshold()[0]}"
