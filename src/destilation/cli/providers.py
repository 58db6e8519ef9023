"""`destilation providers`: what a configuration may ask, and whether it answers."""

import asyncio
import os
from typing import Any

import click
import msgspec

from destilation.cli import output
from destilation.cli.settings import job_options, load_config
from destilation.config import Config
from destilation.core.display import display_safe
from destilation.core.job import AnyProviderSpec, RemoteSpec
from destilation.errors import ConfigError, NoProviderError


@click.group(epilog="\b\nExamples:\n  destilation providers list\n  destilation providers check openrouter")
def command() -> None:
    """List providers, or check that they answer."""


@command.command("list", epilog="\b\nExample:\n  destilation providers list -C config.toml")
@job_options
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
def list_providers(as_json: bool, **flags: Any) -> None:
    """List the providers of the configuration with their models; nothing is sent."""
    config = load_config(flags)
    rows = [(name, _kind(spec), _address(spec), _key(spec), _models(config, name)) for name, spec in _specs(config)]
    if as_json:
        keys = ("name", "kind", "address", "key", "models")
        output.print_json([dict(zip(keys, row, strict=True)) for row in rows])
        return
    output.print_table([("provider", "kind", "address", "key", "models"), *rows])


@command.command(
    epilog="\b\nExamples:\n  destilation providers check ollama -p ollama -m qwen3:8b\n"
    "  destilation providers check --probe -t reasoning"
)
@click.argument("names", nargs=-1)
@job_options
@click.option("--probe", is_flag=True, help="Ask each model for a sample, six times at most, to find out how.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
def check(names: tuple[str, ...], probe: bool, as_json: bool, **flags: Any) -> int:
    """Reach each provider: does it answer, does it know the model, is the key good.

    With --probe each is asked for what the job would ask it for: told are the way that works (a JSON schema, a tool
    call, JSON alone, or words), whether the model shows its own reasoning then, and why no better way was taken.
    """
    if names and not flags["provider"]:
        flags["provider"] = ()
    config = load_config(flags)
    known = dict(_specs(config))
    if unknown := [name for name in names if name not in known]:
        raise ConfigError(f"the mix asks no provider '{display_safe(unknown[0], 60)}'; it asks: {', '.join(known)}")
    results = asyncio.run(_check(config, names or tuple(known)))
    if probe:
        asyncio.run(_probe(config, results))
    if as_json:
        output.print_json(results)
    else:
        for result in results:
            print(f"{'✓' if result['ok'] else '✗'} {result['provider']}")
            for line in result["lines"]:
                print(f"    {line}")
    if not any(result["ok"] for result in results):
        raise NoProviderError("no provider can be used")
    return 0 if all(result["ok"] for result in results) else NoProviderError.exit_code


async def _check(config: Config, names: tuple[str, ...]) -> list[dict[str, Any]]:
    from destilation.providers.registry import Registry

    results = []
    async with Registry(os.environ) as registry:
        for name in names:
            for model in _asked(config, name):
                found = await registry.check(config.providers[name], model)
                results.append(
                    {
                        "provider": display_safe(f"{name}/{model}", 80),
                        "name": name,
                        "model": model,
                        "ok": found.ok,
                        "latency_s": found.latency_s,
                        "lines": [display_safe(line, 300) for line in found.lines],
                    }
                )
    return results


async def _probe(config: Config, results: list[dict[str, Any]]) -> None:
    """Adds to the results of those that can be reached how they want to be asked."""
    from destilation.launch.probe import probe

    reached = {result["name"] for result in results if result["ok"]}
    probed = await probe(config, os.environ, reached)
    for result in results:
        mine = [each for each in probed if (each.provider, each.asked) == (result["name"], result["model"])]
        result["probe"] = [msgspec.to_builtins(each) for each in mine]
        result["ok"] = result["ok"] and all(each.found for each in mine)
        result["lines"] += [display_safe(each.words, 400) for each in mine]


def _asked(config: Config, name: str) -> list[str]:
    """The models of a provider that any stage asks, in order."""
    return list(dict.fromkeys(share.model for _, share in config.staged.shares if share.provider == name))


def _specs(config: Config) -> list[tuple[str, AnyProviderSpec]]:
    return sorted(config.providers.items())


def _kind(spec: AnyProviderSpec) -> str:
    return str(spec.__struct_config__.tag)


def _address(spec: AnyProviderSpec) -> str:
    return spec.base_url if isinstance(spec, RemoteSpec) else "built in"


def _key(spec: AnyProviderSpec) -> str:
    if spec.api_key_env is None:
        return "none needed"
    return f"{spec.api_key_env} ({'set' if os.environ.get(spec.api_key_env) else 'not set'})"


def _models(config: Config, name: str) -> str:
    return ", ".join(display_safe(model, 80) for model in _asked(config, name))
