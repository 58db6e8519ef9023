"""The command line: a static table of verbs, each loaded only when it is called."""

import gc
import sys

# A run makes and drops thousands of objects a second that hold no cycles: to look for cycles after every 700 of them
# costs a fifth of the processor and finds next to nothing. Loading drops none: until a verb is there nothing looks.
_LOOK_EVERY = (50_000, 20, 50)


def main() -> None:
    """The console script. Ends the process with the codes of `docs/exit-codes.md`."""
    if sys.argv[1:] in (["--version"], ["-V"]):
        from destilation.version import __version__

        print(f"destilation {__version__}")
        return
    gc.disable()
    gc.set_threshold(*_LOOK_EVERY)
    from destilation.cli.app import run
    from destilation.cli.streams import make_lasting

    make_lasting()
    sys.exit(run(sys.argv[1:], loaded=_look))


def _look() -> None:
    """From now on cycles are looked for, but not among what was loaded."""
    gc.freeze()
    gc.enable()
