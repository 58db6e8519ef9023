"""Documents of a folder as passages: which files, in which order, and what of them."""

import os
from pathlib import Path

import pytest

from destilation.errors import ConfigError
from destilation.seeds.passages import documents


def put(folder: Path, name: str, content: str | bytes) -> Path:
    """A file in the folder."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def told(place: Path, chars: int) -> list[tuple[str, str]]:
    """Source and passage of each."""
    return [(row["source"], row["passage"]) for _, row in documents(place, chars)]


def test_documents_in_order(tmp_path: Path) -> None:
    """By their paths; other kinds and hidden ones are left out; each passage is a seed."""
    for name in ("b.txt", "a/z.md", "a/b/c.rst", "A.TXT", "x.jsonl", "x.py", ".hidden.txt", ".git/x.txt", "a/.x/y.md"):
        put(tmp_path, name, f"This is {name}.")
    assert told(tmp_path, 100) == [(name, f"This is {name}.") for name in ("A.TXT", "a/b/c.rst", "a/z.md", "b.txt")]


def test_passages_of_a_document(tmp_path: Path) -> None:
    """A long one is cut where it pauses, none is longer than one and a half times the wish; line ends are made one."""
    text = "".join(f"Paragraph {number} has some words in it. It ends.\r\n\r\n" for number in range(50))
    put(tmp_path, "long.txt", "\ufeff" + text)
    found = [passage for _, passage in told(tmp_path, 200)]
    assert all(100 < len(passage) <= 300 and passage.endswith("It ends.") for passage in found)
    assert "\n\n".join(found) == text.replace("\r", "").strip()


def test_pages(tmp_path: Path) -> None:
    """Of HTML what is read: blocks apart, text run together, preformatted as it is, no scripts, no broken markup."""
    put(
        tmp_path,
        "page.html",
        "<!DOCTYPE html><html><head><title>No</title><style>p {x: y}</style></head><body><h1>Heat</h1>"
        "<p>Iron\n   melts at <b>1538</b>&nbsp;&deg;C.<br>Really.</p><script>if (a < b) no()</script>"
        "<![if x]><pre>a\n  b</pre></pre></script><ul><li>one<li>two</ul> &lt;end&gt;",
    )
    ((source, passage),) = told(tmp_path, 1_000)
    assert source == "page.html"
    assert passage == "Heat\n\nIron melts at 1538 \u00b0C.\nReally.\n\na\n  b\n\none\n\ntwo\n\n<end>"


def test_unreadable_files(tmp_path: Path) -> None:
    """Binary and other encodings are counted and left out, or an error where that is wanted."""
    put(tmp_path, "a.txt", "fine")
    put(tmp_path, "b.txt", b"a\0b")
    put(tmp_path, "c.txt", "Stra\u00dfe".encode("latin-1"))
    put(tmp_path, "d.txt", "two\n".encode("utf-16"))
    bad: list[str] = []
    assert [row["source"] for _, row in documents(tmp_path, 100, bad.append)] == ["a.txt"]
    told_of = [
        f"{tmp_path}/{name}: is binary or not UTF-8; convert it or take it away" for name in ("b.txt", "c.txt", "d.txt")
    ]
    assert bad == told_of
    with pytest.raises(ConfigError, match=r"b\.txt: is binary or not UTF-8"):
        told(tmp_path, 100)


def test_links(tmp_path: Path) -> None:
    """A link to a file of the folder is followed; one out of it, into what is hidden, or to nothing is not."""
    outside = put(tmp_path, "outside/secret.txt", "secret")
    folder = tmp_path / "docs"
    inside = put(folder, "sub/a.txt", "fine")
    hidden = put(folder, ".hidden/b.txt", "hidden")
    for name, target in {"in.txt": inside, "out.txt": outside, "hid.txt": hidden, "gone.txt": folder / "gone"}.items():
        (folder / name).symlink_to(target)
    (folder / "up").symlink_to(tmp_path)
    assert told(folder, 100) == [("in.txt", "fine"), ("sub/a.txt", "fine")]


def test_a_folder_that_is_itself_hidden_or_a_link(tmp_path: Path) -> None:
    """What the user names is read."""
    put(tmp_path, ".docs/a.txt", "fine")
    (tmp_path / "link").symlink_to(tmp_path / ".docs")
    assert told(tmp_path / "link", 100) == told(tmp_path / ".docs", 100) == [("a.txt", "fine")]


def test_names_that_are_no_text(tmp_path: Path) -> None:
    """A file name in another encoding does not spoil the source."""
    (tmp_path / os.fsdecode(b"a\xff.txt")).write_text("fine")
    assert told(tmp_path, 100) == [("a\ufffd.txt", "fine")]


def test_nothing_to_read(tmp_path: Path) -> None:
    """No folder, and a folder without a passage."""
    with pytest.raises(ConfigError, match="gone: there is no such folder"):
        told(tmp_path / "gone", 100)
    put(tmp_path, "a.txt", " \n ")
    assert told(tmp_path, 100) == []


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_cannot_be_opened(tmp_path: Path) -> None:
    """It is an error with its name: what is meant to be read must not be missing silently."""
    put(tmp_path, "a.txt", "fine").chmod(0)
    with pytest.raises(ConfigError, match=r"a\.txt: Permission denied"):
        told(tmp_path, 100)


def test_a_document_of_megabytes(tmp_path: Path) -> None:
    """It is read piece by piece, and nothing of it is lost or cut within a word."""
    words = [f"word{number}" for number in range(700_000)]
    for between in (" ", "\n\n"):
        path = put(tmp_path, "long.md", between.join(words))
        assert path.stat().st_size > 5 << 20
        found = [passage for _, passage in told(path, 50_000)]
        assert between.join(found) == path.read_text()
    put(tmp_path, "long.md", "x" * (5 << 20))
    assert sum(len(passage) for _, passage in told(tmp_path, 100_000)) == 5 << 20


def test_a_document_that_breaks_off(tmp_path: Path) -> None:
    """What stands before bytes that are no text is read, and the rest is told of."""
    path = put(tmp_path, "long.md", b"word " * (1 << 20) + b"\xff")
    bad: list[str] = []
    assert len([row for _, row in documents(path, 100_000, bad.append)]) > 30
    assert len(bad) == 1


def test_a_page_that_is_too_long(tmp_path: Path) -> None:
    """Markup is read as a whole, so there is a longest page."""
    path = put(tmp_path, "a.html", "x")
    with path.open("r+b") as file:
        file.truncate(65 << 20)
    with pytest.raises(ConfigError, match=r"a\.html: is longer than 64 MiB, too long for a page; split it"):
        told(path, 100)
