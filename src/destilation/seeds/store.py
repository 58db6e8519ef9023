"""Seeds kept aside while a run lasts: read once, checked, and found again by their place. Knows no job.

Up to `MOST_HELD` bytes of text are held in memory; beyond that they lie in a temporary file without a name, which is
gone with the process. Sixteen bytes a seed are held besides, so gigabytes of seeds take the memory of a few.
"""

import hashlib
import tempfile
import weakref
from array import array
from collections.abc import Collection, Iterable, Iterator, Mapping

import msgspec
import numpy as np
from numpy.typing import NDArray

from destilation.errors import ConfigError

MOST_HELD = 64 << 20


class Store:
    """The texts of seeds, each once, in their order; `ids` name them. `repeated` counts those that were there twice."""

    def __init__(self, seeds: Iterable[Mapping[str, str]], unnamed: Collection[str] = ()) -> None:
        """Reads all; the texts called as in `unnamed` do not make two seeds different. Raises ConfigError."""
        self._file = tempfile.SpooledTemporaryFile(max_size=MOST_HELD)  # noqa: SIM115 - closed with the store
        self._close = weakref.finalize(self, self._file.close)
        self._decode = msgspec.json.Decoder(dict[str, str]).decode
        ids, offsets = array("Q"), array("Q")
        at = 0
        try:
            for texts in seeds:
                line = msgspec.json.encode(texts, order="sorted")
                named = {name: text for name, text in texts.items() if name not in unnamed}
                key = line if len(named) == len(texts) else msgspec.json.encode(named, order="sorted")
                ids.append(int.from_bytes(hashlib.blake2b(key, digest_size=8).digest()))
                offsets.append(at)
                at += self._file.write(line + b"\n")
        except OSError as error:
            what = f"{tempfile.gettempdir()}: {error.strerror or error}"
            raise ConfigError(f"{what}: seeds are kept there while a run lasts; TMPDIR names another folder") from None
        every = np.frombuffer(ids, np.uint64)
        first = np.sort(np.unique(every, return_index=True)[1])
        self.repeated = len(every) - len(first)
        self._ids: NDArray[np.uint64] = every[first]
        self._offsets = np.frombuffer(offsets, np.uint64)[first]

    def __len__(self) -> int:
        return len(self._ids)

    def __getitem__(self, place: int) -> Mapping[str, str]:
        self._file.seek(int(self._offsets[place]))
        return self._decode(self._file.readline())

    def __iter__(self) -> Iterator[Mapping[str, str]]:
        return (self[place] for place in range(len(self)))

    @property
    def ids(self) -> NDArray[np.uint64]:
        """The 64 bits that name each."""
        return self._ids

    def keep(self, places: list[int]) -> None:
        """Leave out all but those at these places."""
        self._ids, self._offsets = self._ids[places], self._offsets[places]
