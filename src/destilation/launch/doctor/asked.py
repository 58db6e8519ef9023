"""What a configuration asks for: its sandbox, its keys, its endpoints. Generates nothing; keys are never shown."""

from collections.abc import Mapping

from destilation.checks.sandbox.selftest import SandboxError, open_sandbox
from destilation.config import Config
from destilation.core.display import display_safe
from destilation.core.job import AnyProviderSpec
from destilation.errors import NoProviderError
from destilation.launch.doctor.finding import Finding, bad, good, odd
from destilation.providers.registry import Registry


async def sandbox(config: Config | None) -> Finding:
    """Whether code can be run here; without one that is bad only for a job that runs code."""
    try:
        await open_sandbox()
    except SandboxError as error:
        told, _, fix = str(error).partition(".  help: ")
        if config is not None and _runs_code(config):
            return bad("sandbox", told, fix)
        return odd("sandbox", f"{told} (this job runs none)", fix)
    return good("sandbox", "holds: no file, network, process or right of this machine is reached from it")


def keys(config: Config, env: Mapping[str, str]) -> list[Finding]:
    """For each provider that needs a key whether it is set."""
    found = []
    for name, spec in sorted(config.providers.items()):
        if spec.api_key_env is not None:
            found.append(_key(f"key of {name}", spec.api_key_env, env))
    return found


async def endpoints(config: Config, env: Mapping[str, str]) -> list[Finding]:
    """For each model of the mix whether its server answers, how quickly, and whether it has the model."""
    async with Registry(env) as registry:
        return [
            await _endpoint(registry, name, config.providers[name], model)
            for name, model in dict.fromkeys((share.provider, share.model) for _, share in config.staged.shares)
        ]


def _runs_code(config: Config) -> bool:
    return config.job.checks.execution == "sandbox" or any(spec.kind == "tests" for spec in config.staged.reviews)


def _key(name: str, variable: str, env: Mapping[str, str]) -> Finding:
    value = env.get(variable)
    if not value:
        return bad(name, f"{variable} is not set", f"export {variable}=...", NoProviderError.exit_code)
    if value != value.strip():
        return bad(name, f"{variable} has white space around it", f"export {variable} anew", NoProviderError.exit_code)
    return good(name, f"{variable} is set")


async def _endpoint(registry: Registry, name: str, spec: AnyProviderSpec, model: str) -> Finding:
    label = display_safe(f"{name}/{model}", 80)
    found = await registry.check(spec, model)
    told = display_safe("; ".join(found.lines), 400)
    if found.ok:
        return good(label, told)
    return bad(label, told, f"look closer with: destilation providers check {name}", NoProviderError.exit_code)
