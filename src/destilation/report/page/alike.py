"""The closest pairs, side by side; words that only one of the two has are marked."""

from difflib import SequenceMatcher
from itertools import groupby

from destilation.report.page.markup import Html, element, joined, note, section, text
from destilation.report.pairs import LEAST_ALIKE, Pair
from destilation.report.survey import Covered

_WORDS = 220


def alike(covered: Covered) -> Html:
    """The part of the page."""
    pairs, told = covered.pairs, covered.diversity
    figures = note(
        f"Of {told.texts:,} samples: distinct-1 {told.distinct_1:.3f}, distinct-2 {told.distinct_2:.3f}, distinct-3 "
        f"{told.distinct_3:.3f}; two samples are {told.alike:.1%} alike on average, each and its nearest "
        f"{told.nearest:.1%}."
    )
    compared = f"Compared: {pairs.compared:,} samples drawn at random, by their word triples (Jaccard similarity)."
    if not pairs.closest:
        words = f"{compared} No two of them are as much as {LEAST_ALIKE:.0%} alike."
        return section("Closest pairs", "pairs", figures, note(words))
    return section("Closest pairs", "pairs", figures, note(compared), *(_pair(each) for each in pairs.closest))


def _pair(pair: Pair) -> Html:
    one, other = (each.split()[:_WORDS] for each in pair.texts)
    shared: tuple[set[int], set[int]] = (set(), set())
    for run in SequenceMatcher(None, one, other, autojunk=False).get_matching_blocks():
        shared[0].update(range(run.a, run.a + run.size))
        shared[1].update(range(run.b, run.b + run.size))
    sides = (_side(pair.first, one, shared[0]), _side(pair.second, other, shared[1]))
    title = element("h3", text(f"{pair.alike:.0%} alike"), class_="alike")
    return joined(title, element("div", *sides, class_="pair texts"))


def _side(line: int, words: list[str], shared: set[int]) -> Html:
    return element("div", element("h4", text(f"line {line:,}")), element("p", _marked(words, shared), dir="auto"))


def _marked(words: list[str], shared: set[int]) -> Html:
    """The words, with those marked that are not shared."""
    parts = []
    for same, places in groupby(range(len(words)), key=shared.__contains__):
        run = text(" ".join(words[place] for place in places), 4_000)
        parts += [run if same else element("mark", run), text(" ")]
    return joined(*parts)
