"""Seeds: the wanted columns under the names of the template, and what is wrong with a row."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from destilation.core.job import Seeds
from destilation.core.task import key_of
from destilation.errors import ConfigError
from destilation.seeds import read
from destilation.seeds.read import MOST_CHARS
from destilation.seeds.store import Store


def read_seeds(path: Path, columns: Mapping[str, str], **wanted: Any) -> list[Mapping[str, str]]:
    """The texts of all seeds."""
    return list(read.read_seeds(Seeds(file=str(path), columns=columns, **wanted)))


def jsonl(folder: Path, *values: Any) -> Path:
    """A file of these, one a line."""
    path = folder / "seeds.jsonl"
    path.write_text("".join(json.dumps(each) + "\n" for each in values))
    return path


def test_columns_under_their_names(tmp_path: Path) -> None:
    """Each column under the name it stands for, others left aside, in the file's order."""
    path = jsonl(tmp_path, {"q": "One?", "p": "First.", "n": 1}, {"p": "Second.", "q": "Two?"})
    seeds = read_seeds(path, {"question": "q", "passage": "p"})
    texts = [{"question": "One?", "passage": "First."}, {"question": "Two?", "passage": "Second."}]
    assert seeds == texts


@pytest.mark.parametrize(
    ("name", "content"),
    [("a.txt", "One?\n"), ("a.jsonl", '"One?"\n'), ("a.json", '["One?"]'), ("a.csv", "text\nOne?\n")],
)
def test_plain_lines_need_no_name(tmp_path: Path, name: str, content: str) -> None:
    """A file of texts has the one column that is wanted, whatever it is called; of two wanted it has neither."""
    (tmp_path / name).write_text(content)
    assert read_seeds(tmp_path / name, {"question": "question"})[0] == {"question": "One?"}
    with pytest.raises(ConfigError, match="has no column 'question'; there are: text"):
        read_seeds(tmp_path / name, {"question": "question", "passage": "passage"})


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (7, "7"),
        (True, "true"),
        (1.5, "1.5"),
        (["é", 1], '["é", 1]'),
        ({"a": None}, '{"a": null}'),
        (" as it\u2028is \n", " as it\u2028is \n"),
        ("\ufeff", "\ufeff"),
    ],
)
def test_values_as_text(tmp_path: Path, value: Any, text: str) -> None:
    """Text is kept as it is, anything else is its JSON."""
    assert read_seeds(jsonl(tmp_path, {"q": value}), {"q": "q"})[0] == {"q": text}


def test_values_of_parquet(tmp_path: Path) -> None:
    """Values that JSON does not have are told in words; a null is empty."""
    import datetime

    pq.write_table(pa.table({"q": [datetime.date(2024, 1, 2)], "r": [None]}), tmp_path / "a.parquet")
    assert read_seeds(tmp_path / "a.parquet", {"q": "q"})[0] == {"q": '"2024-01-02"'}
    with pytest.raises(ConfigError, match=r"a\.parquet:1: column 'r' is empty"):
        read_seeds(tmp_path / "a.parquet", {"q": "r"})


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (
            {"other": "x"},
            "has no column 'question'; there are: other.  help: job.seeds.columns says which one is meant",
        ),
        ({"questoin": "x"}, "has no column 'question', did you mean 'questoin'?  help: job.seeds.columns says"),
        ({}, "has no column 'question'; there are: .  help: "),
        ({"question": None}, "column 'question' is empty"),
        ({"question": ""}, "column 'question' is empty"),
        ({"question": " \u2028\n"}, "column 'question' is empty"),
        ({"question": "a\ud800b"}, "column 'question' holds half a surrogate pair"),
        ({"question": ["\ud800"]}, "column 'question' holds half a surrogate pair"),
        ({"question": "x" * (MOST_CHARS + 1)}, "column 'question' has more than 1,000,000 characters"),
    ],
)
def test_what_is_wrong_with_a_row(tmp_path: Path, row: dict[str, Any], message: str) -> None:
    """Told with file and line, and what to do."""
    path = jsonl(tmp_path, {"question": "Good?"}, row)
    with pytest.raises(ConfigError) as caught:
        read_seeds(path, {"question": "question"})
    assert str(caught.value).startswith(f"{path}:2: {message}")
    assert len(str(caught.value)) < 1_000


def test_the_longest_text(tmp_path: Path) -> None:
    """A text of a million characters is a seed."""
    assert len(read_seeds(jsonl(tmp_path, {"q": "x" * MOST_CHARS}), {"q": "q"})[0]["q"]) == MOST_CHARS


def test_nul_characters(tmp_path: Path) -> None:
    """UTF-16 without a mark, and binary files, are not taken for text."""
    path = tmp_path / "a.txt"
    path.write_bytes("One?\nTwo?\n".encode("utf-16-le"))
    with pytest.raises(ConfigError, match=r"a\.txt:1: column 'text' holds a NUL character: is it UTF-16, or binary\?"):
        read_seeds(path, {"q": "q"})
    with pytest.raises(ConfigError, match=r"seeds\.jsonl:1: column 'q' holds a NUL character"):
        read_seeds(jsonl(tmp_path, {"q": "a\0b"}), {"q": "q"})


