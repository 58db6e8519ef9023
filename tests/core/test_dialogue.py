"""Ask, judge, ask again with the reason: a machine that never waits."""

import json

from destilation.core.catalogue import BUILTIN
from destilation.core.dedup.index import SeenIndex
from destilation.core.dialogue import Dialogue, request_seed
from destilation.core.gate import Gate
from destilation.core.provider import Completion
from destilation.core.task import Task
from destilation.core.verdict import Reason, Rejection, Sample

TEMPLATE = BUILTIN[0]
GOOD = json.dumps({"question": "Why?", "answer": "Because."})


def said(text: str) -> Completion:
    """A completion with that text."""
    return Completion(text=text, dialect="t", body=b"{}", model="m")


def dialogue(max_attempts: int = 2) -> Dialogue:
    """A dialogue about the first task."""
    return Dialogue(TEMPLATE.prompt(Task(1, "physics")), Gate(TEMPLATE, SeenIndex(0.85)), max_attempts, seed=5)


def test_a_rejection_is_told_to_the_model() -> None:
    """What was wrong with an answer is in the next prompt, after the answer itself."""
    talk = dialogue()
    first = talk.prompt
    verdict = talk.hear(said('{"question": "Why?"}'))
    assert verdict == Rejection("structural", (Reason("missing_field", "missing field 'answer'"),))
    assert talk.prompt.messages[: len(first.messages)] == first.messages
    assert [message.role for message in talk.prompt.messages[-2:]] == ["assistant", "user"]
    assert talk.prompt.messages[-2].content == '{"question": "Why?"}'
    assert "- missing field 'answer'" in talk.prompt.messages[-1].content
    assert talk.prompt.attempt == 2


def test_a_sample_ends_it() -> None:
    """After an accepted answer the dialogue is over."""
    talk = dialogue()
    assert isinstance(talk.hear(said(GOOD)), Sample)
    assert talk.over and talk.sample is not None and talk.attempts == 1


def test_the_attempts_are_used_up() -> None:
    """After `max_attempts` rejections the dialogue is over without a sample."""
    talk = dialogue()
    talk.hear(said("x"))
    assert not talk.over
    talk.hear(said("x"))
    assert talk.over and talk.sample is None and talk.attempts == 2


def test_a_retry_carries_only_the_last_exchange() -> None:
    """The second rejection replaces the first in the prompt."""
    talk = dialogue(3)
    talk.hear(said("first wrong answer"))
    talk.hear(said("second wrong answer"))
    contents = " ".join(message.content for message in talk.prompt.messages)
    assert "second wrong answer" in contents
    assert "first wrong answer" not in contents


def test_recalling_is_hearing_without_judging() -> None:
    """An earlier run's rejection leads to the same next prompt as hearing the answer."""
    heard, recalled = dialogue(), dialogue()
    verdict = heard.hear(said("{}"))
    assert isinstance(verdict, Rejection)
    recalled.recall(said("{}"), verdict)
    assert recalled.prompt == heard.prompt
    assert recalled.attempts == heard.attempts == 1


def test_what_is_echoed_is_bounded_and_can_be_sent() -> None:
    """A huge answer is shortened, an empty one is left out, half a surrogate pair is replaced."""
    talk = dialogue(4)
    talk.hear(said("x" * 100_000))
    assert len(talk.prompt.messages[-2].content) < 5_000
    talk.hear(said("  "))
    assert talk.prompt.messages[-2].role == "user"
    talk.hear(said("\ud83d {"))
    assert all(message.content.encode() for message in talk.prompt.messages)


def test_every_request_has_its_own_stable_seed() -> None:
    """Seeds differ by job, task and attempt, fit 31 bits, and are the same everywhere."""
    seeds = {request_seed(job, task, attempt) for job in range(3) for task in range(50) for attempt in range(3)}
    assert len(seeds) == 450
    assert all(0 <= seed < 2**31 for seed in seeds)
    assert request_seed(1, 1, 1) == 1953659223
    talk = dialogue()
    first = talk.prompt.seed
    talk.hear(said("x"))
    assert (first, talk.prompt.seed) == (request_seed(5, 1, 1), request_seed(5, 1, 2))
