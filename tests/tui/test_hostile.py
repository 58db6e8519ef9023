"""What models and servers say reaches the screen as text: no escape, no markup, no direction, no secret."""

import asyncio
import re
from pathlib import Path

import pytest
from textual.pilot import Pilot

from destilation.core import events
from destilation.tui.app import Cockpit
from destilation.tui.feed import Feed
from destilation.tui.screens.detail import Detail
from tests.tui.job import HOSTILE, START, make_job

UNSAFE = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f]")


def drawn(cockpit: Cockpit) -> str:
    """Every character on the screen."""
    return "\n".join(
        "".join(segment.text for segment in strip) for strip in cockpit.screen._compositor.render_strips()
    )  # fmt: skip


@pytest.mark.parametrize("size", [(200, 60), (30, 5)], ids=lambda size: f"{size[0]}x{size[1]}")
def test_hostile_text_everywhere(size: tuple[int, int], tmp_path: Path) -> None:
    """In events, samples, rejections, providers, a task in full, the filter and the job's name."""
    evil = [
        (301.0, events.ProviderFailed(provider=HOSTILE, status=None, error=HOSTILE)),
        (301.0, events.ProviderRetired(provider=HOSTILE, error=HOSTILE)),
        (301.0, events.CommandRefused(command=HOSTILE, why=HOSTILE)),
        (302.0, events.RunEnded(state=HOSTILE, exit_code=1, accepted=1, target=1, reasons={HOSTILE: 1})),
    ]
    folder = make_job(tmp_path / "job", 60, more=evil, hostile=True)
    seen: list[str] = []

    async def main() -> None:
        cockpit = Cockpit(Feed(folder, lambda: START + 300.0))
        async with cockpit.run_test(size=size) as pilot:
            await walk(pilot, seen)

    asyncio.run(main())
    for screen in seen:
        assert not UNSAFE.search(screen)
    if size[0] == 200:
        everything = "\n".join(seen)
        assert everything.count(r"\x1b[2J\x1b]52;c;ZXZpbA==\x07 [/] [bold red]x[/bold red]") >= 5
        assert r"\u202eabc\u2066 \x00" in everything


async def walk(pilot: Pilot[str], seen: list[str]) -> None:
    """Through all screens."""
    assert isinstance(pilot.app, Cockpit)
    for key in ("1", "2", "3", "enter", "escape", "2", "enter", "up", "escape", "4", "5", "slash", *"[/]", "enter"):
        await pilot.press(key)
        await pilot.pause()
        seen.append(drawn(pilot.app))
        if isinstance(pilot.app.screen, Detail):
            seen.append(pilot.app.screen.text().plain)
