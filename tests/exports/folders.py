"""Dataset folders made of records, without a run, for what reads them."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import msgspec
from msgspec.structs import replace

from destilation.config import Config, Override, load
from destilation.launch.newfolder import NewFolder
from destilation.storage.align import answer_from
from destilation.storage.records import Provenance, Tokens, line_hash

CALLS = (
    {"name": "crate_search", "arguments": {"query": "async runtime", "limit": 1}},
    {"name": "get_weather", "arguments": {"city": "Zürich", "days": 2.5, "units": None, "hourly": True}},
    {"name": "run_sql", "arguments": {"limit": "ten", "params": [1, "a", {"b": None}], "query": 'SELECT "x"'}},
)
EXACT: dict[str, Any] = {"dedup.threshold": 1.0}
RECORDS: Mapping[str, list[dict[str, Any]]] = {
    "simple_qa": [
        {"question": "What does `Arc` add over `Rc`?", "answer": "Atomic reference counting."},
        {"question": "Was heißt 你好? 👋", "answer": "Line one\nline two\r\n\ttab \u2028 and <b>markup</b>"},
        {"question": "Third?", "answer": "A third answer."},
    ],
    "reasoning": [
        {
            "question": "Is `&mut T` Send?",
            "reasoning": "It gives exclusive access.\n\nSo only T matters.",
            "answer": "Yes.",
        },
        {"question": "2 + 2?", "reasoning": "Count up.", "answer": "4"},
        {"question": "Third?", "reasoning": "Think.", "answer": "A third answer."},
    ],
    "tool_trace": [
        {
            "thought": f"I need data, number {number}.",
            "tool_call": msgspec.json.encode(call).decode(),
            "tool_response": response,
            "final_answer": f"The answer is {number}.",
        }
        for number, (call, response) in enumerate(zip(CALLS, ('[{"name": "tokio"}]', "", "error: 503"), strict=True))
    ],
    "coding": [
        {
            "requirement": "Reverse a string.",
            "code": "fn rev(s: &str) -> String {\n    todo!()\n}",
            "explanation": "It does.",
        },
        {"requirement": "Print a fence.", "code": 'print("""\n```\n````\n""")', "explanation": "Ticks: ```."},
        {"requirement": "Third.", "code": "x = 1", "explanation": "Sets x."},
    ],
    "coding_reasoning": [
        {"requirement": "Sum the even numbers.", "reasoning": "Filter, then sum.", "code": "def f(xs):\n    return 0"},
        {"requirement": "Sum the odd ones.", "reasoning": "Likewise.", "code": "def g(xs):\n    return 1\n"},
        {"requirement": "Third.", "reasoning": "Short.", "code": "x = 1"},
    ],
}


def config_for(template: str, folder: Path, *, toml: str = "", **job: Any) -> Config:
    """The configuration of a folder; `toml` has templates and tools of one's own."""
    path = folder.with_name(f"{folder.name}.toml")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"version = 1\n{toml}")
    values = {
        "template": template,
        "out": str(folder.parent),
        "name": folder.name,
        "domain": "Rust",
        "target": 1,
        **job,
    }
    return load(path, overrides=[Override(f"job.{key}", value, key) for key, value in values.items()], env={})


def folder_of(
    folder: Path,
    template: str,
    records: Iterable[Mapping[str, Any]] | None = None,
    *,
    besides: Mapping[str, Any] | None = None,
    toml: str = "",
    **job: Any,
) -> Path:
    """Make the folder; `besides` are more fields of every line of its provenance."""
    config = config_for(template, folder, toml=toml, **job)
    given = RECORDS[template] if records is None else records
    with NewFolder(folder) as made:
        names = [field.name for field in config.template.sample_fields]
        for number, each in enumerate(given, 1):
            record = {name: each[name] for name in names}
            line = msgspec.json.encode(record)
            origin = provenance(number, line, template)
            origin = replace(origin, **(besides or {}))
            made.record(answer_from(origin, line))
            made.accept(line, origin)
        made.finish(config)
    return folder


def provenance(number: int, line: bytes, template: str) -> Provenance:
    """How line `number` came to be."""
    digest = line_hash(line)
    return Provenance(
        sample=number,
        id=digest[:16],
        hash=digest,
        task=number,
        attempt=1,
        attempts=1,
        provider="mock",
        model="mock-small" if number % 2 else "mock-large",
        dialect="sample",
        mode="json_schema",
        finish_reason="stop",
        parameters={},
        tokens=Tokens(10, 20, 0),
        cost_usd=0.001,
        reasoning=None,
        checks=("structural", "syntactic", "semantic"),
        t="2026-11-25T12:00:00.000Z",
        request=f"Please look it up, {number}." if template == "tool_trace" else None,
        language="rust" if template.startswith("coding") and number == 1 else None,
    )
