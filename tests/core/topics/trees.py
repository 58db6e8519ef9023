"""Trees of any form, with names as hostile as they can be."""

from hypothesis import strategies as st

from destilation.core.topics.names import MOST_NAME, clean, normal
from destilation.core.topics.tree import HEAVIEST, LIGHTEST, Topic, Tree

_PIECES = [
    *("#", " # ", "*", " * 2", " * x", "[closed: a]", " [closed", "]", "\\", "\\#", '"', "- ", "+", " ", "1.", ":"),
    *(
        "C",
        "\u00dcn\u00ef",
        "\u5149\u5b66",
        "\u200d",
        "\u2028",
        "\0",
        "\ud800",
        "\t",
        "\ufeff",
        "\U0001f600",
        "e\u0301",
    ),
]
HOSTILE = st.lists(st.sampled_from(_PIECES), max_size=5).map("".join) | st.text(st.characters(codec=None), max_size=5)
NAMES = HOSTILE.map(clean).filter(lambda name: 0 < len(name) <= MOST_NAME)
REASONS = st.just("") | HOSTILE.map(clean)
WEIGHTS = st.just(1.0) | st.floats(LIGHTEST, HEAVIEST) | st.integers(1, 10**6).map(float)


def _topics(children: st.SearchStrategy[tuple[Topic, ...]]) -> st.SearchStrategy[tuple[Topic, ...]]:
    topic = st.builds(Topic, NAMES, WEIGHTS, children, REASONS)
    return st.lists(topic, max_size=3, unique_by=lambda each: normal(each.name)).map(tuple)


TREES = _topics(_topics(st.just(()))).map(Tree)
