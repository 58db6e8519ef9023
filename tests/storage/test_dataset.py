"""The folder under a writer: order, recovery after any cut, damage, locks, full disks."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from destilation.core.events import Event, Paused
from destilation.errors import ConfigError, DamagedError, FolderInUseError, StorageError
from destilation.storage.dataset import Dataset
from destilation.storage.layout import COMPLETIONS, EVENTS, METADATA, PROVENANCE, REJECTIONS, SAMPLES, TRUTH
from destilation.storage.lock import holder
from destilation.storage.records import (
    Provenance,
    StoredAnswer,
    StoredRejection,
    Tokens,
    embed,
    line_hash,
)
from destilation.storage.recovery import Fold, Recovered

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def answer(task: int, attempt: int = 1, body: bytes = b'{"x":1}') -> StoredAnswer:
    """A paid answer."""
    return StoredAnswer(
        task=task, attempt=attempt, provider="p", model="m", dialect="d", mode="prompt", t="t", seconds=0.5,
        finish_reason="stop", tokens=Tokens(3, 4, 1), cost_usd=0.25, parameters={}, body=embed(body),
    )  # fmt: skip


def provenance(number: int, line: bytes, task: int, attempt: int = 1) -> Provenance:
    """How a sample came to be."""
    return Provenance(
        sample=number, id=line_hash(line)[:16], hash=line_hash(line), task=task, attempt=attempt, attempts=attempt,
        provider="p", model="m", dialect="d", mode="prompt", finish_reason="stop", parameters={}, tokens=Tokens(),
        cost_usd=0.0, reasoning=None, checks=(), t="t",
    )  # fmt: skip


def rejection(task: int, attempt: int = 1, *, final: bool = False) -> StoredRejection:
    """A refused answer."""
    return StoredRejection(
        task=task, attempt=attempt, provider="p", model="m", layer="structural", codes=("not_json",),
        reasons=("no JSON",), final=final, t="t",
    )  # fmt: skip


def sample(number: int) -> bytes:
    """A line with characters of several bytes and a line separator inside."""
    return json.dumps({"question": f"Grüße {number} \u2028 漢?", "answer": "x"}, ensure_ascii=False).encode()


def opened(folder: Path, **more: Any) -> Dataset:
    """The folder, open."""
    return Dataset.open(folder, durability=more.pop("durability", "group"), now=lambda: NOW, **more)


def recovered(dataset: Dataset, facts: list[Event] | None = None) -> tuple[Recovered, list[str]]:
    """What recovery says, and the questions it saw."""
    questions: list[str] = []
    told: list[Event] = [] if facts is None else facts

    def begin(_: object) -> Fold:
        questions.clear()
        told.clear()
        return Fold(lambda numbers, records: [heard(record) for record in records], told.append)

    def heard(record: Mapping[str, Any]) -> bool:
        new = record["question"] not in questions
        questions.append(record["question"])
        return new

    found = dataset.recover(
        check=lambda record: None if "question" in record else "no question", begin=begin, trace=traced
    )
    return found, questions


def traced(stored: StoredAnswer) -> Provenance:
    """The tests' answers make the sample of their task's number."""
    return provenance(1, sample(stored.task), stored.task, stored.attempt)


def make(folder: Path, samples: int = 5) -> None:
    """A folder with that many samples; every third task was refused once before, the last task is given up."""

    async def work() -> None:
        dataset = opened(folder)
        recovered(dataset)
        for number in range(1, samples + 1):
            attempt = 1
            if number % 3 == 0:
                await dataset.record(answer(number))
                dataset.refuse(rejection(number))
                attempt = 2
            await dataset.record(answer(number, attempt))
            dataset.accept(sample(number), provenance(number, sample(number), number, attempt))
            dataset.emit(Paused(reason="r"))
        await dataset.record(answer(samples + 1))
        dataset.refuse(rejection(samples + 1, final=True))
        dataset.put_metadata({"version": 1, "accepted": samples, "samples_digest": dataset.samples_digest})
        await dataset.close()

    asyncio.run(work())


def reopen(folder: Path) -> tuple[Recovered, list[str], Dataset]:
    """Recovery of a folder that is closed again."""
    dataset = opened(folder)
    try:
        found, questions = recovered(dataset)
    finally:
        asyncio.run(dataset.close())
    return found, questions, dataset


def test_what_was_kept_is_read_back(tmp_path: Path) -> None:
    """Samples in order, settled tasks, facts that can be counted, a digest anyone can check, private files."""
    folder = tmp_path / "job"
    make(folder)
    facts: list[Event] = []
    dataset = opened(folder)
    found, questions = recovered(dataset, facts)
    assert (found.accepted, found.begun, found.unsettled) == (5, 6, {})
    assert questions == [f"Grüße {number} \u2028 漢?" for number in range(1, 6)]
    kinds = [type(fact).__name__ for fact in facts]
    assert [kinds.count(kind) for kind in ("Accepted", "CompletionReceived", "Rejected", "Abandoned")] == [5, 7, 2, 1]
    import hashlib

    assert dataset.samples_digest == hashlib.sha256((folder / SAMPLES).read_bytes()).hexdigest()
    kept = dataset.read_metadata() or {}
    assert kept.pop("events_offset") == (folder / EVENTS).stat().st_size
    assert kept == {"version": 1, "accepted": 5, "samples_digest": dataset.samples_digest}
    asyncio.run(dataset.close())
    asyncio.run(dataset.close())
    assert {oct((folder / name).stat().st_mode & 0o777) for name in (*TRUTH, METADATA)} == {"0o600"}
    assert [json.loads(line)["kind"] for line in (folder / EVENTS).read_bytes().splitlines()] == ["paused"] * 5


@pytest.mark.parametrize("tail", [b"", b"\0\0\0", b"\xff\xfe", b'{"question": "a\n', b"\n\n \n", b'{"question": "half'])
@pytest.mark.parametrize("name", [SAMPLES, COMPLETIONS, PROVENANCE, REJECTIONS, EVENTS])
def test_torn_tails_are_cut_and_kept(name: str, tail: bytes, tmp_path: Path) -> None:
    """Whatever stands behind the last good line is moved to a side file, and nothing else changes."""
    make(tmp_path)
    path = tmp_path / name
    good = path.read_bytes()
    path.write_bytes(good + tail)
    found, _, dataset = reopen(tmp_path)
    assert path.read_bytes() == good
    assert (found.accepted, found.unsettled) == (5, {})
    kept = b"".join(each.read_bytes() for each in tmp_path.glob("torn-*.bin"))
    assert kept == tail
    assert bool(dataset.healed) == bool(tail)


def test_every_byte(tmp_path: Path) -> None:
    """Cut anywhere in its last three lines, samples.jsonl loses only what was cut, and the rest is recovered."""
    make(tmp_path / "whole")
    files = {name: (tmp_path / "whole" / name).read_bytes() for name in TRUTH}
    samples = files[SAMPLES]
    lines = samples.split(b"\n")[:-1]
    for cut in range(1, sum(len(line) + 1 for line in lines[-3:])):
        folder = tmp_path / f"cut{cut}"
        folder.mkdir()
        for name, data in files.items():
            (folder / name).write_bytes(data if name != SAMPLES else samples[:-cut])
        found, questions, _ = reopen(folder)
        ends = [len(b"\n".join(lines[:count])) for count in range(1, len(lines) + 1)]
        whole = sum(end <= len(samples) - cut for end in ends)
        assert found.accepted == len(questions) == whole
        assert (folder / SAMPLES).read_bytes() == b"".join(line + b"\n" for line in lines[:whole])
        assert (folder / PROVENANCE).read_bytes().count(b"\n") == whole
        assert list(found.unsettled) == list(range(whole + 1, 6))
        assert all(past[-1].rejection is None for past in found.unsettled.values())


@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_any_crash_between_writes_loses_no_answer(
    data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Every answer in the ledger is in a sample, refused, or waits to be judged, whichever files are behind."""
    folder = tmp_path_factory.mktemp("crash")
    make(folder, 4)
    for name in (SAMPLES, PROVENANCE, REJECTIONS, COMPLETIONS):
        lines = (folder / name).read_bytes().split(b"\n")[:-1]
        kept = data.draw(st.integers(0, len(lines)), label=name)
        (folder / name).write_bytes(b"".join(line + b"\n" for line in lines[:kept]))
    found, questions, _ = reopen(folder)
    assert (folder / PROVENANCE).read_bytes().count(b"\n") == found.accepted == len(questions)
    provenances, rejections, answers = (
        [json.loads(line) for line in (folder / name).read_bytes().splitlines()]
        for name in (PROVENANCE, REJECTIONS, COMPLETIONS)
    )
    done = {line.get("task") for line in provenances}
    named = {(line["task"], line["attempt"]) for line in rejections}
    waiting = {(task, past.answer.attempt) for task, each in found.unsettled.items() for past in each}
    for line in answers:
        assert line["task"] in done or (line["task"], line["attempt"]) in named | waiting
    recorded = {(line["task"], line["attempt"]) for line in answers}
    assert named | {(line["task"], line["attempt"]) for line in provenances} <= recorded
    assert reopen(folder)[2].healed == []


