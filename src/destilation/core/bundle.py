"""Several records in one answer: how they are asked for, and how the answer is taken apart. Knows no provider.

A model that is asked for one thing gives the likeliest, every time. Asked for several with their probabilities it
shows what else it would have said: "verbalized sampling" (arXiv 2510.01171) finds 1.6 to 2.1 times the diversity.
Each record is told what it is to be about, and is judged alone.
"""

import json
from collections.abc import Sequence

import msgspec
from msgspec.structs import replace

from destilation.core.answer_form import record_key, records_form
from destilation.core.fields import Field, Type
from destilation.core.parsing import find_record, find_records, voices
from destilation.core.provider import Completion, Prompt, Shape, Usage
from destilation.core.schema import json_schema
from destilation.core.task import Task
from destilation.core.template import Template, about
from destilation.core.verdict import Reason

DIALECT = "record"
PROBABILITY = "record_probability"
_LIKELIHOOD = Field(
    PROBABILITY,
    Type("number"),
    "how probable it is, from 0 to 1, that this is what you write when asked for one record",
)
_DIVERSE = (
    "Write {count} records at once. Each is complete by itself, does not speak of the others, and differs from them in "
    "substance and not only in words. Sample them from the full range of what you could write, from its far ends as "
    "well as from its middle, so that each alone would have been an improbable choice."
)
_OTHERS = "Record 1 is to be as described above. For the others this stands in place of what is said there:"


class _Record(msgspec.Struct, frozen=True):
    """What the ledger has of a record that came with others."""

    text: str
    finish_reason: str = "stop"


def bundled(template: Template, prompts: Sequence[Prompt]) -> Prompt:
    """The prompt that asks for the records of all these first prompts of the template; the first stands for all."""
    first, count = prompts[0], len(prompts)
    fields = (_LIKELIHOOD, *template.asked(native=False))
    others = _others(template, [prompt.task for prompt in prompts])
    besides = dict.fromkeys(prompt.besides for prompt in prompts if prompt.besides)
    more = [_DIVERSE.format(count=count), *others, *besides, records_form(fields, count)]
    properties = dict.fromkeys(map(record_key, range(1, count + 1)), json_schema(fields))
    schema = {"type": "object", "properties": properties, "required": [*properties], "additionalProperties": False}
    return replace(
        first,
        messages=template.messages(first.task, more),
        shape=Shape(template.shape_name, schema),
        native=None,
        records=count,
    )


def _others(template: Template, tasks: Sequence[Task]) -> list[str]:
    """What the records are about but for the first, where that differs."""
    told = [_told(template, task) for task in tasks]
    if all(each == told[0] for each in told):
        return []
    lines = [f"Record {place}: {each}" for place, each in enumerate(told[1:], 2)]
    return ["\n".join([_OTHERS, *lines])]


def _told(template: Template, task: Task) -> str:
    known = about(task)
    if "brief" in template.placeholders:
        return known["brief"].replace("\n", "; ")
    return "; ".join(f"{name.replace('_', ' ')}: {known[name]}" for name in known if name in template.placeholders)


def records_of(completion: Completion, count: int) -> list[Completion]:
    """The answer to a bundle as that many answers, each with its record, its share of the tokens and of the cost.

    The first keeps the reply as received; a record that is missing is an empty answer. Where no record can be told
    from the others, each is the whole answer, so that its faults are found.
    """
    texts = _texts(completion, count)
    shares = _shared(completion.usage, count)
    parts: list[Completion] = []
    for text, usage in zip(texts, shares, strict=True):
        cut = completion.finish_reason == "length" and not _whole(text)
        finish = completion.finish_reason if cut or completion.finish_reason == "content_filter" else "stop"
        part = replace(completion, text=text, finish_reason=finish, reasoning=None, usage=usage, hidden=None)
        if parts:
            part = replace(part, dialect=DIALECT, body=msgspec.json.encode(_Record(_encodable(text), finish)))
        parts.append(part)
    return parts


def first_of(completion: Completion) -> Completion:
    """What the first task of a bundle was answered, from the reply as received; the usage is of the whole."""
    return replace(records_of(completion, 1)[0], usage=completion.usage)


def read(body: bytes) -> Completion:
    """A record of an answer to a bundle, from the ledger. Raises DecodeError."""
    record = msgspec.json.decode(body, type=_Record)
    return Completion(text=record.text, dialect=DIALECT, body=body, model="unknown", finish_reason=record.finish_reason)


def _texts(completion: Completion, count: int) -> list[str]:
    if completion.refusal or completion.finish_reason == "content_filter":
        return [completion.text] * count
    _, answer = voices(completion.text, completion.reasoning, (record_key(1),), beside=completion.beside)
    found = find_records(answer, count)
    return [answer] * count if found is None else [_without_probability(text) for text in found]


def _without_probability(text: str) -> str:
    record = find_record(text, (PROBABILITY,))
    if isinstance(record, Reason) or PROBABILITY not in record:
        return text
    del record[PROBABILITY]
    return json.dumps(record, ensure_ascii=False)


def _whole(text: str) -> bool:
    return not isinstance(find_record(text, ()), Reason)


def _shared(usage: Usage, count: int) -> list[Usage]:
    """The same for each, the first with what cannot be divided."""

    def share(total: int) -> tuple[int, int]:
        return total - total // count * (count - 1), total // count

    into, out, reasoning = share(usage.tokens_in), share(usage.tokens_out), share(usage.reasoning)
    cost = usage.cost_usd
    rest = None if cost is None else cost / count
    first = None if cost is None or rest is None else cost - rest * (count - 1)
    others = replace(usage, tokens_in=into[1], tokens_out=out[1], reasoning=reasoning[1], cost_usd=rest)
    own = replace(usage, tokens_in=into[0], tokens_out=out[0], reasoning=reasoning[0], cost_usd=first)
    return [own, *[others] * (count - 1)]


def _encodable(text: str) -> str:
    return text.encode("utf-8", "replace").decode()
