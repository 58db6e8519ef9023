"""`[[tools]]`: declared once, offered wherever a template calls one, refused where nothing would."""

from pathlib import Path

import pytest

from destilation.config import dump, load
from destilation.errors import ConfigError

JOB = '[job]\ndomain = "Harbours"\ntarget = 5\ntemplate = "{template}"\nmix = [{{ provider = "mock" }}]\n'
TIDE = (
    '[[tools]]\nname = "get_tide"\nparameters = { type = "object", properties = { harbour = { type = "string" } } }\n'
)


def written(folder: Path, tools: str, template: str = "tool_trace") -> Path:
    """A configuration with these tools."""
    path = folder / "config.toml"
    path.write_text(JOB.format(template=template) + tools)
    return path


def test_tools_are_offered_and_written_down(tmp_path: Path) -> None:
    """The template's call knows the tools, and the resolved configuration reads back to the same."""
    config = load(written(tmp_path, TIDE))
    (field,) = [field for field in config.template.fields if field.format == "tool_call"]
    assert [tool.name for tool in field.tools] == ["get_tide"]
    again = tmp_path / "job.toml"
    again.write_text(dump(config))
    assert load(again).digest == config.digest
    assert load(written(tmp_path, "")).digest != config.digest


def test_tools_reach_the_stage_that_calls_them(tmp_path: Path) -> None:
    """A stage with a template of its own is offered them too."""
    stages = '[[job.stages]]\nname = "ask"\nfields = ["thought"]\n[[job.stages]]\nname = "call"\n'
    config = load(written(tmp_path, stages + TIDE))
    asked = {making.name: [bool(f.tools) for f in making.template.fields] for making in config.staged.making}
    assert asked["ask"] == [False]
    assert any(asked["call"])


@pytest.mark.parametrize(
    ("tools", "template", "message"),
    [
        (TIDE, "simple_qa", 'tools: template "simple_qa" calls no tools'),
        (TIDE * 2, "tool_trace", 'tools[1].name: there is another tool named "get_tide"'),
        (TIDE.replace("get_tide", "get tide"), "tool_trace", '"get tide" must be 1 to 64 of A-Z a-z 0-9 _ -'),
        (TIDE.replace('type = "object"', 'type = "array"'), "tool_trace", 'must be a JSON Schema of type "object"'),
        (TIDE.replace('"string"', '"strnig"'), "tool_trace", "is no JSON Schema: Unknown type"),
        (TIDE.replace("parameters", "paramters"), "tool_trace", "did you mean"),
    ],
)
def test_bad_tools_are_refused(tmp_path: Path, tools: str, template: str, message: str) -> None:
    """Each mistake in one line with its place, before anything is asked."""
    with pytest.raises(ConfigError) as failed:
        load(written(tmp_path, tools, template))
    assert message in str(failed.value)
