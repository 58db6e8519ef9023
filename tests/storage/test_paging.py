"""Lines by their number, in files of any size that may grow: always those that a whole reading finds."""

from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from destilation.storage.paging import BLOCK, Paging

LINES = st.lists(st.integers(0, 3 * BLOCK // 2) | st.integers(0, 40), max_size=12)


def counted(paging: Paging) -> int:
    """Look until there is nothing more to count."""
    while paging.look():
        pass
    return paging.count


@settings(max_examples=60, deadline=None)
@given(LINES, LINES, st.booleans())
def test_every_line_is_found_by_its_number(first: list[int], later: list[int], torn: bool) -> None:
    """From any line on, those to the end; also after the file grew, and without its torn tail."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "lines"
        wanted = [bytes([97 + n % 26]) * length for n, length in enumerate([*first, *later])]
        path.write_bytes(b"".join(line + b"\n" for line in wanted[: len(first)]))
        paging = Paging(path)
        assert counted(paging) == len(first)
        with path.open("ab") as file:
            file.write(b"".join(line + b"\n" for line in wanted[len(first) :]) + b"torn" * torn)
        assert counted(paging) == len(wanted)
        for number in range(len(wanted) + 1):
            assert list(paging.lines(number)) == wanted[number:]
        assert paging.share == 1.0
        paging.close()


def test_a_file_that_became_shorter(tmp_path: Path) -> None:
    """It is counted anew."""
    path = tmp_path / "lines"
    path.write_bytes(b"one\ntwo\nthree\n")
    paging = Paging(path)
    assert counted(paging) == 3
    path.write_bytes(b"other\n")
    assert counted(paging) == 1
    assert list(paging.lines(0)) == [b"other"]
    paging.close()


def test_what_is_no_file(tmp_path: Path) -> None:
    """No file, a folder, a symbolic link: no lines, and no error; a file that comes later is found."""
    (tmp_path / "link").symlink_to(tmp_path / "target")
    (tmp_path / "target").write_bytes(b"x\n")
    for name in ("none", ".", "link"):
        assert counted(Paging(tmp_path / name)) == 0
    late = Paging(tmp_path / "late")
    assert counted(late) == 0
    (tmp_path / "late").write_bytes(b"x\n")
    assert counted(late) == 1
    late.close()


def test_the_first_lines_are_there_at_once(tmp_path: Path) -> None:
    """One look reads one block, however large the file is."""
    path = tmp_path / "lines"
    path.write_bytes(b"0123456789\n" * 100_000)
    paging = Paging(path)
    assert paging.look()
    assert 0 < paging.count <= BLOCK // 11 + 1
    assert next(paging.lines(0)) == b"0123456789"
    assert paging.share < 0.1
    paging.close()
