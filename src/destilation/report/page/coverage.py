"""What the samples are about: the tree of topics beside what was planned, and the values of the axes."""

from destilation.report.nodes import Node, depth_for, down_to
from destilation.report.page.charts import meter
from destilation.report.page.markup import NOTHING, Html, element, joined, note, number, section, table, text
from destilation.report.survey import Covered
from destilation.report.topics import topic_words
from destilation.report.values import AxisValues

MOST_TOPICS_SHOWN = 30
MOST_CLOSED, MOST_AXES, MOST_VALUES = 30, 24, 24
_HEADS = ("topic", "samples", "planned", "accepted", "duplicates", "")


def coverage(covered: Covered) -> Html:
    """The part of the page; nothing where the samples have neither topics nor axes."""
    found = covered.topics
    topics = _topics(found) if len(found) > 1 else NOTHING
    axes = [_axis(axis) for axis in covered.axes[:MOST_AXES]]
    if not (topics or axes):
        return NOTHING
    title = f"Topics: {len(found) - 1:,}" if topics else "Axes"
    return section(title, "topics", topics, _thin(covered.thin), _closed(covered.leaves), *axes)


def _topics(found: list[Node]) -> Html:
    of_tree = down_to(found, depth_for(found, MOST_TOPICS_SHOWN))[1:]
    shown = of_tree[:MOST_TOPICS_SHOWN]
    most = max(node.accepted for node in shown)
    rows = [_row(place, node, most) for place, node in enumerate(shown)]
    left = [node for node in found[1:] if node not in shown]
    if not left:
        return table(_HEADS, rows)
    fewest = min(node.accepted for node in left)
    return joined(table(_HEADS, rows), note(f"{len(left):,} topics more, the rarest with {fewest:,}."))


def _row(place: int, node: Node, most: int) -> tuple[Html, ...]:
    far = node.accepted / (node.planned or 1.0) if node.planned is not None else node.accepted / max(most, 1)
    name = topic_words(node.path) if node.state in ("gone", "unplanned") else node.path[-1]
    mark = {"closed": " (closed)", "gone": " (not in topics.txt)"}.get(node.state, "")
    return (
        text("\u2003" * (len(node.path) - 1) * (node.planned is not None) + name + mark, 120),
        number(f"topic-{place}", node.accepted, f"{node.accepted:,}"),
        text("–" if node.planned is None else f"{node.planned:,.0f}"),
        text("–" if node.acceptance is None else f"{node.acceptance:.0%}"),
        text(f"{node.duplicates:,}"),
        meter(far, "bad" if node.thin else "bar"),
    )


def _thin(thin: list[Node]) -> Html:
    """The leaves that lack most."""
    words = [f"{topic_words(node.path)} ({node.accepted:,} of {node.due or 0:,.0f})" for node in thin]
    told = "Thin, with less than half of what is due as far as the dataset is: "
    return note(told + "; ".join(words)) if words else NOTHING


def _closed(leaves: list[Node]) -> Html:
    closed = [node for node in leaves if node.state == "closed"]
    told = [element("li", text(f"{topic_words(node.path)}: {node.closed}", 400)) for node in closed[:MOST_CLOSED]]
    more = note(f"and {len(closed) - MOST_CLOSED:,} more") if len(closed) > MOST_CLOSED else NOTHING
    head = element("h3", text(f"Closed topics: {len(closed):,}"))
    return joined(head, element("ul", *told), more) if closed else NOTHING


def _axis(axis: AxisValues) -> Html:
    most = max((value.samples for value in axis.values), default=0)
    rows = [
        (
            text(value.value, 120),
            text(f"{value.samples:,}"),
            text("–" if value.due is None else f"{value.due:,.0f}"),
            meter(value.samples / max(most, 1), "bad" if value.thin else "bar"),
        )
        for value in axis.values[:MOST_VALUES]
    ]
    rest = len(axis.values) - MOST_VALUES
    more = note(f"{rest:,} values more") if rest > 0 else NOTHING
    return joined(element("h3", text(axis.axis, 64)), table(("value", "samples", "due", ""), rows), more)
