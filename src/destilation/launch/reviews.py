"""The reviews that a job asks for, in the order of its configuration: those that ask models, and those that do not."""

from destilation.checks.consistency import Consistency
from destilation.checks.embedding import Embedding
from destilation.checks.execution import Execution, GeneratedTests
from destilation.checks.judge import Judge
from destilation.checks.plugins import PlugInCheck
from destilation.checks.rules import Arithmetic, Grounding
from destilation.checks.sandbox.box import Sandbox
from destilation.checks.sandbox.selftest import open_sandbox
from destilation.config import Config
from destilation.core.job import StageSpec
from destilation.core.review import Review
from destilation.core.template import Template
from destilation.errors import ConfigError


async def reviews_of(config: Config) -> list[Review]:
    """The semantic layer of a job. Raises ConfigError for what cannot be had, SandboxError where code cannot be run."""
    checks, template = config.job.checks, config.template
    strings = [field for field in template.sample_fields if field.type.kind == "string"]
    texts = [field.name for field in strings if field.format != "code"]
    code = next((field.name for field in strings if field.format == "code"), None)
    makers = _makers(config)
    made = {name: stage for name, stage in makers.items() if name in texts}
    reviews: list[Review] = []
    if checks.arithmetic:
        reviews.append(Arithmetic(made))
    if checks.grounding is not None:
        reviews.append(Grounding(checks.grounding, made))
    sandbox = await _sandbox(config, code)
    if sandbox is not None and code is not None and checks.execution == "sandbox":
        reviews.append(Execution(sandbox, code, made_by=makers.get(code)))
    reviews += [PlugInCheck(plugin) for plugin in checks.plugins]
    return [*reviews, *(_asking(config, spec, sandbox, code) for spec in config.staged.reviews)]


def _makers(config: Config) -> dict[str, str]:
    """Which stage makes which field, the first stage first. What the user gave is made by none."""
    makers: dict[str, str] = {}
    for making in config.staged.making:
        for field in making.template.asked(native=False):
            makers.setdefault(field.name, making.name)
    return makers


async def _sandbox(config: Config, code: str | None) -> Sandbox | None:
    """The sandbox, where code is to be run; opened, and tried out, only then."""
    runs = config.job.checks.execution == "sandbox"
    if not runs and all(spec.kind != "tests" for spec in config.staged.reviews):
        return None
    if code is None:
        key = "job.checks.execution" if runs else 'job.stages: kind = "tests"'
        raise ConfigError(f'{key}: template "{config.template.id}" has no field of code')
    return await open_sandbox()


def _asking(config: Config, spec: StageSpec, sandbox: Sandbox | None, code: str | None) -> Review:
    template, attempts = config.template, spec.max_attempts or config.job.max_attempts
    if spec.kind == "embeddings":
        return Embedding(spec.name, config.job.dedup.fields or template.compared_fields, attempts)
    if spec.kind == "judge":
        return Judge(spec, template, [making.name for making in config.staged.making], attempts)
    if spec.kind == "tests" and sandbox is not None and code is not None:
        return GeneratedTests(spec, sandbox, code, attempts, made_by=_makers(config).get(code))
    return Consistency(spec, *_answering(config, template), attempts)


def _answering(config: Config, template: Template) -> tuple[Template, str]:
    """The template that asks a sample's question again, and the field of its answer."""
    again = template if template.given is None else template.with_given(template.given.fields)
    answers = [field for field in again.sample_fields if field.source in ("text", "json")]
    if not again.seeds or not answers or answers[-1].format not in ("text", "reasoning"):
        raise ConfigError(
            'job.stages: a stage of kind "consistency" compares answers in words to a question, which template '
            f'"{template.id}" does not have'
        )
    return again, answers[-1].name
