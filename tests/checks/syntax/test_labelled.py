"""The syntactic layer against records that are known to be good, or broken in one known way."""

import pytest

from benchmarks.syntax import Outcome, measured, row
from tests.checks.syntax.labelled.records import LANGUAGES, Record, records

RECORDS = list(records())
USUAL = ("python", "javascript", "typescript", "java", "cpp", "csharp", "go", "rust", "sql", "bash")


@pytest.fixture(scope="module")
def outcomes() -> list[Outcome]:
    """What a gate makes of every record."""
    return [measured(each) for each in RECORDS]


def test_the_set_is_large_and_wide() -> None:
    """Hundreds of records over all templates, notations and languages, the usual languages with more than others."""
    kinds = {each.kind for each in RECORDS}
    assert len(RECORDS) >= 400 and sum(each.broken for each in RECORDS) >= 200
    assert sum(not each.broken for each in RECORDS) >= 180
    assert kinds >= {"simple_qa", "reasoning", "tool_trace", "coding", "coding_reasoning", *LANGUAGES}
    assert sum(kind.endswith("(field)") for kind in kinds) == 7
    for language in LANGUAGES:
        broken = [each.broken for each in RECORDS if each.kind == language]
        least = 6 if language in USUAL else 3
        assert broken.count(True) >= least and broken.count(False) >= least, language


def test_records_are_different() -> None:
    """No text occurs twice under one kind, and every broken record says what is broken and with which reason."""
    texts = [(each.kind, each.text) for each in RECORDS]
    assert len(set(texts)) == len(texts)
    assert all(each.title and each.reason for each in RECORDS if each.broken)
    assert all(each.line for each in RECORDS if each.broken and each.kind in LANGUAGES)


def test_precision_and_recall(outcomes: list[Outcome]) -> None:
    """Of what is broken at least 98 % is refused, and of what is refused at least 98 % is broken."""
    counts = row(outcomes)
    wrong = [(each.record.kind, each.record.title, each.told) for each in outcomes if not each.right]
    assert counts.precision >= 0.98 and counts.recall >= 0.98, wrong


def test_for_the_right_reason(outcomes: list[Outcome]) -> None:
    """A broken record that is caught is caught for what is broken, and for nothing else."""
    for each in outcomes:
        if each.record.broken and each.right and not hasattr(each.verdict, "number"):
            codes = {reason.code for reason in getattr(each.verdict, "reasons", ())}
            assert codes == {each.record.reason}, each.record.title


def test_feedback_points_at_the_line(outcomes: list[Outcome]) -> None:
    """In code, the line of the fault is told, give or take one, at least 98 times of a hundred."""
    places = [each.pointed for each in outcomes if each.pointed is not None]
    assert len(places) >= 140 and sum(places) >= 0.98 * len(places)


def test_a_record_takes_milliseconds(outcomes: list[Outcome]) -> None:
    """Half of the records take less than five milliseconds, on any machine that is not overloaded."""
    assert sorted(each.took for each in outcomes)[len(outcomes) // 2] < 0.005


@pytest.mark.parametrize("way", ["requirement", "fence", "declared"])
def test_every_way_of_telling_the_language(way: str) -> None:
    """Each way is taken by a third of the code records or so."""
    code: list[Record] = [each for each in RECORDS if each.kind in LANGUAGES]
    assert sum(each.way == way for each in code) >= len(code) // 5
