"""`destilation init`: a commented config.toml to start from."""

import asyncio
import json
import os
from pathlib import Path
from typing import Any

import click
from msgspec import Struct

from destilation.cli.settings import DEFAULT_CONFIG
from destilation.config import Config, Override, json_schema, load
from destilation.core.catalogue import BUILTIN
from destilation.core.display import display_safe
from destilation.core.job import OllamaSpec
from destilation.errors import ConfigError
from destilation.launch.local import LocalModels, local_models

MOST_OFFERED = 30

MODELS = {
    "mock": "mock",
    "ollama": "qwen3:8b",
    "openrouter": "qwen/qwen3-235b-a22b",
    "openai": "gpt-5-mini",
}

TEXT = """\
#:schema ./.destilation/config.schema.json
version = 1

[job]
domain = {domain}
target = {target}
template = {template}             # built in: {templates}; or an id below
out = "./datasets"                  # the dataset's folder is made here
seed = 1
max_attempts = 3                    # per task; each retry carries the reasons of the rejection
concurrency = "auto"                # or a number of requests in flight
# budget_usd = 20.0                 # a cap that holds; also: max_tokens, max_requests, max_time = "6h"
confirm_above_usd = 1.0             # run asks first where it will likely cost more
mix = [                             # shares of accepted samples; also temperature, top_p, max_tokens, extra
  {{ provider = "{provider}", model = {model}, share = 1.0 }},
]

[job.dedup]                         # exact always; near: MinHash and exact Jaccard
threshold = 0.85

[job.checks]
min_chars = {{}}                      # for example {{ answer = 40 }}

{table}
# A template of your own:
# [[templates]]
# id = "incident_review"
# schema = [
#   {{ name = "incident", type = "string", description = "what happened" }},
#   {{ name = "causes", type = "array", items = "string" }},
#   {{ name = "review", type = "string" }},
# ]
# system_prompt = "You are a senior engineer in {{{{domain}}}}."
# user_prompt_pattern = "Invent incident number {{{{number}}}} in {{{{domain}}}} and review it."
"""

TABLES = {
    "mock": """\
[providers.mock]                    # the built-in double: offline, free
latency_s = 0.0                     # also: invalid, duplicate, failing ... as shares; see docs/providers.md
""",
    "ollama": """\
[providers.ollama]                  # base_url defaults to the local server
num_ctx = 8192
""",
    "openrouter": """\
[providers.openrouter]
api_key_env = "OPENROUTER_API_KEY"  # the name of a variable; a key in this file is an error
enforce_distillable_text = true     # only models whose authors permit distillation
max_concurrency = 64
""",
    "openai": """\
[providers.openai]                  # any OpenAI-compatible server
base_url = "https://api.openai.com/v1"
api_key_env = "OPENAI_API_KEY"      # the name of a variable; a key in this file is an error
max_concurrency = 64
""",
}


EPILOG = """\b
Examples:
  destilation init --yes
  destilation init my-job -t reasoning -p ollama
  destilation init other -p openrouter -m qwen/qwen3-235b-a22b --domain "Rust Systems Programming" -n 1000
"""


class Choice(Struct, frozen=True):
    """What the file is to say of whom is asked; `found` is a local Ollama, where one answered."""

    provider: str
    model: str
    found: LocalModels | None


