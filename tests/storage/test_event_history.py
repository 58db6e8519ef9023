"""The log read at any place: whole lines, up and down, through files that were put aside, and as it grows."""

import tempfile
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from destilation.storage.event_history import EventHistory
from destilation.storage.event_tail import EventTail


def log(folder: Path, *files: list[int]) -> Path:
    """A folder with these numbers in its files, the oldest first."""
    folder.mkdir(exist_ok=True)
    for place, numbers in enumerate(reversed(files)):
        name = ".events.jsonl" if place == 0 else f".events.{place}.jsonl"
        (folder / name).write_bytes(b"".join(b"%d\n" % number for number in numbers))
    return folder


def up(history: EventHistory, place: int, size: int) -> list[bytes]:
    """All lines before a place."""
    found: list[bytes] = []
    while lines := history.before(place, size):
        found[:0] = [line for _, line in lines]
        place = lines[0][0]
    return found


def down(history: EventHistory, place: int, size: int) -> list[bytes]:
    """All lines after a place."""
    found: list[bytes] = []
    while True:
        lines, place = history.after(place, size)
        if not lines:
            return found
        found += [line for _, line in lines]


@given(st.lists(st.lists(st.integers(0, 10**6), min_size=1, max_size=20), min_size=1, max_size=4), st.integers(1, 40))
def test_all_lines_once(files: list[list[int]], size: int) -> None:
    """Whatever stretch is read at a time, each line comes once and in order, both ways."""
    with tempfile.TemporaryDirectory() as place:
        history = EventHistory(log(Path(place), *files))
        wanted = [b"%d" % number for numbers in files for number in numbers]
        end = sum(len(b"%d\n" % number) for number in files[-1])
        assert up(history, end, size) == wanted
        assert down(history, history.begin, size) == wanted
        history.close()


def test_places_are_those_of_the_tail(tmp_path: Path) -> None:
    """What EventTail says of a line's place is where it is found again, also in the file before."""
    folder = log(tmp_path, [11, 12, 13], [21, 22, 23])
    tail, history = EventTail(folder, -6), EventHistory(folder)
    placed = [*tail.read_placed(), *tail.read_placed(), *tail.read_placed()]
    assert placed == [(-6, b"12"), (-3, b"13"), (0, b"21"), (3, b"22"), (6, b"23")]
    assert [history.after(place, 3)[0][0] for place, _ in placed] == placed
    tail.close()
    history.close()


def test_the_log_goes_on(tmp_path: Path) -> None:
    """Lines that are added later are there, also when the file was put aside meanwhile; a torn one waits."""
    folder = log(tmp_path, [1, 2])
    history = EventHistory(folder)
    assert down(history, 0, 100) == [b"1", b"2"]
    with (folder / ".events.jsonl").open("ab") as file:
        file.write(b"3\n4")
    assert down(history, 4, 100) == [b"3"]
    with (folder / ".events.jsonl").open("ab") as file:
        file.write(b"4\n")
    (folder / ".events.jsonl").rename(folder / ".events.1.jsonl")
    (folder / ".events.jsonl").write_bytes(b"5\n")
    assert down(history, 4, 100) == [b"3", b"44", b"5"]
    assert up(history, 11, 2) == [b"1", b"2", b"3", b"44", b"5"]
    history.close()


def test_nothing_is_no_error(tmp_path: Path) -> None:
    """No log, or one that appears later."""
    history = EventHistory(tmp_path)
    assert (history.begin, history.before(10, 5), history.after(0, 5)) == (0, [], ([], 0))
    log(tmp_path, [7])
    assert down(history, 0, 5) == [b"7"]
    history.close()
