"""The page around its parts: one file that fetches nothing and runs nothing."""

from destilation.report.facts import Facts
from destilation.report.page.alike import alike
from destilation.report.page.browser import browser
from destilation.report.page.content import lengths
from destilation.report.page.coverage import coverage
from destilation.report.page.funnel import funnel
from destilation.report.page.markup import Html, element, joined, text
from destilation.report.page.over_time import over_time
from destilation.report.page.overview import overview
from destilation.report.page.providers import providers
from destilation.report.page.style import STYLE

POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"
MARK = "<!doctype html><!-- destilation report -->"
_HEAD = Html(
    '<meta charset="utf-8">'
    f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
    '<meta name="viewport" content="width=device-width, initial-scale=1">'
    '<meta name="referrer" content="no-referrer">'
    '<meta name="color-scheme" content="light dark">'
    '<link rel="icon" href="data:,">'
)
_PARTS = (
    ("time", "Over time"), ("funnel", "Pass and fail"), ("providers", "Providers"), ("lengths", "Lengths"),
    ("topics", "Topics"), ("pairs", "Closest pairs"), ("samples", "Samples"),
)  # fmt: skip


def page(facts: Facts, made_by: str) -> str:
    """The whole document; `made_by` stands at its end."""
    covered = coverage(facts.covered)
    parts = [
        overview(facts),
        over_time(facts.timeline),
        funnel(facts.metadata),
        providers(facts.metadata),
        lengths(facts.lengths),
        covered,
        alike(facts.covered),
        browser(facts),
    ]
    there = [(name, title) for name, title in _PARTS if name != "topics" or covered]
    links = element("nav", *(element("a", text(title), href=f"#{name}") for name, title in there))
    foot = element("footer", text(made_by, 200))
    title = element("title", text(f"{facts.metadata.get('job', 'dataset')}: report", 100))
    head = element("head", _HEAD, title, element("style", STYLE))
    body = element("body", element("main", parts[0], links, joined(*parts[1:]), foot))
    return f"{MARK}\n{element('html', head, body, lang='en')}\n"
