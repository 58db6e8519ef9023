"""One task after the other: feedback, abandonment, and answers from an earlier run."""

import asyncio
import json
import re
from collections.abc import Callable, Sequence

import pytest

from destilation.core import events
from destilation.core.catalogue import BUILTIN, find
from destilation.core.dedup.index import SeenIndex
from destilation.core.events import Event
from destilation.core.fields import Field, Type
from destilation.core.gate import Gate
from destilation.core.provider import Prompt
from destilation.core.review import Asker, Finding, Review, Stage
from destilation.core.spend import Caps
from destilation.core.task import Task, seed_of
from destilation.core.template import Template
from destilation.core.verdict import Reason, Rejection, Sample
from destilation.engine.desk import Past
from destilation.engine.pool import PoolClosedError
from destilation.engine.worker import Worker
from destilation.errors import RefusedPromptError, SpendCapError
from tests.engine.doubles import Memory, Scripted, past_of, pool_of, qa, said, stage
from tests.engine.virtual_time import run_virtual

TASK = Task(7, "physics")


def fulfil(provider: Scripted, past: tuple[Past, ...] = ()) -> tuple[bool, Memory, list[Event]]:
    """One task with at most three attempts: whether it brought a sample, what was kept, what was told."""
    memory, seen = Memory(), list[Event]()

    async def main() -> bool:
        pool = pool_of([provider], seen)
        worker = Worker([stage()], pool, memory, seen.append, seed=1)
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
    accepted, memory, _ = fulfil(provider, (past_of(1, said(qa(1))),))
    assert accepted
    assert provider.prompts == []
    assert memory.recorded == []
    assert len(memory.samples) == 1


def test_a_dialogue_goes_on_where_it_stopped() -> None:
    """After a recorded rejection the next request is the second attempt and carries the old reason."""
    refused = Rejection("structural", (Reason("missing_field", "missing field 'answer'"),))
    provider = Scripted(lambda prompt, n: qa(n))
    past = past_of(1, said('{"question": "Why?"}'), refused)
    accepted, memory, _ = fulfil(provider, (past,))
    assert accepted
    assert [prompt.attempt for prompt in provider.prompts] == [2]
    assert "missing field 'answer'" in provider.prompts[0].messages[-1].content
    assert memory.recorded == [(7, 2)]


def test_past_answers_beyond_the_sample_are_left_alone() -> None:
    """Once a past answer brought the sample, later ones are not judged."""
    answers = tuple(past_of(n, said(qa(n))) for n in (1, 2))
    accepted, memory, _ = fulfil(Scripted(lambda prompt, n: qa(n)), answers)
    assert accepted
    assert len(memory.samples) == 1


# Stages and reviews.

QA = BUILTIN[0]
SCORED = Template(
    id="scored", fields=(Field("score", Type("integer")),), system_prompt="", user_prompt_pattern="Score {{told}}"
)
SCORE = Stage("judge", SCORED, Gate(SCORED, SeenIndex(1.0)), 2)
BAD = Reason("x:bad", "it is bad")
Says = Callable[[Prompt, int], str | Exception]


class Reviewer:
    """Finds what its script says, one sample after the other."""

    def __init__(self, name: str, *script: Finding | Exception | None, asks: bool = False) -> None:
        self.name = name
        self.asks = asks
        self.samples: list[Sample] = []
        self._script = list(script)

    async def review(self, sample: Sample, task: Task, asker: Asker) -> Finding | None:
        """The next finding."""
        self.samples.append(sample)
        found = self._script.pop(0)
        if isinstance(found, Exception):
            raise found
        return found


class Examiner:
    """Asks for a score so many times, and blames the question for any below 5."""

    asks = True

    def __init__(self, name: str = "judge", times: int = 1) -> None:
        self.name = name
        self._times = times

    async def review(self, sample: Sample, task: Task, asker: Asker) -> Finding | None:
        """What the scores come to."""
        asked = Stage(self.name, SCORE.template, SCORE.gate, SCORE.max_attempts)
        for number in range(self._times):
            told = json.dumps([number, dict(sample.record)])
            verdict = await asker.ask(asked, task.with_given({"told": told}))
            if verdict is None:
                return None
            if verdict.record["score"] < 5:
                return Finding(reasons=(BAD,), blame="question")
        return Finding(notes={self.name: "good"})


