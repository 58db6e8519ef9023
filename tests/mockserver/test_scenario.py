"""Scenarios are read strictly, and the limiter admits what it says."""

from pathlib import Path
from typing import Literal

import pytest
from click.testing import CliRunner

from destilation.cli.mock import command
from destilation.errors import ConfigError
from destilation.mockserver.faults import NAMES
from destilation.mockserver.limiter import Limiter, wait_headers
from destilation.mockserver.scenario import Outage, Phase, Scenario, load_scenario


def test_a_file_and_settings(tmp_path: Path) -> None:
    """Settings go over the file; phases and outages are found by time."""
    path = tmp_path / "s.toml"
    path.write_text("rpm = 60\nphases = [{ at = 10, rpm = 6 }]\noutages = [{ at = 5, seconds = 2, kind = 'hang' }]\n")
    scenario = load_scenario(path, {"rpm": 120}, NAMES)
    assert [scenario.rpm_at(at) for at in (0, 9, 10, 99)] == [120, 120, 6, 6]
    assert scenario.outage_at(6) == Outage(5, 2, "hang")
    assert scenario.outage_at(7) is None
    assert scenario.phases == (Phase(10, 6),)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("rpm = -1", ">= 0"),
        ("rpmm = 1", "rpmm"),
        ("faults = { nothing = 0.1 }", 'no fault "nothing"'),
        ("faults = { html = 2.0 }", "<= 1"),
        ("rpm = ", "Invalid value"),
    ],
)
def test_bad_scenarios_are_refused(text: str, said: str, tmp_path: Path) -> None:
    """What is wrong is told with the file's name."""
    path = tmp_path / "s.toml"
    path.write_text(text)
    with pytest.raises(ConfigError, match=said):
        load_scenario(path, {}, NAMES)
    with pytest.raises(ConfigError, match="No such file"):
        load_scenario(tmp_path / "none.toml", {}, NAMES)


@pytest.mark.parametrize("window", ["bucket", "sliding", "fixed"])
def test_no_more_than_the_limit(window: Literal["bucket", "sliding", "fixed"]) -> None:
    """Asked all the time, a limiter of 60 a minute admits 60 a minute (and what it saved up)."""
    limiter = Limiter(Scenario(rpm=60, window=window, limit_headers=True))
    waits = [limiter.admit(at / 10) for at in range(1_200)]
    assert 118 <= waits.count(None) <= 121
    assert all(wait is None or wait > 0 for wait in waits)
    headers = limiter.headers(120.0)
    assert set(headers) == {f"x-ratelimit-{name}-requests" for name in ("limit", "remaining", "reset")}


def test_tokens_are_limited_too() -> None:
    """After an answer that took a minute's tokens, nothing is admitted for about a minute."""
    limiter = Limiter(Scenario(tpm=6_000))
    assert limiter.admit(0.0) is None
    limiter.took(6_000)
    wait = limiter.admit(0.1)
    assert wait is not None
    assert 55 < wait < 62


@pytest.mark.parametrize(
    ("how", "name", "value"),
    [
        ("seconds", "Retry-After", "3"),
        ("float", "Retry-After", "2.500"),
        ("date", "Retry-After", "Thu, 01 Jan 1970 00:00:03 GMT"),
        ("ms", "retry-after-ms", "2500"),
    ],
)
def test_forms_of_the_wait(how: str, name: str, value: str) -> None:
    """The wait in each of the forms that servers use, or in none."""
    assert wait_headers(how, 2.5, 0.0) == {name: value}
    assert wait_headers("none", 2.5, 0.0) == {}


def test_the_faults_are_listed() -> None:
    """`mock faults` prints every name, and a port that is taken is one line."""
    listed = CliRunner().invoke(command, ["faults"]).output.split()
    assert listed == list(NAMES)
    assert "reset_mid_body" in listed
