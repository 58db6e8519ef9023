"""The list behind `inspect`: what fits, found without holding the file."""

import json
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from destilation.core.condition import condition
from destilation.tui.browse import Browse, may_fit, plain_words
from destilation.tui.model.filter import fits, parts_of

TOPICS: tuple[list[str], ...] = (["Lenses", "Thin lenses"], ["Mirrors"], [])


def folder_of(tmp_path: Path, count: int = 1_000) -> Path:
    """Samples of three topics and two providers, and a refusal for every tenth."""
    samples = [{"question": f"What is {n}?", "answer": "Äther" if n % 7 == 0 else "Air"} for n in range(1, count + 1)]
    origins = [
        {
            "sample": n,
            "task": 10 * n,
            "provider": ("ollama", "mock")[n % 2],
            "topic": TOPICS[n % 3],
            "tokens": {"out": n},
        }
        for n in range(1, count + 1)
    ]
    refused = [
        {"task": 10 * n, "attempt": 1, "provider": "mock", "layer": ("syntactic", "semantic")[n % 20 == 0],
         "codes": ["too_short"], "reasons": ["say more"], "topic": TOPICS[n % 3]}
        for n in range(10, count + 1, 10)
    ]  # fmt: skip
    for name, rows in (("samples", samples), ("provenance", origins), ("rejections", refused)):
        lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
        (tmp_path / f"{name}.jsonl").write_text(lines, encoding="utf-8")
    return tmp_path


def found(browse: Browse, typed: str = "") -> list[int]:
    """The numbers of all that fits."""
    browse.filter(typed)
    while not browse.done:
        browse.step()
    return [item.number for item in browse]


def test_what_fits(tmp_path: Path) -> None:
    """Words in any field, topic, provider, task, and their contraries; every line without a filter."""
    browse = Browse(folder_of(tmp_path))
    numbers = range(1, 1_001)
    assert found(browse) == list(numbers)
    assert found(browse, "provider:OLLAMA") == [n for n in numbers if n % 2 == 0]
    assert found(browse, "topic:mirrors !provider:mock") == [n for n in numbers if n % 3 == 1 and n % 2 == 0]
    assert found(browse, 'topic:"thin lenses" äther') == [n for n in numbers if n % 3 == 0 and n % 7 == 0]
    assert found(browse, "task:120") == [12]
    assert found(browse, "sample:1000") == [1000]
    assert found(browse, "layer:semantic") == []
    assert found(browse, "question") == []
    assert found(browse) == list(numbers)
    browse.close()


def test_refused_answers(tmp_path: Path) -> None:
    """By layer, topic and words of the reasons."""
    browse = Browse(folder_of(tmp_path), refused=True)
    assert len(found(browse)) == 100
    assert found(browse, "layer:semantic") == list(range(2, 101, 2))
    assert found(browse, 'topic:mirrors "say more"') == list(range(1, 101, 3))
    assert browse[0].words == "syntactic: too_short: say more"
    browse.close()


def test_a_condition(tmp_path: Path) -> None:
    """A condition of `--where` and a filter hold both."""
    browse = Browse(folder_of(tmp_path), where=condition("tokens.out > 990"))
    assert found(browse) == list(range(991, 1_001))
    assert found(browse, "provider:mock") == [991, 993, 995, 997, 999]
    assert browse.place_of(994) == 2
    assert browse.place_of(10_000) == 4
    browse.close()


def test_lines_that_are_none(tmp_path: Path) -> None:
    """A line that is no object is shown as nothing; provenance of another line, or none, is no provenance."""
    (tmp_path / "samples.jsonl").write_bytes(b'{"a":"x"}\nnot json\n\xff\xfe\n{"a":"y"}\n')
    (tmp_path / "provenance.jsonl").write_bytes(b'{"sample":1,"task":5}\n{"sample":9,"task":6}\n')
    browse = Browse(tmp_path)
    assert found(browse) == [1, 2, 3, 4]
    assert [item.row for item in browse] == [{"a": "x"}, {}, {}, {"a": "y"}]
    assert [item.origin for item in browse] == [{"sample": 1, "task": 5}, {}, {}, {}]
    browse.close()


def test_it_grows_with_the_run(tmp_path: Path) -> None:
    """What is added while it is looked at is found, and only once."""
    folder = folder_of(tmp_path, 100)
    browse = Browse(folder)
    assert len(found(browse, "provider:mock")) == 50
    with (folder / "provenance.jsonl").open("a") as file:
        file.write('{"sample":101,"task":1,"provider":"mock"}\n')
    with (folder / "samples.jsonl").open("a") as file:
        file.write('{"question":"new"}\n')
    browse.step()
    browse.step()
    assert [browse[50].number, len(browse)] == [101, 51]
    browse.close()


def test_a_step_is_short(tmp_path: Path) -> None:
    """A search of many lines goes on in many steps."""
    browse = Browse(folder_of(tmp_path, 2_000))
    while browse.total < 2_000:
        browse.step()
    browse.filter("air")
    while not len(browse):
        browse.step()
    assert 0 < len(browse) < 600
    assert 0.0 < browse.share < 0.5
    browse.close()


@given(
    st.text('aKk\u212aİi "\\\u00e4ſ:!topic', max_size=12), st.text('aKk\u212aİi "\\\u00e4ſ', max_size=12), st.booleans()
)
def test_the_short_way_leaves_nothing_out(typed: str, text: str, ascii_only: bool) -> None:
    """Whatever fits may fit, however its letters are written."""
    parts = parts_of(typed)
    line = json.dumps({"f": text, "topic": [text]}, ensure_ascii=ascii_only).encode()
    if fits(parts, text, {"topic": text}):
        assert may_fit(plain_words(parts), line, b"")
