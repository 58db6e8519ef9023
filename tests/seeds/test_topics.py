"""Files of topics: every kind, read alike, and every fault with file and line."""

import importlib.util
import sys
from pathlib import Path

import pytest

from destilation.core.topics import outline
from destilation.core.topics.tree import Topic, Tree
from destilation.errors import ConfigError
from destilation.seeds.topics import read_topics

TREE = Tree((Topic("Optics", children=(Topic("Lenses"), Topic("Mirrors"))), Topic("Heat")))
YAML = importlib.util.find_spec("yaml") is not None
FILES = {
    "outline.txt": "# mine\nOptics\n  Lenses\n  Mirrors\nHeat\n",
    "windows.txt": "\ufeffOptics\r\n  Lenses\r\n  Mirrors\r\nHeat",
    "bullets.md": "# Physics\n\n- Optics\n    - Lenses\n    - Mirrors\n\n- Heat\n",
    "stars.md": "* Optics\n\t+ Lenses\n\t+ Mirrors\n* Heat",
    "bullets.txt": "- Optics\n  * Lenses\n  * Mirrors\n- Heat",
    "table.json": '{"Optics": ["Lenses", "Mirrors"], "Heat": null}',
    "list.json": '{"topics": [{"name": "Optics", "topics": ["Lenses", "Mirrors"]}, "Heat"]}',
    "topics.toml": 'topics = [{name = "Optics", topics = ["Lenses", "Mirrors"]}, "Heat"]',
    "table.toml": 'Optics = ["Lenses", "Mirrors"]\nHeat = 1',
    "topics.yaml": "topics:\n- Optics: [Lenses, Mirrors]\n- Heat\n",
    "TOPICS.YML": "Optics:\n- Lenses\n- Mirrors\nHeat:\n",
}


def written(folder: Path, name: str, text: str) -> Path:
    """A file with this text."""
    path = folder / name
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    return path


@pytest.mark.parametrize("name", FILES)
def test_all_kinds(name: str, tmp_path: Path) -> None:
    """Whatever it is written in, the tree is the same."""
    if name.lower().endswith(("yaml", "yml")) and not YAML:
        pytest.skip("PyYAML is not installed")
    assert read_topics(written(tmp_path, name, FILES[name])) == TREE


def test_weights_in_bullets(tmp_path: Path) -> None:
    """A weight and a mark end the line as in an outline; a name that begins like a comment or a bullet is a name."""
    path = written(tmp_path, "a.md", "- Optics * 2\n  - #1 of all [closed: enough]\n  - - dash\n")
    assert read_topics(path) == Tree((Topic("Optics", 2.0, (Topic("#1 of all", closed="enough"), Topic("- dash"))),))


def test_what_we_write_we_read(tmp_path: Path) -> None:
    """The outline of a tree whose names look like bullets is no list of bullets."""
    tree = Tree((Topic("- a", children=(Topic("* b"), Topic("# c"))), Topic("+ d")))
    assert read_topics(written(tmp_path, "topics.txt", outline.format(tree))) == tree


@pytest.mark.parametrize(
    ("name", "text", "what"),
    [
        ("a.txt", "Optics\n   Lenses", ":2: begins with 3 spaces"),
        ("a.txt", "", ": names no topics"),
        ("a.txt", "# nothing", ": names no topics"),
        ("a.txt", "a\udcff", ":1: is not UTF-8 (byte 1 of the file)"),
        ("a.txt", "a\nb\n  c\udcff", ":3: is not UTF-8 (byte 7 of the file)"),
        ("a.md", "- a\n- b\nc", ":3: begins with no bullet, as line 1 does"),
        ("a.md", "- a\n\n-", ":3: has no name"),
        ("a.md", "- a\n    - b\n  - c", ":3: is indented like no line above it"),
        ("a.md", "  - a\n- b", ":2: is indented like no line above it"),
        ("a.md", "- a\n  - b\n  - b.", ":3: 'b.' is there already, on line 2"),
        ("a.json", '["a",\n "b" "c"]', ":2: is no JSON: Expecting ',' delimiter (column 6)"),
        ("a.json", '{"Optics": ["a", 1]}', ": topics.Optics[1]: must be the name of a topic, not 1 (int)"),
        ("a.json", '{"a": 1, "b": {"c": 1, "c": 2}}', ": 'c' is there twice"),
        ("a.json", "[" * 100_000, ": is nested too deep"),
        ("a.json", "{}", ": names no topics"),
        ("a.toml", "a = 1\nb = \nc = 1", ":2: is no TOML: Invalid value"),
        ("a.toml", "a = '", ": is no TOML: "),
        ("a.toml", "Optics = true", ": topics.Optics: must be a list, a table, or a number"),
        ("a.csv", "a", ": unknown kind of file '.csv'; known: .txt, .md, .json, .toml, .yaml, .yml"),
    ],
)
def test_faults(name: str, text: str, what: str, tmp_path: Path) -> None:
    """One line: the file, where in it, what is wrong."""
    path = written(tmp_path, name, text)
    with pytest.raises(ConfigError) as told:
        read_topics(path)
    assert str(told.value).startswith(f"{path}{what}")
    assert "\n" not in str(told.value)


def test_files_that_are_not_there(tmp_path: Path) -> None:
    """No file, and a folder in its place."""
    with pytest.raises(ConfigError, match=r"topics\.txt: there is no such file"):
        read_topics(tmp_path / "topics.txt")
    (tmp_path / "folder.md").mkdir()
    with pytest.raises(ConfigError, match=r"folder\.md: "):
        read_topics(tmp_path / "folder.md")


def test_yaml_without_its_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who has no PyYAML is told how to get it."""
    monkeypatch.setitem(sys.modules, "yaml", None)
    path = written(tmp_path, "a.yaml", "- a")
    with pytest.raises(ConfigError, match=r"a\.yaml: YAML needs another package: pip install 'destilation\[yaml\]'"):
        read_topics(path)


@pytest.mark.skipif(not YAML, reason="PyYAML is not installed")
@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("a: [b", ":1: is no YAML: expected ',' or ']'"),
        ("- a\n- b: c: d", ":2: is no YAML: mapping values are not allowed here"),
        ("- !!python/object:os.system a", ":1: is no YAML: "),
        ("- 2024-01-01", ": topics[0]: must be the name of a topic, not datetime.date"),
        ("a: \0", ": is no YAML: "),
        ("", ": names no topics"),
    ],
)
def test_yaml_faults(text: str, what: str, tmp_path: Path) -> None:
    """With the line where there is one; nothing is ever made of it but data."""
    path = written(tmp_path, "a.yaml", text)
    with pytest.raises(ConfigError) as told:
        read_topics(path)
    assert str(told.value).startswith(f"{path}{what}")
    assert "\n" not in str(told.value)
