"""`destilation init`: a commented config.toml to start from."""

import os
from pathlib import Path

import click

from destilation.cli.settings import DEFAULT_CONFIG
from destilation.config import json_schema, load
from destilation.core.catalogue import BUILTIN
from destilation.errors import ConfigError

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
domain = "{domain}"
target = {target}
template = "{template}"             # built in: {templates}; or an id below
out = "./datasets"                  # the dataset's folder is made here
seed = 1
max_attempts = 3                    # per task; each retry carries the reasons of the rejection
concurrency = "auto"                # or a number of requests in flight
mix = [                             # shares of accepted samples; also temperature, top_p, max_tokens, extra
  {{ provider = "{provider}", model = "{model}", share = 1.0 }},
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


@click.command(epilog="\b\nExamples:\n  destilation init --yes\n  destilation init my-job -t reasoning -p ollama")
@click.argument("folder", default=".", type=click.Path(path_type=Path, file_okay=False))
@click.option("--domain", default=None, help="The subject area.")
@click.option("-t", "--template", default="simple_qa", show_default=True, help="A built-in template.")
@click.option("-p", "--provider", default="mock", show_default=True, type=click.Choice(sorted(MODELS)))
@click.option("-m", "--model", default=None, help="The provider's model.")
@click.option("-n", "--target", default=100, show_default=True, type=click.IntRange(1), help="How many samples.")
@click.option("--yes", is_flag=True, help="Ask nothing, take the defaults.")
def command(
    folder: Path, domain: str | None, template: str, provider: str, model: str | None, target: int, yes: bool
) -> None:
    """Write config.toml, its JSON Schema for editors, and .gitignore. Nothing is ever overwritten."""
    path = folder / DEFAULT_CONFIG
    if path.exists():
        raise ConfigError(f"{path} is there already, and is left as it is")
    if domain is None:
        domain = "Everyday Physics" if yes or not _asks() else click.prompt("Domain", default="Everyday Physics")
    text = TEXT.format(
        domain=domain.replace("\\", "\\\\").replace('"', '\\"'),
        target=target,
        template=template,
        templates=" ".join(each.id for each in BUILTIN),
        provider=provider,
        model=model or MODELS[provider],
        table=TABLES[provider],
    )
    _write(folder, path, text)
    print(f"{path}: {target:,} samples of {template} about {domain}, asked of {provider}")
    where = "" if folder == Path(".") else f" -C {path}"
    print(f"Next: destilation run --dry-run{where}     then: destilation run{where}")


def _asks() -> bool:
    return os.isatty(0) and os.isatty(2)


def _write(folder: Path, path: Path, text: str) -> None:
    import json

    try:
        (folder / ".destilation").mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
        try:
            load(path, env={})
        except ConfigError:
            path.unlink()
            raise
        schema = folder / ".destilation" / "config.schema.json"
        schema.write_text(json.dumps(json_schema(), indent=2), encoding="utf-8")
        ignored = folder / ".gitignore"
        if not ignored.exists():
            ignored.write_text("datasets/\n", encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"{error.filename}: {error.strerror}") from None
