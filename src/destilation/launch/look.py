"""A dataset folder as it stands, without touching it: for verbs that only look."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from msgspec import Struct

from destilation.storage.fold import read_metadata
from destilation.storage.lock import holder


class Seen(Struct, frozen=True):
    """What `metadata.json` says (None where it is absent or no JSON object), and whether a run writes now."""

    metadata: Mapping[str, Any] | None
    running: bool


def look(folder: Path) -> Seen:
    """Look at a folder. Raises OSError."""
    return Seen(read_metadata(folder), holder(folder) is not None)
