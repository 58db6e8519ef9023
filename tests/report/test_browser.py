"""The page in a browser: it draws everything, asks for nothing, runs nothing, says nothing on the console."""

import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

import destilation
from destilation.report.write import write
from tests.report.folders import hostile

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium here")


def chromium(*args: str) -> subprocess.CompletedProcess[str]:
    """One headless run with a profile of its own; the console goes to stderr."""
    with tempfile.TemporaryDirectory() as profile:
        return subprocess.run(
            [
                str(CHROMIUM), "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking",
                "--no-first-run", "--enable-logging=stderr", f"--user-data-dir={profile}", *args,
            ],
            capture_output=True, text=True, timeout=120, check=True,
            env={"PATH": os.environ["PATH"], "HOME": profile, "LANG": "C.UTF-8"},
        )  # fmt: skip


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A report of a real folder, and one of a hostile one."""
    out = tmp_path_factory.mktemp("pages")
    price = {"output_per_mtok": 4.0}
    mock = {"mock": {"invalid": 0.2, "price": price}}
    made = destilation.run(
        domain="Optics", target=40, name="job", mix=[{"provider": "mock"}], providers=mock, out=str(out)
    )
    return {"real": write(made.folder).path, "hostile": write(hostile(out / "h")).path}


@pytest.mark.parametrize("kind", ["real", "hostile"])
def test_it_is_drawn_silent_and_inert(kind: str, pages: dict[str, Path], tmp_path: Path) -> None:
    """All plots are there, the console is empty, no foreign address was asked for, and no hostile text was run."""
    log = tmp_path / "net.json"
    done = chromium("--dump-dom", f"--log-net-log={log}", pages[kind].as_uri())
    assert "CONSOLE" not in done.stderr
    assert "<script" not in done.stdout
    assert "report</title>" in done.stdout or kind == "hostile"
    assert "<title>ran</title>" not in done.stdout
    assert "evil.invalid" in done.stdout or kind == "real"
    assert "evil.invalid" not in log.read_text(errors="replace")
    plots = re.findall(r"<figure>.*?</figure>", done.stdout, re.DOTALL)
    assert len(plots) >= 4
    assert all("<rect" in plot or "<polyline" in plot for plot in plots)


def test_the_browser_would_have_told(pages: dict[str, Path], tmp_path: Path) -> None:
    """What the test above looks for is seen where there is something: a page that is not inert is found out.

    And were escaping to fail, the policy would still keep a script from running and a picture from being fetched.
    """
    source = pages["real"].read_text(encoding="utf-8")
    hostile_source = source.replace(
        "</main>", "<img src='http://evil.invalid/x'><script>document.title='ran'</script></main>"
    )
    (tmp_path / "kept.html").write_text(hostile_source, encoding="utf-8")
    (tmp_path / "open.html").write_text(re.sub(r"<meta http-equiv[^>]*>", "", hostile_source), encoding="utf-8")
    log = tmp_path / "net.json"
    kept = chromium("--dump-dom", f"--log-net-log={log}", (tmp_path / "kept.html").as_uri())
    assert "<title>ran</title>" not in kept.stdout
    assert "CONSOLE" in kept.stderr
    assert "//evil.invalid" not in log.read_text(errors="replace")
    ran = chromium("--dump-dom", f"--log-net-log={log}", (tmp_path / "open.html").as_uri())
    assert "<title>ran</title>" in ran.stdout
    assert "//evil.invalid" in log.read_text(errors="replace")


@pytest.mark.parametrize("width", [1280, 500])
def test_a_picture_of_it(width: int, pages: dict[str, Path], tmp_path: Path) -> None:
    """It holds far more than an empty page does (which is a few kB)."""
    shot = tmp_path / "shot.png"
    chromium(f"--window-size={width},2400", f"--screenshot={shot}", pages["real"].as_uri())
    assert shot.stat().st_size > 50_000
