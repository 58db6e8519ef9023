"""The command line: a static table of verbs, each loaded only when it is called."""

import sys


def main() -> None:
    """The console script. Ends the process with the codes of `docs/exit-codes.md`."""
    if sys.argv[1:] in (["--version"], ["-V"]):
        from destilation.version import __version__

        print(f"destilation {__version__}")
        return
    from destilation.cli.app import run
    from destilation.cli.streams import make_lasting

    make_lasting()
    sys.exit(run(sys.argv[1:]))
