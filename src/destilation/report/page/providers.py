"""The providers beside each other: what they were asked, gave, took and cost."""

from collections.abc import Mapping
from typing import Any

from destilation.report.page.charts import meter
from destilation.report.page.markup import NOTHING, Html, element, joined, note, number, section, table, text
from destilation.report.page.words import count, dollars, figure, table_at

MOST_PROVIDERS = 60
_HEADS = ("provider", "samples", "requests", "accepted", "", "refused", "errors", "throttled",
          "p50", "p95", "tokens in", "out", "cost", "per 1,000")  # fmt: skip


def providers(metadata: Mapping[str, Any]) -> Html:
    """The part of the page."""
    found = table_at(metadata, "providers")
    if not found:
        return section("Providers", "providers", note("Nobody was asked yet."))
    rows = [_row(label, table_at(found, label)) for label in list(found)[:MOST_PROVIDERS]]
    ways = [_said(label, table_at(found, label)) for label in list(found)[:MOST_PROVIDERS]]
    more = note(f"and {len(found) - MOST_PROVIDERS:,} more") if len(found) > MOST_PROVIDERS else NOTHING
    return section("Providers", "providers", table(_HEADS, rows), joined(*ways), more, _stages(metadata))


def _row(label: str, told: Mapping[str, Any]) -> tuple[Html, ...]:
    accepted, refused = figure(told, "accepted"), figure(told, "rejected")
    judged = accepted + refused
    share = accepted / judged if judged else 0.0
    cost, latency, tokens = figure(told, "cost_usd"), table_at(told, "latency_s"), table_at(told, "tokens")

    def cell(name: str, value: float, shown: str) -> Html:
        return number(f"{name}-{label}"[:120], value, shown)

    return (
        text(label, 60),
        cell("samples", accepted, count(accepted)),
        cell("requests", figure(told, "requests"), count(figure(told, "requests"))),
        text(f"{share:.1%}" if judged else "–"),
        meter(share, "good"),
        cell("refused", refused, count(refused)),
        cell("errors", figure(told, "errors"), count(figure(told, "errors"))),
        cell("throttled", figure(told, "throttled"), count(figure(told, "throttled"))),
        cell("p50", figure(latency, "p50"), f"{figure(latency, 'p50'):.2f} s"),
        cell("p95", figure(latency, "p95"), f"{figure(latency, 'p95'):.2f} s"),
        cell("in", figure(tokens, "in"), count(figure(tokens, "in"))),
        cell("out", figure(tokens, "out"), count(figure(tokens, "out"))),
        cell("cost", cost, dollars(cost)),
        text(dollars(1000 * cost / accepted) if accepted else "–"),
    )


def _said(label: str, told: Mapping[str, Any]) -> Html:
    words = [f"asked by {told['way']}"] if told.get("way") else []
    words += [f"retired: {told['retired']}"] if told.get("retired") else []
    words += [f"only probed: {told['suspended']}"] if told.get("suspended") else []
    return element("p", text(f"{label}: {'; '.join(words)}", 400), class_="note") if words else NOTHING


def _stages(metadata: Mapping[str, Any]) -> Html:
    """What was accepted of the answers of each model at each stage, where there are several of either."""
    rows = metadata.get("acceptance")
    if not isinstance(rows, list) or len(rows) < 2:
        return NOTHING
    cells = [
        (
            text(row.get("stage") or metadata.get("template", ""), 40),
            text(row.get("provider", ""), 60),
            text(row.get("model", ""), 80),
            text(count(figure(row, "answers"))),
            text(count(figure(row, "rejected"))),
            text(f"{figure(row, 'rate'):.1%}"),
            meter(figure(row, "rate"), "good"),
        )
        for row in rows[: 4 * MOST_PROVIDERS]
        if isinstance(row, dict)
    ]
    heads = ("stage", "provider", "model", "answers", "refused", "accepted", "")
    return joined(element("h3", text("By stage and model")), table(heads, cells))
