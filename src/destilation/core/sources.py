"""The structural layer: the record in what was said, each field from where it comes. Remembers nothing.

A field comes from the JSON answer, from the whole text of a plain answer, or from the model's own reasoning; where
it shows none, the reasoning is asked for in the answer. Seeds and notes of checks are put in later.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct

from destilation.core import hygiene, parsing
from destilation.core.fields import Field
from destilation.core.job import Reasoning
from destilation.core.provider import TEXT, Completion
from destilation.core.schema import faults
from destilation.core.template import Template
from destilation.core.verdict import Reason, Rejection


class Heard(Struct, frozen=True):
    """What an answer brought: a record, the model's own reasoning, and, of each field that takes reasoning, whether
    it is the model's own (`native`) or from the `answer`.
    """

    record: dict[str, Any]
    reasoning: str | None
    sources: Mapping[str, str]


def hear(completion: Completion, template: Template, policy: Reasoning, *, refusals: bool) -> Heard | Rejection:
    """The record in an answer to the template, or every structural fault of it.

    `policy` says whether the model's own reasoning is taken, `refusals` whether declining is looked for.
    """
    if completion.refusal or completion.finish_reason == "content_filter":
        said = f": {completion.refusal[:200]}" if completion.refusal else ""
        return Rejection("semantic", (Reason("refusal", f"the request was declined{said}"),))
    if completion.finish_reason == "length":
        return _malformed(Reason("cut_off", "the answer was cut off by the length limit; be more concise"))
    native, plain = template.asked(native=True), template.plain
    names = () if plain else [field.name for field in native]
    reasoning, answer = parsing.voices(completion.text, completion.reasoning, names, beside=completion.beside)
    if template.reasoned and (policy == "json" or reasoning is None):
        if policy == "native" or (plain and completion.mode == TEXT):
            return _malformed(Reason("no_reasoning", "the answer came without any reasoning beside it"))
        return _in_json(answer, template, template.asked(native=False), reasoning, refusals=refusals)
    if plain:
        heard: Heard | Rejection = Heard({native[0].name: answer}, reasoning, {})
    else:
        heard = _in_json(answer, template, native, reasoning, refusals=refusals)
    if isinstance(heard, Rejection):
        return heard
    own = template.reasoned
    return Heard({**heard.record, **dict.fromkeys(own, reasoning)}, reasoning, dict.fromkeys(own, "native"))


def _in_json(
    answer: str, template: Template, fields: Sequence[Field], reasoning: str | None, *, refusals: bool
) -> Heard | Rejection:
    """The record of these fields in an answer. Seeds said again, and reasoning beside the model's own, are no fault."""
    names = [field.name for field in fields]
    record = parsing.find_record(answer, names)
    if isinstance(record, Reason):
        if refusals and hygiene.is_refusal(answer):
            return Rejection("semantic", (Reason("refusal", "the request was declined"),))
        return _malformed(record)
    if hygiene.depth(record) > hygiene.MAX_DEPTH:
        return _malformed(Reason("too_deep", f"the JSON is nested more than {hygiene.MAX_DEPTH} levels deep"))
    own, calls = template.reasoned, template.calls
    if known := {*own, *template.seeds}:
        record = {name: value for name, value in record.items() if name in names or name not in known}
    flat = {key: "call" if key in calls and value else value for key, value in record.items()} if calls else record
    if found := faults(flat, fields):
        return _malformed(*found)
    return Heard(record, reasoning, {name: "answer" for name in own if name in record})


def _malformed(*reasons: Reason) -> Rejection:
    return Rejection("structural", reasons)
