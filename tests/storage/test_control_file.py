"""The control file between watchers and the engine: what is read, from where, and what is survived."""

import os
from pathlib import Path

import pytest

from destilation.errors import ConfigError
from destilation.storage.control_file import LONGEST_LINE, ControlFile, append_command
from destilation.storage.layout import CONTROL


def test_only_what_comes_after_the_start(tmp_path: Path) -> None:
    """Commands for an earlier run are not read; later ones are, once, in order."""
    append_command(tmp_path, b'{"do":"stop"}')
    file = ControlFile(tmp_path)
    assert file.read_new() == []
    append_command(tmp_path, b"a")
    append_command(tmp_path, b"b")
    assert file.read_new() == [b"a", b"b"]
    assert file.read_new() == []


def test_a_file_that_is_made_later_is_read_whole(tmp_path: Path) -> None:
    """No file at the start means that all of it is new; so is one that was put in its place, or cut."""
    file = ControlFile(tmp_path)
    append_command(tmp_path, b"a")
    assert file.read_new() == [b"a"]
    (tmp_path / "other").write_bytes(b"another file\n")
    (tmp_path / "other").replace(tmp_path / CONTROL)
    assert file.read_new() == [b"another file"]
    os.truncate(tmp_path / CONTROL, 0)
    append_command(tmp_path, b"c")
    assert file.read_new() == [b"c"]


def test_a_torn_line_spoils_no_other(tmp_path: Path) -> None:
    """Half a line is waited for; where its writer died, the next command begins a line of its own."""
    file = ControlFile(tmp_path)
    (tmp_path / CONTROL).write_bytes(b'{"do":"pa')
    assert file.read_new() == []
    append_command(tmp_path, b"whole")
    assert file.read_new() == [b'{"do":"pa', b"whole"]


def test_a_flood_is_bounded(tmp_path: Path) -> None:
    """A line without end comes in pieces that are too short to fill the memory."""
    file = ControlFile(tmp_path)
    (tmp_path / CONTROL).write_bytes(b"x" * 1_000_000)
    pieces = [piece for _ in range(20) for piece in file.read_new()]
    assert 10 < len(pieces) < 20
    assert max(map(len, pieces)) == LONGEST_LINE
    append_command(tmp_path, b"after")
    assert [piece for _ in range(20) for piece in file.read_new()][-1] == b"after"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes here")
@pytest.mark.parametrize("kind", ["link", "pipe", "folder"])
def test_what_is_no_file_is_not_read(kind: str, tmp_path: Path) -> None:
    """A link, a pipe or a folder in its place is never opened, waited for or written to."""
    file, path = ControlFile(tmp_path), tmp_path / CONTROL
    if kind == "link":
        (tmp_path / "other").write_bytes(b"secret\n")
        path.symlink_to(tmp_path / "other")
    elif kind == "pipe":
        os.mkfifo(path)
    else:
        path.mkdir()
    assert file.read_new() == []
    with pytest.raises(ConfigError, match="move it away"):
        append_command(tmp_path, b"a")


def test_it_is_private(tmp_path: Path) -> None:
    """Nobody else may steer."""
    append_command(tmp_path, b"a")
    assert (tmp_path / CONTROL).stat().st_mode & 0o777 == 0o600
