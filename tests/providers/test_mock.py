"""The mock: deterministic, plausible for any template, and as bad as it is told to be."""

import asyncio
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from destilation.core.catalogue import BUILTIN
from destilation.core.dedup.index import SeenIndex
from destilation.core.fields import Field, Type
from destilation.core.gate import Gate
from destilation.core.job import MockSpec, Price
from destilation.core.provider import Completion, Prompt
from destilation.core.task import Task, request_seed
from destilation.core.template import Template
from destilation.core.verdict import Rejection, Sample
from destilation.errors import TransientProviderError
from destilation.providers.mock import MockProvider, read

OWN = Template(
    id="own",
    fields=(
        Field("incident", description="what happened"),
        Field("level", Type("string", enum=("low", "high"))),
        Field("causes", Type("array", items=Type("string"))),
        Field("matrix", Type("array", items=Type("array", items=Type("number")))),
        Field("impact", Type("object", fields=(Field("users", Type("integer")), Field("real", Type("boolean"))))),
        Field("any", Type("object")),
        Field("list", Type("array")),
        Field("note", required=False),
        Field("answer", Type("integer")),
        Field("code", format="code"),
    ),
    system_prompt="",
    user_prompt_pattern="x",
    dedup_fields=("incident",),
)
PLAIN = Template(
    id="plain",
    fields=(Field("title"), Field("body")),
    system_prompt="",
    user_prompt_pattern="x",
    dedup_fields=("body",),
)


def prompt(number: int, template: Template = BUILTIN[0], attempt: int = 1) -> Prompt:
    """The prompt of a task as the engine makes it."""
    first = template.prompt(Task(number, "Rust Systems Programming"))
    return replace(first, attempt=attempt, seed=request_seed(1, number, attempt))


def answers(count: int, template: Template = BUILTIN[0], **spec: Any) -> list[Completion | TransientProviderError]:
    """What the mock says to the first `count` tasks."""
    provider = MockProvider(MockSpec(name="mock", **spec), "mock", sleep=asyncio.sleep)

    async def one(number: int) -> Completion | TransientProviderError:
        try:
            return await provider.complete(prompt(number, template))
        except TransientProviderError as error:
            return error

    async def all_of_them() -> list[Completion | TransientProviderError]:
        return [await one(number) for number in range(1, count + 1)]

    return asyncio.run(all_of_them())


def verdicts(said: list[Completion | TransientProviderError], template: Template = BUILTIN[0]) -> Counter[str]:
    """How often each reason came, "" for samples and "fault" for none of either."""
    gate, counts = Gate(template, SeenIndex(0.85)), Counter[str]()
    for each in said:
        if isinstance(each, TransientProviderError):
            counts["fault"] += 1
        else:
            verdict = gate.judge(each)
            counts["" if isinstance(verdict, Sample) else verdict.reasons[0].code] += 1
    return counts


@pytest.mark.parametrize("template", [*BUILTIN, OWN, PLAIN], ids=lambda template: str(template.id))
def test_every_record_of_any_template_is_accepted(template: Template) -> None:
    """Two thousand answers, presentation noise included, are two thousand samples."""
    assert verdicts(answers(2_000, template), template) == {"": 2_000}


def test_texts_are_about_the_domain_and_hang_together() -> None:
    """The question names the domain, and the answer has the rate that follows from the question's numbers."""
    for each in answers(50):
        assert isinstance(each, Completion)
        verdict = Gate(BUILTIN[0], SeenIndex(1.0)).judge(each)
        assert isinstance(verdict, Sample)
        question, answer = verdict.record["question"], verdict.record["answer"]
        assert "Rust Systems Programming" in question
        found = re.search(r"from ([\d.]+) to ([\d.]+) .*? within (\d+) ", question)
        assert found is not None
        start, end, duration = (float(group) for group in found.groups())
        assert str(round((end - start) / duration, 3)) in answer


def test_the_code_runs() -> None:
    """Every exercise compiles, takes an empty list and a long one, and leaves the caller's list alone."""
    kinds = set()
    for each in answers(200, BUILTIN[3]):
        assert isinstance(each, Completion)
        verdict = Gate(BUILTIN[3], SeenIndex(1.0)).judge(each)
        assert isinstance(verdict, Sample)
        space: dict[str, Any] = {}
        exec(verdict.record["code"], space)
        (name,) = re.findall(r"`(\w+)\(values\)`", verdict.record["requirement"])
        values = [float(number * 7 % 90) for number in range(200)]
        before = list(values)
        space[name]([])
        space[name](values)
        assert values == before
        kinds.add(name.split("_", 2)[-1])
    assert len(kinds) >= 5


