"""Rows of files: every format keeps its text as it is, and what is broken is told with its place."""

import csv
import io
import json
import tempfile
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from destilation.errors import ConfigError
from destilation.seeds.files import rows

ENDINGS = [".jsonl", ".ndjson", ".json", ".csv", ".tsv", ".txt", ".parquet"]
BOM = b"\xef\xbb\xbf"
STRANGE = [
    "Why?",
    '  "quoted", with a comma\t',
    "a\u2028b\u2029c\x85d",
    "é\U0001f600\ufeff",
    "two\nlines\r\nand\rthree",
    "'=cmd",
]


def written(folder: Path, name: str, content: bytes | str) -> Path:
    """A file with that content, line ends as they are."""
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def read(path: Path) -> list[tuple[int, dict[str, Any]]]:
    """All rows."""
    return [(number, dict(row)) for number, row in rows(path)]


def refused(path: Path) -> str:
    """The message without the folder."""
    with pytest.raises(ConfigError) as caught:
        read(path)
    assert str(path) in str(caught.value)
    return str(caught.value).replace(f"{path.parent}/", "")


def separated(texts: list[list[str]], delimiter: str = ",", ends: str = "\r\n") -> str:
    """CSV as Python writes it."""
    out = io.StringIO()
    # With a line feed alone for an end, Python's writer leaves carriage returns in the open, for readers to drop.
    dialect = csv.writer(out, delimiter=delimiter, lineterminator=ends, quoting=csv.QUOTE_ALL)
    plain = csv.writer(out, delimiter=delimiter)
    (plain if ends == "\r\n" else dialect).writerows(texts)
    return out.getvalue()


@pytest.mark.parametrize("ending", ENDINGS)
def test_every_format_keeps_text_as_it_is(tmp_path: Path, ending: str) -> None:
    """Blanks, quotes, line ends, strange separators and marks come back as they were; lines count from 1."""
    texts = [text for text in STRANGE if ending != ".txt" or not set(text) & {"\n", "\r"}]
    path = tmp_path / f"seeds{ending}"
    name = "text" if ending == ".txt" else "q"
    if ending == ".parquet":
        pq.write_table(pa.table({"q": texts}), path)
    else:
        content = {
            ".json": json.dumps([{"q": text} for text in texts], ensure_ascii=False),
            ".csv": separated([["q"], *([text] for text in texts)]),
            ".tsv": separated([["q"], *([text] for text in texts)], "\t"),
            ".txt": "\n".join(texts),
        }.get(ending, "".join(json.dumps({"q": text}, ensure_ascii=False) + "\n" for text in texts))
        written(tmp_path, path.name, content)
    found = read(path)
    assert [row for _, row in found] == [{name: text} for text in texts]
    # Lines of text in CSV are lines of the file, and the first is that of the names.
    numbers = [2, 3, 4, 5, 6, 10] if ending in (".csv", ".tsv") else list(range(1, len(texts) + 1))
    assert [number for number, _ in found] == numbers


@pytest.mark.parametrize("ending", [".jsonl", ".ndjson", ".txt", ".csv", ".tsv", ".json"])
@pytest.mark.parametrize("mark", [b"", BOM])
@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
@pytest.mark.parametrize("last", [True, False])
def test_marks_and_line_ends(tmp_path: Path, ending: str, mark: bytes, end: bytes, last: bool) -> None:
    """A byte order mark, CRLF, empty lines and a last line without its end are no part of any text."""
    lines = {
        ".txt": [b"one", b"", b"two"],
        ".csv": [b"q", b"one", b"", b"two"],
        ".tsv": [b"q", b"one", b"", b"two"],
        ".json": [b"[", b'{"q": "one"},', b"", b'{"q": "two"}', b"]"],
    }.get(ending, [b'{"q": "one"}', b"", b'{"q": "two"}'])
    path = written(tmp_path, f"seeds{ending.upper()}", mark + end.join(lines) + (end if last else b""))
    name = "text" if ending == ".txt" else "q"
    assert [row for _, row in read(path)] == [{name: "one"}, {name: "two"}]


def test_only_one_line_end_is_taken_off(tmp_path: Path) -> None:
    """A carriage return that is text stays."""
    assert read(written(tmp_path, "a.txt", b"one\r\r\n  two \n")) == [(1, {"text": "one\r"}), (2, {"text": "  two "})]


@pytest.mark.parametrize("ending", [".jsonl", ".ndjson", ".csv", ".tsv", ".txt"])
def test_nothing(tmp_path: Path, ending: str) -> None:
    """An empty file, one of blank lines, and one of a mark alone have no rows."""
    for content in (b"", b"\n \r\n\n" if ending not in (".csv", ".tsv") else b"q\r\n", BOM):
        assert read(written(tmp_path, f"a{ending}", content)) == []


