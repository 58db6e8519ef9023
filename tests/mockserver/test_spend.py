"""The cap against a server that keeps its own ledger; prices from replies, lists and the configuration."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from destilation.errors import ConfigError
from destilation.launch.cost import cost
from destilation.launch.run import Report
from destilation.launch.verify import verify
from destilation.mockserver.server import MockServer
from tests.mockserver.running import job, scenario, table

PRICE = {"input_per_mtok": 1.0, "output_per_mtok": 4.0}
MIX = [{"provider": "far", "model": "mock-small", "max_tokens": 400}]
FAULTS = {"reset_mid_body": 0.01, "500": 0.05, "error_200": 0.01, "429_float": 0.02}


def spent(folder: Path, cap: float, *, target: int = 5_000, told: Any = None, **server: Any) -> tuple[Report, float]:
    """A job with a cap in dollars, and what the server charged."""

    async def main() -> tuple[Report, float]:
        async with MockServer(scenario(price=PRICE, **server)) as far:
            more = {} if told is None else {"price": told}
            far_table = {"far": table(far, **more)}
            report = await job(folder, far_table, target=target, budget_usd=cap, mix=MIX, concurrency=16)
            return report, far.ledger.usd

    return asyncio.run(main())


@pytest.mark.parametrize("report_cost", [True, False])
@pytest.mark.parametrize("told", [None, PRICE])
def test_the_cap_holds_and_is_used(told: Any, report_cost: bool, tmp_path: Path) -> None:
    """Wherever the price comes from, the server charges no more than the cap and at least 95 % of it."""
    cap = 0.2
    report, charged = spent(tmp_path, cap, told=told, report_cost=report_cost)
    assert (report.state, report.exit_code) == ("budget", 4)
    assert 0.95 * cap <= charged <= cap
    assert float(str(report.metadata["cost_usd"])) == pytest.approx(charged, rel=1e-6)
    checked = verify(report.folder)
    assert (checked.samples, checked.faults) == (report.accepted, ())


def test_lost_replies_count(tmp_path: Path) -> None:
    """Replies that break off after they were charged for are counted with the most they could cost."""
    cap = 0.2
    report, charged = spent(tmp_path, cap, faults=FAULTS)
    assert charged <= cap
    assert charged >= 0.85 * cap
    assert float(str(report.metadata["cost_usd"])) >= charged - 1e-9
    rows = cost(report.folder)
    assert {row.outcome for row in rows} == {"accepted", "no answer"}
    assert sum(row.usd for row in rows) == pytest.approx(float(str(report.metadata["cost_usd"])))


def test_a_higher_cap_continues(tmp_path: Path) -> None:
    """The same job with twice the cap goes on where it stopped, and both runs together keep to it."""
    first, charged = spent(tmp_path, 0.05, faults=FAULTS)
    second, more = spent(tmp_path, 0.1, faults=FAULTS)
    assert first.exit_code == second.exit_code == 4
    assert second.began_with == first.accepted
    assert second.accepted > first.accepted
    assert 0.08 <= charged + more <= 0.1


def test_a_cap_that_is_not_needed(tmp_path: Path) -> None:
    """A job that costs less than its cap is simply done."""
    report, charged = spent(tmp_path, 1.0, target=20)
    assert (report.state, report.exit_code) == ("met", 0)
    assert charged < 0.1


def test_one_request_that_is_too_dear(tmp_path: Path) -> None:
    """When not even one request fits under the cap, nothing is sent and the run says so."""
    report, charged = spent(tmp_path, 0.0001)
    assert (report.state, report.accepted, charged) == ("budget", 0, 0.0)


@pytest.mark.parametrize(("key", "value", "state"), [("max_requests", 30, "budget"), ("max_tokens", 20_000, "budget")])
def test_other_caps(key: str, value: int, state: str, tmp_path: Path) -> None:
    """Caps on requests and tokens end a run the same way, and are not exceeded."""

    async def main() -> tuple[Report, dict[str, Any]]:
        async with MockServer(scenario()) as far:
            report = await job(tmp_path, {"far": table(far)}, target=5_000, mix=MIX, concurrency=8, **{key: value})
            return report, far.ledger.summary()

    report, ledger = asyncio.run(main())
    assert (report.state, report.exit_code) == (state, 4)
    used = ledger["requests"] if key == "max_requests" else ledger["tokens_in"] + ledger["tokens_out"]
    assert 0.9 * value <= used <= value


def test_time_is_up(tmp_path: Path) -> None:
    """`max_time` ends a run with code 3, keeps what is in flight, and says so."""

    async def main() -> Report:
        async with MockServer(scenario(latency_s=0.3)) as far:
            return await job(tmp_path, {"far": table(far)}, target=5_000, concurrency=4, max_time="2s")

    report = asyncio.run(main())
    assert (report.state, report.exit_code) == ("short", 3)
    assert any("max_time" in notice for notice in report.notices)
    assert report.seconds < 5
    assert report.accepted >= 8


def test_a_price_nobody_knows_is_refused(tmp_path: Path) -> None:
    """A cap in dollars with a remote model whose price nobody says is an error before anything is sent."""

    async def main() -> Report:
        far = {"kind": "openai", "base_url": "https://models.invalid/v1", "model": "m", "api_key_env": "MOCK_KEY"}
        async with MockServer(scenario()) as near:
            told = {**far, "base_url": near.address + "/v1", "model": "mock-small"}
            local = await job(tmp_path, {"far": told}, target=3, budget_usd=1.0)
            assert local.state == "met"
            return await job(tmp_path / "b", {"far": far}, target=3, budget_usd=1.0)

    report = asyncio.run(main())
    assert (report.state, report.exit_code) == ("no_provider", 5)
    assert "prices cannot be read" in report.retired["far"]


def test_attempts_ask_whom_they_name(tmp_path: Path) -> None:
    """First attempts go to one model and retries to the other, and prices go by model."""

    async def main() -> Report:
        async with MockServer(scenario(invalid=0.4)) as far:
            mix = [
                {"provider": "far", "model": "mock-small", "attempts": "first"},
                {"provider": "far", "model": "mock-large", "attempts": "retry", "price": PRICE},
            ]
            return await job(tmp_path, {"far": table(far)}, target=40, mix=mix)

    report = asyncio.run(main())
    assert report.state == "met"
    rows = cost(report.folder)
    lines = (report.folder / "completions.jsonl").read_text().splitlines()
    assert all(('"attempt":1,' in line) == ('"provider":"far/mock-small"' in line) for line in lines)
    assert all((row.usd > 0) == (row.model == "mock-large") for row in rows)


def test_config_errors_about_prices() -> None:
    """Unknown templates in the mix, and nobody for the first attempt, are errors of the configuration."""
    for entry, said in (
        ({"provider": "mock", "templates": ["codign"]}, "no template"),
        ({"provider": "mock", "templates": ["coding"]}, "no entry of the mix is for template"),
        ({"provider": "mock", "attempts": "retry"}, "nobody would be asked first"),
    ):
        with pytest.raises(ConfigError, match=said):
            asyncio.run(job(Path("unused"), {}, mix=[entry]))
