"""`inspect` as a user starts it: on a real terminal, and without one."""

from pathlib import Path

from tests.e2e.command import destilation
from tests.e2e.terminal import on_terminal


def test_on_a_terminal(tmp_path: Path) -> None:
    """It opens with the filter that was asked for, and q leaves it with 0."""
    assert destilation("run", "--name", "job", cwd=tmp_path).returncode == 0
    code, shown = on_terminal("inspect", "job", "--filter", "task:1", cwd=tmp_path, typed="q")
    assert code == 0
    assert "filter" in shown
    assert "task:1" in shown


def test_without_a_terminal(tmp_path: Path) -> None:
    """Exit 2 with what to use instead; a mistake in a condition is told first."""
    assert destilation("run", "--name", "job", cwd=tmp_path).returncode == 0
    done = destilation("inspect", "job", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert "inspect needs a terminal" in done.stderr
    assert "destilation sample" in done.stderr
    done = destilation("inspect", "job", "--where", "provider ==", cwd=tmp_path)
    assert done.returncode == 2
    assert "--where: expected a value" in done.stderr
