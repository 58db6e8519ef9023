"""`[[tools]]` into Tools, for templates with tool calls. Knows the file only through its Source."""

from typing import Any

from msgspec.structs import replace

from destilation.config.check import check
from destilation.config.source import Source
from destilation.config.stages import Staged
from destilation.config.template_model import ToolTable
from destilation.core.tool import Tool


def tools_of(source: Source, tables: list[dict[str, Any]]) -> tuple[Tool, ...]:
    """The declared tools; what is wrong with them is noted in the source."""
    found: dict[str, Tool] = {}
    for number, table in enumerate(tables):
        checked = check(source, ToolTable, table, ("tools", number))
        if checked is None:
            continue
        if checked.name in found:
            source.wrong(("tools", number, "name"), f'there is another tool named "{checked.name}"')
        found[checked.name] = Tool(checked.name, checked.description, checked.parameters)
    return tuple(found.values())


def offered(source: Source, tools: tuple[Tool, ...], staged: Staged) -> Staged:
    """The stages with the tools; where none of them makes a call, that is noted in the source."""
    if not any(field.format == "tool_call" for making in staged.making for field in making.template.fields):
        template = staged.making[-1].template.id
        source.wrong(("tools",), f'template "{template}" calls no tools', "leave them out, or use tool_trace")
    making = tuple(replace(each, template=each.template.with_tools(tools)) for each in staged.making)
    return replace(staged, making=making)
