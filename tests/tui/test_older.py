"""Scrolling back beyond what memory holds: the log is read a stretch at a time, and memory stays bounded."""

import asyncio
from pathlib import Path

import pytest

from destilation.core import events
from destilation.storage.event_history import EventHistory
from destilation.tui.app import Cockpit
from destilation.tui.feed import Feed
from destilation.tui.model.board import MOST_ENTRIES
from destilation.tui.model.filter import Filter
from destilation.tui.older import Older
from destilation.tui.widgets.events import EventsPanel
from tests.tui.job import START, line_of, make_job

MANY = MOST_ENTRIES + 5_000


@pytest.fixture(scope="module")
def long(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with more accepted samples in its log than memory holds, in two files."""
    folder = make_job(tmp_path_factory.mktemp("long") / "job", 3)
    lines = [
        line_of(START + number / 10, events.Accepted(sample=number, task=number, attempt=1, provider="p"))
        for number in range(1, MANY + 1)
    ]
    lines[10] = line_of(START, events.ProviderFailed(provider="p", status=None, error="early trouble"))
    (folder / ".events.1.jsonl").write_bytes(b"".join(lines[:2_000]))
    (folder / ".events.jsonl").write_bytes(b"".join(lines[2_000:]))
    (folder / "metadata.json").unlink()
    return folder


def test_up_and_down_again(long: Path) -> None:
    """From the newest to the oldest and back no line is missing, and there are never more than memory may hold."""
    history = EventHistory(long)
    end = (long / ".events.jsonl").stat().st_size
    older = Older(history, Filter(), [], end, end)
    seen = 0
    while found := older.up():
        seen += found
        assert len(older.entries) <= MOST_ENTRIES
    assert seen == MANY
    assert older.entries[0].sample == 1
    numbers = [entry.sample for entry in older.entries]
    while (moved := older.down())[0]:
        assert len(older.entries) <= MOST_ENTRIES
        numbers += [entry.sample for entry in older.entries[-moved[0] :]]
    assert [number for number in numbers if number] == [number for number in range(1, MANY + 1) if number != 11]
    history.close()


def test_a_filter_looks_through_the_log(long: Path) -> None:
    """What it admits is found however far back it is, and what it does not admit takes no memory."""
    history = EventHistory(long)
    end = (long / ".events.jsonl").stat().st_size
    older = Older(history, Filter(typed="trouble"), [], end, end)
    assert older.up() == 1
    assert [entry.words for entry in older.entries] == ["p failed: early trouble"]
    assert older.up() == 0
    history.close()


def test_keys(long: Path) -> None:
    """g and then g again, or N, go beyond what is in memory; the title says from when; f comes back."""

    async def main() -> None:
        feed = Feed(long, lambda: START + MANY)
        while feed.read():
            pass
        cockpit = Cockpit(feed)
        async with cockpit.run_test(size=(120, 40)) as pilot:
            panel = cockpit._dashboard.query_one("#log", EventsPanel)
            await pilot.press("5", "g")
            await pilot.pause()
            first = panel.rows()[0].sample
            assert len(panel.rows()) == MOST_ENTRIES
            await pilot.press("g")
            await pilot.pause()
            assert panel.rows()[0].sample < first
            cockpit._dashboard.tick()
            assert "from Jan 15" in str(panel.border_subtitle)
            place = panel.rows()[0].sample
            for _ in range(3):
                panel.action_page(-1)
            assert panel.rows()[panel.cursor].sample <= place
            for _ in range(5):
                panel.jump(-1)
            assert panel.row.words == "p failed: early trouble"
            await pilot.press("f")
            await pilot.pause()
            assert (panel.following, panel.rows()[-1].sample) == (True, MANY)

    asyncio.run(main())


def test_down_to_the_newest(long: Path) -> None:
    """Going down below the last line follows again."""

    async def main() -> None:
        feed = Feed(long, lambda: START + MANY)
        while feed.read():
            pass
        cockpit = Cockpit(feed)
        async with cockpit.run_test(size=(120, 40)) as pilot:
            panel = cockpit._dashboard.query_one("#log", EventsPanel)
            await pilot.press("5", "g", "g")
            await pilot.pause()
            for _ in range(12):
                panel.action_go(len(panel.rows()) - 1)
                panel.action_move(1)
                if panel.following:
                    break
            assert (panel.following, panel.rows()[-1].sample) == (True, MANY)

    asyncio.run(main())
