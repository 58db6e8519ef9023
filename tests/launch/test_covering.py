"""What a restart tells of topics is what the run before knew."""

import asyncio
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import destilation
from destilation.config import Override, load
from destilation.core.events import Accepted, Rejected
from destilation.core.neighbours import Neighbours
from destilation.core.spread import spread
from destilation.launch.covering import Covering
from destilation.launch.recover import recover
from destilation.launch.topics import tree_of
from destilation.storage.dataset import Dataset
from destilation.storage.layout import INDEX, PROVENANCE, SAMPLES


def rows(path: Path) -> list[dict[str, Any]]:
    """The lines of a file."""
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_neighbours_after_a_restart(tmp_path: Path) -> None:
    """Told again from the files, prompts show the last samples of each topic in their order; so with the index file."""
    values = {"name": "job", "domain": "optics", "template": "simple_qa", "target": 60, "out": str(tmp_path)}
    report = destilation.run(**values, mix=[{"provider": "mock"}], neighbours=3, axes={"style": []})
    folder = report.folder
    expected = Neighbours(3)
    topics = [tuple(origin["topic"]) for origin in rows(folder / PROVENANCE)]
    for topic, sample in zip(topics, rows(folder / SAMPLES), strict=True):
        expected.accepted(topic, sample["question"])
    assert len(set(topics)) > 2
    overrides = [Override(f"job.{key}", value, key) for key, value in {**values, "neighbours": 3}.items()]
    config = load(None, overrides=[*overrides, Override("job.mix", [{"provider": "mock"}], "mix")], env={})
    assert (folder / INDEX).exists()
    for _ in range(2):
        dataset = Dataset.open(folder, durability="none", now=lambda: datetime.now(UTC))
        try:
            recollection = recover(dataset, config, 0.85).recovered.recollection
            coverage = spread(config.job, config.axes, tree_of(config, folder))
            assert coverage is not None
            covering = Covering(coverage, config, dataset, recollection, {""})
            for topic in set(topics):
                assert covering.neighbours.told(topic) == expected.told(topic) != ""
            first, *others = sorted(set(topics))
            standing = {each.path: each.duplicates for each in coverage.standings()}
            recollection.accepted(first, 99, "", 61)
            covering.see(Accepted(sample=61, task=99, attempt=1, provider="mock", topic=first))
            for _ in range(11):
                refused = Rejected(99, 1, "mock", "semantic", ("duplicate",), ("known",), topic=others[0], twin=61)
                covering.see(refused)
            after = {each.path: each for each in coverage.standings()}[others[0]]
            assert (after.duplicates, after.closed) == (standing[others[0]] + 11, "")
        finally:
            asyncio.run(dataset.close())
        (folder / INDEX).unlink(missing_ok=True)
