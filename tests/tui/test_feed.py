"""Attaching: a snapshot and the rest of the log are as good as all of it, for a job of any age."""

import json
import time
from pathlib import Path

from destilation.core import events
from destilation.core.control import Pause
from destilation.storage.disk import Disk
from destilation.storage.lock import Lock
from destilation.tui.feed import HISTORY_BYTES, Feed
from destilation.tui.records import Records, rejection_of, sample_of
from destilation.tui.story import story_of, task_of
from tests.tui.job import START, line_of, make_job


def test_snapshot_and_tail(tmp_path: Path) -> None:
    """Counts are exact, each fact is in the list once, and what comes later is taken in."""
    folder = make_job(tmp_path / "job")
    feed = Feed(folder, lambda: START + 300)
    feed.read()
    assert (feed.board.progress.accepted, feed.board.progress.rejections) == (200, 40)
    assert sum(entry.glyph == "✓" for entry in feed.board.entries) == 200
    with (folder / ".events.jsonl").open("ab") as file:
        file.write(line_of(START + 301, events.Accepted(sample=201, task=201, attempt=1, provider="ollama")))
    assert [type(told.event) for told in feed.read()] == [events.Accepted]
    assert feed.board.progress.accepted == 201
    feed.close()


def test_without_a_snapshot(tmp_path: Path) -> None:
    """A run that has not written it yet, or a damaged one: all of the log is folded."""
    for damage in ("", "{"):
        folder = make_job(tmp_path / f"job{damage}")
        (folder / "metadata.json").write_text(damage)
        feed = Feed(folder, lambda: START)
        feed.read()
        assert feed.board.progress.accepted == 200
        feed.close()


def test_an_old_folder(tmp_path: Path) -> None:
    """A snapshot that does not say how far it goes counts alone; an empty folder shows nothing."""
    folder = make_job(tmp_path / "job")
    document = json.loads((folder / "metadata.json").read_text())
    del document["events_offset"]
    (folder / "metadata.json").write_text(json.dumps(document))
    feed = Feed(folder, lambda: START)
    feed.read()
    assert feed.board.progress.accepted == document["accepted"]
    feed.close()
    (tmp_path / "empty").mkdir()
    assert Feed(tmp_path / "empty", lambda: START).read() == []


def test_a_job_of_any_age(tmp_path: Path) -> None:
    """A long log is opened as quickly as a short one: only its end is read."""
    folder = make_job(tmp_path / "job", 10)
    line = line_of(START, events.Accepted(sample=1, task=1, attempt=1, provider="ollama"))
    many = 12 * HISTORY_BYTES // len(line)
    (folder / ".events.jsonl").write_bytes(line * many)
    document = json.loads((folder / "metadata.json").read_text())
    document |= {"events_offset": many * len(line), "accepted": many}
    (folder / "metadata.json").write_text(json.dumps(document))
    began = time.process_time()
    feed = Feed(folder, lambda: START)
    assert time.process_time() - began < 2.0
    assert feed.board.progress.accepted == many
    assert 0 < feed.board.seen <= HISTORY_BYTES // len(line)
    feed.close()


def test_liveness_is_the_lock(tmp_path: Path) -> None:
    """Whatever the files say."""
    folder = make_job(tmp_path / "job", 5)
    feed = Feed(folder, lambda: START)
    assert not feed.running()
    lock = Lock.take(folder, "now", Disk())
    assert feed.running()
    lock.release()
    feed.send(Pause())
    assert (folder / ".control.jsonl").read_text() == '{"do":"pause"}\n'
    feed.close()


def test_records_know_their_numbers(tmp_path: Path) -> None:
    """The newest lines, with the numbers that they have in the file, also after it has grown or was cut."""
    path = tmp_path / "samples.jsonl"
    records = Records(path, sample_of)
    records.look()
    assert records.rows == []
    path.write_text("".join(f'{{"q":"text {number}"}}\n' for number in range(1, 2001)) + '{"half')
    records.look()
    assert (len(records.rows), records.rows[-1].title, records.rows[-1].words) == (500, "#2000", "text 2000")
    path.write_text("".join(f'{{"q":"text {number}"}}\n' for number in range(1, 2003)))
    records.look()
    assert records.rows[-1].title == "#2002"
    path.write_text('{"q":"alone"}\nno json\n{"n":1}\n')
    records.look()
    assert [row.title for row in records.rows] == ["#1", "#3"]


def test_a_refusal_of_any_shape() -> None:
    """Missing keys are no error."""
    assert rejection_of({}, 1).title == "✗ task "


def test_a_task_is_told_from_the_files(tmp_path: Path) -> None:
    """Attempts with verdicts in order; a number that begins like another is another; nothing is no error."""
    folder = make_job(tmp_path / "job")
    story = story_of(folder, 20)
    assert [attempt.number for attempt in story.attempts] == [1, 2]
    assert story.attempts[0].verdict.startswith("✗ refused (structural)")
    assert "missing_field: missing field 'answer'" in story.attempts[0].verdict
    assert story.attempts[1].verdict == "✓ accepted"
    assert story_of(folder, 2).attempts[0].title.startswith("1 openrouter")
    assert story_of(folder, 9_999).attempts == ()
    assert story_of(tmp_path / "nowhere", 1).attempts == ()
    assert (task_of(folder, 20), task_of(folder, 9_999)) == (20, None)
