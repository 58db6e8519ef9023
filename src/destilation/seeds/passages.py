"""Documents cut into passages, each with where it is from. Knows no job.

Read are text, Markdown, reStructuredText and HTML, in the order of their paths; hidden files and what a link leads to
outside of the folder are not.
"""

import os
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

from destilation.core.passage import passages
from destilation.core.seed_mode import PASSAGE, SOURCE
from destilation.errors import ConfigError
from destilation.seeds.files import Bad, Row, refuse

LONGEST_PAGE = 64 << 20
_BLOCK = 4 << 20
KINDS = (".txt", ".md", ".rst", ".html", ".htm")
_SILENT = ("script", "style", "title")
_INLINE = re.compile(
    "a|abbr|b|bdi|bdo|cite|code|data|dfn|em|font|i|kbd|mark|q|s|samp|small|span|strong|su[bp]|time|tt|u|var|wbr"
)


def is_document(path: Path) -> bool:
    """Whether a file is one that is cut into passages, by its name."""
    return path.suffix.lower() in KINDS


def documents(place: Path, chars: int, bad: Bad = refuse) -> Iterator[tuple[int, Row]]:
    """The documents of a folder, or one file, in passages of about `chars` characters: `passage` and `source`.

    Each comes with its number in the document. `bad` is told of files that are binary or not UTF-8, which are left out.
    Raises ConfigError for a folder that is not there, and for a file that cannot be opened.
    """
    if not place.exists():
        raise ConfigError(f"{place}: there is no such folder")
    folder = place if place.is_dir() else place.parent
    paths = sorted(_documents(place), key=lambda path: _name(folder, path)) if place.is_dir() else [place]
    for path in paths:
        name = _name(folder, path)
        pieces = (passage for text in _texts(path, bad) for passage in passages(text, chars))
        for number, passage in enumerate(pieces, 1):
            yield number, {SOURCE: name, PASSAGE: passage}


def _documents(folder: Path) -> Iterator[Path]:
    root = folder.resolve()
    for place, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in files:
            path = Path(place, name)
            if not name.startswith(".") and path.suffix.lower() in KINDS and path.is_file() and _inside(root, path):
                yield path


def _inside(root: Path, path: Path) -> bool:
    """Whether the file, or what a link leads to, is in the folder and not hidden there."""
    real = path.resolve()
    return real.is_relative_to(root) and not any(part.startswith(".") for part in real.relative_to(root).parts)


def _name(folder: Path, path: Path) -> str:
    return os.fsencode(path.relative_to(folder).as_posix()).decode("utf-8", "replace")


def _texts(path: Path, bad: Bad) -> Iterator[str]:
    """The text of a document, of a long one in pieces that end where it pauses; nothing where it is no text."""
    page = path.suffix.lower() in (".html", ".htm")
    try:
        if page and path.stat().st_size > LONGEST_PAGE:
            bad(f"{path}: is longer than {LONGEST_PAGE >> 20} MiB, too long for a page; split it")
            return
        with path.open(encoding="utf-8-sig") as file:
            rest = ""
            while block := file.read(LONGEST_PAGE if page else _BLOCK):
                if "\0" in block:
                    raise UnicodeError
                whole, rest = _cut(rest + block) if len(block) == _BLOCK else (rest + block, "")
                yield _Page(whole).text if page else whole
            yield rest
    except UnicodeError:
        bad(f"{path}: is binary or not UTF-8; convert it or take it away")
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror or error}") from None


def _cut(text: str) -> tuple[str, str]:
    """The text up to its last paragraph, line or word, and what is left."""
    at = max(text.rfind("\n\n"), 0) or max(text.rfind("\n"), 0) or max(text.rfind(" "), 0) or len(text)
    return text[:at], text[at:]


class _Page(HTMLParser):
    """The text of a page, with an empty line where a block begins or ends."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self._parts: list[str] = []
        self._silent = 0
        self._preformatted = 0
        self.feed(page.replace("<![", "<! ["))  # the parser gives up at sections that are not of HTML
        self.close()

    @property
    def text(self) -> str:
        """What is read, spaces and line ends run together as a browser does, but for preformatted text."""
        return re.sub(r"\n\s*\n\s*", "\n\n", "".join(self._parts)).strip()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """A block or a line begins."""
        self._silent += tag in _SILENT
        self._preformatted += tag == "pre"
        self._between(tag)

    def handle_endtag(self, tag: str) -> None:
        """A block ends."""
        self._silent = max(0, self._silent - (tag in _SILENT))
        self._preformatted = max(0, self._preformatted - (tag == "pre"))
        self._between(tag)

    def handle_data(self, data: str) -> None:
        """Text, which counts where it is shown."""
        if not self._silent:
            self._parts.append(data if self._preformatted else re.sub(r"\s+", " ", data))

    def _between(self, tag: str) -> None:
        if tag == "br":
            self._parts.append("\n")
        elif not _INLINE.fullmatch(tag):
            self._parts.append("\n\n")
