"""Bad lines in the middle of a file: put right from the ledger where that can be, else moved aside.

No run does this by itself: damage that is no torn tail has a cause that its user should know of.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from destilation.config import Config
from destilation.core.events import Healed
from destilation.launch.holding import holding
from destilation.launch.rebuild import rebuild
from destilation.launch.trace import Tracer
from destilation.storage.atomic import replace_file
from destilation.storage.disk import Disk
from destilation.storage.layout import CHARGES, COMPLETIONS, PROVENANCE, REJECTIONS, SAMPLES, aside
from destilation.storage.lines import Line, read_lines
from destilation.storage.records import Origin, StoredAnswer, StoredCharge, StoredRejection, line_hash, stamp_of

_KINDS: Mapping[str, type] = {
    COMPLETIONS: StoredAnswer,
    CHARGES: StoredCharge,
    REJECTIONS: StoredRejection,
    PROVENANCE: Origin,
    SAMPLES: dict[str, Any],
}
_UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


def salvage(folder: Path, config: Config) -> list[Healed]:
    """Mend all that can be mended in a folder, and say what was done.

    A sample is never removed, but a line that is the very copy of an earlier one holds none.

    Raises FolderInUseError, DamagedError for what only its user can put right, StorageError.
    """
    disk = Disk()
    healed: list[Healed] = []
    with holding(folder, disk):
        for name, kind in _KINDS.items():
            if bad := _bad(folder / name, kind):
                restored = _restored(folder, config, bad) if name == SAMPLES else {}
                healed.append(_rewrite(folder / name, bad, restored, disk, "cannot be read"))
        if copies := _copies(folder / SAMPLES):
            healed.append(_rewrite(folder / SAMPLES, copies, {}, disk, "are copies of earlier ones"))
        healed += rebuild(folder, config, held=True)
    return healed


def _bad(path: Path, kind: type) -> frozenset[int]:
    """The numbers of lines that cannot be read, but for those at the end, which are a torn tail."""
    bad, tail = [], []
    decoder: msgspec.json.Decoder[Any] = msgspec.json.Decoder(kind)
    for line in read_lines(path):
        try:
            decoder.decode(line.data)
        except _UNREADABLE:
            tail.append(line.number)
        else:
            bad += tail
            tail = []
    return frozenset(bad)


def _copies(path: Path) -> frozenset[int]:
    """The numbers of lines that were there before, byte for byte. Memory: about a hundred bytes a line."""
    seen: set[int] = set()
    copies = []
    for line in read_lines(path):
        key = int(line_hash(line.data)[:32], 16)
        if key in seen:
            copies.append(line.number)
        seen.add(key)
    return frozenset(copies)


def _restored(folder: Path, config: Config, bad: frozenset[int]) -> dict[int, bytes]:
    """The samples on those lines, as their answers in the ledger make them again, by line number."""
    wanted: dict[tuple[int, int], tuple[int, str]] = {}
    for line in read_lines(folder / PROVENANCE):
        origin = msgspec.json.decode(line.data, type=Origin)
        if origin.sample in bad:
            wanted[origin.task, origin.attempt] = (origin.sample, origin.hash)
    tracer, found = Tracer(config), {}
    for line in read_lines(folder / COMPLETIONS):
        answer = msgspec.json.decode(line.data, type=StoredAnswer)
        number, digest = wanted.get((answer.task, answer.attempt), (0, ""))
        if number and (made := tracer.sample(answer)) is not None and line_hash(made.line) == digest:
            found[number] = made.line
    return found


def _rewrite(path: Path, bad: frozenset[int], restored: Mapping[int, bytes], disk: Disk, why: str) -> Healed:
    kept = aside(path, "bad", stamp_of(datetime.now(UTC)))

    def rest() -> Iterator[bytes]:
        for line in read_lines(path):
            if line.number not in bad:
                yield _whole(line)
            elif line.number in restored:
                yield restored[line.number] + b"\n"

    replace_file(kept, (_whole(line) for line in read_lines(path) if line.number in bad), disk)
    replace_file(path, rest(), disk)
    what = f"lines that {why}, moved to {kept.name}: {len(bad):,}"
    again = f"; of these made anew from the ledger: {len(restored):,}" if restored else ""
    return Healed(file=path.name, what=what + again)


def _whole(line: Line) -> bytes:
    return line.data + (b"\n" if line.whole else b"")
