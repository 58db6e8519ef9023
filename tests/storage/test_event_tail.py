"""The log of facts read while it grows: every whole line once, also where it goes on in a new file."""

from pathlib import Path

from destilation.core.events import Accepted
from destilation.storage.disk import Disk
from destilation.storage.event_log import EventLog
from destilation.storage.event_tail import EventTail, Told, log_size, read_event
from destilation.storage.layout import EVENTS


def test_whole_lines_once(tmp_path: Path) -> None:
    """From an offset on, half a line not before its end is there; no log is no line."""
    path, tail = tmp_path / EVENTS, EventTail(tmp_path, 4)
    assert tail.read_new() == []
    assert log_size(tmp_path) == 0
    path.write_bytes(b"one\ntwo\nthr")
    assert tail.read_new() == [b"two"]
    with path.open("ab") as file:
        file.write(b"ee\n")
    assert tail.read_new() == [b"three"]
    assert tail.read_new() == []
    tail.close()
    tail.close()


def test_a_log_that_goes_on_in_a_new_file(tmp_path: Path) -> None:
    """What was still written to the old file is read, then the new one from its beginning."""
    path, tail = tmp_path / EVENTS, EventTail(tmp_path)
    path.write_bytes(b"a\n")
    assert tail.read_new() == [b"a"]
    with path.open("ab") as file:
        file.write(b"b\n")
    path.rename(tmp_path / ".events.1.jsonl")
    path.write_bytes(b"c\n")
    assert [line for _ in range(3) for line in tail.read_new()] == [b"b", b"c"]
    tail.close()


def test_a_place_in_the_file_before(tmp_path: Path) -> None:
    """An offset below zero is that far from the end of the file that was put aside."""
    (tmp_path / ".events.1.jsonl").write_bytes(b"a\nbb\n")
    (tmp_path / EVENTS).write_bytes(b"c\n")
    tail = EventTail(tmp_path, -3)
    assert [line for _ in range(3) for line in tail.read_new()] == [b"bb", b"c"]
    tail.close()


def test_where_a_file_begins_in_the_count(tmp_path: Path) -> None:
    """Facts are counted from the run's first; what earlier runs left lies before it."""
    (tmp_path / EVENTS).write_bytes(b'{"a":1}\n')
    log = EventLog(tmp_path / EVENTS, "s", Disk())
    assert log.began == -8
    log.append(b'{"b":2}\n')
    assert log.began == -8
    log.close()
    log.append(b"lost\n")
    assert log.began == 13


def test_a_fact_and_its_time() -> None:
    """A line is read as what was told; what is not known here is nothing."""
    line = b'{"t":"1970-01-01T00:01:00.500Z","kind":"accepted","sample":1,"task":2,"attempt":1,"provider":"p","new":0}'
    assert read_event(line) == Told(60.5, Accepted(sample=1, task=2, attempt=1, provider="p"))
    for other in (b"junk", b"{}", b'{"t":"x","kind":"accepted"}', line.replace(b"accepted", b"invented"), b"[" * 9_000):
        assert read_event(other) is None