def test_the_same_everywhere() -> None:
    """Another process with another hash seed says the same."""
    script = (
        "from tests.providers.test_mock import answers, BUILTIN; import hashlib\n"
        "print(hashlib.sha256(b''.join(a.body for a in answers(50, BUILTIN[2], duplicate=0.2, invalid=0.2))).hexdigest())"
    )
    root = Path(__file__).parents[2]
    outputs = {
        subprocess.check_output(
            [sys.executable, "-c", script], cwd=root, env={"PYTHONPATH": f"{root}/src:{root}", "PYTHONHASHSEED": seed}
        )
        for seed in ("1", "2")
    }
    assert len(outputs) == 1


@pytest.mark.parametrize(
    ("spec", "code", "share"),
    [
        ({"failing": 0.2}, "fault", 0.2),
        ({"rate_limited": 0.2}, "fault", 0.2),
        ({"duplicate": 0.3}, "duplicate", 0.3),
        ({"near_duplicate": 0.3}, "near_duplicate", 0.3),
    ],
)
def test_shares_are_kept(spec: dict[str, Any], code: str, share: float) -> None:
    """Of 3,000 requests about that share goes as told."""
    counts = verdicts(answers(3_000, **spec))
    twins = counts["duplicate"] + counts["near_duplicate"] if code != "fault" else counts["fault"]
    assert abs(twins / 3_000 - share) < 0.04
    assert counts[code] > 0


@pytest.mark.parametrize("template", [*BUILTIN, OWN], ids=lambda template: str(template.id))
def test_what_is_invalid_is_never_accepted(template: Template) -> None:
    """However it is spoiled; and in many ways."""
    counts = verdicts(answers(600, template, invalid=1.0), template)
    assert counts[""] == 0
    assert len(counts) >= 8


def test_a_bounded_number_of_answers() -> None:
    """With `answers = 3` there are three things it can say."""
    assert verdicts(answers(200, answers=3)) == {"": 3, "duplicate": 197}


def test_a_failed_request_is_drawn_anew() -> None:
    """Nothing fails for ever, and a fault says what kind it is."""
    provider = MockProvider(MockSpec(name="m", failing=0.5, rate_limited=0.5), "m", sleep=asyncio.sleep)
    kinds = set()

    async def ask() -> Completion:
        for _ in range(200):
            try:
                return await provider.complete(prompt(1))
            except TransientProviderError as error:
                kinds.add((error.status, error.throttled))
        raise AssertionError("it fails for ever")

    for _ in range(20):
        assert asyncio.run(ask()).text
    assert kinds == {(500, False), (429, True)}


def test_latency_is_slept() -> None:
    """The sleep that is handed in gets the latency, a fifth more or less; without one it still yields."""
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    provider = MockProvider(MockSpec(name="m", latency_s=2.0), "m", sleep=sleep)
    for number in range(1, 20):
        asyncio.run(provider.complete(prompt(number)))
    assert all(1.6 <= seconds <= 2.4 for seconds in slept)
    assert len(set(slept)) == 19
    asyncio.run(MockProvider(MockSpec(name="m"), "m", sleep=sleep).complete(prompt(1)))
    assert slept[-1] == 0.0


def test_the_ledger_gives_the_answer_back() -> None:
    """`read` is the inverse of `body`; the price counts."""
    for each in answers(50, invalid=0.5, price=Price(1.0, 2.0)):
        assert isinstance(each, Completion)
        assert read(each.body) == each
        assert msgspec.json.decode(each.body)
        assert each.usage.cost_usd is not None
        assert each.usage.cost_usd > 0


def test_a_rejection_is_a_rejection() -> None:
    """The first invalid answer is refused with a reason that a model can act on."""
    (first,) = answers(1, invalid=1.0)
    assert isinstance(first, Completion)
    verdict = Gate(BUILTIN[0], SeenIndex(0.85)).judge(first)
    assert isinstance(verdict, Rejection)
    assert verdict.reasons[0].text
