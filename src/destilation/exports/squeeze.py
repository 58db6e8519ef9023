"""Compression by the ending of a file's name, piece by piece. Knows no content."""

import bz2
import lzma
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

from destilation.errors import ConfigError


class Squeezer(Protocol):
    """Takes bytes, gives compressed ones back, and the rest at the end."""

    def compress(self, data: bytes, /) -> bytes:
        """What is ready."""

    def flush(self) -> bytes:
        """The end of the file."""


class Plain:
    """No compression."""

    def compress(self, data: bytes, /) -> bytes:
        """The same."""
        return data

    def flush(self) -> bytes:
        """Nothing."""
        return b""


def _zstd() -> Any:
    try:
        import zstandard
    except ImportError:
        raise ConfigError(".zst needs another package: pip install zstandard, or choose .gz, .xz or .bz2") from None
    return zstandard.ZstdCompressor(level=10).compressobj()


_KINDS: dict[str, Callable[[], Any]] = {
    ".gz": lambda: zlib.compressobj(6, zlib.DEFLATED, 31),
    ".xz": lambda: lzma.LZMACompressor(preset=2),
    ".bz2": bz2.BZ2Compressor,
    ".zst": _zstd,
}
ENDINGS = tuple(_KINDS)


def squeezer(path: Path) -> Squeezer:
    """What a file of that name is compressed with. Raises ConfigError where a package is missing."""
    made: Squeezer = _KINDS.get(path.suffix, Plain)()
    return made
