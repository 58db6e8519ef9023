"""Rows of compressed files and of Arrow streams are those of the plain ones."""

import bz2
import gzip
import lzma
from pathlib import Path
from typing import Any

import pytest

from destilation.errors import ConfigError
from destilation.seeds.files import rows

LINES = b'{"question": "One?"}\n\n{"question": "Two\xe2\x80\xa8?"}\n'
CSV = b'question,answer\n"One, two?",yes\n'


@pytest.mark.parametrize(("ending", "opener"), [(".gz", gzip.open), (".xz", lzma.open), (".bz2", bz2.open)])
def test_compressed_files_are_read(ending: str, opener: Any, tmp_path: Path) -> None:
    """JSONL, JSON and CSV, with the numbers of their lines."""
    for name, data, wanted in (
        ("a.jsonl", LINES, [(1, {"question": "One?"}), (3, {"question": "Two\u2028?"})]),
        ("a.json", b'[{"question": "One?"}]', [(1, {"question": "One?"})]),
        ("a.csv", CSV, [(2, {"question": "One, two?", "answer": "yes"})]),
    ):
        path = tmp_path / f"{name}{ending}"
        with opener(path, "wb") as file:
            file.write(data)
        assert list(rows(path)) == wanted


@pytest.mark.parametrize("ending", [".gz", ".xz", ".bz2"])
def test_what_is_not_compressed_so_is_told(ending: str, tmp_path: Path) -> None:
    """A file that is cut, or not of the kind that its name says, is one sentence with its name."""
    path = tmp_path / f"a.jsonl{ending}"
    path.write_bytes(LINES)
    with pytest.raises(ConfigError, match=r"a\.jsonl"):
        list(rows(path))
    if ending == ".gz":
        path.write_bytes(gzip.compress(LINES * 100)[:-20])
        with pytest.raises(ConfigError, match=r"a\.jsonl"):
            list(rows(path))


def test_arrow_streams_are_read(tmp_path: Path) -> None:
    """Rows of all batches; what is no stream is told."""
    import pyarrow

    table = pyarrow.table({"question": ["One?", "Two?"]})
    path = tmp_path / "a.arrow"
    with pyarrow.OSFile(str(path), "wb") as file, pyarrow.ipc.new_stream(file, table.schema) as stream:
        for batch in table.to_batches(max_chunksize=1):
            stream.write_batch(batch)
    assert list(rows(path)) == [(1, {"question": "One?"}), (2, {"question": "Two?"})]
    path.write_bytes(b"nonsense")
    with pytest.raises(ConfigError, match=r"a\.arrow: cannot be read as a stream of Arrow"):
        list(rows(path))
