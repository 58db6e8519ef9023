"""One task after the other: feedback, abandonment, and answers from an earlier run."""

from destilation.core import events
from destilation.core.events import Event
from destilation.core.task import Task
from destilation.core.verdict import Reason, Rejection
from destilation.engine.pool import Answer
from destilation.engine.worker import Past, Worker
from destilation.errors import RefusedPromptError
from tests.engine.doubles import TEMPLATE, Memory, Scripted, gate, pool_of, qa, said
from tests.engine.virtual_time import run_virtual

TASK = Task(7, "physics")


def fulfil(provider: Scripted, past: tuple[Past, ...] = ()) -> tuple[bool, Memory, list[Event]]:
    """One task with at most three attempts: whether it brought a sample, what was kept, what was told."""
    memory, seen = Memory(), list[Event]()

    async def main() -> bool:
        pool = pool_of([provider], seen)
        worker = Worker(TEMPLATE, gate(), pool, memory, seen.append, max_attempts=3, seed=1)
        return await worker.fulfil(TASK, past)

    return run_virtual(main()), memory, seen


def test_the_reason_is_told_in_the_next_request() -> None:
    """A rejected answer and what was wrong with it are in the second request; the second answer is kept."""
    provider = Scripted(lambda prompt, n: '{"question": "Why?"}' if n == 1 else qa(n))
    accepted, memory, seen = fulfil(provider)
    assert accepted
    assert [message.content for message in provider.prompts[1].messages[-2:-1]] == ['{"question": "Why?"}']
    assert "missing field 'answer'" in provider.prompts[1].messages[-1].content
    assert memory.recorded == [(7, 1), (7, 2)]
    assert [final for _, final in memory.refused] == [False]
    assert [type(event).__name__ for event in seen if not isinstance(event, events.AttemptStarted)] == [
        "CompletionReceived",
        "Rejected",
        "CompletionReceived",
        "Accepted",
    ]


def test_a_task_is_abandoned_after_its_attempts() -> None:
    """Three bad answers end a task; the last rejection says that it was the last."""
    accepted, memory, seen = fulfil(Scripted(lambda prompt, n: "no JSON here"))
    assert not accepted
    assert [final for _, final in memory.refused] == [False, False, True]
    assert seen[-1] == events.Abandoned(task=7, attempts=3, reason="attempts used up")


def test_a_refused_prompt_abandons_the_task() -> None:
    """A prompt that the provider declines is not asked three times."""
    provider = Scripted(lambda prompt, n: RefusedPromptError("flagged"))
    accepted, _, seen = fulfil(provider)
    assert not accepted
    assert len(provider.prompts) == 1
    assert seen[-1] == events.Abandoned(task=7, attempts=0, reason="flagged")


def test_a_recorded_answer_is_judged_without_asking() -> None:
    """An answer that an earlier run paid for but never judged is judged now, with no request."""
    provider = Scripted(lambda prompt, n: qa(n))
    accepted, memory, _ = fulfil(provider, (Past(Answer(-1, "test", said(qa(1)), 1.0), None),))
    assert accepted
    assert provider.prompts == []
    assert memory.recorded == []
    assert len(memory.samples) == 1


def test_a_dialogue_goes_on_where_it_stopped() -> None:
    """After a recorded rejection the next request is the second attempt and carries the old reason."""
    refused = Rejection("structural", (Reason("missing_field", "missing field 'answer'"),))
    provider = Scripted(lambda prompt, n: qa(n))
    past = Past(Answer(-1, "test", said('{"question": "Why?"}'), 1.0), refused)
    accepted, memory, _ = fulfil(provider, (past,))
    assert accepted
    assert [prompt.attempt for prompt in provider.prompts] == [2]
    assert "missing field 'answer'" in provider.prompts[0].messages[-1].content
    assert memory.recorded == [(7, 2)]


def test_past_answers_beyond_the_sample_are_left_alone() -> None:
    """Once a past answer brought the sample, later ones are not judged."""
    answers = tuple(Past(Answer(-1, "test", said(qa(n)), 1.0), None) for n in (1, 2))
    accepted, memory, _ = fulfil(Scripted(lambda prompt, n: qa(n)), answers)
    assert accepted
    assert len(memory.samples) == 1
