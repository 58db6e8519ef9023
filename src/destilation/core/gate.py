"""The one door into a dataset: structural, then syntactic, then semantic. Knows no model and no file.

Each layer gives all its reasons at once, and a later layer is not asked about what an earlier one refused.
The duplicate check comes last and remembers in the same step, so two answers can never pass each other.
"""

import re
from collections.abc import Mapping
from typing import Any

import msgspec

from destilation.core import hygiene, parsing, tool_call
from destilation.core.dedup.index import SeenIndex, content
from destilation.core.fields import Field
from destilation.core.job import Checks
from destilation.core.provider import Completion
from destilation.core.schema import faults
from destilation.core.template import Template
from destilation.core.verdict import Reason, Rejection, Sample, Verdict

_FENCE = re.compile(r"\s*(`{3,}|~{3,})([\w+#.-]*)[^\n]*\n(.*?)\n?[ \t]*\1\s*", re.DOTALL)
_THINK_TAGS = re.compile(r"\s*<think(?:ing)?>\s*(.*?)\s*(?:</think(?:ing)?>)?\s*", re.DOTALL)
_LEAST_LEAK = 60
Record = dict[str, Any]


class Gate:
    """Judges answers to one template and remembers what it let in.

    `number` samples are in already (their content is in `seen`); each accepted one gets the next number.
    """

    def __init__(self, template: Template, seen: SeenIndex, checks: Checks = Checks(), number: int = 0) -> None:
        self.template = template
        self.number = number
        self._seen = seen
        self._checks = checks
        self._names = tuple(field.name for field in template.fields)
        self._compared = template.compared_fields
        prompts = f"{template.system_prompt}\n{template.user_prompt_pattern}".splitlines()
        lines = (line.strip() for line in prompts if "{{" not in line)
        self._prompt_lines = tuple(line for line in lines if len(line) >= _LEAST_LEAK)

    def judge(self, completion: Completion) -> Verdict:
        """A Sample, remembered from now on, or a Rejection with every reason of the layer that refused."""
        verdict = self.examine(completion)
        if isinstance(verdict, Rejection):
            return verdict
        if reasons := self._semantic(verdict.record):
            return Rejection("semantic", tuple(reasons))
        self.number += 1
        return verdict

    def examine(self, completion: Completion) -> Verdict:
        """As `judge` by the structural and syntactic layers alone, with nothing remembered."""
        reasoning, answer = parsing.split_reasoning(completion.text)
        record = self._structural(completion, answer)
        if isinstance(record, Rejection):
            return record
        extras: Record = {}
        if reasons := self._syntactic(record, extras):
            return Rejection("syntactic", tuple(reasons))
        ordered = {field.name: record.get(field.name) for field in self.template.sample_fields}
        extras |= {f.name: record[f.name] for f in self.template.fields if not f.in_sample and f.name in record}
        line = msgspec.json.encode(ordered)
        return Sample(self.number + 1, ordered, extras, line, completion.reasoning or reasoning)

    def _structural(self, completion: Completion, answer: str) -> Record | Rejection:
        if completion.refusal or completion.finish_reason == "content_filter":
            said = f": {completion.refusal[:200]}" if completion.refusal else ""
            return Rejection("semantic", (Reason("refusal", f"the request was declined{said}"),))
        if completion.finish_reason == "length":
            return _malformed(Reason("cut_off", "the answer was cut off by the length limit; be more concise"))
        record = parsing.find_record(answer, self._names)
        if isinstance(record, Reason):
            if self._checks.refusals and hygiene.is_refusal(answer):
                return Rejection("semantic", (Reason("refusal", "the request was declined"),))
            return _malformed(record)
        if hygiene.depth(record) > hygiene.MAX_DEPTH:
            return _malformed(Reason("too_deep", f"the JSON is nested more than {hygiene.MAX_DEPTH} levels deep"))
        calls = {field.name for field in self.template.fields if field.format == "tool_call"}
        flat = {key: "call" if key in calls and value else value for key, value in record.items()}
        found = faults(flat, self.template.fields)
        return _malformed(*found) if found else record

    def _syntactic(self, record: Record, extras: Record) -> list[Reason]:
        """Checks every field and brings it to its stored form, in place."""
        found: list[Reason] = []
        for field in self.template.fields:
            value = record.get(field.name)
            if value is None:
                continue
            broken = _unprintable(field.name, value)
            if not broken:
                value = record[field.name] = _stored(field, value, extras, broken)
            found += broken or self._field_faults(field, value)
        return found

    def _field_faults(self, field: Field, value: Any) -> list[Reason]:
        texts = list(hygiene.strings(value, field.name))
        found = [fault for path, text in texts for fault in hygiene.leak_faults(path, text, self._prompt_lines)]
        if isinstance(value, str) and not field.type.enum:
            found += hygiene.content_faults(field.name, value, field.description)
            found += self._length_faults(field.name, value)
        elif isinstance(value, list | dict):
            if not value and field.type.minimum != 0:
                found.append(Reason("empty_field", f"field '{field.name}' is empty"))
            found += [Reason("empty_field", f"field '{path}' is empty") for path, text in texts if not text.strip()]
        return found

    def _length_faults(self, name: str, text: str) -> list[Reason]:
        least, most = self._checks.min_chars.get(name), self._checks.max_chars.get(name)
        if least is not None and len(text) < least:
            return [Reason("too_short", f"field '{name}' has {len(text)} characters, at least {least} wanted")]
        if most is not None and len(text) > most:
            return [Reason("too_long", f"field '{name}' has {len(text)} characters, at most {most} wanted")]
        return []

    def _semantic(self, record: Mapping[str, Any]) -> list[Reason]:
        if self._checks.refusals:
            for name, value in record.items():
                if isinstance(value, str) and hygiene.is_refusal(value):
                    return [Reason("refusal", f"field '{name}' declines instead of answering")]
        twin = self._seen.admit(content(record, self._compared), self.number + 1)
        if twin is None:
            return []
        fields = ", ".join(self._compared)
        if twin.exact:
            text = f"duplicate: {fields} equal sample {twin.number}; choose a clearly different subject"
            return [Reason("duplicate", text)]
        text = f"near-duplicate: {fields} are too close to sample {twin.number} (similarity {twin.similarity:.2f})"
        return [Reason("near_duplicate", f"{text}; choose a clearly different subject")]


def _malformed(*reasons: Reason) -> Rejection:
    return Rejection("structural", reasons)


def _unprintable(name: str, value: Any) -> list[Reason]:
    found = [fault for path, text in hygiene.strings(value, name) for fault in hygiene.character_faults(path, text)]
    return found + hygiene.number_faults(value, name)


def _stored(field: Field, value: Any, extras: Record, found: list[Reason]) -> Any:
    """The value as it is kept; what cannot be brought to that form is added to `found`."""
    if field.format == "tool_call":
        try:
            return tool_call.canonical(value)
        except tool_call.ToolCallError as error:
            found.append(Reason("bad_tool_call", f"field '{field.name}': {error}"))
    elif field.format == "code" and (match := _FENCE.fullmatch(value)):
        if match.group(2):
            extras["language"] = match.group(2).lower()
        return match.group(3)
    elif field.format == "reasoning" and (match := _THINK_TAGS.fullmatch(value)):
        return match.group(1)
    return value
