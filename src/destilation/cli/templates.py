"""`destilation templates`: list them, show one."""

from pathlib import Path
from typing import Any

import click

from destilation.cli import output
from destilation.cli.settings import DEFAULT_CONFIG
from destilation.config import load_templates
from destilation.config.problems import suggestion
from destilation.core.catalogue import BUILTIN, find
from destilation.core.fields import Field
from destilation.core.provider import Prompt
from destilation.core.task import Task, request_seed, seed_of
from destilation.core.template import Template
from destilation.errors import ConfigError

SOURCES = {
    "text": "the whole text of the answer",
    "reasoning": "the model's own reasoning, else the answer",
    "seed": "a seed",
    "check": "a check",
}
EXAMPLE_DOMAIN = "Rust Systems Programming"

_config = click.option("-C", "--config", type=click.Path(path_type=Path), help="Also the templates of this file.")
_json = click.option("--json", "as_json", is_flag=True, help="One JSON document.")


@click.group(epilog="\b\nExamples:\n  destilation templates list\n  destilation templates show reasoning --json")
def command() -> None:
    """List templates, or show one with its prompts and schema."""


@command.command("list", epilog="\b\nExample:\n  destilation templates list")
@_config
@_json
def list_templates(config: Path | None, as_json: bool) -> None:
    """List the built-in templates and those of the configuration."""
    templates = _all(config)
    if as_json:
        output.print_json([_document(template) for template in templates])
        return
    output.print_table(
        [
            (template.id, ", ".join(field.name for field in template.sample_fields), template.description)
            for template in templates
        ]
    )


@command.command(epilog="\b\nExample:\n  destilation templates show tool_trace")
@click.argument("template_id", metavar="ID")
@_config
@_json
@click.option("--domain", default=EXAMPLE_DOMAIN, show_default=True, help="The domain of the example.")
def show(template_id: str, config: Path | None, as_json: bool, domain: str) -> None:
    """Show a template: fields, prompts, JSON Schema, and one example as a provider gets it."""
    templates = _all(config)
    template = find(template_id, templates)
    if template is None:
        hint = suggestion(template_id, [each.id for each in templates])
        raise ConfigError(f"there is no template '{template_id}'{hint}; see: destilation templates list")
    given = seed_of({name: f"({name})" for name in template.seeds}) if template.seeds else None
    prompt = template.prompt(Task(1, domain, given), request_seed(1, 1, 1))
    if as_json:
        output.print_json({**_document(template), "example": _example(prompt)})
        return
    _print(template, prompt)


def _all(config: Path | None) -> tuple[Template, ...]:
    path = config or (DEFAULT_CONFIG if DEFAULT_CONFIG.exists() else None)
    return (*BUILTIN, *(load_templates(path) if path else ()))


def _document(template: Template) -> dict[str, Any]:
    return {
        "id": template.id,
        "description": template.description,
        "builtin": template.builtin,
        "fields": [_field(field) for field in template.sample_fields],
        "asked_besides": [_field(field) for field in template.fields if not field.in_sample],
        "dedup_fields": list(template.compared_fields),
        "system_prompt": template.system_prompt,
        "user_prompt_pattern": template.user_prompt_pattern,
        "json_schema": _schema(template),
    }


def _schema(template: Template) -> Any:
    return None if template.shape is None else template.shape.schema


def _field(field: Field) -> dict[str, Any]:
    return {
        "name": field.name,
        "type": field.type.kind,
        "format": field.format,
        "source": field.source,
        "required": field.required,
        "description": field.description,
    }


def _example(prompt: Prompt) -> list[dict[str, str]]:
    return [{"role": message.role, "content": message.content} for message in prompt.messages]


def _print(template: Template, prompt: Prompt) -> None:
    print(f"{template.id}{' (built in)' if template.builtin else ''}: {template.description}\n\nFields of a sample")
    output.print_table([_row(field) for field in template.sample_fields])
    if besides := [field for field in template.fields if not field.in_sample]:
        print("\nAsked for besides, kept in provenance.jsonl")
        output.print_table([_row(field) for field in besides])
    print(f"\nCompared for duplicates: {', '.join(template.compared_fields)}")
    print(f"\nsystem_prompt\n{_indent(template.system_prompt)}")
    print(f"\nuser_prompt_pattern\n{_indent(template.user_prompt_pattern)}")
    print("\nJSON Schema")
    output.print_json(_schema(template))
    print(f'\nExample, as asked for the domain "{prompt.task.domain}"')
    for message in prompt.messages:
        print(f"  [{message.role}]\n{_indent(message.content, 4)}")


def _row(field: Field) -> tuple[str, str, str]:
    kind = field.type.kind if field.format == "text" else f"{field.type.kind} ({field.format.replace('_', ' ')})"
    kind += "" if field.source == "json" else f", from {SOURCES[field.source]}"
    return f"  {field.name}", kind + ("" if field.required else ", optional"), field.description


def _indent(text: str, by: int = 2) -> str:
    return "\n".join(f"{' ' * by}{line}" for line in text.splitlines())
