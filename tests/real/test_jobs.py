"""Whole jobs against the real llama.cpp server: grammar-constrained decoding, real rejections, real feedback."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import destilation
from destilation.core.catalogue import BUILTIN
from destilation.launch.run import Report
from destilation.launch.verify import verify
from tests.real.servers import Front, front, tiny

pytest.importorskip("xllamacpp")
KEY = "canary-key-of-the-tiny-server"


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the tiny models are made."""
    return tmp_path_factory.mktemp("models")


@pytest.fixture(scope="module")
def server(models: Path) -> Iterator[Front]:
    """The plain model behind the recording front."""
    with tiny(models) as address, front(address) as fronted:
        yield fronted


def run(folder: Path, template: str, target: int, kind: str, address: str, **spec: object) -> Report:
    """A job on one server."""
    report = destilation.run(
        domain="Rust Systems Programming",
        template=template,
        target=target,
        name="job",
        out=str(folder),
        mix=[{"provider": "local", "model": "tiny", "max_tokens": 600}],
        providers={"local": {"kind": kind, "base_url": address, "max_concurrency": 4, **spec}},
    )
    assert isinstance(report, Report)
    return report


def lines(folder: Path, name: str) -> list[dict[str, Any]]:
    """The lines of a file of the job."""
    return [json.loads(line) for line in (folder / "job" / name).read_bytes().splitlines()]


@pytest.mark.parametrize("template", [template.id for template in BUILTIN])
def test_every_template_and_its_feedback(template: str, server: Front, tmp_path: Path) -> None:
    """N valid distinct samples; real rejections, each told to the model in the request that follows it."""
    server.bodies.clear()
    report = run(tmp_path, template, 24 if template == "tool_trace" else 40, "openai", f"{server.address}/v1")
    assert report.state == "met"
    assert verify(tmp_path / "job").faults == ()
    assert len(lines(tmp_path, "samples.jsonl")) == report.target
    refused = [line for line in lines(tmp_path, "rejections.jsonl") if not line["final"]]
    assert refused
    told = [body["messages"][-1]["content"] for body in server.bodies if len(body["messages"]) > 2]
    assert len(told) == len(refused)
    for line in refused:
        assert any(all(reason in text for reason in line["reasons"]) for text in told)
    assert {line["mode"] for line in lines(tmp_path, "provenance.jsonl")} == {"json_schema"}


def test_the_same_through_ollamas_dialect(server: Front, tmp_path: Path) -> None:
    """The native chat of Ollama, with the schema in `format`, an explicit context and output limit."""
    server.bodies.clear()
    report = run(tmp_path, "simple_qa", 30, "ollama", server.address)
    assert report.state == "met"
    assert verify(tmp_path / "job").faults == ()
    body = next(each for each in server.bodies if each["format"]["required"] != ["topics"])
    assert body["options"]["num_ctx"] == 8192
    assert body["options"]["num_predict"] == 600
    assert (body["truncate"], body["stream"], body["think"]) == (False, False, False)
    assert body["format"]["required"] == ["question", "answer"]


def test_native_reasoning_is_kept(models: Path, tmp_path: Path) -> None:
    """A thinking model's own trace stands in the provenance beside the sample."""
    with tiny(models, "think") as address:
        report = run(tmp_path, "simple_qa", 20, "openai", f"{address}/v1")
    assert report.state == "met"
    traces = [line["reasoning"] for line in lines(tmp_path, "provenance.jsonl")]
    assert sum(bool(trace) for trace in traces) >= 10


def test_a_key_opens_the_server_and_is_nowhere_to_be_found(models: Path, tmp_path: Path) -> None:
    """Without the right key the run ends with code 5; with it all is well; no file holds it."""
    with tiny(models, key=KEY) as address:
        os.environ["TINY_KEY"] = "wrong-key"
        try:
            refused = run(tmp_path, "simple_qa", 5, "openai", f"{address}/v1", api_key_env="TINY_KEY")
            os.environ["TINY_KEY"] = KEY
            report = run(tmp_path, "simple_qa", 5, "openai", f"{address}/v1", api_key_env="TINY_KEY")
        finally:
            del os.environ["TINY_KEY"]
    assert (refused.exit_code, refused.accepted) == (5, 0)
    assert "TINY_KEY" in refused.retired["local"]
    assert report.state == "met"
    for path in (tmp_path / "job").iterdir():
        data = path.read_bytes()
        assert KEY.encode() not in data
        assert b"wrong-key" not in data


def test_a_context_that_is_too_small_ends_soon(server: Front, tmp_path: Path) -> None:
    """When every prompt is too long the provider is given up with the server's own words."""
    report = destilation.run(
        domain="zz " * 600, template="simple_qa", target=500, name="job", out=str(tmp_path),
        mix=[{"provider": "local", "model": "tiny", "max_tokens": 100}],
        providers={"local": {"kind": "openai", "base_url": f"{server.address}/v1", "max_concurrency": 4}},
    )  # fmt: skip
    assert report.exit_code == 5
    assert "context" in report.retired["local"]


def test_the_official_clients_agree(server: Front) -> None:
    """What our adapters talk to is what the official clients of both dialects understand."""
    import ollama
    import openai

    schema = {
        "type": "object",
        "properties": {"a": {"type": "string"}},
        "required": ["a"],
        "additionalProperties": False,
    }
    with openai.OpenAI(base_url=f"{server.address}/v1", api_key="none") as client:
        reply = client.chat.completions.create(
            model="tiny",
            max_tokens=300,
            messages=[{"role": "user", "content": "hi"}],
            response_format={"type": "json_schema", "json_schema": {"name": "f", "schema": schema, "strict": True}},
        )
    assert set(json.loads(reply.choices[0].message.content or "")) == {"a"}
    with ollama.Client(host=server.address) as native:
        told = native.chat("tiny", [{"role": "user", "content": "hi"}], format=schema, options={"num_predict": 300})
        assert set(json.loads(told.message.content or "")) == {"a"}
        assert native.list().models[0].model == "tiny:latest"
        with pytest.raises(ollama.ResponseError, match="not found"):
            native.chat("huge", [{"role": "user", "content": "hi"}])
