"""Checks a dataset folder line by line, and changes nothing.

Memory holds the duplicate index and the identity of each answer, no text.
"""

import hashlib
from collections.abc import Iterator, Mapping
from itertools import zip_longest
from pathlib import Path
from typing import Any, TypeVar

import msgspec
from msgspec import Struct

from destilation.config import Config, load
from destilation.core.dedup.index import SeenIndex, content
from destilation.core.template import Template
from destilation.errors import ConfigError
from destilation.launch.folder import line_fault
from destilation.storage.fold import read_metadata
from destilation.storage.layout import COMPLETIONS, JOB, METADATA, PROVENANCE, REJECTIONS, SAMPLES
from destilation.storage.lines import Line, read_lines
from destilation.storage.records import Origin, StoredRejection, line_hash

MOST_FAULTS = 1_000
Kind = TypeVar("Kind")


class Fault(Struct, frozen=True):
    """One thing that is wrong: in which file, on which line (0: the file as a whole), and what."""

    file: str
    line: int
    what: str


class Verification(Struct, frozen=True):
    """How many samples there are, and all that is wrong (at most a thousand faults)."""

    samples: int
    faults: tuple[Fault, ...]


class _Asked(Struct, frozen=True):
    """What verification needs of a line of `completions.jsonl`."""

    task: int
    attempt: int
    provider: str
    body: msgspec.Raw


def verify(folder: Path) -> Verification:
    """Check every file of the folder. Raises ConfigError where its template is not known."""
    check = _Verifier(folder, config_of(folder))
    for step in (check.samples_and_provenance, check.ledger, check.metadata):
        step()
    return Verification(check.count, tuple(check.faults))


def config_of(folder: Path) -> Config:
    """The configuration of the folder's last run. Raises ConfigError where it is not there."""
    path = folder / JOB
    if not path.is_file():
        raise ConfigError(f"{folder} has no {JOB}, so its template is not known; the next run writes it")
    return load(path, env={})


class _Verifier:
    """One pass over a folder, collecting faults."""

    def __init__(self, folder: Path, config: Config) -> None:
        self.count = 0
        self._copies = 0
        self.faults: list[Fault] = []
        self._folder = folder
        self._template: Template = config.template
        self._compared = config.job.dedup.fields or config.template.compared_fields
        self._seen = SeenIndex(config.job.dedup.threshold)
        self._digest = hashlib.sha256()
        self._named: set[tuple[int, int]] = set()

    def samples_and_provenance(self) -> None:
        """Line k of the one belongs to line k of the other."""
        origins = read_lines(self._folder / PROVENANCE)
        for sample, origin in zip_longest(read_lines(self._folder / SAMPLES), origins):
            if sample is not None:
                self._sample(sample)
            if origin is None:
                self._fault(PROVENANCE, 0, f"has no line for sample {sample.number}")
            elif sample is None:
                self._fault(PROVENANCE, origin.number, "belongs to no sample")
            else:
                self._origin(origin, line_hash(sample.data))

    def ledger(self) -> None:
        """Every answer is there once, and every rejection and sample names one."""
        recorded: set[tuple[int, int]] = set()
        for line, answer in self._decoded(COMPLETIONS, _Asked):
            key = (answer.task, answer.attempt)
            if key in recorded:
                self._fault(COMPLETIONS, line.number, f"task {key[0]} attempt {key[1]} was recorded before")
            recorded.add(key)
        for line, refused in self._decoded(REJECTIONS, StoredRejection):
            if (refused.task, refused.attempt) not in recorded:
                self._fault(REJECTIONS, line.number, f"names task {refused.task}, whose answer is not recorded")
        for task, attempt in sorted(self._named - recorded):
            self._fault(PROVENANCE, 0, f"names task {task} attempt {attempt}, whose answer is not recorded")

    def metadata(self) -> None:
        """The fold agrees with the files."""
        document = read_metadata(self._folder)
        if document is None:
            self._fault(METADATA, 0, "is missing or no JSON object; the next run makes it anew")
            return
        if document.get("state") == "running":
            return  # a run is under way or was killed: the fold may lag behind, and the next run mends it
        expected: dict[str, object] = {
            "accepted": self.count - self._copies,
            "samples_digest": self._digest.hexdigest(),
        }
        for key, value in expected.items():
            if document.get(key) != value:
                self._fault(METADATA, 0, f"says {key} {document.get(key)!r}, the samples say {value!r}")

    def _sample(self, line: Line) -> None:
        self.count += 1
        self._digest.update(line.data + (b"\n" if line.whole else b""))
        if not line.whole:
            self._fault(SAMPLES, line.number, "has no end of line; the next run mends it")
        try:
            record = msgspec.json.decode(line.data, type=dict[str, Any])
        except (msgspec.DecodeError, UnicodeDecodeError):
            self._fault(SAMPLES, line.number, "is no JSON object")
            return
        if fault := self._record_fault(record):
            self._fault(SAMPLES, line.number, fault)
        if twin := self._seen.admit(content(record, self._compared), line.number):
            self._copies += twin.exact
            kind = "the same as" if twin.exact else f"{twin.similarity:.2f} similar to"
            self._fault(SAMPLES, line.number, f"is {kind} line {twin.number}")

    def _record_fault(self, record: Mapping[str, Any]) -> str | None:
        wanted = [field.name for field in self._template.sample_fields]
        if fault := line_fault(self._template, record):
            return fault
        return None if list(record) == wanted else f"has its fields in another order than {', '.join(wanted)}"

    def _origin(self, line: Line, digest: str) -> None:
        origin = self._decode(PROVENANCE, line, Origin)
        if origin is None:
            return
        if origin.sample != line.number or origin.hash != digest:
            self._fault(PROVENANCE, line.number, f"does not belong to line {line.number} of {SAMPLES}")
        if origin.task is not None:
            self._named.add((origin.task, origin.attempt))

    def _decoded(self, name: str, kind: type[Kind]) -> Iterator[tuple[Line, Kind]]:
        for line in read_lines(self._folder / name):
            if (value := self._decode(name, line, kind)) is not None:
                yield line, value

    def _decode(self, name: str, line: Line, kind: type[Kind]) -> Kind | None:
        try:
            return msgspec.json.decode(line.data, type=kind)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            torn = "" if line.whole else "; it has no end, and the next run mends it"
            self._fault(name, line.number, f"cannot be read: {error}{torn}")
            return None

    def _fault(self, file: str, line: int, what: str) -> None:
        if len(self.faults) < MOST_FAULTS:
            self.faults.append(Fault(file, line, what))
