"""xLAM and APIGen: a query, the tools, and the calls that answer it. What came of the calls has no place in it."""

from typing import Any

from destilation.exports import shapes
from destilation.exports.conversation import Conversation, Entry, json_text
from destilation.exports.format import Format
from destilation.exports.messages import described
from destilation.exports.sharegpt import called
from destilation.exports.sinks import lines
from destilation.exports.style import Style


def _row(entry: Entry, told: Conversation, style: Style) -> dict[str, Any]:
    calls = [called(call) for turn in told.turns for call in turn.calls]
    return {
        "query": told.turns[0].content,
        "tools": json_text([described(tool) for tool in told.tools]),
        "answers": json_text(calls),
        **style.origin(entry),
    }


FORMAT = Format(
    name="xlam",
    title="xLAM / APIGen single turn",
    row=_row,
    sink=lines,
    reasonings=("none",),
    arguments=("object",),
    only_tools=True,
    shape=shapes.row(dict.fromkeys(("query", "tools", "answers"), shapes.TEXT)),
    trainer="columns query, tools and answers (both JSON text); the tool's response and the final answer are left out",
)
