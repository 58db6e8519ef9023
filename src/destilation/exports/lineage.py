"""Where rows come from: a row as a number by which it is found again, however a reader has ordered its keys."""

from collections.abc import Iterable, Mapping
from hashlib import blake2b
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray


def row_digest(row: Mapping[str, Any]) -> int:
    """64 bits that equal rows share; keys without a value count as absent, since readers of tables add them."""
    encoded = msgspec.json.encode(_bare(row), order="sorted")
    return int.from_bytes(blake2b(encoded, digest_size=8).digest(), "big")


class Pedigree:
    """The rows that a folder gives, by digest: sixteen bytes a row."""

    def __init__(self, rows: Iterable[tuple[int, int]]) -> None:
        pairs = np.fromiter(rows, np.dtype([("digest", "<u8"), ("number", "<u8")]))
        pairs.sort(order="digest", kind="stable")
        self._digests: NDArray[np.uint64] = np.ascontiguousarray(pairs["digest"])
        self._numbers: NDArray[np.uint64] = np.ascontiguousarray(pairs["number"])

    def __len__(self) -> int:
        return len(self._digests)

    def source(self, digest: int) -> int | None:
        """The first sample that gives such a row; None: there is none."""
        at = int(np.searchsorted(self._digests, np.uint64(digest)))
        found = at < len(self._digests) and int(self._digests[at]) == digest
        return int(self._numbers[at]) if found else None


def _bare(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _bare(inner) for key, inner in value.items() if inner is not None}
    if isinstance(value, list | tuple):
        return [_bare(inner) for inner in value]
    return value
