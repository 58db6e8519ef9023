"""What is exported and converted back is what it was, to the byte, whatever it says."""

import shutil
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from destilation.core.catalogue import find
from destilation.exports.conversation import Entry, UnfitError, json_text
from destilation.exports.registry import FORMATS, style_for
from destilation.exports.teller import Teller, fenced, joined, parts_of
from destilation.exports.untell import Untelling
from destilation.launch.convert import convert
from destilation.launch.export import export
from destilation.launch.lineage import trace_export
from destilation.launch.verify import config_of, verify
from destilation.launch.wish import Wish
from destilation.storage.fold import read_metadata
from tests.exports.folders import EXACT, config_for, folder_of

HOSTILE = (
    "<think>", "</think>", "\n</think>\n\n", "<thinking>", "```", "````rust\n", "\n```\n\n", "~~~", "\r\n", "\u2028", "\x00",
    "<tool_call>", "</tool_call>", "</tool_response>", "<|im_end|>", "[", "]", ", ", '{"name": "x", "arguments": {}}', '"', ",",
)  # fmt: skip
pieces = st.sampled_from(HOSTILE) | st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
texts = st.lists(pieces, max_size=6).map("".join)
values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)
calls = st.tuples(texts.filter(str.strip), st.dictionaries(texts, values, max_size=3)).map(
    lambda pair: {"name": pair[0], "arguments": pair[1]}
)
tool_calls = (calls | st.lists(calls, min_size=2, max_size=3)).map(json_text)
records: dict[str, st.SearchStrategy[dict[str, Any]]] = {
    "simple_qa": st.fixed_dictionaries({"question": texts, "answer": texts}),
    "reasoning": st.fixed_dictionaries({"question": texts, "reasoning": texts, "answer": texts}),
    "coding": st.fixed_dictionaries({"requirement": texts, "code": texts, "explanation": texts}),
    "coding_reasoning": st.fixed_dictionaries({"requirement": texts, "reasoning": texts, "code": texts}),
    "tool_trace": st.fixed_dictionaries(
        {"thought": texts, "tool_call": tool_calls, "tool_response": texts, "final_answer": texts}
    ),
}
CHATS = ("trl", "trl-pc", "axolotl", "openai", "mistral", "together", "sharegpt", "llamafactory", "alpaca", "unsloth")
PAIRS = [
    (template, name, reasoning)
    for template in records
    for name in CHATS
    for reasoning in FORMATS[name].reasonings
    if (template != "tool_trace" or (name not in ("trl-pc", "alpaca") and (name, reasoning) != ("mistral", "think")))
    and (reasoning != "none" or template in ("simple_qa", "coding"))
]  # fmt: skip


@pytest.mark.parametrize(("template", "name", "reasoning"), PAIRS)
@settings(max_examples=15, deadline=None)
@given(data=st.data())
def test_a_row_tells_its_record(template: str, name: str, reasoning: str, data: st.DataObject) -> None:
    """The record of any text is found again in its row; a row that would be read as another is never written."""
    blueprint, form = find(template), FORMATS[name]
    assert blueprint is not None
    record = data.draw(records[template])
    teller = Teller(blueprint)
    style = style_for(form, reasoning=reasoning, arguments=None, system="keep", provenance=False, teller=teller)
    language = data.draw(st.sampled_from([None, "rust", "c++", "no language\n"]))
    entry = Entry(number=1, id="x", line=b"", record=record, beside={"request": "Please."}, language=language)
    try:
        row = form.row(entry, teller.tell(entry), style)
    except UnfitError:
        assert reasoning == "think"
        assert any("<think" in str(value) or "</think" in str(value) for value in record.values())
        return
    found = Untelling(blueprint).found(row)
    assert dict(found.record) == record
    if template == "tool_trace":
        assert found.beside == {"request": "Please."}


@settings(max_examples=8, deadline=None)
@given(
    rows=st.lists(records["tool_trace"], min_size=1, max_size=8), name=st.sampled_from(["trl", "sharegpt", "parquet"])
)
def test_a_folder_comes_back(rows: list[dict[str, Any]], name: str) -> None:
    """Export, convert, and the new folder has the samples of the old one and passes verification."""
    root = Path(tempfile.mkdtemp())
    try:
        unique = list({json_text([row["thought"].casefold().split(), row["tool_call"]]): row for row in rows}.values())
        folder = folder_of(root / "a", "tool_trace", unique, **EXACT)
        made = export(
            folder, config_of(folder), Wish(format=name, reasoning="field" if name != "sharegpt" else "think")
        )
        (path,) = made.places.files.values()
        skipped = sum(each.count for each in made.skipped.values())
        lineage = trace_export(folder, config_of(folder), path)
        assert (lineage.foreign, lineage.unchanged) == ((), True)
        if made.rows:
            done = convert(path, config_for("tool_trace", root / "b", **EXACT), root / "b")
            alike = sum(each.count for why, each in done.refused.items() if "duplicate" in why)
            assert done.samples + alike + skipped == len(unique)
            assert verify(root / "b").faults == ()
            if not skipped and not alike:
                before, after = read_metadata(folder), read_metadata(root / "b")
                assert before is not None and after is not None
                assert before["samples_digest"] == after["samples_digest"]
    finally:
        shutil.rmtree(root)


def test_very_long_texts(tmp_path: Path) -> None:
    """Fields of half a megabyte come back whole, compressed or not."""
    long = ["word " * 100_000, "`" * 200_000, "<" * 150_000]
    records = [{"requirement": f"{n} {text}", "code": text, "explanation": text} for n, text in enumerate(long)]
    folder = folder_of(tmp_path / "a", "coding", records, **EXACT)
    for number, ending in enumerate((".jsonl", ".jsonl.gz", ".jsonl.xz", ".jsonl.bz2")):
        out = tmp_path / f"x{ending}"
        export(folder, config_of(folder), Wish(format="trl", out=out))
        convert(out, config_for("coding", tmp_path / f"b{number}", **EXACT), tmp_path / f"b{number}")
        assert (tmp_path / f"b{number}" / "samples.jsonl").read_bytes() == (folder / "samples.jsonl").read_bytes()


@given(code=texts, language=texts)
def test_a_fence_is_never_closed_by_its_code(code: str, language: str) -> None:
    """The fence is longer than any run of backticks in the code, and its first line has nothing odd."""
    first, *_, last = fenced(code, language).split("\n")
    assert set(last) == {"`"} and len(last) >= 3
    assert last not in code
    assert first.startswith(last) and "`" not in first[len(last) :]


@given(
    text=texts | st.lists(values, min_size=2, max_size=3).map(lambda each: f"[{', '.join(map(json_text, each))}]"),
    calls=st.integers(1, 3),
)
def test_responses_are_joined_as_they_were_taken_apart(text: str, calls: int) -> None:
    """What several calls brought is the same whole again, whether or not it could be taken apart."""
    parts = parts_of(text, calls)
    assert len(parts) == calls
    assert joined(parts) == text
