"""The one door into a dataset: structural, then syntactic, then semantic. Knows no model and no file.

Each layer gives all its reasons at once, and a later layer is not asked about what an earlier one refused.
The duplicate check comes last and remembers in the same step, so two answers can never pass each other.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import msgspec
from msgspec.structs import replace

from destilation.core import fence, hygiene, sources, tool_call
from destilation.core.dedup.index import SeenIndex, Twin, content, fingerprint
from destilation.core.dedup.vectors import VECTOR, Vectors
from destilation.core.exclusion import Exclusions
from destilation.core.fields import Field
from destilation.core.job import Checks, Reasoning
from destilation.core.original import copied
from destilation.core.provider import Completion
from destilation.core.seed_mode import TEXT
from destilation.core.template import Template
from destilation.core.tool import call_faults
from destilation.core.verdict import Reason, Rejection, Sample, Verdict

_THINK = re.compile(r"<think(?:ing)?>")
_THOUGHT = ("</think>", "</thinking>")
_LEAST_LEAK = 60
UNCHECKED = frozenset(("text", "reasoning"))  # formats without a notation
Record = dict[str, Any]


class Syntax(Protocol):
    """What knows notations and programming languages: it is handed in, for grammars are no rules of ours."""

    def language(self, field: Field, text: str, fence: str | None, hint: str) -> str | None:
        """The language of a code field; `hint` is the rest of the record, None where it cannot be told."""

    def faults(self, field: Field, text: str, language: str | None) -> Sequence[Reason]:
        """What is wrong with a field's text as its format and language have it."""


