"""Samples that mean the same, refused at the door of a whole job; and what a run knows of them at its next start."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

import destilation
from destilation.config import dump, load
from destilation.core.catalogue import BUILTIN
from destilation.core.dedup.index import SeenIndex
from destilation.core.dedup.vectors import VECTOR, Vectors
from destilation.core.gate import Gate
from destilation.core.verdict import Rejection, Sample
from destilation.errors import ConfigError
from destilation.launch.outcome import Report
from destilation.launch.probe import probe
from destilation.launch.vectors import Memory
from destilation.launch.verify import verify
from destilation.mockserver.server import MockServer
from destilation.storage.layout import COMPLETIONS, VECTORS
from destilation.storage.vector_file import identity, read_vectors
from tests.e2e.command import lines
from tests.mockserver.running import job, scenario, table

EMBEDDINGS = {"provider": "vec", "model": "bge", "threshold": 0.75}
PROVIDERS: dict[str, dict[str, Any]] = {
    "mock": {"kind": "mock"}, "vec": {"kind": "mock", "price": {"input_per_mtok": 1.0}}
}  # fmt: skip


def made(out: Path, target: int, **embeddings: Any) -> Report:
    """A job of the mock whose texts, of few words, often have nearly the same vectors."""
    report: Report = destilation.run(
        providers=PROVIDERS, name="job", out=str(out), target=target, mix=[{"provider": "mock"}],
        dedup={"embeddings": {**EMBEDDINGS, **embeddings}}, topics="none", concurrency=1, patience=2_000,
    )  # fmt: skip
    return report


def asked(folder: Path) -> list[dict[str, Any]]:
    """The recorded vectors."""
    return [line for line in lines(folder / COMPLETIONS) if line.get("stage") == "embeddings"]


def test_samples_that_mean_the_same_are_refused(tmp_path: Path) -> None:
    """By the reason code, with the words for the model; what is kept is apart, has its stage, and cost what was asked."""
    report = made(tmp_path, 60)
    folder = report.folder
    assert (report.exit_code, report.accepted) == (0, 60)
    refused = [line for line in lines(folder / "rejections.jsonl") if line["codes"] == ["same_meaning"]]
    assert refused
    assert "say what sample" in refused[0]["reasons"][0]
    assert "choose a clearly different subject" in refused[0]["reasons"][0]
    origins = lines(folder / "provenance.jsonl")
    assert all([each["stage"] for each in origin["stages"]] == ["embeddings"] for origin in origins)
    assert "embedding" not in json.dumps([origin.get("notes", {}) for origin in origins])
    assert report.metadata["cost_usd"] == pytest.approx(sum(each["cost_usd"] for each in asked(folder)))
    assert report.reasons["same_meaning"] == len(refused)
    assert verify(folder).faults == ()
    kept = list(read_vectors(folder, "bge").values())
    cosines = [float(one @ other) for place, one in enumerate(kept) for other in kept[:place]]
    assert len(kept) == 60
    assert max(cosines) < 0.75 + 1e-5


def test_a_continued_run_compares_and_pays_nothing_again(tmp_path: Path) -> None:
    """With the file of vectors, without it, and with a damaged one it knows the same; no vector is asked for twice."""
    folder = made(tmp_path, 40).folder
    config = load(folder / "job.toml")
    whole = (folder / VECTORS).read_bytes()
    for data in (whole, None, whole[:-1], whole[:-1] + b"?", b"{}\n", b"not json"):
        (folder / VECTORS).unlink(missing_ok=True)
        if data is not None:
            (folder / VECTORS).write_bytes(data)
        memory = Memory(folder, config)
        assert memory.vectors is not None
        assert (len(memory.vectors), memory.notice) == (40, "")
        memory.save()
        assert (folder / VECTORS).read_bytes() == whole
    before = asked(folder)
    report = made(tmp_path, 60)
    assert report.accepted == 60
    after = asked(folder)
    assert after[: len(before)] == before
    assert len({(each["task"], each["attempt"]) for each in after}) == len(after)
    assert len(read_vectors(folder, "bge")) == 60


def test_another_model_begins_anew(tmp_path: Path) -> None:
    """Vectors of different models are not compared; how many samples have none is told."""
    made(tmp_path, 30)
    report = made(tmp_path, 40, model="other")
    assert "samples that have no embedding of other, and are compared by their words only: 30" in report.notices
    assert len(read_vectors(report.folder, "other")) == 10
    assert read_vectors(report.folder, "bge") == {}
    plain = load(report.folder / "job.toml", overrides=())
    assert "embeddings" in dump(plain)


def test_over_http_under_the_cap(tmp_path: Path) -> None:
    """Requests for vectors count, at the server and here; a cap on requests ends the run with 4."""

    async def main() -> tuple[Report, dict[str, Any]]:
        async with MockServer(scenario()) as talks, MockServer(scenario()) as embeds:
            tables = {"talks": table(talks), "embeds": table(embeds, "ollama")}
            report = await job(
                tmp_path, tables, target=1_000, mix=[{"provider": "talks"}], max_requests=60, topics="none",
                dedup={"embeddings": {"provider": "embeds"}},
            )  # fmt: skip
            return report, embeds.ledger.summary()

    report, ledger = asyncio.run(main())
    assert report.exit_code == 4
    assert ledger["outcomes"]["embedding"] == len(asked(report.folder)) > 10
    assert verify(report.folder).faults == ()


def test_where_nobody_embeds_the_run_ends(tmp_path: Path) -> None:
    """With 5 and nothing kept unseen: a sample without a vector could not be told from others."""

    async def main() -> Report:
        async with MockServer(scenario()) as talks, MockServer(scenario(models=["other"])) as embeds:
            tables = {"talks": table(talks), "embeds": table(embeds)}
            return await job(
                tmp_path, tables, mix=[{"provider": "talks"}], dedup={"embeddings": {"provider": "embeds"}}
            )

    report = asyncio.run(main())
    assert (report.exit_code, report.accepted) == (5, 0)
    assert "mock-small" in report.retired["embeds"]


def test_words_come_first() -> None:
    """An equal text is a duplicate whatever its vector; one that is refused for its meaning is not remembered."""
    vectors = Vectors(0.9)
    gate = Gate(BUILTIN[0], SeenIndex(0.85), vectors=vectors)

    def admit(question: str, *vector: float) -> str:
        record = {"question": question, "answer": "It depends."}
        verdict = gate.admit(Sample(1, record, {}, b""), {VECTOR: vector, "other": 1})
        if isinstance(verdict, Rejection):
            return verdict.reasons[0].code
        assert verdict.notes == {"other": 1}
        return "kept"

    assert admit("Why is the sky blue over us?", 1.0, 0.0) == "kept"
    assert admit("Why is the sky blue over us?", 0.0, 1.0) == "duplicate"
    assert admit("What makes heaven look azure?", 1.0, 0.1) == "same_meaning"
    assert admit("What makes heaven look azure?", 0.0, 1.0) == "kept"
    assert len(vectors) == 2
    assert identity("no hex") == 0


def test_a_probe_asks_for_a_vector(tmp_path: Path) -> None:
    """`providers check --probe` asks the model for what the job would."""
    path = tmp_path / "config.toml"
    path.write_text(
        '[job]\nmix = [{ provider = "mock" }]\n[job.dedup]\nembeddings = { provider = "vec" }\n[providers.vec]\nkind = "mock"\n'
    )
    found = asyncio.run(probe(load(path), {}, ["vec"]))
    assert [(each.stage, each.found, each.tries) for each in found] == [("embeddings", True, 1)]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ('{ provider = "vex" }', 'there is no provider "vex"'),
        ('{ provider = "ollama" }', "which model of ollama?"),
        ('{ provider = "mock", threshold = 0.1 }', "must be at least 0.5"),
        ('{ provider = "mock", treshold = 0.9 }', "did you mean `threshold`?"),
        ('{ provider = "mock" }\n[[job.stages]]\nname = "embeddings"', "is the name of the stage that"),
    ],
)
def test_mistakes_in_the_configuration(text: str, wanted: str, tmp_path: Path) -> None:
    """Each is told where it stands."""
    path = tmp_path / "config.toml"
    path.write_text(
        f'[job]\ndomain = "d"\ntarget = 9\nmix = [{{ provider = "mock" }}]\n[job.dedup]\nembeddings = {text}\n'
    )
    with pytest.raises(ConfigError) as caught:
        load(path)
    assert wanted in str(caught.value)
    assert "config.toml:" in str(caught.value)