def test_strings_in_place_of_objects(tmp_path: Path) -> None:
    """A line, or an item, that is a JSON string is a text."""
    assert read(written(tmp_path, "a.jsonl", '"one"\n"tw\\u006f"\n')) == [(1, {"text": "one"}), (2, {"text": "two"})]
    assert read(written(tmp_path, "a.json", '["one", {"q": 1}]')) == [(1, {"text": "one"}), (2, {"q": 1})]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.jsonl", b'{"q": "one"}\n' * 16 + b'{"q": "one"\n', "a.jsonl:17: is no JSON: "),
        ("a.jsonl", b"[1]\n", "a.jsonl:1: must be a JSON object or a string"),
        ("a.jsonl", b"[" * 100_000, "a.jsonl:1: is no JSON: "),
        ("a.jsonl", b'{"q": %s}' % (b"9" * 5_000), "a.jsonl:1: is no JSON: "),
        ("a.jsonl", '{"q": "é"}\n'.encode() + '{"q": "é"}\n'.encode("latin-1"), "a.jsonl:2: is not UTF-8 (byte 8 of the line)"),
        ("a.txt", b"one\n\xff\xfe\n", "a.txt:2: is not UTF-8 (byte 1 of the line); convert it first"),
        ("a.txt", "one\n".encode("utf-16"), "a.txt: is UTF-16, not UTF-8; convert it first"),
        ("a.csv", "q\nné\n".encode("latin-1"), "a.csv:2: is not UTF-8 (byte 2 of the line); convert it first"),
        ("a.json", "[]".encode("utf-16"), "a.json: is not UTF-8; convert it first"),
        ("a.json", b"", "a.json: is no JSON: "),
        ("a.json", b'[{"q": 1},]', "a.json: is no JSON: "),
        ("a.json", b"[" * 100_000, "a.json: is no JSON: "),
        ("a.json", b'{"q": "one"}', "a.json: must be a list of objects; for one object a line name it .jsonl"),
        ("a.json", b'[{"q": 1}, 7]', "a.json:2: must be a JSON object or a string"),
        ("a.csv", 'q,r\n' + '"two\nlines",x\n' * 8 + 'a,b,c\n', "a.csv:18: has 3 columns, the first line names 2; put quotes around"),
        ("a.csv", 'q\none\n"two\nthree\n', "a.csv:3: unexpected end of data.  help: quotes stand around all of a value"),
        ("a.csv", 'q\none\n"two" and three\n', "a.csv:3: ',' expected after '\"'.  help: quotes stand around"),
        ("a.tsv", 'q\tr\n"Hello," she said\tx\n', "a.tsv:2: '\t' expected after '\"'"),
        ("a.csv", "q,a,q\n1,2,3\n", "a.csv:1: two columns are called 'q'; rename one"),
        ("a.csv", "\nq\none\n", "a.csv:2: has 1 columns, the first line names 0"),
        ("a.parquet", b"", "a.parquet: cannot be read as Parquet: "),
        ("a.parquet", b"PAR1 and then nothing of it PAR1", "a.parquet: cannot be read as Parquet: "),
        ("a.xlsx", b"", "a.xlsx: unknown kind of file '.xlsx'; known: .jsonl, .ndjson, .json, .csv, .tsv, .txt, .parquet"),
        ("seeds", b"one", "seeds: unknown kind of file ''; known: "),
    ],
)  # fmt: skip
def test_what_is_broken(tmp_path: Path, name: str, content: bytes | str, message: str) -> None:
    """Each is one ConfigError with the file, and the line on which the row begins."""
    assert refused(written(tmp_path, name, content)).startswith(message)


def test_no_file(tmp_path: Path) -> None:
    """What is not there, and what is a folder, is told as that, whatever its ending."""
    assert refused(tmp_path / "none.jsonl") == "none.jsonl: there is no such file"
    assert refused(tmp_path / "none") == "none: there is no such file"
    (tmp_path / "folder.csv").mkdir()
    assert refused(tmp_path / "folder.csv") == "folder.csv: is no file"


def test_a_link_to_itself(tmp_path: Path) -> None:
    """A link that leads nowhere is no file."""
    (tmp_path / "loop.txt").symlink_to("loop.txt")
    assert refused(tmp_path / "loop.txt") == "loop.txt: there is no such file"


@pytest.mark.parametrize("ending", [".jsonl", ".csv", ".txt"])
def test_a_text_of_megabytes(tmp_path: Path, ending: str) -> None:
    """A value of 3 MB is read as any other."""
    text = "long " * 600_000
    content = {".jsonl": json.dumps({"q": text}), ".csv": separated([["q"], [text]]), ".txt": text}[ending]
    ((_, row),) = read(written(tmp_path, f"a{ending}", content))
    assert list(row.values()) == [text]


def test_rows_that_are_too_short(tmp_path: Path) -> None:
    """A row without its last columns has only the first."""
    assert read(written(tmp_path, "a.csv", "q,r\none\n")) == [(2, {"q": "one"})]