def two_stages(seen: SeenIndex | None = None) -> list[Stage]:
    """A question, then its answer in plain text; at most three attempts each."""
    question, answer = QA.only(["question"]), QA.with_given(["question"])
    return [
        Stage("question", question, Gate(question, SeenIndex(1.0)), 3),
        Stage("answer", answer, Gate(answer, seen or SeenIndex(0.85)), 3),
    ]


def asked(number: int) -> str:
    """A question that differs from all others."""
    return json.dumps({"question": json.loads(qa(number))["question"]})


def worked(
    providers: Sequence[Scripted],
    reviews: Sequence[Review] = (),
    *,
    stages: Sequence[Stage] = (),
    past: Sequence[Past] = (),
    task: Task = TASK,
    caps: Caps = Caps(),
) -> tuple[bool, Memory, list[Event]]:
    """As `fulfil`, with a provider for each stage, which is labelled with its name."""
    memory, seen = Memory(), list[Event]()

    async def main() -> bool:
        pool = pool_of(list(providers), seen, stages=[each.label for each in providers], caps=caps)
        worker = Worker(stages or two_stages(), pool, memory, seen.append, seed=1, reviews=reviews)
        try:
            return await worker.fulfil(task, past)
        except SpendCapError:
            return False

    return run_virtual(main()), memory, seen


def team(question: Says, answer: Says, judge: Says = lambda prompt, n: '{"score": 9}') -> list[Scripted]:
    """One provider a stage."""
    return [Scripted(question, "question"), Scripted(answer, "answer"), Scripted(judge, "judge")]


def test_each_stage_is_given_what_the_one_before_made() -> None:
    """The answer is asked for with the question in it; both make the sample, and the trail has the question."""
    makers = team(lambda prompt, n: asked(n), lambda prompt, n: f"Answer {n}.")
    accepted, memory, _ = worked(makers)
    assert accepted
    question = json.loads(asked(1))["question"]
    assert question in makers[1].prompts[0].messages[-1].content
    assert memory.samples[0].record == {"question": question, "answer": "Answer 1."}
    assert memory.trails == [["question"]]


def test_blame_goes_to_the_stage_at_fault() -> None:
    """What the question is blamed for is told to its author; the answer to it is dropped, and the next asked afresh."""
    makers = team(lambda prompt, n: asked(n), lambda prompt, n: f"Answer {n}.")
    blamed = Reviewer("check", Finding(reasons=(BAD,), blame="question"), Finding())
    accepted, memory, seen = worked(makers, [blamed])
    assert accepted
    first, second = makers[0].prompts
    assert "it is bad" in second.messages[-1].content and second.again and not first.again
    assert [prompt.again for prompt in makers[1].prompts] == [False, False]
    assert json.loads(asked(2))["question"] in makers[1].prompts[1].messages[-1].content
    assert memory.samples[0].record["answer"] == "Answer 2."
    assert memory.trails == [["question"]]
    rejected = [event for event in seen if isinstance(event, events.Rejected)]
    assert [(event.stage, event.attempt, event.layer, event.codes) for event in rejected] == [
        ("question", 1, "semantic", ("x:bad",))
    ]


@pytest.mark.parametrize("blame", [None, "answer", "nobody"])
def test_without_a_known_name_the_last_stage_is_blamed(blame: str | None) -> None:
    """The question stays, and the answer is asked for again with the reason."""
    makers = team(lambda prompt, n: asked(n), lambda prompt, n: f"Answer {n}.")
    accepted, memory, _ = worked(makers, [Reviewer("check", Finding(reasons=(BAD,), blame=blame), Finding())])
    assert accepted
    assert [len(maker.prompts) for maker in makers] == [1, 2, 0]
    assert "it is bad" in makers[1].prompts[1].messages[-1].content
    assert memory.samples[0].record["answer"] == "Answer 2."


def test_of_several_that_are_blamed_the_earliest() -> None:
    """One finds fault with the answer, another with the question: the question is asked for again, with both reasons."""
    makers = team(lambda prompt, n: asked(n), lambda prompt, n: f"Answer {n}.")
    one = Reviewer("one", Finding(reasons=(Reason("one:bad", "first"),), blame="answer"), Finding())
    two = Reviewer("two", Finding(reasons=(Reason("two:bad", "second"),), blame="question"), Finding())
    fine = Reviewer("three", Finding(blame="question"), Finding())
    accepted, _, _ = worked(makers, [one, two, fine])
    assert accepted
    told = makers[0].prompts[1].messages[-1].content
    assert "first" in told and "second" in told
    assert [len(maker.prompts) for maker in makers] == [2, 2, 0]