@click.command(epilog=EPILOG)
@click.argument("folder", default=".", type=click.Path(path_type=Path, file_okay=False))
@click.option("--domain", default=None, help="The subject area.")
@click.option("-t", "--template", default=None, help="A built-in template; simple_qa without it.")
@click.option("-p", "--provider", default=None, type=click.Choice(sorted(MODELS)), help="Else a local Ollama, or mock.")
@click.option("-m", "--model", default=None, help="The provider's model.")
@click.option("-n", "--target", default=None, type=click.IntRange(1), help="How many samples; 100 without it.")
@click.option("-y", "--yes", is_flag=True, help="Ask nothing, take the defaults.")
def command(
    folder: Path,
    domain: str | None,
    template: str | None,
    provider: str | None,
    model: str | None,
    target: int | None,
    yes: bool,
) -> None:
    """Write config.toml, its JSON Schema for editors, and .gitignore. Nothing is ever overwritten.

    On a terminal what no flag says is asked for. Where nobody says whom to ask, a model of a local Ollama is taken,
    else the built-in mock.
    """
    path = folder / DEFAULT_CONFIG
    if path.exists():
        raise ConfigError(f"{path} is there already, and is left as it is; for another: destilation init FOLDER")
    asks = not yes and os.isatty(0) and os.isatty(2)
    domain = _asked(asks, "Domain", domain, "Everyday Physics")
    template = _asked(asks, "Template", template, "simple_qa", [each.id for each in BUILTIN])
    choice = _choice(asks, provider, model)
    target = target or int(_asked(asks, "Samples", None, "100", kind=click.IntRange(1)))
    _check(domain, template, target, choice)
    text = TEXT.format(
        domain=_quoted(domain),
        target=target,
        template=_quoted(template),
        templates=" ".join(each.id for each in BUILTIN),
        provider=choice.provider,
        model=_quoted(choice.model),
        table=_table(choice),
    )
    config = _write(folder, path, text)
    found = f" (found on this machine: {display_safe(choice.model, 80)})" if choice.found else ""
    print(f"✓ {path}   job {config.job.name}, {target:,} samples of {template}, provider {choice.provider}{found}")
    where = "" if folder == Path(".") else f" -C {path}"
    print(f"Next: destilation preview{where}     then: destilation run{where}")


def _asked(
    asks: bool, title: str, given: str | None, default: str, among: list[str] | None = None, kind: Any = None
) -> str:
    """What a flag says, else what is answered, else the default."""
    if given is not None or not asks:
        return given or default
    return str(click.prompt(title, default=default, type=click.Choice(among) if among else kind, err=True))


def _choice(asks: bool, provider: str | None, model: str | None) -> Choice:
    """Whom to ask. A local Ollama is only looked for where it may be meant."""
    found = asyncio.run(local_models(os.environ)) if provider in (None, "ollama") else None
    provider = _asked(asks, "Provider", provider, "ollama" if found else "mock", sorted(MODELS))
    if provider != "ollama" or found is None or model is not None:
        default = MODELS[provider]
        model = model or (default if provider == "mock" else _asked(asks, "Model", None, default))
        return Choice(provider, model, None)
    models = list(found.models)
    return Choice(provider, _asked(asks, "Model", None, models[0], models[:MOST_OFFERED]), found)


def _check(domain: str, template: str, target: int, choice: Choice) -> None:
    """Raises ConfigError for what the file would be wrong in, told by its flag, before anything is written."""
    mix = [{"provider": choice.provider, "model": choice.model}]
    values = {"domain": domain, "template": template, "target": target, "mix": mix}
    flags = {"mix": "--model"}
    load(
        None,
        overrides=[Override(f"job.{key}", each, flags.get(key, f"--{key}")) for key, each in values.items()],
        env={},
    )


def _table(choice: Choice) -> str:
    if choice.found is None or choice.found.base_url == OllamaSpec(name="ollama").base_url:
        return TABLES[choice.provider]
    return f"{TABLES[choice.provider]}base_url = {_quoted(choice.found.base_url)}\n"


def _quoted(text: str) -> str:
    """A string of TOML, which takes the escapes of JSON."""
    return json.dumps(text, ensure_ascii=False)


def _write(folder: Path, path: Path, text: str) -> Config:
    try:
        data = text.encode("utf-8")
    except UnicodeEncodeError:
        raise ConfigError("a flag is not text in UTF-8") from None
    try:
        (folder / ".destilation").mkdir(parents=True, exist_ok=True)
        with path.open("xb") as file:
            file.write(data)
        try:
            config = load(path, env={})
        except ConfigError:
            path.unlink()
            raise
        _add(folder / ".destilation" / "config.schema.json", json.dumps(json_schema(), indent=2))
        _add(folder / ".gitignore", "datasets/\n")
    except OSError as error:
        raise ConfigError(f"{error.filename}: {error.strerror}") from None
    return config


def _add(path: Path, text: str) -> None:
    if not path.exists():
        path.write_text(text, encoding="utf-8")
