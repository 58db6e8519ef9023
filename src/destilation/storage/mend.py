"""Makes the files of a folder agree where a crash, the power or a person left them in contradiction.

Samples are never touched. What is done is told as Healed; every step replaces a file in one go or appends to
it, so that the next start finds either the contradiction or the mended file.
"""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import msgspec

from destilation.core.events import Healed
from destilation.storage.align import Alignment, Trace, answer_from
from destilation.storage.append import AppendFile
from destilation.storage.atomic import replace_file
from destilation.storage.disk import Disk
from destilation.storage.layout import COMPLETIONS, PROVENANCE, REJECTIONS, SAMPLES, aside
from destilation.storage.lines import read_lines
from destilation.storage.records import Provenance, StoredRejection, encode_line
from destilation.storage.recovery import Misfit, Recovery


class Mending:
    """What can be done about one reading's contradictions; `moment` is UTC, RFC 3339, `stamp` for file names."""

    def __init__(
        self, folder: Path, files: Mapping[str, AppendFile], disk: Disk, trace: Trace, moment: str, stamp: str
    ) -> None:
        self._folder = folder
        self._files = files
        self._disk = disk
        self._trace = trace
        self._moment = moment
        self._stamp = stamp

    def mend(self, reading: Recovery, begun: int) -> Iterator[Healed]:
        """Mend what the reading found; nothing comes out when nothing was to do. Raises DamagedError, OSError."""
        if reading.beyond is not None:
            self._files[PROVENANCE].cut(reading.beyond)
            yield Healed(file=PROVENANCE, what=f"cut to the lines of {SAMPLES}")
        if reading.misfit is not None:
            yield self._align(reading.misfit, reading.ledger.settled, begun)
        elif not reading.consistent:
            yield from self._forget_rejections(reading)
            yield from self._stand_in(reading)

    def _align(self, misfit: Misfit, settled: Callable[[int], bool], begun: int) -> Healed:
        aligned = Alignment(self._folder, misfit, self._trace, settled, begun + 1, self._moment).run()
        self._append(COMPLETIONS, b"".join(map(encode_line, aligned.answers)))
        self._append(REJECTIONS, b"".join(map(encode_line, aligned.taken)))
        self._replace(PROVENANCE, aligned.provenance)
        parts = [
            f"{count:,} {what}"
            for count, what in (
                (aligned.lost, "lost for good and now say only that"),
                (aligned.edited, "of samples changed by hand"),
                (len(aligned.taken), "of samples whose lines are gone"),
            )
            if count
        ]
        said = f" ({'; '.join(parts)})" if parts else ""
        return Healed(file=PROVENANCE, what=f"made to fit {SAMPLES} from line {misfit.number:,} on{said}")

    def _forget_rejections(self, reading: Recovery) -> Iterator[Healed]:
        """The power took these answers but not the verdicts on them: their attempts will be made again."""
        orphans = []
        for line in read_lines(self._folder / REJECTIONS):
            refused = msgspec.json.decode(line.data, type=StoredRejection)
            if (refused.task, refused.attempt) not in reading.ledger.recorded:
                orphans.append(line.number)
        if not orphans:
            return
        gone = frozenset(orphans)
        kept = aside(self._folder / REJECTIONS, "torn", self._stamp)
        lines = (line.data + b"\n" for line in read_lines(self._folder / REJECTIONS) if line.number in gone)
        replace_file(kept, lines, self._disk)
        rest = (line.data + b"\n" for line in read_lines(self._folder / REJECTIONS) if line.number not in gone)
        self._replace(REJECTIONS, rest)
        yield Healed(file=REJECTIONS, what=f"lines about lost answers, moved to {kept.name}: {len(gone):,}")

    def _stand_in(self, reading: Recovery) -> Iterator[Healed]:
        """The power took these answers but not their samples, which have to stand for them."""
        made = []
        origins = read_lines(self._folder / PROVENANCE)
        for sample, line in zip(read_lines(self._folder / SAMPLES), origins, strict=True):
            origin = msgspec.json.decode(line.data, type=Provenance)
            if (origin.task, origin.attempt) not in reading.ledger.recorded:
                made.append(encode_line(answer_from(origin, sample.data)))
        if made:
            self._append(COMPLETIONS, b"".join(made))
            yield Healed(file=COMPLETIONS, what=f"lost answers, made anew from their samples: {len(made):,}")

    def _append(self, name: str, data: bytes) -> None:
        if data:
            self._files[name].append(data)
            self._files[name].sync()

    def _replace(self, name: str, chunks: Iterator[bytes]) -> None:
        replace_file(self._folder / name, chunks, self._disk)
        self._files[name].reopen()
