"""What a dataset cost, by provider, model and outcome: read from its ledger, which has every answer."""

from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

import msgspec
from msgspec import Struct

from destilation.core.topics.growth import PLANNING
from destilation.storage.layout import CHARGES, COMPLETIONS, PROVENANCE, REJECTIONS, SAMPLES
from destilation.storage.lines import read_lines
from destilation.storage.records import StoredCharge, Tokens

Kind = TypeVar("Kind")
OUTCOMES = ("accepted", "refused", "not judged", "no answer")


class Row(Struct):
    """A sum over the answers of one model at one stage with one outcome; US dollars."""

    stage: str
    provider: str
    model: str
    outcome: str
    answers: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    usd: float = 0.0


class _Key(Struct, frozen=True):
    """What names an answer; `task` is None where a sample's provenance was lost."""

    task: int | None = None
    attempt: int = 0


class _Named(_Key, frozen=True):
    """What names the answers that a sample came from: its own, and those of other stages."""

    stages: tuple[_Key, ...] = ()

    def named(self) -> Iterator[tuple[int | None, int]]:
        """Task and attempt of each."""
        yield self.task, self.attempt
        for stage in self.stages:
            yield self.task, stage.attempt


class Paid(Struct, frozen=True):
    """What an answer took."""

    task: int
    attempt: int
    provider: str
    model: str
    seconds: float = 0.0
    tokens: Tokens = Tokens()
    cost_usd: float = 0.0
    stage: str = ""


def cost(folder: Path) -> list[Row]:
    """The sums, dearest first. Lines that cannot be read are left to `verify`. Raises OSError."""
    accepted = {key for origin in _read(folder / PROVENANCE, _Named) for key in origin.named()}
    refused = {(key.task, key.attempt) for key in _read(folder / REJECTIONS, _Key)}
    rows: dict[tuple[str, str, str, str], Row] = {}
    for paid in answers_in(folder):
        key = (paid.task, paid.attempt)
        good = key in accepted or (paid.stage == PLANNING and key not in refused)
        outcome = OUTCOMES[0 if good else 1 if key in refused else 2]
        named = (paid.stage, paid.provider, paid.model, outcome)
        row = rows.setdefault(named, Row(*named))
        row.answers += 1
        row.tokens_in += paid.tokens.into
        row.tokens_out += paid.tokens.out
        row.usd += paid.cost_usd
    for charge in _read(folder / CHARGES, StoredCharge):
        named = (charge.stage, charge.provider, "", OUTCOMES[3])
        row = rows.setdefault(named, Row(*named))
        row.answers += 1
        row.tokens_out += charge.tokens
        row.usd += charge.usd
    return sorted(rows.values(), key=lambda row: (-row.usd, row.stage, row.provider, row.model, row.outcome))


def samples_in(folder: Path) -> int:
    """How many samples there are. Raises OSError."""
    return sum(1 for _ in read_lines(folder / SAMPLES))


def answers_in(folder: Path) -> Iterator[Paid]:
    """Every recorded answer. Raises OSError."""
    return _read(folder / COMPLETIONS, Paid)


def _read(path: Path, kind: type[Kind]) -> Iterator[Kind]:
    decoder = msgspec.json.Decoder(kind)
    for line in read_lines(path):
        try:
            yield decoder.decode(line.data)
        except (msgspec.DecodeError, UnicodeDecodeError):
            continue
