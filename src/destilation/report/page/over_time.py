"""Throughput, refusals and cost over the time that was worked."""

from itertools import accumulate

from destilation.report.page.charts import bars, line
from destilation.report.page.markup import Html, element, note, section
from destilation.report.page.words import dollars, duration
from destilation.report.timeline import Timeline


def over_time(timeline: Timeline) -> Html:
    """The part of the page; idle time between runs is left out."""
    spans, width = timeline.spans, timeline.width_s
    if not spans:
        return section("Over time", "time", note("Nothing has happened yet."))
    ends = ("0", duration(len(spans) * width / 2), duration(len(spans) * width) + " of work")
    per_minute = [60 * span.accepted / width for span in spans]
    tips = [
        f"{duration(place * width)}: {span.accepted:,} accepted, {span.refused:,} refused, {dollars(span.usd)}"
        for place, span in enumerate(spans)
    ]
    plots = [
        bars("Samples a minute", per_minute, tips, ends),
        line("Samples in all", list(accumulate(span.accepted for span in spans)), ends),
    ]
    if any(span.refused for span in spans):
        plots.append(
            bars("Refused answers a minute", [60 * span.refused / width for span in spans], tips, ends, kind="bad")
        )
    spent = list(accumulate(span.usd for span in spans))
    words = "Nothing was charged."
    if spent[-1] > 0:
        plots.append(line("Cost in US dollars", spent, ends, "$"))
        words = ""
    told = f"One bar is {duration(width)}. Told by {timeline.told_by}. {words}"
    return section("Over time", "time", element("div", *plots, class_="pair"), note(told.strip()))
