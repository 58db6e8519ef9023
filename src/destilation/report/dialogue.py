"""What was said for a task: each answer in the ledger, and what was told of it. Read for a few tasks at a time."""

from collections.abc import Collection, Mapping
from pathlib import Path

import msgspec
from msgspec import Struct

from destilation.config import Config
from destilation.core.bundle import first_of
from destilation.core.provider import Message, Prompt
from destilation.core.task import Pick, Task, seed_of
from destilation.errors import ProviderError
from destilation.providers.registry import read
from destilation.report.read import Row, rows
from destilation.storage.layout import COMPLETIONS, REJECTIONS
from destilation.storage.records import StoredAnswer

MOST_TURNS = 12
MOST_CHARACTERS = 20_000


class Turn(Struct, frozen=True, kw_only=True):
    """One answer; `reasons` are why it was refused, None where it was not. US dollars, seconds, tokens."""

    stage: str
    attempt: int
    provider: str
    model: str
    seconds: float
    tokens_in: int
    tokens_out: int
    cost_usd: float
    given: Mapping[str, str]
    native: bool
    text: str
    layer: str | None = None
    reasons: tuple[str, ...] | None = None


class _Asked(Struct, frozen=True):
    task: int


class _Refused(Struct, frozen=True):
    task: int
    attempt: int
    layer: str = ""
    reasons: tuple[str, ...] = ()


def dialogues(folder: Path, tasks: Collection[int]) -> dict[int, list[Turn]]:
    """The answers for each of the tasks in the order in which they came, at most twelve. Raises OSError."""
    wanted = frozenset(tasks)
    refused = {
        (each.task, each.attempt): each for _, each in rows(folder / REJECTIONS, _Refused) if each.task in wanted
    }
    found: dict[int, list[Turn]] = {task: [] for task in wanted}
    for line, asked in rows(folder / COMPLETIONS, _Asked):
        if asked.task in wanted and len(found[asked.task]) < MOST_TURNS:
            found[asked.task] += [_turn(answer, refused) for answer in _answers(line.data)]
    return found


def prompt_of(config: Config, origin: Row, turn: Turn) -> tuple[Message, ...] | None:
    """The first prompt of the stage that this turn belongs to, as the configuration words it; None: not known.

    `origin` is as in `first_prompt`.
    """
    prompt = first_prompt(config, origin, stage=turn.stage, given=turn.given)
    return None if prompt is None else prompt.wording(native=turn.native).messages


def first_prompt(config: Config, origin: Row, *, stage: str, given: Mapping[str, str]) -> Prompt | None:
    """What a stage was asked first for a task, as the configuration words it; None: not known.

    `origin` is a line of provenance, or what there is of it: the task, and what it was to be about; `given` are the
    texts that the stage was given.
    """
    number = origin.get("task")
    if not isinstance(number, int):
        return None
    for making in config.staged.making:
        template = making.template
        if making.name == stage and set(template.seeds) <= set(given):
            seed = seed_of(given) if given else None
            try:
                task = Task(number, config.job.domain, seed, _pick(origin))
                return template.prompt(task, reasoning=config.job.reasoning)
            except KeyError:  # a pattern that names what the ledger does not tell
                return None
    return None


def _pick(origin: Row) -> Pick | None:
    topic, draw, axes = origin.get("topic") or [], origin.get("draw"), origin.get("axes")
    if not isinstance(topic, list) or not isinstance(axes, dict):
        return None
    values = {name: str(value) for name, value in axes.items()}
    return Pick(tuple(map(str, topic)), draw if isinstance(draw, int) else 0, values)


def _answers(data: bytes) -> list[StoredAnswer]:
    try:
        return [msgspec.json.decode(data, type=StoredAnswer)]
    except (msgspec.DecodeError, UnicodeDecodeError):
        return []


def _turn(answer: StoredAnswer, refused: Mapping[tuple[int, int], _Refused]) -> Turn:
    verdict = refused.get((answer.task, answer.attempt))
    return Turn(
        stage=answer.stage,
        attempt=answer.attempt,
        provider=answer.provider,
        model=answer.model,
        seconds=answer.seconds,
        tokens_in=answer.tokens.into,
        tokens_out=answer.tokens.out,
        cost_usd=answer.cost_usd,
        given=answer.given,
        native=answer.beside,
        text=_text(answer)[:MOST_CHARACTERS],
        layer=None if verdict is None else verdict.layer,
        reasons=None if verdict is None else verdict.reasons,
    )


def _text(answer: StoredAnswer) -> str:
    try:
        said = read(answer.dialect, answer.received)
    except (ProviderError, ValueError):
        return answer.received.decode("utf-8", "replace")
    return (first_of(said) if answer.bundle == answer.task else said).text