def test_a_column_inside_of_another(tmp_path: Path) -> None:
    """A path with dots leads into objects and lists, of Parquet too; one that leads nowhere is a missing column."""
    turns = [{"role": "user", "content": "Why?"}, {"role": "assistant", "content": "So."}]
    path = jsonl(tmp_path, {"messages": turns, "a.b": "as it is called"})
    assert read_seeds(path, {"q": "messages.0.content", "r": "a.b"}) == [{"q": "Why?", "r": "as it is called"}]
    pq.write_table(pa.table({"messages": [turns]}), tmp_path / "a.parquet")
    assert read_seeds(tmp_path / "a.parquet", {"q": "messages.1.content"}) == [{"q": "So."}]
    for column in ("messages.2.content", "messages.0.text", "messages.x", "messages.0.role.0", "gone.0"):
        with pytest.raises(ConfigError, match=rf"a\.parquet:1: has no column '{column}'"):
            read_seeds(tmp_path / "a.parquet", {"q": column})


def test_passages_of_long_texts(tmp_path: Path) -> None:
    """In mode ground a long text is cut into passages; where it is from is told by file and line, or by a column."""
    path = jsonl(tmp_path, {"passage": "One sentence. " * 20, "url": "u"}, {"passage": "short", "url": "v"})
    found = read_seeds(path, {"passage": "passage"}, mode="ground", passage_chars=100)
    assert len(found) > 2 and {each["source"] for each in found} == {"seeds.jsonl:1", "seeds.jsonl:2"}
    assert " ".join(each["passage"] for each in found[:-1]) == ("One sentence. " * 20).strip()
    found = read_seeds(path, {"passage": "passage", "source": "url"}, mode="ground")
    assert found[-1] == {"passage": "short", "source": "v"}


def test_documents_are_passages(tmp_path: Path) -> None:
    """A folder, and a file of prose, is cut into passages in every mode; lines of text only where samples rest on them."""
    (tmp_path / "docs").mkdir()
    for name in ("docs/a.md", "b.html", "c.txt"):
        (tmp_path / name).write_text("Iron\nmelts.")
    passage = {"passage": "Iron\nmelts.", "source": "a.md"}
    assert read_seeds(tmp_path / "docs", {"passage": "passage"}, mode="ground") == [passage]
    assert read_seeds(tmp_path / "docs", {"question": "question"}) == [{"question": "Iron\nmelts."}]
    assert read_seeds(tmp_path / "b.html", {"question": "question"}) == [{"question": "Iron melts."}]
    assert read_seeds(tmp_path / "c.txt", {"question": "question"}) == [{"question": "Iron"}, {"question": "melts."}]
    assert read_seeds(tmp_path / "c.txt", {"passage": "passage"}, mode="ground") == [{**passage, "source": "c.txt"}]


def test_what_is_bad_can_be_left_out(tmp_path: Path) -> None:
    """Each bad row is told with its place, in the order of the file, and the others are read."""
    path = tmp_path / "a.jsonl"
    good = b'{"q": "One?"}\n'
    path.write_bytes(good + b'{"q"\n' + good + b"[1]\n" + b'{"q": "n\xe9"}\n' + b'{"r": 1}\n{"q": " "}\n' + good)
    told: list[str] = []
    assert len(list(read.read_seeds(Seeds(file=str(path), columns={"q": "q"}), told.append))) == 3
    assert [each.replace(str(path), "a")[:12] for each in told] == [
        "a:2: is no J", "a:4: must be", "a:5: is not ", "a:6: has no ", "a:7: column ",
    ]  # fmt: skip


def test_a_store(tmp_path: Path) -> None:
    """Twice the same is one seed, however it is written, under the first's place; other names make another."""
    store = Store(read_seeds(jsonl(tmp_path, {"q": "\u00e9"}, {"q": "e\u0301"}, {"q": "\u00e9"}), {"q": "q"}))
    assert (list(store), len(store), store.repeated) == ([{"q": "\u00e9"}, {"q": "e\u0301"}], 2, 1)
    assert [f"{each:016x}" for each in store.ids.tolist()] == [key_of(each) for each in store]
    store.keep([1])
    assert list(store) == [{"q": "e\u0301"}]
    assert len(Store([{"a": "x", "b": "1"}, {"a": "x", "b": "2"}], ["b"])) == 1
    assert len(Store([])) == 0


def test_a_store_without_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where what is beyond the memory cannot be written, one line says where, and what to do."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "gone"))
    seeds = ({"q": f"{number} " + "x" * 900_000} for number in range(80))
    with pytest.raises(ConfigError, match=r"gone: No such file or directory: seeds are kept there .* TMPDIR names"):
        Store(seeds)
