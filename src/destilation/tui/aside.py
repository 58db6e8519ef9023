"""A verb of ours that is run in a process of its own while the screen goes on; its last line says what came of it."""

import subprocess
import sys
from collections.abc import Sequence

PATIENCE_S = 3600.0


def last_line(words: Sequence[str]) -> tuple[bool, str]:
    """Run `destilation WORDS`; whether it went well, and what it said last or, where it did not, first."""
    try:
        done = subprocess.run(
            [sys.executable, "-m", "destilation", *words],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=PATIENCE_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return False, type(error).__name__
    good = done.returncode == 0
    said = (done.stdout if good else done.stderr).decode("utf-8", "replace").strip().splitlines() or [""]
    return good, said[-1 if good else 0].strip()
