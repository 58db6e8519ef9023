"""Reads the labelled records: each becomes an answer to a template, as a model would give it.

A file holds the records of one language (`code/`), notation (`notation/`) or template (`answers/`). Each begins with
`%%% good: what it is` or `%%% broken: what is wrong`, then come more lines of that kind:

    line: where the feedback should point, counted from 1      reason: the code of the Reason that refuses it
    asks: the requirement, where the usual one will not do      escapes: \\uXXXX stands for the character
    told: how the language is told (requirement, fence, declared, looks), where it is not its turn

The rest is the text: of an answer, `=== name` begins each field. What the model said is JSON, made here.
"""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from msgspec import Struct

from destilation.core.catalogue import find
from destilation.core.fields import Field
from destilation.core.provider import Completion
from destilation.core.template import Template
from destilation.core.tool import Tool

FOLDER = Path(__file__).parent
TOOLS = tuple(
    Tool(name, parameters=parameters) for name, parameters in json.loads((FOLDER / "tools.json").read_text()).items()
)
LANGUAGES: Mapping[str, str] = {
    "bash": "Bash", "c": "C", "cpp": "C++", "csharp": "C#", "css": "CSS", "go": "Go", "html": "HTML", "java": "Java",
    "javascript": "JavaScript", "json": "JSON", "php": "PHP", "python": "Python", "ruby": "Ruby", "rust": "Rust",
    "sql": "SQL", "toml": "TOML", "typescript": "TypeScript", "yaml": "YAML",
}  # fmt: skip
_WAYS = ("requirement", "fence", "declared")
_LEAK = "<<a line of the prompt>>"


class Record(Struct, frozen=True):
    """One record: `kind` is its language, notation or template, `answer` what the model said.

    `line` is where the feedback should point (0: nowhere), `reason` the code it should have; empty for a good one.
    """

    kind: str
    title: str
    broken: bool
    template: Template
    answer: str
    text: str
    line: int = 0
    reason: str = ""
    way: str = ""

    @property
    def completion(self) -> Completion:
        """The answer as it comes from a provider."""
        return Completion(text=self.answer, dialect="text", body=b"{}", model="m")


def records() -> Iterator[Record]:
    """Every record, file by file."""
    for path in sorted(FOLDER.glob("*/*.txt")):
        make = {"code": _code, "notation": _notation, "answers": _answer}[path.parent.name]
        for number, (told, text) in enumerate(_sections(path)):
            if told.get("escapes"):
                text = re.sub(r"\\u([0-9a-fA-F]{4})", lambda match: chr(int(match.group(1), 16)), text)
            yield make(path.stem, number, told, text)


def _sections(path: Path) -> Iterator[tuple[dict[str, str], str]]:
    """(what is told of it, its text) of every record in a file."""
    for section in re.split(r"^(?=%%% (?:good|broken): )", path.read_text(), flags=re.MULTILINE)[1:]:
        head = re.match(r"(?:%%% .*\n)+", section)
        assert head is not None, section
        told = dict(line[4:].split(": ", 1) for line in head.group().splitlines())
        yield told, section[head.end() :].removesuffix("\n")


def _record(
    kind: str,
    told: dict[str, str],
    template: Template,
    values: dict[str, Any],
    text: str,
    reason: str = "",
    way: str = "",
) -> Record:
    broken = "broken" in told
    title, line = told["broken" if broken else "good"], int(told.get("line", 0))
    reason = told.get("reason", reason) if broken else ""
    return Record(kind, title, broken, template, json.dumps(values), text, line, reason, way)


def _code(language: str, number: int, told: dict[str, str], text: str) -> Record:
    way = told.get("told", _WAYS[number % len(_WAYS)])
    coding, reasoned = find("coding"), find("coding_reasoning")
    assert coding is not None and reasoned is not None
    template = reasoned if number % 2 else coding
    if way == "declared":
        fields = (Field("task"), Field("code", format="code", language=language))
        template = Template(id="snippet", fields=fields, system_prompt="", user_prompt_pattern="Write one.")
    values = dict.fromkeys((field.name for field in template.fields), "Plain and in linear time.")
    asked = f"Write {LANGUAGES[language]} code for task {number}." if way == "requirement" else f"Do task {number}."
    values[template.fields[0].name] = told.get("asks", asked)
    values["code"] = f"```{language}\n{text}\n```" if way == "fence" else text
    return _record(language, told, template, values, text, "syntax_error", way)


def _notation(notation: str, number: int, told: dict[str, str], text: str) -> Record:
    fields = (Field("title"), Field("body", format=notation))  # type: ignore[arg-type]
    template = Template(id=notation, fields=fields, system_prompt="", user_prompt_pattern="Write one.")
    values = {"title": f"Number {number}", "body": text}
    return _record(f"{notation} (field)", told, template, values, text, f"bad_{notation}")


def _answer(name: str, number: int, told: dict[str, str], text: str) -> Record:
    template = find(name)
    assert template is not None
    leak = next(line for line in template.user_prompt_pattern.splitlines() if len(line) > 80 and "{{" not in line)
    parts = re.split(r"^=== (\w+)\n", text.replace(_LEAK, leak), flags=re.MULTILINE)[1:]
    values: dict[str, Any] = {key: value.removesuffix("\n") for key, value in zip(parts[::2], parts[1::2], strict=True)}
    if (call := values.get("tool_call")) is not None:
        values["tool_call"] = _value(call)
    return _record(name, told, template, values, text)


def _value(text: str) -> Any:
    """What a JSON text says; a text that is none says itself."""
    try:
        return json.loads(text)
    except ValueError:
        return text
