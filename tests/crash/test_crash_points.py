"""A short job whose disk fails, whose process dies, or whose power goes at each of its writes, syncs and renames."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.crash.play import HOWS


@pytest.mark.parametrize("durability", ["group", "each"])
@pytest.mark.parametrize("how", HOWS)
def test_any_operation_may_be_the_last(how: str, durability: str, long: bool) -> None:
    """After each bad end, and another one in the resume, the next run ends with exactly N and `verify` is content."""
    step = 1 if long else 11
    done = subprocess.run(
        [sys.executable, "-m", "tests.crash.play", "--how", how, "--durability", durability, "--step", str(step),
         "--first", str(1 + HOWS.index(how))],
        cwd=Path(__file__).parents[2], env={"PYTHONPATH": "src"}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "all right" in done.stdout
    print(done.stdout, end="")
