"""The lines of the files: what is stored about an answer, a sample and a refusal. Knows no file.

A line of `samples.jsonl` is the record itself and has no type here.
"""

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Raw, Struct

from destilation.core.events import Event
from destilation.core.verdict import Layer

Count = Annotated[int, Meta(ge=1, le=1_000_000_000)]
Draw = Annotated[int, Meta(ge=0, le=1_000_000_000)]
_NESTING_LEFT = 200
_RAW = msgspec.json.Decoder(Raw)
_SECOND = len('"2026-11-24T12:00:00')


class Tokens(Struct, frozen=True):
    """The tokens of one answer; in files the first is called `in`."""

    into: int = msgspec.field(default=0, name="in")
    out: int = 0
    reasoning: int = 0


class StoredAnswer(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One answer that was paid for: a line of `completions.jsonl`. `t` is UTC, RFC 3339.

    `stage` is the stage that asked, empty where a job has but one; `given` are the texts that it was given (where it
    makes a part of the sample) and `key` names them; `seed` names the user's own of them, `way` how they are used.
    `topic` is what the task is about, from the top down, and `draw` counts the draws of that topic.
    `beside` is as in Completion.
    `bundle` is the first task of those that were answered by the same reply, 0 where it was alone: that task's line has
    the reply as received, the others' their records, and each its share of tokens and cost.
    `body` is made by `embed` from the reply as received, which `received` gives back.
    """

    task: Count
    attempt: Count
    provider: str
    model: str
    dialect: str
    mode: str
    t: str
    seconds: float
    finish_reason: str
    tokens: Tokens
    cost_usd: float
    parameters: Mapping[str, Any]
    stage: str = ""
    seed: str = ""
    way: str = ""
    key: str = ""
    given: Mapping[str, str] = {}
    topic: tuple[str, ...] = ()
    draw: Draw = 0
    beside: bool = False
    bundle: int = 0
    body: Raw

    @property
    def received(self) -> bytes:
        """The reply: byte for byte, but for white space around it and line ends between the tokens of JSON."""
        stored = bytes(self.body)
        return msgspec.json.decode(stored, type=str).encode() if stored.startswith(b'"') else stored


class StageOrigin(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One good answer of another stage on the way to a sample."""

    stage: str
    attempt: Count
    provider: str
    model: str
    tokens: Tokens
    cost_usd: float


class Provenance(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How line `sample` of `samples.jsonl` came to be: the line of that number in `provenance.jsonl`.

    `hash` is `line_hash` of the sample's line and `id` its first 16 characters; `attempts` is how many
    answers the task took, `reasoning` the model's native trace, `checks` the names of what was passed. `sources` says
    of each field that takes reasoning whether it is the model's own (`native`) or from the `answer`; `notes` is what
    checks found out; `seed` names the user's text that it was made from, `topic`, `draw` and `axes` what it was to be
    about; `way` is how the text was used; `stages` has the good answers of the others.
    `recovered`: the line was lost and made anew from the ledger; `edited`: the sample was changed by hand.
    """

    sample: Count
    id: str
    hash: str
    task: Count
    attempt: Count
    attempts: int
    provider: str
    model: str
    dialect: str
    mode: str
    finish_reason: str
    parameters: Mapping[str, Any]
    tokens: Tokens
    cost_usd: float
    reasoning: str | None
    checks: tuple[str, ...]
    t: str
    request: str | None = None
    language: str | None = None
    extras: Mapping[str, Any] = {}
    stage: str = ""
    seed: str = ""
    way: str = ""
    topic: tuple[str, ...] = ()
    draw: Draw = 0
    axes: Mapping[str, str] = {}
    sources: Mapping[str, str] = {}
    notes: Mapping[str, Any] = {}
    stages: tuple[StageOrigin, ...] = ()
    recovered: bool = False
    edited: bool = False


class Origin(Struct, frozen=True):
    """What recovery needs of a line of `provenance.jsonl`."""

    sample: Count
    hash: str
    task: Count
    attempt: Count
    provider: str
    t: str = ""
    seed: str = ""
    way: str = ""
    topic: tuple[str, ...] = ()
    draw: Draw = 0
    attempts: int = 0
    stages: tuple[Raw, ...] = ()


class StoredRejection(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One refused answer: a line of `rejections.jsonl`. `final`: the task was given up with this one.

    `twin` is the number of the sample that it repeats.
    """

    task: Count
    attempt: Count
    provider: str
    model: str
    layer: Layer
    codes: Annotated[tuple[str, ...], Meta(min_length=1)]
    reasons: tuple[str, ...]
    final: bool
    t: str
    stage: str = ""
    seed: str = ""
    way: str = ""
    topic: tuple[str, ...] = ()
    draw: Draw = 0
    twin: Draw = 0


class StoredCharge(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A request without an answer that may have been charged for: a line of `charges.jsonl`."""

    task: Count
    attempt: Count
    provider: str
    usd: float
    tokens: int
    reason: str
    t: str
    stage: str = ""


class Committed(Event, frozen=True, tag="committed"):
    """`n` samples, `bytes` of `samples.jsonl`, are on the medium; `crc32` is of those added since the last."""

    n: int
    bytes: int
    crc32: int


def embed(received: bytes) -> Raw:
    """A reply as the `body` of a StoredAnswer: itself if it is JSON (on one line), else a JSON string.

    What strict readers refuse (half a surrogate pair as an escape, JSON too deep to be read inside a line)
    counts as text, so that every line can be read; as text it is kept byte for byte.
    """
    try:
        received.decode()
        _RAW.decode(received)
        if received.count(b"[") + received.count(b"{") > _NESTING_LEFT:
            _RAW.decode(b"[" * _NESTING_LEFT + received + b"]" * _NESTING_LEFT)
    except (UnicodeDecodeError, msgspec.DecodeError, RecursionError):
        return _as_text(received)
    if received.lstrip()[:1] == b'"':
        return _as_text(received)
    return Raw(msgspec.json.format(received, indent=-1) if b"\n" in received else received)


def encode_line(value: object) -> bytes:
    """One line of JSON in UTF-8 with its end; half a surrogate pair, which UTF-8 has not, becomes `?`."""
    try:
        return msgspec.json.encode(value) + b"\n"
    except UnicodeEncodeError:
        return msgspec.json.encode(_mended(msgspec.to_builtins(value, builtin_types=(Raw,)))) + b"\n"


def line_hash(line: bytes) -> str:
    """BLAKE2b, 256 bits in hexadecimal, of a sample's line without its end."""
    return hashlib.blake2b(line, digest_size=32).hexdigest()


def timestamp(moment: datetime) -> str:
    """RFC 3339 in UTC to the millisecond, ending with Z."""
    told = moment if moment.tzinfo is UTC else moment.astimezone(UTC)
    second = msgspec.json.encode(told)[1:_SECOND].decode()  # a twentieth of what `isoformat` takes
    return f"{second}.{told.microsecond // 1000:03}Z"


def stamp_of(moment: datetime) -> str:
    """A moment as it stands in the name of a file: UTC to the second."""
    return moment.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def _as_text(received: bytes) -> Raw:
    return Raw(msgspec.json.encode(received.decode("utf-8", "replace")))


def _mended(value: Any) -> Any:
    match value:
        case str():
            return value.encode("utf-8", "replace").decode()
        case dict():
            return {_mended(key): _mended(item) for key, item in value.items()}
        case list() | tuple():
            return [_mended(item) for item in value]
    return value
