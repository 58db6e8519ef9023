"""Every fault of a real network, in a whole job against a real server: the outcome, the time, and no key anywhere."""

import asyncio
import re
import time
from pathlib import Path
from typing import Any

import pytest

from destilation.launch.run import Report
from destilation.launch.verify import verify
from destilation.mockserver import faults
from destilation.mockserver.server import MockServer
from tests.mockserver.running import KEY, job, scenario, table

REFUSED = [name for name in faults.STATUS if name.startswith("429")]
FATAL = {
    "401": "refused the key in MOCK_KEY",
    "401_echo": "refused the key in MOCK_KEY",
    "402": "has no credit left",
    "403": "forbids the request",
    "404": "does not offer the model",
    "429_quota": "has no credit left",
    "redirect": "set it to the final address",
}
OF_THE_PROMPT = ["moderation", "moderation_400"]
HOPELESS = ["context", "413"]
SLOW = ["slow_headers", "drip", "hang"]
OTHERS = [
    name
    for name in faults.NAMES
    if name not in (*FATAL, *OF_THE_PROMPT, *HOPELESS, *SLOW, "429_long")
]  # fmt: skip


def outcome(folder: Path, share: float, fault: str, *, target: int = 10, kind: str = "openai", **more: Any) -> Report:
    """How a job ends against a server that has the fault in that share of its replies, with nothing leaked."""

    async def main() -> Report:
        async with MockServer(scenario(faults={fault: share}, seed=3)) as server:
            return await job(folder, {"far": table(server, kind, **more)}, target=target)

    report = asyncio.run(main())
    keeps_the_secret(folder, report)
    return report


def keeps_the_secret(folder: Path, report: Report) -> None:
    """The key is in no file of the folder and in no word of the report."""
    assert KEY not in repr(report)
    for path in folder.rglob("*"):
        if path.is_file():
            assert KEY.encode() not in path.read_bytes(), path


def is_whole(report: Report) -> bool:
    """Whether exactly the target's number of valid, distinct samples is there."""
    checked = verify(report.folder)
    return (report.state, checked.samples, checked.faults) == ("met", report.target, ())


@pytest.mark.parametrize("fault", OTHERS)
def test_a_fault_now_and_then_costs_nothing_but_time(fault: str, tmp_path: Path) -> None:
    """With a fault in every third reply the job still ends with exactly the samples that were asked for."""
    waits = fault in ("429_date", "429_seconds")
    assert is_whole(outcome(tmp_path, 0.12 if waits else 0.3, fault))


@pytest.mark.parametrize("fault", ["error_200", "reset_mid_body", "html", "429_float", "length", "no_usage"])
@pytest.mark.parametrize("kind", ["openrouter", "ollama"])
def test_in_the_other_dialects(kind: str, fault: str, tmp_path: Path) -> None:
    """The same in OpenRouter's and Ollama's words."""
    assert is_whole(outcome(tmp_path, 0.3, fault, kind=kind))


@pytest.mark.parametrize("fault", SLOW)
def test_silence_costs_a_deadline(fault: str, tmp_path: Path) -> None:
    """A reply that never ends, or never begins, is given up at its deadline, and the job goes on."""
    began = time.monotonic()
    assert is_whole(outcome(tmp_path, 0.2, fault, timeout_s=1.0, read_timeout_s=1.0))
    assert time.monotonic() - began < 25


@pytest.mark.parametrize("fault", OF_THE_PROMPT)
def test_a_refused_prompt_is_replaced(fault: str, tmp_path: Path) -> None:
    """What moderation refuses is not asked again: another task takes its place."""
    report = outcome(tmp_path, 0.3, fault)
    assert is_whole(report)
    assert int(str(report.metadata["abandoned"])) > 0


@pytest.mark.parametrize("fault", FATAL)
def test_a_fatal_fault_ends_it_at_once(fault: str, tmp_path: Path) -> None:
    """A wrong key, an unknown model, no credit, a redirect: exit 5 at the first answer, with the reason."""
    began = time.monotonic()
    report = outcome(tmp_path, 1.0, fault, target=500)
    assert (report.state, report.exit_code, report.accepted) == ("no_provider", 5, 0)
    assert FATAL[fault] in report.retired["far"]
    assert time.monotonic() - began < 5


@pytest.mark.parametrize("fault", [*HOPELESS, "moderation", "500", "reset", "html", "hang", "429_long"])
def test_a_server_that_does_nothing_else_is_given_up(fault: str, tmp_path: Path) -> None:
    """Only refusals, only failures, only silence: exit 5 in bounded time, with the reason."""
    began = time.monotonic()
    report = outcome(tmp_path, 1.0, fault, target=20, timeout_s=1.0)
    assert (report.state, report.exit_code) == ("no_provider", 5)
    assert report.retired["far"]
    assert time.monotonic() - began < 25


def test_a_long_pause_says_until_when(tmp_path: Path) -> None:
    """A server that wants an hour of rest is left alone, and the user is told for how long."""
    report = outcome(tmp_path, 1.0, "429_long", target=20)
    assert re.search(r"left alone for (60|61) more minutes", report.retired["far"])
    assert "the same command continues" in report.retired["far"]


def test_a_storm_of_refusals_passes(tmp_path: Path) -> None:
    """A server that takes ten requests a second of a hundred workers is not stormed for long."""

    async def main() -> tuple[Report, dict[str, int]]:
        async with MockServer(scenario(rpm=600, burst_s=0.2, latency_s=0.05)) as server:
            report = await job(tmp_path, {"far": table(server)}, target=100, concurrency=100)
            return report, dict(server.ledger.outcomes)

    report, outcomes = asyncio.run(main())
    assert is_whole(report)
    assert outcomes["429"] < 300


def test_a_dead_host_moves_the_work(tmp_path: Path) -> None:
    """Nobody listens at one address and a key is wrong at another: the third does it all, and two lines say why."""

    async def main() -> Report:
        async with MockServer(scenario()) as good, MockServer(scenario(key="another")) as strict:
            dead = {**table(good), "base_url": "http://127.0.0.1:9/v1"}
            return await job(tmp_path, {"dead": dead, "strict": table(strict), "good": table(good)}, target=200)

    report = asyncio.run(main())
    keeps_the_secret(tmp_path, report)
    assert is_whole(report)
    assert sorted(report.retired) == ["dead", "strict"]
    assert "cannot connect" in report.retired["dead"]


def test_all_dead_ends_with_a_line_for_each(tmp_path: Path) -> None:
    """When nobody can be asked, the run ends with code 5 and says of each provider why."""

    async def main() -> Report:
        async with MockServer(scenario(credit_usd=0.0)) as broke:
            dead = {**table(broke), "base_url": "http://127.0.0.1:9/v1"}
            return await job(tmp_path, {"dead": dead, "broke": table(broke)}, target=30)

    report = asyncio.run(main())
    assert (report.exit_code, sorted(report.retired)) == (5, ["broke", "dead"])
    assert "credit" in report.retired["broke"]


def test_an_outage_is_survived(tmp_path: Path) -> None:
    """A server that is dead for three seconds is probed, comes back, and the job is whole."""

    async def main() -> Report:
        async with MockServer(scenario(latency_s=0.02, outages=[{"at": 0.5, "seconds": 3.0}])) as server:
            return await job(tmp_path, {"far": table(server, rpm=1_200)}, target=80)

    report = asyncio.run(main())
    assert is_whole(report)
    events = (report.folder / ".events.jsonl").read_text()
    assert '"kind":"provider_suspended"' in events
    assert '"kind":"provider_restored"' in events