@pytest.mark.parametrize("name", [SAMPLES, PROVENANCE, COMPLETIONS, REJECTIONS])
@pytest.mark.parametrize("bad", [b"garbage", b"\0" * 20, b'{"other": 1}'])
def test_damage_in_the_middle_is_told_and_left(name: str, bad: bytes, tmp_path: Path) -> None:
    """A bad line with good ones after it ends with code 6, file, line and byte; nothing is changed."""
    make(tmp_path)
    path = tmp_path / name
    lines = path.read_bytes().splitlines(keepends=True)
    lines.insert(1, bad + b"\n")
    path.write_bytes(b"".join(lines))
    before = path.read_bytes()
    with pytest.raises(DamagedError, match=rf"{name}:2 \(byte {len(lines[0])}\)") as caught:
        reopen(tmp_path)
    assert caught.value.exit_code == 6
    assert path.read_bytes() == before


def test_what_was_never_ours_is_left(tmp_path: Path) -> None:
    """A file of something else under our name is refused, not emptied."""
    (tmp_path / SAMPLES).write_bytes(b"\x1f\x8b compressed")
    with pytest.raises(DamagedError, match="holds no JSON lines"):
        opened(tmp_path)
    assert (tmp_path / SAMPLES).read_bytes() == b"\x1f\x8b compressed"
    assert holder(tmp_path) is None