def test_a_stage_that_is_blamed_to_the_end() -> None:
    """When its attempts are used up, the task is abandoned, and the last rejection says so."""
    makers = team(lambda prompt, n: asked(n), lambda prompt, n: f"Answer {n}.")
    never = Reviewer("check", *[Finding(reasons=(BAD,), blame="question")] * 3)
    accepted, memory, seen = worked(makers, [never])
    assert not accepted
    assert [len(maker.prompts) for maker in makers] == [3, 3, 0]
    assert [final for _, final in memory.refused] == [False, False, True]
    assert seen[-1] == events.Abandoned(task=7, attempts=6, reason="attempts used up")


def test_a_duplicate_question_is_told_to_its_author() -> None:
    """As soon as the question is known to be that of another sample, it is asked for again, and nobody answers it."""
    stages = two_stages()
    first, _, _ = worked(team(lambda prompt, n: asked(1), lambda prompt, n: "One."), stages=stages)
    makers = team(lambda prompt, n: asked(n), lambda prompt, n: "Two.")
    second, memory, _ = worked(makers, stages=stages)
    assert first and second
    assert [len(maker.prompts) for maker in makers] == [2, 1, 0]
    assert "duplicate: question equal sample 1" in makers[0].prompts[1].messages[-1].content
    assert memory.samples[0].number == 2


def test_a_near_duplicate_is_told_what_it_is_near_to() -> None:
    """The words of the sample that an answer is too close to stand between marks in the next request, and are kept."""
    text = "Why does the long rope in the old hall swing so much slower than the short one beside the door"
    answers = [f"{text} tonight?", f"{text} today?", "Which force keeps the moon up?"]
    provider = Scripted(lambda prompt, n: json.dumps({"question": answers[n - 1], "answer": f"Answer {n}."}))
    memory, seen = Memory(), list[Event]()

    async def main() -> list[bool]:
        worker = Worker([stage()], pool_of([provider], seen), memory, seen.append, seed=1)
        return [await worker.fulfil(Task(number, "physics")) for number in (1, 2)]

    assert run_virtual(main()) == [True, True]
    told = provider.prompts[2].messages[-1].content
    assert "near-duplicate: question are too close to sample 1" in told
    assert re.search(rf"===== (\w+) begins ===== .*{text} tonight.* ===== \1 ends =====", told)
    (refused, _) = memory.refused[0]
    assert refused.reasons[0].text in told
    assert [event.twin for event in seen if isinstance(event, events.Rejected)] == [1]


def test_a_seed_of_another_sample() -> None:
    """A given question that is in already cannot be mended: the task is given up for good after one answer."""
    question = json.loads(asked(1))["question"]
    seen_already = two_stages()[1:]
    task = Task(8, "physics", seed_of({"question": question}))
    first, _, _ = worked(team(lambda prompt, n: "", lambda prompt, n: "One."), stages=seen_already, task=task)
    makers = team(lambda prompt, n: "", lambda prompt, n: "Two.")
    second, memory, seen = worked(makers, stages=seen_already, task=task)
    assert first and not second
    assert len(makers[1].prompts) == 1
    assert [final for _, final in memory.refused] == [True]
    assert seen[-1] == events.Abandoned(task=8, attempts=1, reason="the seed is that of another sample")


def test_no_verdict_abandons_the_task() -> None:
    """A sample that a review cannot judge is neither kept nor refused, and nothing is asked again."""
    makers = team(lambda prompt, n: asked(n), lambda prompt, n: f"Answer {n}.")
    accepted, memory, seen = worked(makers, [Reviewer("fine", Finding(), asks=True), Reviewer("mute", None, asks=True)])
    assert not accepted
    assert (memory.samples, memory.refused) == ([], [])
    assert [len(maker.prompts) for maker in makers] == [1, 1, 0]
    assert seen[-1] == events.Abandoned(task=7, attempts=2, reason="mute came to no verdict")


def test_what_costs_comes_second() -> None:
    """Those that ask models are not asked about a sample that a local check refused; all that passed is noted."""
    makers = team(lambda prompt, n: asked(n), lambda prompt, n: f"Answer {n}.")
    paid = Reviewer("paid", Finding(notes={"paid": 8}, flags=("low",)), asks=True)
    local = Reviewer("local", Finding(reasons=(BAD,)), Finding(notes={"local": 1}, flags=("odd", "rare")))
    accepted, memory, _ = worked(makers, [paid, local])
    assert accepted
    assert [sample.record["answer"] for sample in local.samples] == ["Answer 1.", "Answer 2."]
    assert [sample.record["answer"] for sample in paid.samples] == ["Answer 2."]
    (sample,) = memory.samples
    assert sample.checks == ("paid", "local")
    assert sample.notes == {"local": 1, "paid": 8, "flags": ["paid: low", "local: odd", "local: rare"]}


