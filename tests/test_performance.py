"""What a sample costs stays what it costs, and the tables that tell it tell the truth."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.areas import area_of
from benchmarks.figures import Figure, at_least, at_most, load, put_into, save, table
from benchmarks.guard import PYTHON, recorded
from benchmarks.processes import FailedError, Used, interleaved, measured, median, of_rounds

ROOT = Path(__file__).parents[1]
LOSS = 1.25


def ratio_now() -> float:
    """What the guard measures in a process that no coverage slows."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("COV")}
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.guard"], cwd=ROOT, env={**env, "PYTHONPATH": f"{ROOT / 'src'}:{ROOT}"},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    return float(done.stdout)


@pytest.mark.skipif(PYTHON not in recorded(), reason="no ratio is recorded for this Python: benchmarks/guard.py")
def test_the_full_path_costs_what_is_recorded() -> None:
    """A sample costs at most a quarter more processor time, in units of the bare client's, than when it was recorded."""
    most = recorded()[PYTHON] * LOSS
    ratios = [ratio_now()]
    if ratios[0] > most:
        ratios.append(ratio_now())
    assert min(ratios) <= most, f"{min(ratios):.2f} of at most {most:.2f}: see benchmarks/guard.py"


def test_a_target_is_judged_by_the_ratio_where_there_is_one() -> None:
    """Without a ratio the figure itself must reach it; without a target nothing is judged; the bound itself counts."""
    assert Figure(name="a", ours=9.0, ratio=2.0, target=at_most(2.0)).met is True
    assert Figure(name="a", ours=1.0, ratio=2.1, target=at_most(2.0)).met is False
    assert Figure(name="a", ours=0.95, target=at_least(0.95)).met is True
    assert Figure(name="a", ours=0.94, target=at_least(0.95)).met is False
    assert Figure(name="a", ours=1.0).met is None


def test_a_table_has_a_row_a_figure_and_is_read_back_from_json(tmp_path: Path) -> None:
    """Every row has every column; the file has the same figures."""
    figures = [
        Figure(name="speed", ours=1234.5, unit="B", beside="x", theirs=2.0, ratio=0.12, target=at_least(0.1), note="n"),
        Figure(name="bare", ours=0.5),
    ]
    lines = table(figures).splitlines()
    assert len({len(line) for line in lines}) == 1
    cells = [[cell.strip() for cell in line.split("|")[1:-1]] for line in lines]
    assert cells[2] == ["speed (n)", "1,234 B", "x", "2 B", "0.120", ">= 0.100", "yes"]
    assert cells[3] == ["bare", "0.500", "", "", "", "", ""]
    save(tmp_path / "figures.json", figures)
    assert load(tmp_path / "figures.json") == figures


def test_a_page_gets_the_table_between_its_marks(tmp_path: Path) -> None:
    """What stood there goes, what stands around stays, again and again; a page without marks is refused."""
    page = tmp_path / "page.md"
    page.write_text("above\n<!-- x -->\nold\n<!-- end of x -->\nbelow\n")
    for text in ("first", "new"):
        put_into(page, "x", text)
    assert page.read_text() == "above\n<!-- x -->\nnew\n<!-- end of x -->\nbelow\n"
    with pytest.raises(ValueError, match="end of y"):
        put_into(page, "y", "text")


def test_a_stack_belongs_to_its_innermost_frame_that_is_known() -> None:
    """Frames of libraries count for who called them; a stack without any of ours is the event loop's."""
    assert (
        area_of(["/lib/asyncio/streams.py", "/site/aiohttp/client.py", "/src/destilation/engine/pool.py"])
        == "HTTP client"
    )
    assert area_of(["/site/numpy/core.py", "/src/destilation/core/dedup/index.py"]) == "duplicates"
    assert area_of(["/lib/asyncio/base_events.py"]) == "event loop"
    every = [f"/src/{path.relative_to(ROOT / 'src')}" for path in (ROOT / "src").rglob("*.py")]
    assert all(area_of([file]) for file in every)


def test_a_process_is_told_of_with_all_its_children() -> None:
    """Processor time of a grandchild counts, memory too; an error has the last words."""
    burn = "import time; x = bytearray(50_000_000)\nwhile time.process_time() < 0.2: pass"
    used = measured([sys.executable, "-c", f"import subprocess, sys; subprocess.run([sys.executable, '-c', {burn!r}])"])
    assert used.cpu_s >= 0.2
    assert measured([sys.executable, "-c", burn]).peak > 50_000_000
    with pytest.raises(FailedError, match="ended with 3: the reason"):
        measured([sys.executable, "-c", "print('the reason'); raise SystemExit(3)"])


def test_turns_alternate_and_medians_are_of_each_figure() -> None:
    """Each round begins with the other side; the start is taken off; ratios are taken within a round."""
    order: list[str] = []

    def side(name: str, cpu: list[float]) -> Used:
        order.append(name)
        return Used(1.0 + cpu[0], cpu.pop(0), 7)

    ours, theirs = [2.0, 6.0, 40.0], [1.0, 2.0, 20.0]
    mine, other = interleaved(3, lambda: side("a", ours), lambda: side("b", theirs))
    assert order == ["a", "b", "b", "a", "a", "b"]
    assert median(mine) == Used(7.0, 6.0, 7)
    assert of_rounds(mine, other, lambda used: used.cpu_s) == 2.0
    assert median(mine).without(Used(0.5, 1.0, 9)) == Used(6.5, 5.0, 7)
    assert median(mine).without(Used(99.0, 99.0, 9)).cpu_s > 0
