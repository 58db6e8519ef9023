"""Dataset folders written by hand, and pages read as a program reads them."""

import json
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

HOSTILE = (
    '<script>document.title="ran"</script><img src="http://evil.invalid/x" onerror="document.title=1">"\'><a href="javascript:alert(1)">'
    "=cmd|'/c calc'!A1 \x1b[31m\x1b]52;c;aGk=\x07 \u202egnp\u202c\u200b [/red] </style></pre></details> sk-abcdefghijkl"
)


def lines(path: Path, rows: list[Any]) -> None:
    """Rows as JSONL."""
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


def metadata(**more: Any) -> dict[str, Any]:
    """The least that a metadata.json says."""
    provider = {
        "requests": 5, "accepted": 3, "rejected": 2, "errors": 0, "throttled": 0, "retired": None, "suspended": None,
        "tokens": {"in": 10, "out": 20, "reasoning": 0}, "cost_usd": 0.5, "way": None,
        "latency_s": {"p50": 0.5, "p95": 1.0},
    }  # fmt: skip
    return {
        "version": 1, "job": "job", "template": "simple_qa", "domain": "Optics", "target": 3, "accepted": 3,
        "state": "met", "attempts": 5, "accepted_first_try": 2, "rejected": {"semantic": {"refusal": 2}}, "abandoned": 0,
        "throughput_per_minute": 3.0, "cost_usd": 0.5, "unanswered_usd": 0.0,
        "tokens": {"in": 10, "out": 20, "reasoning": 0}, "providers": {"p": provider}, "elapsed_s": 9.0, "acceptance": [],
        "started_at": "2026-11-20T12:00:00.000Z", "updated_at": "2026-11-20T12:00:09.000Z", **more,
    }  # fmt: skip


def origin(number: int, **more: Any) -> dict[str, Any]:
    """A line of provenance for line `number`."""
    moment = f"2026-11-20T12:{number // 60 % 60:02d}:{number % 60:02d}.000Z"
    return {"sample": number, "task": number, "attempt": 1, "attempts": 1, "provider": "p", "model": "m", "t": moment,
            "cost_usd": 0.01, "tokens": {"in": 1, "out": 2}, **more}  # fmt: skip


def answer(task: int, attempt: int, text: str, **more: Any) -> dict[str, Any]:
    """A line of the ledger, as the mock answers."""
    return {"task": task, "attempt": attempt, "provider": "p", "model": "m", "dialect": "mock", "mode": "json_schema",
            "t": "2026-11-20T12:00:00.000Z", "seconds": 0.5, "finish_reason": "stop", "tokens": {"in": 1, "out": 2},
            "cost_usd": 0.01, "parameters": {},
            "body": {"text": text, "finish_reason": "stop", "tokens_in": 1, "tokens_out": 2, "cost_usd": 0.0},
            **more}  # fmt: skip


def hostile(folder: Path) -> Path:
    """A folder in which every foreign string attacks the page."""
    folder.mkdir(parents=True)
    bad = HOSTILE
    nasty = {
        f"p{bad}": {**metadata()["providers"]["p"], "way": bad, "retired": bad, "suspended": bad},
        "__proto__": metadata()["providers"]["p"],
    }
    stages = [{"stage": bad, "provider": bad, "model": bad, "answers": 3, "rejected": 1, "rate": 0.5}] * 2
    document = metadata(job=bad, template=bad, domain=bad, state=bad, rejected={bad: {bad: 1}, "__proto__": {bad: 1}},
                        providers=nasty, acceptance=stages, started_at=bad, updated_at=bad)  # fmt: skip
    (folder / "metadata.json").write_text(json.dumps(document))
    record = {bad: bad, "__proto__": f"constructor {bad}\nsecond line", "tags": [bad], "number": 1}
    lines(folder / "samples.jsonl", [record, record, record])
    told = {
        "provider": bad,
        "model": bad,
        "topic": bad,
        "reasoning": bad,
        "checks": [bad],
        "notes": {bad: bad},
        "id": bad,
    }
    lines(folder / "provenance.jsonl", [origin(number, **told) for number in (1, 2, 3)])
    lines(folder / "completions.jsonl", [answer(1, 1, bad, stage=bad, model=bad), answer(1, 2, bad)])
    refused = {"task": 1, "attempt": 1, "layer": bad, "codes": [bad], "reasons": [bad, bad]}
    lines(folder / "rejections.jsonl", [refused])
    return folder


class Page(HTMLParser):
    """A page taken apart: its tags in order, its attributes, its figures by name, its text."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str, str | None]] = []
        self.figures: dict[str, float] = {}
        self.words = ""
        self.open: list[str] = []
        self.unclosed: list[str] = []
        self.feed(source)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note the tag, and a figure."""
        self.tags.append(tag)
        self.attributes += [(tag, name, value) for name, value in attrs]
        if tag not in ("meta", "link"):
            self.open.append(tag)
        told = dict(attrs)
        if tag == "data":
            self.figures[str(told["id"])] = float(str(told["value"]))

    def handle_endtag(self, tag: str) -> None:
        """Every element is closed in order."""
        if not self.open or self.open.pop() != tag:
            self.unclosed.append(tag)

    def handle_data(self, data: str) -> None:
        """Text that is shown."""
        if self.open and self.open[-1] != "style":
            self.words += data