def test_what_an_earlier_stage_brought_besides() -> None:
    """The language of code that an earlier stage made is known to the reviews, and kept."""
    coding = find("coding")
    assert coding is not None
    code, rest = coding.only(["requirement", "code"]), coding.with_given(["requirement", "code"])
    stages = [Stage("code", code, Gate(code, SeenIndex(1.0)), 3), Stage("rest", rest, Gate(rest, SeenIndex(1.0)), 3)]
    made = json.dumps({"requirement": "Add two numbers.", "code": "```python\ndef add(a, b):\n    return a + b\n```"})
    local = Reviewer("local", Finding())
    makers = [
        Scripted(lambda prompt, n: made, "code"),
        Scripted(lambda prompt, n: '{"explanation": "It adds."}', "rest"),
    ]
    accepted, memory, _ = worked(makers, [local], stages=stages)
    assert accepted
    assert local.samples[0].extras == memory.samples[0].extras == {"language": "python"}


# By the number of the attempt: a malformed question, an answer whose question is blamed by a judge that was malformed
# first, an empty answer, and at last all is well.
PLAY = {
    1: "no JSON", 2: asked(2), 3: "Answer 3.", 4: "no score", 5: '{"score": 1}', 6: asked(6), 7: "", 8: "Answer 8.",
    9: '{"score": 9}',
}  # fmt: skip


def play(past: Sequence[Past] = (), most: int | None = None) -> tuple[bool, Memory]:
    """The task by that script, with what is known of it already, up to so many requests."""
    makers = team(*[lambda prompt, n: PLAY[prompt.attempt]] * 3)
    accepted, memory, _ = worked(makers, [Examiner()], past=past, caps=Caps(requests=most))
    return accepted, memory


@pytest.mark.parametrize("judged", [True, False])
@pytest.mark.parametrize("cut", range(9))
def test_a_run_that_ended_anywhere_goes_on_there(cut: int, judged: bool) -> None:
    """After any number of recorded answers, judged or not, the rest is asked for once, and the sample is the same."""
    whole_accepted, whole = play()
    assert whole_accepted and [attempt for _, attempt in whole.recorded] == list(PLAY)
    accepted, before = play(most=cut)
    assert not accepted and len(before.recorded) == cut
    accepted, after = play(before.past(judged=judged))
    assert accepted
    assert [attempt for _, attempt in after.recorded] == list(PLAY)[cut:]
    assert after.samples[0].record == whole.samples[0].record == {
        "question": json.loads(asked(6))["question"], "answer": "Answer 8."
    }  # fmt: skip
    assert after.trails == whole.trails == [["question", "judge"]]
    assert after.attempts == whole.attempts == [9]
    if judged:
        assert [each for each, _ in before.refused + after.refused] == [each for each, _ in whole.refused]


def test_a_task_that_was_done_asks_for_nothing() -> None:
    """With all its answers recorded, the sample is made again without a request."""
    _, whole = play()
    accepted, after = play(whole.past(judged=False), most=0)
    assert accepted and after.recorded == []


def test_what_is_in_flight_for_another_review_is_recorded() -> None:
    """When one review can ask no more because the run is being stopped, the answer to another is waited for and kept."""
    memory, seen = Memory(), list[Event]()
    makers = [
        Scripted(lambda prompt, n: asked(n), "question"),
        Scripted(lambda prompt, n: "Answer.", "answer"),
        Scripted(lambda prompt, n: '{"score": 9}', "fast"),
        Scripted(lambda prompt, n: '{"score": 9}', "slow", seconds=10.0),
    ]

    async def main() -> float:
        pool = pool_of(makers, seen, stages=[each.label for each in makers])
        reviews = [Examiner("fast", 2), Examiner("slow")]
        worker = Worker(two_stages(), pool, memory, seen.append, seed=1, reviews=reviews)
        asyncio.get_running_loop().call_later(2.5, pool.close)
        with pytest.raises(PoolClosedError):
            await worker.fulfil(TASK)
        return asyncio.get_running_loop().time()

    assert run_virtual(main()) == 12.0
    assert [(each.stage, each.attempt) for each in memory.past()] == [
        ("question", 1), ("answer", 2), ("fast", 3), ("slow", 4)
    ]  # fmt: skip
