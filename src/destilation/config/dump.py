"""A resolved configuration as TOML that `load` reads back to the same: the dataset folder's `job.toml`."""

from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Any

import msgspec
import tomli_w

from destilation.config.build import Config
from destilation.config.stages import ALL_SEEDS
from destilation.core.fields import Field, Type
from destilation.core.job import AnyProviderSpec
from destilation.core.template import Template


def dump(config: Config) -> str:
    """The TOML text; keys only by the name of their variable."""
    job: dict[str, Any] = msgspec.to_builtins(config.job, builtin_types=(datetime, date, time))
    job["concurrency"] = job["concurrency"] or "auto"
    if config.job.target == ALL_SEEDS:
        del job["target"]
    document: dict[str, Any] = {"version": 1, "job": _without_none(job)}
    document["providers"] = {name: _provider(spec) for name, spec in sorted(config.providers.items())}
    if config.templates:
        document["templates"] = [_template(template) for template in config.templates]
    if config.tools:
        document["tools"] = [msgspec.to_builtins(tool) for tool in config.tools]
    return tomli_w.dumps(document, multiline_strings=False)


def _without_none(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _without_none(inner) for key, inner in value.items() if inner is not None}
    if isinstance(value, list | tuple):
        return [_without_none(inner) for inner in value]
    return value


def _provider(spec: AnyProviderSpec) -> dict[str, Any]:
    table: dict[str, Any] = msgspec.to_builtins(spec)
    table.pop("name", None)
    return dict(_without_none(table))


def _template(template: Template) -> dict[str, Any]:
    table: dict[str, Any] = {
        "id": template.id,
        "description": template.description,
        "schema": [_field(field) for field in template.fields],
        "system_prompt": template.system_prompt,
        "user_prompt_pattern": template.user_prompt_pattern,
    }
    if template.dedup_fields:
        table["dedup_fields"] = list(template.dedup_fields)
    if template.export is not None:
        table["export"] = msgspec.to_builtins(template.export)
    return table


def _field(field: Field) -> dict[str, Any]:
    table = {"name": field.name, **_type(field.type), "description": field.description}
    table |= {"required": field.required, "format": field.format}
    if field.source != "json":
        table["source"] = field.source
    if field.language is not None:
        table["language"] = field.language
    return table if field.in_sample else {**table, "in_sample": False}


def _type(kind: Type) -> dict[str, Any]:
    table: dict[str, Any] = {"type": kind.kind}
    if kind.enum:
        table["enum"] = list(kind.enum)
    if kind.items is not None:
        table["items"] = _type(kind.items)
    if kind.fields:
        table["fields"] = [_field(field) for field in kind.fields]
    if kind.minimum is not None:
        table["min"] = kind.minimum
    if kind.maximum is not None:
        table["max"] = kind.maximum
    return table
