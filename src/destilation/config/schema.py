"""The JSON Schema of config.toml, for editors that check TOML while it is typed."""

from typing import Any

from destilation.config.model import JobTable
from destilation.config.provider_model import KINDS
from destilation.config.template_model import FieldTable, TemplateTable, ToolTable
from destilation.config.ui import HooksTable, UiTable


def json_schema() -> dict[str, Any]:
    """Draft 2020-12, one document without references to other files."""
    definitions: dict[str, Any] = {}

    def add(name: str, model: Any) -> dict[str, str]:
        schema = model.model_json_schema(ref_template="#/$defs/{model}")
        definitions.update(schema.pop("$defs", {}))
        definitions[name] = schema
        return {"$ref": f"#/$defs/{name}"}

    template = add("TemplateTable", TemplateTable)
    definitions["TemplateTable"]["properties"]["schema"]["items"] = add("FieldTable", FieldTable)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Destilation config.toml",
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "version": {"const": 1},
            "job": add("JobTable", JobTable),
            "providers": {
                "type": "object",
                "additionalProperties": {"anyOf": [add(model.__name__, model) for model in KINDS.values()]},
            },
            "templates": {"type": "array", "items": template},
            "tools": {"type": "array", "items": add("ToolTable", ToolTable)},
            "ui": add("UiTable", UiTable),
            "hooks": add("HooksTable", HooksTable),
        },
        "$defs": definitions,
    }
