"""`export` of a template: checked where it stands, dumped, and in the schema for editors."""

from pathlib import Path

import pytest

from destilation.config import dump, json_schema, load
from destilation.core.roles import Roles
from destilation.errors import ConfigError

TOML = """
[job]
template = "review"
[[templates]]
id = "review"
schema = [{{ name = "incident" }}, {{ name = "call", format = "tool_call" }}, {{ name = "review" }}]
user_prompt_pattern = "Invent one."
export = {{ {export} }}
"""


def loaded(tmp_path: Path, export: str) -> str:
    """What is wrong with it; empty: nothing."""
    path = tmp_path / "config.toml"
    path.write_text(TOML.format(export=export))
    try:
        load(path, env={})
    except ConfigError as error:
        return str(error)
    return ""


def test_it_is_read_and_dumped(tmp_path: Path) -> None:
    """The roles are those that were written, also after a dump was read back."""
    assert loaded(tmp_path, 'user = "incident", assistant = "review", topic = "incident"') == ""
    config = load(tmp_path / "config.toml", env={})
    wanted = Roles(user="incident", assistant="review", topic="incident")
    assert config.template.export == wanted
    (tmp_path / "again.toml").write_text(dump(config))
    assert load(tmp_path / "again.toml", env={}).template.export == wanted


@pytest.mark.parametrize(
    ("export", "wanted"),
    [
        ('user = "incident", asistant = "review"', "help: did you mean `assistant`?"),
        ('user = "incident", assistant = "reviw"', "is no field of this template, did you mean 'review'?"),
        ('assistant = "review"', "templates[0].export.user: missing"),
        ('user = "incident"', "names no field that is the answer"),
        ('user = "incident", assistant = "review", tool_call = "review"', 'must have format = "tool_call"'),
        ('user = 5, assistant = "review"', "must be a string"),
    ],
)
def test_mistakes_are_shown_where_they_are(export: str, wanted: str, tmp_path: Path) -> None:
    """Each has its line and what to do."""
    told = loaded(tmp_path, export)
    assert wanted in told
    assert "config.toml:8:" in told


def test_editors_know_it() -> None:
    """The JSON Schema has the keys."""
    properties = json_schema()["$defs"]["ExportTable"]["properties"]
    assert set(properties) == set(Roles.__struct_fields__)
