"""The headline: what the dataset is, how far it is, what it took."""

from collections.abc import Mapping
from typing import Any

from destilation.report.facts import Facts
from destilation.report.page.charts import meter
from destilation.report.page.markup import NOTHING, Html, element, joined, note, number, text
from destilation.report.page.words import count, dollars, duration, figure

STATES = {
    "running": "running, or stopped without saying so",
    "met": "target met",
    "short": "stopped short",
    "budget": "spend cap reached",
    "no_provider": "no usable provider",
    "interrupted": "interrupted",
    "failed": "failed",
}


def overview(facts: Facts) -> Html:
    """The first part of the page."""
    told = facts.metadata
    accepted, target, attempts = (figure(told, key) for key in ("accepted", "target", "attempts"))
    state = str(told.get("state", ""))
    tiles = [
        _tile("samples", joined(number("accepted", accepted, count(accepted)), text(f" of {count(target)}"))),
        _tile("state", text(STATES.get(state, state), 60)),
        _tile("accepted of all answers", _share(accepted, attempts)),
        _tile("at the first attempt", number("first", figure(told, "accepted_first_try"), _first(told))),
        _tile("cost", number("cost", figure(told, "cost_usd"), dollars(figure(told, "cost_usd")))),
        _tile("per 1,000 samples", text(dollars(1000 * figure(told, "cost_usd") / accepted) if accepted else "–")),
        _tile("answers", number("attempts", attempts, count(attempts))),
        _tile("tokens in and out", _tokens(told)),
        _tile("time of work", number("elapsed", figure(told, "elapsed_s"), duration(figure(told, "elapsed_s")))),
        _tile("tasks given up", number("abandoned", figure(told, "abandoned"), count(figure(told, "abandoned")))),
    ]
    head = element("h1", text(told.get("job", ""), 80))
    about = f"{told.get('template', '')} about {told.get('domain', '')}"
    when = f"{told.get('started_at', '')} to {told.get('updated_at', '')}"
    done = element("div", meter(accepted / target if target else 0.0, "good"), class_="done")
    lead = joined(element("p", text(about, 300), class_="lead"), element("p", text(when, 80), class_="note"))
    unanswered = figure(told, "unanswered_usd")
    lost = note(f"{dollars(unanswered)} of the cost is for requests without an answer.") if unanswered else NOTHING
    notes = joined(*(note(each) for each in facts.notes))
    return element("header", head, lead, done, element("div", *tiles, class_="tiles"), lost, notes)


def _tile(name: str, value: Html) -> Html:
    return element("div", element("b", value), element("span", text(name)))


def _share(part: float, whole: float) -> Html:
    return text(f"{part / whole:.1%}" if whole else "–")


def _first(told: Mapping[str, Any]) -> str:
    accepted = figure(told, "accepted")
    first = figure(told, "accepted_first_try")
    return f"{count(first)} ({first / accepted:.0%})" if accepted else count(first)


def _tokens(told: Mapping[str, Any]) -> Html:
    tokens = told.get("tokens")
    into, out = (figure(tokens, key) if isinstance(tokens, dict) else 0.0 for key in ("in", "out"))
    return joined(number("tokens-in", into, count(into)), text(" / "), number("tokens-out", out, count(out)))