def test_parquet_of_many_rows(tmp_path: Path) -> None:
    """Rows count from 1 across batches; values keep their types."""
    table = pa.table({"q": [f"question {number}" for number in range(2_500)], "n": list(range(2_500))})
    pq.write_table(table, tmp_path / "a.parquet")
    found = read(tmp_path / "a.parquet")
    assert found[0] == (1, {"q": "question 0", "n": 0}) and found[-1] == (2_500, {"q": "question 2499", "n": 2_499})


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
TABLES = st.lists(st.tuples(TEXTS, TEXTS), max_size=8)


@given(TABLES, st.sampled_from([".csv", ".tsv"]), st.sampled_from(["\r\n", "\n"]))
def test_csv_comes_back(table: list[tuple[str, str]], ending: str, ends: str) -> None:
    """Whatever Python's writer writes is read as it was."""
    text = separated([["a", "b"], *map(list, table)], "," if ending == ".csv" else "\t", ends)
    with tempfile.TemporaryDirectory() as folder:
        found = read(written(Path(folder), f"a{ending}", text))
    assert [row for _, row in found] == [{"a": one, "b": two} for one, two in table]


@given(TABLES, st.booleans(), st.sampled_from([".jsonl", ".ndjson", ".json"]))
def test_json_comes_back(table: list[tuple[str, str]], escaped: bool, ending: str) -> None:
    """Whatever Python's writer writes, escaped or not, is read as it was."""
    objects = [{"a": one, "b": [two, 1.5, None]} for one, two in table]
    lines = [json.dumps(each, ensure_ascii=escaped) for each in objects]
    text = f"[{','.join(lines)}]" if ending == ".json" else "".join(line + "\n" for line in lines)
    with tempfile.TemporaryDirectory() as folder:
        found = read(written(Path(folder), f"a{ending}", text))
    assert [row for _, row in found] == objects


@given(
    st.lists(
        TEXTS.filter(lambda text: text.strip() and not set(text) & {"\n", "\r"} and text[0] != "\ufeff"), max_size=8
    )
)
def test_lines_come_back(texts: list[str]) -> None:
    """Lines of text are split at line feeds, and nowhere else."""
    with tempfile.TemporaryDirectory() as folder:
        found = read(written(Path(folder), "a.txt", "".join(text + "\n" for text in texts)))
    assert [row["text"] for _, row in found] == texts


def left_out(path: Path) -> tuple[list[dict[str, Any]], list[str]]:
    """The rows that can be read, and what is told of the others."""
    bad: list[str] = []
    found = [dict(row) for _, row in rows(path, bad.append)]
    return found, [each.replace(f"{path.parent}/", "") for each in bad]


def test_ragged_rows_are_left_out(tmp_path: Path) -> None:
    """Rows with too many columns, strange quotes or bytes that are no text are told of; the lines still count right."""
    lines = [b"q,r", b"one,1", b"two,2,2", b'"a\nb",1', b'"x" y,1', b"n\xe9,1", b"three,3", b"four,4,4"]
    found, bad = left_out(written(tmp_path, "a.csv", b"\n".join(lines)))
    assert [row["q"] for row in found] == ["one", "a\nb", "three"]
    assert [each.split(": ")[0] for each in bad] == ["a.csv:3", "a.csv:6", "a.csv:7", "a.csv:9"]


def test_quotes_that_are_never_closed(tmp_path: Path) -> None:
    """They would swallow all that follows, which is never left out in silence."""
    path = written(tmp_path, "a.csv", b'q\none\n"two\nthree\nfour\n')
    with pytest.raises(ConfigError, match=r"a\.csv:3: unexpected end of data"):
        left_out(path)


def test_rows_that_end_with_carriage_returns(tmp_path: Path) -> None:
    """As some old programs write them: each is a line."""
    assert read(written(tmp_path, "a.csv", b"q,r\rone,1\rtwo,2\r")) == [
        (2, {"q": "one", "r": "1"}),
        (3, {"q": "two", "r": "2"}),
    ]


@pytest.mark.parametrize("ending", [".jsonl", ".txt", ".csv"])
def test_a_line_without_end(tmp_path: Path, ending: str) -> None:
    """A line of 100 MiB of zeros, on a disk without a byte of them, is told of, and what follows is read."""
    good = {".jsonl": '{"q": "%s"}\n', ".txt": "%s\n", ".csv": '"%s"\n'}[ending]
    path = written(tmp_path, f"a{ending}", "q\n" if ending == ".csv" else good % "one")
    with path.open("r+b") as file:
        file.seek(100 << 20, 2)
        file.write(b"\n" + (good % "two").encode())
    found, bad = left_out(path)
    assert list(found[-1].values()) == ["two"]
    assert bad == [f"a{ending}:2: is longer than 32 MiB"]


@pytest.mark.parametrize("ending", [".jsonl", ".txt", ".csv", ".tsv"])
@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf_16(tmp_path: Path, ending: str, encoding: str) -> None:
    """It is told by its mark, and no row of it is left out in silence."""
    path = written(tmp_path, f"a{ending}", "\ufeffq\none\n".encode(encoding))
    with pytest.raises(ConfigError, match=r"is UTF-16, not UTF-8; convert it first"):
        left_out(path)
