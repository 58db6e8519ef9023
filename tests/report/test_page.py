"""The page: its parts, its figures, and that nothing foreign can do anything in it."""

import json
import re
from pathlib import Path

import pytest

import destilation
from destilation.errors import ConfigError
from destilation.report.page.charts import nice_top, short
from destilation.report.page.markup import block, element, text
from destilation.report.write import write
from tests.report.folders import HOSTILE, Page, hostile, lines, metadata, origin

CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069]")
TAGS = {
    "html", "head", "meta", "link", "title", "style", "body", "main", "header", "h1", "h2", "h3", "h4", "p", "div", "b",
    "span", "nav", "a", "section", "figure", "figcaption", "svg", "rect", "line", "polyline", "polygon", "data", "table",
    "thead", "tbody", "tr", "th", "td", "details", "summary", "pre", "mark", "ul", "li", "footer",
}  # fmt: skip
MIX = [{"provider": "dear", "share": 2.0}, {"provider": "free", "share": 1.0}]
PROVIDERS = {
    "dear": {"kind": "mock", "invalid": 0.2, "price": {"input_per_mtok": 1.0, "output_per_mtok": 4.0}},
    "free": {"kind": "mock", "invalid": 0.1},
}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A dataset of two providers."""
    out = tmp_path_factory.mktemp("made")
    report = destilation.run(domain="Optics", target=60, name="job", mix=MIX, providers=PROVIDERS, out=str(out))
    return Path(report.folder)


def page_of(folder: Path) -> Page:
    """The written report, taken apart."""
    return Page(write(folder).path.read_text(encoding="utf-8"))


def test_the_figures_are_those_of_status(made: Path) -> None:
    """Every figure of the page is the number that metadata.json has, which status prints."""
    told = json.loads((made / "metadata.json").read_text())
    figures = page_of(made).figures
    for name, key in (("accepted", "accepted"), ("attempts", "attempts"), ("first", "accepted_first_try"),
                      ("cost", "cost_usd"), ("elapsed", "elapsed_s"), ("abandoned", "abandoned")):  # fmt: skip
        assert figures[name] == told[key], name
    assert (figures["tokens-in"], figures["tokens-out"]) == (told["tokens"]["in"], told["tokens"]["out"])
    refused = {f"refused-{layer}-{code}": n for layer, codes in told["rejected"].items() for code, n in codes.items()}
    assert refused
    assert {name: figures[name] for name in refused} == refused
    assert figures["refused"] == sum(refused.values())
    assert figures["samples-all"] == told["accepted"]
    assert figures["passed-semantic"] == told["attempts"] - sum(refused.values())
    for label, provider in told["providers"].items():
        assert figures[f"samples-{label}"] == provider["accepted"]
        assert figures[f"cost-{label}"] == provider["cost_usd"]
        assert figures[f"p95-{label}"] == provider["latency_s"]["p95"]
        assert figures[f"out-{label}"] == provider["tokens"]["out"]


def test_its_parts(made: Path) -> None:
    """Each part is there, linked, with its plots; the page is of the promised size and has no script."""
    written = write(made)
    page = Page(written.path.read_text(encoding="utf-8"))
    sections = [value for tag, name, value in page.attributes if (tag, name) == ("section", "id")]
    assert sections == ["time", "funnel", "providers", "lengths", "topics", "pairs", "samples"]
    links = [value for tag, name, value in page.attributes if (tag, name) == ("a", "href")]
    assert links == [f"#{name}" for name in sections]
    assert page.unclosed == page.open == []
    assert page.tags.count("figure") == 4 + 2  # over time, and one a field
    assert page.tags.count("details") >= 30
    assert "script" not in page.tags
    assert 60_000 < written.size < 300_000
    assert written.size == written.path.stat().st_size
    assert "You are" in page.words  # the prompt of a dialogue


def test_the_policy_stands_first(made: Path) -> None:
    """Nothing may be fetched, run, sent or embedded, and the policy precedes everything that could."""
    source = write(made).path.read_text(encoding="utf-8")
    policy = source.index("default-src 'none'; style-src 'unsafe-inline'; img-src data:")
    assert all(policy < source.index(each) for each in ("<link", "<style", "<body"))
    assert "prefers-color-scheme: dark" in source
    assert "@media print" in source
    assert not re.search(r"https?://|url\(|@import", source)


def test_hostile_text_is_text(tmp_path: Path) -> None:
    """Wherever it stands, it makes no element and no attribute, controls nothing, and shows no key."""
    written = write(hostile(tmp_path / "h"))
    source = written.path.read_text(encoding="utf-8")
    page = Page(source)
    assert set(page.tags) <= TAGS
    assert page.unclosed == page.open == []
    assert not [each for each in page.attributes if each[1].startswith("on") or each[1] in ("src", "srcset", "style")]
    assert {value for _, name, value in page.attributes if name == "href"} <= {
        "data:,", "#time", "#funnel", "#providers", "#lengths", "#topics", "#pairs", "#samples"}  # fmt: skip
    assert CONTROLS.findall(source) == []
    assert "sk-abcdefghijkl" not in source
    assert page.words.count('<script>document.title="ran"</script>') > 20
    assert "\\x1b[31m" in page.words
    assert "\\u202egnp" in page.words


def test_text_is_escaped_once() -> None:
    """Quotes and brackets as entities, in text as in attributes; line ends only in blocks."""
    assert text("<a & \"b'>\n") == "&lt;a &amp; &quot;b&#x27;&gt;\u23ce"
    assert element("p", text("x"), aria_label='"<') == '<p aria-label="&quot;&lt;">x</p>'
    assert block("a\n\t<b\x1b", 100) == '<pre dir="auto">a\n    &lt;b\\x1b</pre>'
    assert block("abcdef", 4).endswith("abcd\n[… 2 characters more]</pre>")
    assert "sk-" not in text(HOSTILE, 1_000)


def test_folders_with_little_in_them(tmp_path: Path) -> None:
    """No sample, no answer, nobody asked: a page all the same; without metadata there is none."""
    with pytest.raises(ConfigError, match="no readable metadata"):
        write(tmp_path)
    (tmp_path / "metadata.json").write_text(
        '{"job": "new", "target": 5, "accepted": true, "providers": [], "tokens": 1}'
    )
    words = page_of(tmp_path).words
    for told in (
        "Nothing has happened yet.",
        "There is no answer yet.",
        "Nobody was asked yet.",
        "There is no sample yet.",
    ):
        assert told in words
    lines(tmp_path / "samples.jsonl", [{"a": "One text."}, [1], {"a": "Another text."}])
    words = page_of(tmp_path).words
    assert "How it came to be is not recorded." in words
    assert "2 of 2, drawn at random" in words


def test_large_samples_do_not_make_large_pages(tmp_path: Path) -> None:
    """A page of samples of a megabyte each stays a page."""
    (tmp_path / "metadata.json").write_text(json.dumps(metadata()))
    lines(
        tmp_path / "samples.jsonl", [{f"f{n}": f"{number} " + "x" * 20_000 for n in range(50)} for number in range(8)]
    )
    lines(tmp_path / "provenance.jsonl", [origin(number, reasoning="r" * 99_999) for number in range(1, 9)])
    assert write(tmp_path).size < 600_000


def test_topics_where_there_are_some(tmp_path: Path) -> None:
    """Topics are counted, the most frequent first, the many rare ones by number."""
    (tmp_path / "metadata.json").write_text(json.dumps(metadata(unanswered_usd=0.25)))
    lines(tmp_path / "samples.jsonl", [{"a": f"Text {number}."} for number in range(50)])
    names = ["lenses"] * 9 + [f"topic {number}" for number in range(41)]
    lines(tmp_path / "provenance.jsonl", [origin(n + 1, topic=name) for n, name in enumerate(names)])
    page = page_of(tmp_path)
    assert "Topics: 42" in page.words
    assert page.figures["topic-0"] == 9
    assert "12 topics more, the rarest with 1." in page.words
    assert "$0.25 of the cost is for requests without an answer." in page.words


def test_only_reports_are_replaced(made: Path, tmp_path: Path) -> None:
    """The same report again is the same to the byte; any other file, or a folder, is left alone."""
    out = tmp_path / "r.html"
    first = write(made, out).path.read_bytes()
    assert write(made, out).path.read_bytes() == first
    assert write(made, out, seed=2).path.read_bytes() != first
    before = (made / "samples.jsonl").read_bytes()
    for path in (made / "samples.jsonl", tmp_path, tmp_path / "none" / "r.html"):
        with pytest.raises(ConfigError):
            write(made, path)
    assert (made / "samples.jsonl").read_bytes() == before


def test_axes() -> None:
    """Axes end in round numbers that are not below the highest value."""
    assert [nice_top(each) for each in (0, 0.3, 1, 11, 26, 99, 1e7)] == [1.0, 0.5, 1.0, 20.0, 50.0, 100.0, 1e7]
    assert [short(each) for each in (0, 0.00025, 2.5, 1250, 3.5e6)] == ["0", "0.00025", "2.5", "1,250", "3.5 M"]