class Gate:
    """Judges answers to one template and remembers what it let in.

    `number` samples are in already (their content is in `seen`); each accepted one gets the next number.
    `reasoning` is whether the models' own is kept, `syntax` what knows the formats of fields (None: unchecked),
    `exclusions` what must not be produced again (None: nothing),
    `vectors` those of the kept samples, where samples that mean the same are refused.
    """

    def __init__(
        self,
        template: Template,
        seen: SeenIndex,
        checks: Checks = Checks(),
        number: int = 0,
        *,
        reasoning: Reasoning = "auto",
        syntax: Syntax | None = None,
        exclusions: Exclusions | None = None,
        vectors: Vectors | None = None,
    ) -> None:
        self.template = template
        self.number = number
        self._seen = seen
        self._checks = checks
        self._policy = reasoning
        self._syntax = syntax
        self._exclusions = exclusions
        self._vectors = vectors
        self._compared = template.compared_fields
        self._noted = [field.name for field in template.fields if field.source == "check"]
        self._unsampled = [field.name for field in template.fields if not field.in_sample]
        prompts = f"{template.system_prompt}\n{template.user_prompt_pattern}".splitlines()
        lines = (line.strip() for line in prompts if "{{" not in line)
        self._prompt_lines = tuple(line for line in lines if len(line) >= _LEAST_LEAK)

    def judge(self, completion: Completion, given: Mapping[str, str] = {}) -> Verdict:
        """A Sample, remembered from now on, or a Rejection with every reason of the layer that refused."""
        verdict = self.examine(completion, given)
        return verdict if isinstance(verdict, Rejection) else self.admit(verdict)

    def examine(self, completion: Completion, given: Mapping[str, str] = {}) -> Verdict:
        """As `judge`, but for duplicates, with nothing remembered. `given` are the seeds of the task."""
        heard = sources.hear(completion, self.template, self._policy, refusals=self._checks.refusals)
        if isinstance(heard, Rejection):
            return heard
        record, origin = heard.record, heard.sources
        extras: Record = {}
        if reasons := self._syntactic(record, extras, origin):
            return Rejection("syntactic", tuple(reasons))
        known = {**record, **extras}
        if reasons := self._declined(record, origin) or self._copied(record, given) or self._repeated(known, given):
            return Rejection("semantic", tuple(reasons))
        record |= {name: given[name] for name in self.template.seeds if name in given}
        extras |= {name: record[name] for name in self._unsampled if name in record}
        return self._sample(record, extras, heard.reasoning, origin)

    def compares(self, known: Mapping[str, Any]) -> bool:
        """Whether that is all it takes to tell duplicates."""
        return all(name in known for name in self._compared)

    def twin(self, known: Mapping[str, Any]) -> Rejection | None:
        """Whether such a sample is in already or excluded, or one too close to it, with nothing remembered."""
        return self._excluded(known) or self._refused(self._seen.twin(fingerprint(content(known, self._compared))))

    def admit(self, sample: Sample, notes: Mapping[str, Any] = {}, checks: tuple[str, ...] = ()) -> Verdict:
        """The sample with its number and what the `checks` noted, remembered from now on; else it is a duplicate."""
        whole = sample.record
        if self._noted:
            whole = {**whole, **{name: _noted(notes, name) for name in self._noted}}
        if (excluded := self._excluded(whole)) is not None:
            return excluded
        notes, vector = _without_vector(notes)
        text = content(whole, self._compared)
        # Words come first; only what they let through is compared by its meaning, and remembered if that does, too.
        if self._vectors is not None and vector is not None and self._seen.twin(fingerprint(text)) is None:
            if (same := self._vectors.twin(vector)) is not None:
                return self._same(same)
            self._vectors.add(vector, self.number + 1)
        if (refused := self._refused(self._seen.admit(text, self.number + 1))) is not None:
            return refused
        if whole is not sample.record:
            sample = self._sample(whole, sample.extras, sample.reasoning, sample.sources)
        self.number += 1
        return replace(sample, number=self.number, notes=notes, checks=checks)

    def _sample(
        self, record: Mapping[str, Any], extras: Mapping[str, Any], reasoning: str | None, origin: Mapping[str, str]
    ) -> Sample:
        ordered = {field.name: record.get(field.name) for field in self.template.sample_fields}
        return Sample(self.number + 1, ordered, extras, msgspec.json.encode(ordered), reasoning, origin)

    # Syntactic: each field by itself.

    def _syntactic(self, record: Record, extras: Record, origin: Mapping[str, str]) -> list[Reason]:
        """Checks every field that the answer brought and brings it to its stored form, in place."""
        found: list[Reason] = []
        for field in self.template.fields:
            value = record.get(field.name)
            if value is None:
                continue
            broken = _unprintable(field.name, value)
            if not broken:
                value = record[field.name] = _stored(field, value, extras, broken)
            native = origin.get(field.name) == "native"
            wrong = broken or self._field_faults(field, value, () if native else self._prompt_lines)
            found += wrong or self._notation_faults(field, value, extras, record)
        return found

    def _notation_faults(self, field: Field, value: Any, extras: Record, record: Record) -> Sequence[Reason]:
        if field.format == "tool_call":
            wrong = call_faults(value, field.tools) if field.tools else ()
            return [Reason("wrong_tool_call", f"field '{field.name}': {each}") for each in wrong]
        if self._syntax is None or field.format in UNCHECKED or not isinstance(value, str):
            return ()
        language = None
        if field.format == "code":
            others = (text for name, text in record.items() if name != field.name and isinstance(text, str))
            hint = "\n".join(others)
            language = self._syntax.language(field, value, extras.get("language"), hint)
            if language is not None:
                extras["language"] = language
        return self._syntax.faults(field, value, language)

    def _field_faults(self, field: Field, value: Any, prompt_lines: Sequence[str]) -> list[Reason]:
        if isinstance(value, str):
            found = hygiene.leak_faults(field.name, value, prompt_lines, field.format)
            if not field.type.enum:
                found += hygiene.content_faults(field.name, value, field.description)
                found += self._length_faults(field.name, value)
            return found
        texts = hygiene.strings(value, field.name)
        found = [fault for path, text in texts for fault in hygiene.leak_faults(path, text, prompt_lines, field.format)]
        if isinstance(value, list | dict):
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

    # Semantic: the sample as a whole.

    def _declined(self, record: Mapping[str, Any], origin: Mapping[str, str]) -> list[Reason]:
        if self._checks.refusals:
            for name, value in record.items():
                if isinstance(value, str) and origin.get(name) != "native" and hygiene.is_refusal(value):
                    return [Reason("refusal", f"field '{name}' declines instead of answering")]
        return []

    def _copied(self, record: Mapping[str, Any], given: Mapping[str, str]) -> list[Reason]:
        """What is the text that it was to be made from, in a field by which duplicates are told."""
        if TEXT not in given:
            return []
        texts = {name: record[name] for name in self._compared if isinstance(record.get(name), str)}
        same = [name for name, text in texts.items() if copied(text, given[TEXT])]
        return [Reason("copied", f"field '{name}' is the given text again; make another one from it") for name in same]

    def _repeated(self, record: Mapping[str, Any], given: Mapping[str, str]) -> list[Reason]:
        """What this answer brought that must not be produced again."""
        if self._exclusions is None:
            return []
        reason = self._exclusions.repeated({name: value for name, value in record.items() if name not in given})
        return [] if reason is None else [reason]

    def _excluded(self, record: Mapping[str, Any]) -> Rejection | None:
        """What the record as a whole, with what was given, must not be."""
        if self._exclusions is None:
            return None
        reason = self._exclusions.near(record, self._compared) or self._exclusions.repeated(record)
        return None if reason is None else Rejection("semantic", (reason,))

    def _refused(self, twin: Twin | None) -> Rejection | None:
        if twin is None:
            return None
        fields = ", ".join(self._compared)
        if twin.exact:
            text = f"duplicate: {fields} equal sample {twin.number}; choose a clearly different subject"
            return Rejection("semantic", (Reason("duplicate", text, twin.number),))
        text = f"near-duplicate: {fields} are too close to sample {twin.number} (similarity {twin.similarity:.2f})"
        text += "; choose a clearly different subject: new words for the same are refused again"
        return Rejection("semantic", (Reason("near_duplicate", text, twin.number),))

    def _same(self, twin: Twin) -> Rejection:
        text = f"same meaning: {', '.join(self._compared)} say what sample {twin.number} says in other words"
        text += f" (cosine {twin.similarity:.2f}); choose a clearly different subject"
        return Rejection("semantic", (Reason("same_meaning", text, twin.number),))


