"""How a provider wants to be asked is found out, and told, before a job depends on it."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from destilation.config import Config, Override, load
from destilation.launch.probe import Probed, probe
from destilation.mockserver.server import MockServer
from tests.mockserver.running import ENV, scenario, table

FOUND = [
    ("plain", "asked by json_schema, its own reasoning; found after 1 try"),
    ("rejects_schema", "asked by prompt, its own reasoning (json_schema is refused; "),
    ("ignores_schema", "asked by tool_call, its own reasoning (json_schema is ignored); found after 2 tries"),
    ("schema_kills_reasoning", "asked by prompt, its own reasoning (json_schema silences its reasoning"),
    ("encrypted", "asked by json_schema, reasoning in the answer (it reasons, but encrypts what it thinks"),
    ("tool_call_only", "asked by tool_call, its own reasoning (json_schema is refused)"),
]


def configured(server: MockServer, **more: Any) -> Config:
    """A job that asks one server."""
    values = {"job.domain": "physics", "job.target": 10, "job.template": "reasoning", **more}
    values |= {f"providers.far.{key}": value for key, value in table(server, "openrouter").items()}
    return load(None, overrides=[Override(key, value, key) for key, value in values.items()], env={})


def probed(folder: Path, more: dict[str, Any] | None = None, **behaviour: Any) -> tuple[list[Probed], MockServer]:
    """What a probe of a server of that behaviour comes to."""

    async def main() -> tuple[list[Probed], MockServer]:
        async with MockServer(scenario(reasoning=True, **behaviour)) as server:
            values = {"job.out": str(folder), "job.mix": [{"provider": "far"}], **(more or {})}
            return await probe(configured(server, **values), ENV, {"far"}), server

    return asyncio.run(main())


@pytest.mark.parametrize(("voice", "words"), FOUND)
def test_the_way_is_told_with_its_reason(tmp_path: Path, voice: str, words: str) -> None:
    """Each kind of server is asked until an answer has the form, and the rung is named with why no better one is."""
    found, _ = probed(tmp_path, voice=voice)
    assert [each.found for each in found] == [True]
    assert found[0].words.startswith(words)


def test_nothing_is_kept(tmp_path: Path) -> None:
    """A probe leaves no folder behind, and tells what it cost."""
    found, server = probed(tmp_path, price={"input_per_mtok": 1.0, "output_per_mtok": 4.0})
    assert list(tmp_path.iterdir()) == []
    assert found[0].cost_usd == pytest.approx(server.ledger.usd)
    assert f"${found[0].cost_usd:.4f}" in found[0].words


def test_every_stage_is_probed(tmp_path: Path) -> None:
    """A stage that needs what an earlier one makes is given a text for it; a judge is asked for JSON."""
    stages = [
        {"name": "question", "fields": ["question"]},
        {"name": "answer"},
        {"name": "verdict", "kind": "judge"},
    ]
    found, _ = probed(tmp_path, {"job.stages": stages})
    assert [each.stage for each in found] == ["question", "answer", "verdict"]
    assert all(each.found for each in found)
    assert found[1].words.startswith("for stage answer: asked by json_schema, its own reasoning")


def test_what_keeps_a_model_from_answering_is_told(tmp_path: Path) -> None:
    """A fault for good ends the probe at once; answers without the form end it after six."""
    found, _ = probed(tmp_path, {"job.mix": [{"provider": "far", "model": "unknown-model"}]})
    assert (found[0].found, found[0].tries) == (False, 1)
    assert "unknown-model" in (found[0].fault or "")
    found, server = probed(tmp_path, faults={"wrong_types": 1.0})
    assert (found[0].found, found[0].tries, server.ledger.requests) == (False, 6, 6)
    assert found[0].words.startswith("no answer had the form that was asked for after 6 tries")


def test_a_passing_fault_costs_a_try(tmp_path: Path) -> None:
    """A server that fails now and then is asked again."""
    found, _ = probed(tmp_path, faults={"500": 0.5}, seed=3)
    assert found[0].found
