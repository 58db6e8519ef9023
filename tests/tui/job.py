"""A dataset folder as a run leaves it, made of given facts at given times, the same on every machine."""

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from destilation.core import events
from destilation.core.events import Event
from destilation.core.progress import Progress
from destilation.storage.records import timestamp

START = 1_800_000_000.0
HOSTILE = (
    "evil \x1b[2J\x1b]52;c;ZXZpbA==\x07 [/] [bold red]x[/bold red] [link=file:///etc]y[/link] \u202eabc\u2066 \x00"
)


def stamp(t: float) -> str:
    """A time as the log writes it."""
    return timestamp(datetime.fromtimestamp(t, UTC))


def received(task: int, attempt: int, label: str, *, cost: float = 0.0005) -> events.CompletionReceived:
    """An answer."""
    return events.CompletionReceived(
        task=task,
        attempt=attempt,
        provider=label,
        model="gpt-oss:20b" if label == "ollama" else "qwen3-235b",
        seconds=0.8 + task % 7 / 10,
        finish_reason="stop",
        tokens_in=250,
        tokens_out=180,
        tokens_reasoning=0,
        cost_usd=0.0 if label == "ollama" else cost,
    )


def rejected(task: int, attempt: int, label: str, layer: str, code: str, reason: str) -> events.Rejected:
    """A refusal."""
    return events.Rejected(
        task=task, attempt=attempt, provider=label, layer=layer, codes=(code,), reasons=(reason,)
    )  # fmt: skip


def story(count: int, *, hostile: bool = False) -> Iterator[tuple[float, Event]]:
    """A run of two providers with `count` tasks, a fifth of which takes a second attempt."""
    begun = events.RunStarted(
        version="1",
        job="rust-agents",
        template="reasoning",
        target=1_000,
        accepted=0,
        providers=("ollama", "openrouter"),
        config_digest="d",
        budget_usd=2.0,
    )
    yield 0.0, begun
    for label, limit in (("", 72), ("ollama", 24), ("openrouter", 64)):
        yield 0.0, events.ConcurrencyChanged(provider=label, limit=limit, reason="the start")
    for task in range(1, count + 1):
        label, at, attempt = ("ollama", "openrouter")[task % 3 > 0], 1.5 * task, 1
        yield at, events.AttemptStarted(task=task, attempt=1, provider=label)
        yield at + 1, received(task, 1, label)
        if task % 5 == 0:
            reason = HOSTILE if hostile else "missing field 'answer'"
            yield at + 1, rejected(task, 1, label, "structural", "missing_field", reason)
            attempt = 2
            yield at + 1, events.AttemptStarted(task=task, attempt=2, provider=label)
            yield at + 1.2, received(task, 2, label)
        yield at + 1.3, events.Accepted(sample=task, task=task, attempt=attempt, provider=label)
    yield 1.5 * count, events.AttemptStarted(task=count + 1, attempt=1, provider="openrouter")
    yield 1.5 * count, events.ProviderThrottled(provider="openrouter", status=429, seconds=900.0, error="slow down")


def make_job(
    folder: Path, count: int = 200, *, more: Sequence[tuple[float, Event]] = (), hostile: bool = False
) -> Path:
    """The folder: the first half of the facts is in the snapshot, the rest only in the log."""
    folder.mkdir(parents=True)
    facts = [*story(count, hostile=hostile), *more]
    lines = [line_of(START + at, event) for at, event in facts]
    half = len(facts) // 2
    progress = Progress()
    for at, event in facts[:half]:
        progress.see(event, START + at)
    document = {
        "version": 1,
        "job": "rust-agents",
        "template": "reasoning",
        "domain": "Rust",
        **progress.summary(START + facts[half][0]),
        "elapsed_s": 300.0,
        "updated_at": stamp(START + facts[half][0]),
        "events_offset": sum(map(len, lines[:half])),
    }
    (folder / "metadata.json").write_text(json.dumps(document))
    (folder / ".events.jsonl").write_bytes(b"".join(lines))
    words = HOSTILE if hostile else "Derive the layout of an enum with niche optimisation, case"
    samples = [{"question": f"{words} {number}.", "answer": f"Because {number}."} for number in range(1, count + 1)]
    (folder / "samples.jsonl").write_text("".join(f"{json.dumps(each)}\n" for each in samples))
    origins = [
        {"sample": number, "id": "x", "task": number, "attempt": 2 if number % 5 == 0 else 1}
        for number in range(1, count + 1)
    ]
    compact = [json.dumps(each, separators=(",", ":")) for each in origins]
    (folder / "provenance.jsonl").write_text("\n".join([*compact, ""]))
    refusals = [event for _, event in facts if isinstance(event, events.Rejected)]
    (folder / "rejections.jsonl").write_bytes(b"".join(refusal(each) for each in refusals))
    answers = [event for _, event in facts if isinstance(event, events.CompletionReceived)]
    (folder / "completions.jsonl").write_bytes(b"".join(answer(each, words) for each in answers))
    return folder


def line_of(t: float, event: Event) -> bytes:
    """A line of the log."""
    return b'{"t":"%s",' % stamp(t).encode() + msgspec.json.encode(event)[1:] + b"\n"


def refusal(event: events.Rejected) -> bytes:
    """Its line in the ledger of refusals."""
    known = {"task": event.task, "attempt": event.attempt, "provider": event.provider, "model": "m"}
    told = {"layer": event.layer, "codes": event.codes, "reasons": event.reasons, "final": False, "t": "t"}
    return msgspec.json.encode({**known, **told}) + b"\n"


def answer(event: events.CompletionReceived, words: str) -> bytes:
    """Its line in the ledger of answers."""
    known = {"task": event.task, "attempt": event.attempt, "provider": event.provider, "model": event.model}
    told = {"dialect": "none", "mode": "prompt", "t": "t", "seconds": event.seconds, "finish_reason": "stop"}
    tokens = {"in": event.tokens_in, "out": event.tokens_out, "reasoning": 0}
    rest = {"tokens": tokens, "cost_usd": event.cost_usd, "parameters": {}, "body": f'{{"question": "{words}"}}'}
    return msgspec.json.encode({**known, **told, **rest}) + b"\n"