def _without_vector(notes: Mapping[str, Any]) -> tuple[Mapping[str, Any], Sequence[float] | None]:
    """The notes that are kept with the sample, and the vector that a review noted for the comparison."""
    return {name: note for name, note in notes.items() if name != VECTOR}, notes.get(VECTOR)


def _noted(notes: Mapping[str, Any], name: str) -> Any:
    """What the checks noted under a name, by itself or among the notes of one of them."""
    places = [notes, *(each for each in notes.values() if isinstance(each, dict))]
    return next((place[name] for place in places if name in place), None)


def _unprintable(name: str, value: Any) -> list[Reason]:
    if isinstance(value, str):
        return hygiene.character_faults(name, value)
    found = [fault for path, text in hygiene.strings(value, name) for fault in hygiene.character_faults(path, text)]
    return found + hygiene.number_faults(value, name)


def _stored(field: Field, value: Any, extras: Record, found: list[Reason]) -> Any:
    """The value as it is kept; what cannot be brought to that form is added to `found`."""
    if field.format == "tool_call":
        try:
            return tool_call.canonical(value, field.tools)
        except tool_call.ToolCallError as error:
            found.append(Reason("bad_tool_call", f"field '{field.name}': {error}"))
    elif field.format == "code":
        return _code(field, value, extras)
    elif field.format == "reasoning" and (match := _THINK.match(value.strip())):
        inner = value.strip()[match.end() :]
        end = next((tag for tag in _THOUGHT if inner.endswith(tag)), "")
        return inner.removesuffix(end).strip()
    return value


def _code(field: Field, value: str, extras: Record) -> str:
    """The code without the fence around it; of a whole answer in plain text, the longest that is fenced in it."""
    found = fence.fenced(value)
    if found is None and field.source == "text":
        found = max(fence.blocks(value), key=lambda block: len(block[1]), default=None)
    if found is None:
        return value
    language, code = found
    if language:
        extras["language"] = language.lower()
    return code
