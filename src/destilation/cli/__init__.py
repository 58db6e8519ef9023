"""The command line: a static table of verbs, each loaded only when it is called."""

import gc
import os
import sys

# Loading makes objects by the hundred thousand and drops none, and a run makes and drops thousands a second that hold
# no cycles: to look for cycles after every 700 objects costs a fifth of the processor and finds next to nothing.
_LOOK_EVERY = (50_000, 20, 50)


def main() -> None:
    """The console script. Ends the process with the codes of `docs/exit-codes.md`."""
    if sys.argv[1:] in (["--version"], ["-V"]):
        from destilation.version import __version__

        print(f"destilation {__version__}")
        return
    gc.set_threshold(*_LOOK_EVERY)
    # pydantic looks through all packages that are installed for plug-ins of its own, which have no business here.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    from destilation.cli.app import run
    from destilation.cli.streams import make_lasting

    make_lasting()
    sys.exit(run(sys.argv[1:]))
