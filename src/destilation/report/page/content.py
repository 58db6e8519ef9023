"""How long the fields of the samples are."""

from destilation.report.lengths import FieldLengths
from destilation.report.page.charts import bars
from destilation.report.page.markup import Html, element, note, section, table, text


def lengths(fields: list[FieldLengths]) -> Html:
    """The part of the page about lengths."""
    if not fields:
        return section("Lengths", "lengths", note("There is no sample with text yet."))
    rows = [
        (
            text(each.field, 64),
            *(text(f"{value:,}") for value in (each.shortest, each.p5, each.median, each.p95, each.longest)),
        )
        for each in fields
    ]
    heads = ("characters", "shortest", "5 %", "median", "95 %", "longest")
    plots = element("div", *(_histogram(each) for each in fields), class_="pair")
    return section(
        "Lengths", "lengths", table(heads, rows), plots, note("Each class is wider than the last by the same share.")
    )


def _histogram(field: FieldLengths) -> Html:
    bins = field.bins
    tips = [f"{each.least:,} to {each.more - 1:,} characters: {each.count:,}" for each in bins]
    ends = (f"{bins[0].least:,}", f"{bins[len(bins) // 2].least:,}", f"{bins[-1].more - 1:,} characters")
    return bars(f"{field.field[:64]}: samples by length", [float(each.count) for each in bins], tips, ends)
