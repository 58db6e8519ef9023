"""HTML that cannot hold anything foreign: text becomes Html only here, escaped. Knows no part of the page.

Controls, bidirectional marks and what looks like a key are made visible or taken out before that. No element is
made that could fetch, run or lead anywhere.
"""

import html
from collections.abc import Sequence
from typing import NewType

from destilation.core.display import display_safe, redact

Html = NewType("Html", str)
NOTHING = Html("")
_LONGEST = 10_000  # of an attribute: the points of a plot


def text(foreign: object, limit: int = 200) -> Html:
    """Foreign text on one line of at most `limit` characters."""
    return Html(html.escape(display_safe(redact(str(foreign)), limit), quote=True))


def block(foreign: str, limit: int) -> Html:
    """Foreign text with its line ends kept, of at most `limit` characters; what is left out is counted."""
    short = redact(foreign[:limit]).expandtabs(4).replace("\r\n", "\n")
    lines = [html.escape(display_safe(line, limit + 1), quote=True) for line in short.split("\n")]
    if len(foreign) > limit:
        lines.append(f"[… {len(foreign) - limit:,} characters more]")
    return element("pre", Html("\n".join(lines)), dir="auto")


def element(tag: str, *inner: Html, **attributes: str) -> Html:
    """An element; `_` at the end of an attribute's name falls away, one inside becomes a hyphen."""
    told = "".join(
        f' {name.rstrip("_").replace("_", "-")}="{text(value, _LONGEST)}"' for name, value in attributes.items()
    )
    return Html(f"<{tag}{told}>{''.join(inner)}</{tag}>")


def joined(*parts: Html) -> Html:
    """The parts one after the other."""
    return Html("".join(parts))


def number(name: str, value: float, shown: str) -> Html:
    """A figure that programs can read too: `value` under the name, `shown` to people."""
    return element("data", text(shown), class_="n", id=name, value=f"{value!r}")


def table(heads: Sequence[str], rows: Sequence[tuple[Html, ...]]) -> Html:
    """A table; the first column is text, the others are figures."""
    head = element("tr", *(element("th", text(each), scope="col") for each in heads))
    body = [element("tr", *(element("td", cell) for cell in row)) for row in rows]
    return element("div", element("table", element("thead", head), element("tbody", *body)), class_="wide")


def section(title: str, name: str, *inner: Html) -> Html:
    """A part of the page with its heading."""
    return element("section", element("h2", text(title)), *inner, id=name)


def note(words: str) -> Html:
    """A remark to the reader."""
    return element("p", text(words, 1_000), class_="note")