@pytest.mark.parametrize("kind", ["link", "folder", "pipe"])
def test_only_regular_files_are_written_to(kind: str, tmp_path: Path) -> None:
    """A link, a folder or a pipe in place of a data file is refused."""
    path, other = tmp_path / "job" / SAMPLES, tmp_path / "other"
    path.parent.mkdir()
    if kind == "link":
        other.write_text("mine")
        path.symlink_to(other)
    elif kind == "folder":
        path.mkdir()
    else:
        os.mkfifo(path)
    with pytest.raises((ConfigError, StorageError)):
        opened(path.parent)
    assert not other.exists() or other.read_text() == "mine"


def test_a_folder_that_is_a_file(tmp_path: Path) -> None:
    """A file in place of the folder is refused."""
    (tmp_path / "job").write_text("x")
    with pytest.raises(ConfigError, match="is not a folder"):
        opened(tmp_path / "job")


def test_one_writer_a_folder(tmp_path: Path) -> None:
    """A second process is refused with the first one's number; when that is killed, the folder is free."""
    script = (
        "import sys; from pathlib import Path; from datetime import datetime, UTC\n"
        "from destilation.storage.dataset import Dataset\n"
        f"d = Dataset.open(Path({str(tmp_path)!r}), durability='group', now=lambda: datetime.now(UTC))\n"
        "print('open', flush=True); sys.stdin.read()"
    )
    source = Path(__file__).parents[2] / "src"
    process = subprocess.Popen(
        [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(source)},
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stdin is not None
    try:
        assert process.stdout.readline() == b"open\n"
        with pytest.raises(FolderInUseError, match=str(process.pid)):
            opened(tmp_path)
    finally:
        process.kill()
        process.wait()
        process.stdin.close()
        process.stdout.close()
    asyncio.run(opened(tmp_path).close())


@pytest.mark.parametrize("content", [b"", b"[]", b'{"acc', b"\xff"])
def test_damaged_metadata_is_no_metadata(content: bytes, tmp_path: Path) -> None:
    """It is a cache: what cannot be read is not there."""
    make(tmp_path)
    (tmp_path / METADATA).write_bytes(content)
    dataset = opened(tmp_path)
    assert dataset.read_metadata() is None
    asyncio.run(dataset.close())


def test_metadata_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    """What a later program wrote is not overwritten."""
    make(tmp_path)
    (tmp_path / METADATA).write_bytes(b'{"version": 99}')
    dataset = opened(tmp_path)
    with pytest.raises(ConfigError, match="newer Destilation"):
        dataset.read_metadata()
    asyncio.run(dataset.close())


@pytest.mark.parametrize(
    "body",
    [b'{"a": 1}', b'{\n "a": [1,\n 2]}', b"not JSON \xff", b'"text"', b'{"s": "\\ud83d"}', b"[" * 300 + b"]" * 300],
)
def test_any_reply_can_be_kept(body: bytes) -> None:
    """A reply is one line in the ledger and comes back as it was, but for line ends between JSON tokens."""
    import msgspec

    line = msgspec.json.encode(answer(1, body=body))
    assert b"\n" not in line
    back = msgspec.json.decode(line, type=StoredAnswer).received
    if b"\n" in body:
        assert json.loads(back) == json.loads(body)
    else:
        assert back == body.decode("utf-8", "replace").encode()
