"""`metadata.json` read back: a cache, so that what cannot be read is not there."""

from pathlib import Path
from typing import Any

import msgspec

from destilation.storage.layout import METADATA


def read_metadata(folder: Path) -> dict[str, Any] | None:
    """The object in `metadata.json`; None where there is none that can be read."""
    try:
        return msgspec.json.decode((folder / METADATA).read_bytes(), type=dict[str, Any])
    except (OSError, msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
