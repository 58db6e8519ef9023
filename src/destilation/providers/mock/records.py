"""A plausible record for any JSON Schema: each field from what its name and type promise. Knows no network."""

from collections.abc import Callable, Mapping, Sequence
from random import Random
from typing import Any

from destilation.core.answer_form import record_key
from destilation.providers.mock import texts
from destilation.providers.mock.code import exercise
from destilation.providers.mock.scene import Scene, scene

Text = Callable[[Scene, Random], Any]
_CODE_WORDS = ("requirement", "code", "explanation")
_TEXTS: Mapping[str, Text] = {
    "question": texts.question,
    "problem": texts.question,
    "reasoning": texts.reasoning,
    "answer": texts.answer,
    "request": texts.request,
    "thought": texts.thought,
    "tool_call": texts.tool_call,
    "tool_response": texts.tool_response,
    "final_answer": texts.final_answer,
}
_VERDICTS: Mapping[str, Callable[[Random], Any]] = {
    "score": lambda chance: chance.choice((3, 7, 7, 8, 8, 8, 9, 9, 10, 10)),
    "agree": lambda chance: chance.random() < 0.9,
}
_MOST_DEEP = 12


def record(schema: Mapping[str, Any], domain: str, seed: int) -> dict[str, Any]:
    """The record that this seed stands for: the same for the same schema, domain and seed everywhere."""
    chance = Random(seed)
    story = scene(domain, chance)
    properties = schema["properties"]
    if "code" in properties:
        return _coding(properties, story, chance)
    return {name: _named(name, inner, story, chance) for name, inner in properties.items()}


def item(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """The schema of one record of an answer that has several."""
    found: Mapping[str, Any] = schema["properties"][record_key(1)]
    return found


def several(texts: Sequence[str]) -> str:
    """The answer that has these records."""
    numbered = [f'"{record_key(number)}": {text}' for number, text in enumerate(texts, 1)]
    return f"{{{', '.join(numbered)}}}"


def _coding(properties: Mapping[str, Any], story: Scene, chance: Random) -> dict[str, Any]:
    made = exercise(story, chance)._asdict()
    return {
        name: made[name] if name in made else _named(name, inner, story, chance) for name, inner in properties.items()
    }


def _named(name: str, schema: Mapping[str, Any], story: Scene, chance: Random) -> Any:
    if name in _VERDICTS and schema.get("type") in ("integer", "boolean"):
        return _VERDICTS[name](chance)
    if name == "topics" and schema.get("type") == "array":
        return texts.topics(story, chance)
    text = _TEXTS.get(name)
    fits = schema.get("type") == ("object" if name == "tool_call" else "string") and "enum" not in schema
    return text(story, chance) if text is not None and fits else _value(schema, story, chance, 0)


def _value(schema: Mapping[str, Any], story: Scene, chance: Random, depth: int) -> Any:
    if options := schema.get("anyOf"):
        wanted = [option for option in options if option.get("type") != "null"]
        return _value(chance.choice(wanted), story, chance, depth) if depth < _MOST_DEEP else None
    if options := schema.get("enum"):
        return chance.choice(options)
    kind = schema.get("type")
    if kind == "object":
        inner = schema.get("properties") or {"note": {"type": "string"}, "value": {"type": "number"}}
        return {name: _value(each, story, chance, depth + 1) for name, each in inner.items()}
    if kind == "array":
        items = schema.get("items", {"type": "string"})
        return [_item(items, story, chance, depth) for _ in range(chance.randrange(2, 5))]
    if kind == "string":
        return texts.statement(story, chance)
    return _number(str(kind), story, chance)


def _item(schema: Mapping[str, Any], story: Scene, chance: Random, depth: int) -> Any:
    if schema.get("type") == "string" and "enum" not in schema:
        return texts.phrase(story, chance)
    return _value(schema, scene(story.domain, chance), chance, depth + 1)


def _number(kind: str, story: Scene, chance: Random) -> int | float | bool:
    if kind == "integer":
        return chance.randrange(1, 10_000)
    if kind == "boolean":
        return chance.random() < 0.5
    return round(story.rate + chance.random(), 3)
