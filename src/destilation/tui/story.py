"""One task told in full from the files: its attempts, what was asked, what was said, and what was wrong with it."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from destilation.config import Config, load
from destilation.core.bundle import bundled
from destilation.core.draws import Draws
from destilation.core.provider import Prompt
from destilation.errors import DestilationError
from destilation.launch.keep import completion_of
from destilation.report.dialogue import first_prompt
from destilation.storage.layout import COMPLETIONS, JOB, PROVENANCE, REJECTIONS
from destilation.storage.records import StoredAnswer
from destilation.tui.model.entry import told

_OBJECT = msgspec.json.Decoder(dict[str, Any])
MOST_FOUND = 100
_CHUNK = 1 << 20


class Attempt(Struct, frozen=True):
    """One answer: its number, a line about it, what it said, and the verdict: a glyph and words.

    `prompt` is what its stage was asked first, empty where that cannot be made again; `beside` are the tasks that were
    asked for in the same request; `reasons` are those of a refusal, code and text.
    """

    number: int
    title: str
    reply: str
    verdict: str
    prompt: str = ""
    beside: tuple[int, ...] = ()
    reasons: tuple[tuple[str, str], ...] = ()


class Story(Struct, frozen=True):
    """All that is known of a task. `code` has the language of each field that holds code, empty where none is named."""

    task: int
    attempts: tuple[Attempt, ...]
    code: Mapping[str, str] = {}

    @property
    def prompt(self) -> str:
        """What was asked first; empty where that cannot be made again."""
        return next((attempt.prompt for attempt in self.attempts if attempt.prompt), "")


def story_of(folder: Path, task: int) -> Story:
    """Read the folder for one task."""
    head = b'{"task":%d,' % task
    answers = _answers(folder, head, at_start=True)
    refusals = {row.get("attempt"): row for row in map(_decoded, _lines(folder / REJECTIONS, head))}
    origins = {
        row.get("attempt"): row
        for row in map(_decoded, _lines(folder / PROVENANCE, b'"task":%d,' % task, at_start=False))
        if row.get("task") == task
    }
    asking = _Asking(folder, next(iter(origins.values()), {}))
    attempts = tuple(
        _attempt(answer, refusals.get(answer.attempt), answer.attempt in origins, asking) for answer in answers
    )
    return Story(task, attempts, asking.code)


def task_of(folder: Path, sample: int) -> int | None:
    """The task of which a line of `samples.jsonl` is the fruit; None where its provenance is lost."""
    for line in _lines(folder / PROVENANCE, b'{"sample":%d,' % sample):
        task = _decoded(line).get("task")
        return task if isinstance(task, int) else None
    return None


class _Asking:
    """Makes prompts again as they were sent. `origin` is the task's line of provenance, empty for none."""

    def __init__(self, folder: Path, origin: Mapping[str, Any]) -> None:
        self._folder = folder
        self._origin = origin
        self._config: Config | None = None
        self.code: dict[str, str] = {}
        try:
            self._config = load(folder / JOB, env={})
        except (DestilationError, OSError, ValueError):
            return
        fields = [field for making in self._config.staged.making for field in making.template.fields]
        self.code = {field.name: field.language or "" for field in fields if field.format == "code"}
        self._draws = Draws(self._config.axes, self._config.job.seed)

    def words(self, answer: StoredAnswer, members: Sequence[StoredAnswer]) -> str:
        """What was sent; for an answer that came with others, what was asked for all of them."""
        prompts = [prompt for each in members or (answer,) if (prompt := self._prompt(each)) is not None]
        if not prompts or len(prompts) < len(members):
            return ""
        messages = prompts[0].wording(native=answer.beside).messages
        if len(prompts) > 1 and self._config is not None:
            messages = bundled(self._config.staged.making[0].template, prompts).messages
        return "\n\n".join(f"[{message.role}] {message.content}" for message in messages)

    def members(self, answer: StoredAnswer) -> list[StoredAnswer]:
        """All answers of the same reply in the order in which they were asked for; none where it was alone."""
        if not answer.bundle:
            return []
        found = _answers(self._folder, b'"bundle":%d,' % answer.bundle, at_start=False)
        return [each for each in found if each.bundle == answer.bundle]

    def _prompt(self, answer: StoredAnswer) -> Prompt | None:
        if self._config is None:
            return None
        own = answer.task == self._origin.get("task")
        origin = self._origin if own else {"task": answer.task, "topic": answer.topic, "draw": answer.draw}
        told = {**origin, "topic": list(answer.topic), "draw": answer.draw, "axes": origin.get("axes")}
        told["axes"] = told["axes"] or self._drawn(answer)
        return first_prompt(self._config, told, stage=answer.stage, given=answer.given)

    def _drawn(self, answer: StoredAnswer) -> Mapping[str, str]:
        """The draws are a function of the configuration, and are drawn again."""
        return self._draws.draw(answer.seed or "\n".join(answer.topic), answer.draw) if self._draws.axes else {}


