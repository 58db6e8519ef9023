"""Ask, judge, ask again with the reason: a machine that never waits."""

from destilation.core.catalogue import BUILTIN
from destilation.core.dialogue import Dialogue
from destilation.core.provider import Completion
from destilation.core.task import Task, request_seed, seed_of
from destilation.core.verdict import Reason, Rejection

TEMPLATE = BUILTIN[0]
WRONG = Rejection("structural", (Reason("missing_field", "missing field 'answer'"),))


def said(text: str) -> Completion:
    """A completion with that text."""
    return Completion(text=text, dialect="t", body=b"{}", model="m")


def dialogue(max_attempts: int = 2) -> Dialogue:
    """A dialogue about the first task."""
    return Dialogue(TEMPLATE.prompt(Task(1, "physics")), max_attempts)


def test_a_rejection_is_told_to_the_model() -> None:
    """What was wrong with an answer is in the next prompt, after the answer itself."""
    talk = dialogue()
    first = talk.prompt
    talk.refused(said('{"question": "Why?"}'), WRONG)
    assert talk.prompt.messages[: len(first.messages)] == first.messages
    assert [message.role for message in talk.prompt.messages[-2:]] == ["assistant", "user"]
    assert talk.prompt.messages[-2].content == '{"question": "Why?"}'
    assert "- missing field 'answer'" in talk.prompt.messages[-1].content
    assert talk.prompt.attempt == 2


def test_the_attempts_are_used_up() -> None:
    """After `max_attempts` rejections the dialogue is over."""
    talk = dialogue()
    talk.refused(said("x"), WRONG)
    assert not talk.over
    talk.refused(said("x"), WRONG)
    assert talk.over and talk.attempts == 2


def test_a_retry_carries_only_the_last_exchange() -> None:
    """The second rejection replaces the first in the prompt."""
    talk = dialogue(3)
    talk.refused(said("first wrong answer"), WRONG)
    talk.refused(said("second wrong answer"), WRONG)
    contents = " ".join(message.content for message in talk.prompt.messages)
    assert "second wrong answer" in contents
    assert "first wrong answer" not in contents


def test_a_plain_answer_is_asked_for_again_as_it_was() -> None:
    """Whoever reasons natively is told the faults as well, and is not told of JSON where none was wanted."""
    template = BUILTIN[1].with_given(["question"])
    prompt = template.prompt(Task(1, "physics", seed_of({"question": "Why is it so?"})))
    assert prompt.native is not None and [each.content for each in prompt.native.messages] == ["Why is it so?"]
    talk = Dialogue(prompt, 2)
    talk.refused(said("Because."), WRONG)
    assert talk.prompt.native is not None and talk.prompt.again
    last = talk.prompt.native.messages[-1].content
    assert "missing field 'answer'" in last and "JSON" not in last
    assert "JSON" in talk.prompt.messages[-1].content


def test_what_is_echoed_is_bounded_and_can_be_sent() -> None:
    """A huge answer is shortened, an empty one is left out, half a surrogate pair is replaced."""
    talk = dialogue(4)
    talk.refused(said("x" * 100_000), WRONG)
    assert len(talk.prompt.messages[-2].content) < 5_000
    talk.refused(said("  "), WRONG)
    assert talk.prompt.messages[-2].role == "user"
    talk.refused(said("\ud83d {"), WRONG)
    assert all(message.content.encode() for message in talk.prompt.messages)


def test_every_request_has_its_own_stable_seed() -> None:
    """Seeds differ by job, task and attempt, fit 31 bits, and are the same everywhere."""
    seeds = {request_seed(job, task, attempt) for job in range(3) for task in range(50) for attempt in range(3)}
    assert len(seeds) == 450
    assert all(0 <= seed < 2**31 for seed in seeds)
    assert request_seed(1, 1, 1) == 1953659223
