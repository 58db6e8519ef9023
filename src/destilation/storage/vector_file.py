"""The vectors of samples in a file, a cache: what is absent or damaged is read from the ledger again. Knows no model.

A head (see `_Head`), the identities of the samples (the first 8 bytes of their hashes), then the vectors: numbers in
the byte order of the machine.
"""

import sys
import zlib
from collections.abc import Iterator
from pathlib import Path

import msgspec
import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from destilation.storage.atomic import replace_file
from destilation.storage.disk import Disk
from destilation.storage.layout import VECTORS

FORMAT = f"destilation vectors 1 {sys.byteorder}"
Identities = NDArray[np.uint64]
Rows = NDArray[np.float32]


class _Head(Struct, frozen=True):
    format: str
    model: str
    count: int
    size: int
    crc32: int


def write_vectors(folder: Path, model: str, identities: Identities, rows: Rows, disk: Disk) -> None:
    """Keep `rows[k]` as the vector of the sample of that identity. Raises OSError, and then nothing has changed."""
    data = identities.astype(np.uint64).tobytes(), rows.astype(np.float32).tobytes()
    crc = zlib.crc32(data[1], zlib.crc32(data[0]))
    head = msgspec.json.encode(_Head(FORMAT, model, len(rows), rows.shape[1] if rows.ndim > 1 else 0, crc))

    def pieces() -> Iterator[bytes]:
        yield head + b"\n"
        yield from data

    replace_file(folder / VECTORS, pieces(), disk, sync=False)


def read_vectors(folder: Path, model: str) -> dict[int, Rows]:
    """The vectors by identity; none where the file is absent, of another model, or not as it was written."""
    try:
        head, _, data = (folder / VECTORS).read_bytes().partition(b"\n")
        told = msgspec.json.decode(head, type=_Head)
    except (OSError, msgspec.DecodeError, UnicodeDecodeError):
        return {}
    fits = told.format == FORMAT and told.model == model and len(data) == told.count * (8 + 4 * told.size)
    if not fits or zlib.crc32(data) != told.crc32:
        return {}
    identities = np.frombuffer(data, np.uint64, told.count)
    rows = np.frombuffer(data, np.float32, offset=8 * told.count).reshape(told.count, told.size)
    return dict(zip(identities.tolist(), rows, strict=True))


def identity(digest: str) -> int:
    """Of a sample, by the `id` of its provenance; 0 where that is none."""
    try:
        return int(digest[:16], 16)
    except ValueError:
        return 0