def _attempt(answer: StoredAnswer, refusal: dict[str, Any] | None, accepted: bool, asking: _Asking) -> Attempt:
    tokens, members = answer.tokens, asking.members(answer)
    beside = tuple(each.task for each in members if each.task != answer.task)
    title = (
        f"{answer.attempt} {answer.provider} {answer.seconds:.1f} s, {tokens.into:,} → {tokens.out:,} tokens, "
        f"${answer.cost_usd:.4f}{f', one reply for {len(members)} tasks' if members else ''}"
    )
    reasons: tuple[tuple[str, str], ...] = ()
    if refusal is not None:
        pairs = zip(refusal.get("codes") or [], refusal.get("reasons") or [], strict=False)
        reasons = tuple((str(code), str(reason)) for code, reason in pairs)
        words = "\n".join(f"  {told(code, reason)}" for code, reason in reasons)
        verdict = f"✗ refused ({refusal.get('layer')}), and told to the model:\n{words}"
    else:
        verdict = "✓ accepted" if accepted else "· no verdict of this answer alone is recorded"
    return Attempt(answer.attempt, title, _reply(answer), verdict, asking.words(answer, members), beside, reasons)


def _reply(answer: StoredAnswer) -> str:
    try:
        said = completion_of(answer)
    except (DestilationError, ValueError, KeyError, TypeError):
        return answer.received.decode("utf-8", "replace")
    return f"(reasoning) {said.reasoning}\n\n{said.text}" if said.reasoning else said.text


def _answers(folder: Path, words: bytes, *, at_start: bool) -> list[StoredAnswer]:
    lines = _lines(folder / COMPLETIONS, words, at_start=at_start)
    return [answer for line in lines if (answer := _answer(line)) is not None]


def _answer(line: bytes) -> StoredAnswer | None:
    try:
        return msgspec.json.decode(line, type=StoredAnswer)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def _decoded(line: bytes) -> dict[str, Any]:
    try:
        return _OBJECT.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return {}


def _lines(path: Path, words: bytes, *, at_start: bool = True) -> Iterator[bytes]:
    """The lines that have the words, or begin with them; the ledger of a million answers takes a second."""
    try:
        with path.open("rb") as file:
            count, rest = 0, b""
            while count < MOST_FOUND and (data := file.read(_CHUNK)):
                whole, end, more = data.rpartition(b"\n")
                if not end:
                    rest += data
                    continue
                data, rest = rest + whole + end, more
                for line in _in(data, words, at_start=at_start):
                    count += 1
                    yield line
    except OSError:
        return


def _in(data: bytes, words: bytes, *, at_start: bool) -> Iterator[bytes]:
    place = data.find(words)
    while place >= 0:
        start, end = data.rfind(b"\n", 0, place) + 1, data.find(b"\n", place)
        if start == place or not at_start:
            yield data[start:end]
        place = data.find(words, end)
