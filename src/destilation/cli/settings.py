"""Flags of the command line as overrides of the configuration, the same for every verb that takes a job."""

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click
from msgspec.structs import replace

from destilation.cli.look import load_look
from destilation.config import Config, Override, load, parse_setting
from destilation.errors import ConfigError

DEFAULT_CONFIG = Path("config.toml")
Command = TypeVar("Command", bound=Callable[..., Any])

# flag -> the key it overrides
KEYS = {
    "domain": "job.domain",
    "template": "job.template",
    "target": "job.target",
    "seeds": "job.seeds.file",
    "seed_mode": "job.seeds.mode",
    "per_seed": "job.seeds.per_seed",
    "out": "job.out",
    "name": "job.name",
    "seed": "job.seed",
    "max_attempts": "job.max_attempts",
    "concurrency": "job.concurrency",
    "per_request": "job.per_request",
    "budget_usd": "job.budget_usd",
    "max_time": "job.max_time",
}


def job_options(command: Command) -> Command:
    """Adds the flags that describe a job."""
    for option in reversed(
        (
            click.option("-C", "--config", type=click.Path(path_type=Path), help="The configuration file."),
            click.option("--domain", help="The subject area."),
            click.option("-t", "--template", help="The template's id; see: destilation templates list."),
            click.option("-n", "--target", help="How many samples are wanted in all."),
            click.option("--seeds", help="Questions or texts: JSONL, CSV, TSV, TXT, Parquet, or a folder."),
            click.option("--seed-mode", help="What is done with them: answer, variations, evolve or ground."),
            click.option("--per-seed", help="How many samples are made of each."),
            click.option("-p", "--provider", multiple=True, help="Ask this provider; repeat for a mix."),
            click.option("-m", "--model", multiple=True, help="The model of the provider at the same place."),
            click.option("-o", "--out", help="The folder under which the dataset's folder is made."),
            click.option("--name", help="The job's name, which names the dataset's folder."),
            click.option("--seed", help="Makes prompts and mock answers repeatable."),
            click.option("--max-attempts", help="How often one task is asked for before it is replaced."),
            click.option("-j", "--concurrency", help="Requests in flight, a number or 'auto'."),
            click.option("--per-request", help="How many samples one request asks for."),
            click.option("--budget-usd", help="The most that the job may cost over all its runs, in US dollars."),
            click.option("--max-time", help="The longest that this run may take: 90s, 30m, 6h."),
            click.option("--set", "settings", multiple=True, metavar="KEY=VALUE", help="Any key of the file."),
        )
    ):
        command = option(command)
    return command


def load_config(flags: dict[str, Any], folder: Path | None = None, more: Sequence[Override] = ()) -> Config:
    """The configuration that the flags of `job_options` describe. Raises ConfigError.

    Without `--config`, `folder/job.toml` is taken where a dataset folder is given, else `./config.toml`
    where there is one. `more` are what flags of the verb say.
    """
    path: Path | None = flags["config"]
    if path is None and folder is not None:
        path = folder / "job.toml"
    if path is None and DEFAULT_CONFIG.exists():
        path = DEFAULT_CONFIG
    overrides = [*_mix(flags["provider"], flags["model"])]
    for flag, key in KEYS.items():
        if flags[flag] is not None:
            overrides.append(Override(key, _value(flag, flags[flag]), f"--{flag.replace('_', '-')}"))
    if folder is not None:
        place = folder.absolute()
        overrides += [
            Override("job.out", str(place.parent), "the folder"),
            Override("job.name", place.name, "the folder"),
        ]
    overrides += [*more, *(parse_setting(text) for text in flags["settings"])]
    config = load(path, overrides=overrides, env=os.environ)
    if folder is None or flags["config"] is not None:
        return config
    ui, hooks = load_look([*more], flags["settings"])
    return replace(config, ui=ui, hooks=hooks)


def _value(flag: str, text: str) -> object:
    """Text flags stay text; numbers become numbers where they are, and the configuration says what is wrong."""
    if flag in ("domain", "template", "out", "name", "seeds", "seed_mode"):
        return text
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text


def _mix(providers: Sequence[str], models: Sequence[str]) -> list[Override]:
    if not providers and not models:
        return []
    if not providers:
        raise ConfigError("--model needs --provider: the model of which provider?")
    if len(models) > len(providers):
        raise ConfigError(f"{len(models)} --model but {len(providers)} --provider: name a provider for each model")
    entries = [{"provider": name} for name in providers]
    for entry, model in zip(entries, models, strict=False):
        entry["model"] = model
    return [Override("job.mix", entries, "--provider")]
