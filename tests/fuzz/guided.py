"""Feeds a target to a coverage-guided fuzzer: `python -m tests.fuzz.guided answer -max_total_time=600`."""

import sys
import tempfile
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["destilation"]):
    from tests.fuzz.targets import PLAIN, Folder
    from tests.fuzz.test_fuzz import WHOLE

FLAGS = ("-max_len=4096", "-timeout=20", "-rss_limit_mb=2048", "-print_final_stats=1")


def main(name: str, flags: list[str]) -> None:
    """Fuzz until the time is up, or stop at the first broken promise with the bytes that broke it."""
    target = Folder() if name == "folder" else PLAIN[name]
    corpus = Path(tempfile.mkdtemp(prefix=f"fuzz-{name}-"))
    for kind in range(24):
        (corpus / str(kind)).write_bytes(
            (bytes([kind]) if name in ("answer", "folder") else b"") + WHOLE.get(name, b"{}\n")
        )
    atheris.Setup([sys.argv[0], *FLAGS, f"-artifact_prefix={corpus}/broken-", *flags, str(corpus)], target)
    atheris.Fuzz()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
