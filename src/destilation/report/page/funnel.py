"""What became of the answers: how many each layer of validation let pass, and why it refused the others."""

from collections.abc import Mapping
from typing import Any

from destilation.report.page.charts import meter
from destilation.report.page.markup import NOTHING, Html, element, joined, note, number, section, table, text
from destilation.report.page.words import count, figure, table_at

LAYERS = ("structural", "syntactic", "semantic")
MOST_REASONS = 40


def funnel(metadata: Mapping[str, Any]) -> Html:
    """The part of the page."""
    attempts = figure(metadata, "attempts")
    refused = table_at(metadata, "rejected")
    if not attempts:
        return section("Pass and fail", "funnel", note("There is no answer yet."))
    rows, left = [_row("answers", "attempts-all", attempts, attempts)], attempts
    for layer in [*(each for each in LAYERS if each in refused), *(each for each in refused if each not in LAYERS)]:
        left -= sum(figure(refused[layer], code) for code in table_at(refused, layer))
        rows.append(_row(f"passed the {layer} layer", f"passed-{layer}"[:80], left, attempts))
    accepted = figure(metadata, "accepted")
    rows.append(_row("became samples", "samples-all", accepted, attempts))
    besides = left - accepted
    words = f"{count(besides)} answers were those of other stages or reviews, or are not judged yet." if besides else ""
    passed = table(("", "answers", "of all", ""), rows)
    return section("Pass and fail", "funnel", passed, note(words) if words else NOTHING, _reasons(refused, attempts))


def _row(name: str, identity: str, left: float, attempts: float) -> tuple[Html, ...]:
    return (text(name), number(identity, left, count(left)), text(f"{left / attempts:.1%}"), meter(left / attempts))


def _reasons(refused: Mapping[str, Any], attempts: float) -> Html:
    found = [(layer, code, figure(refused[layer], code)) for layer in refused for code in table_at(refused, layer)]
    if not found:
        return note("Nothing was refused.")
    found.sort(key=lambda each: -each[2])
    most = max(found[0][2], 1)
    rows = [
        (
            text(code.replace("_", " "), 80),
            text(layer, 40),
            number(f"refused-{layer}-{code}"[:160], times, count(times)),
            text(f"{times / attempts:.1%}"),
            meter(times / most, "bad"),
        )
        for layer, code, times in found[:MOST_REASONS]
    ]
    more = note(f"and {len(found) - MOST_REASONS:,} reasons more") if len(found) > MOST_REASONS else NOTHING
    total = sum(each[2] for each in found)
    head = element("h3", text("Refused: "), number("refused", total, count(total)))
    return joined(head, table(("reason", "layer", "answers", "of all", ""), rows), more)
