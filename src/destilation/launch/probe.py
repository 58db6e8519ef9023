"""How each provider of a job wants to be asked, found out with a few real requests before anything depends on it."""

import asyncio
from collections.abc import Collection, Mapping

from msgspec import Struct
from msgspec.structs import replace

from destilation.checks.embedding import ASKED
from destilation.config import Config
from destilation.core.job import EmbeddingShare, Reasoning
from destilation.core.ladder import MOST_TRIALS
from destilation.core.provider import Completion, Prompt, Provider, Way
from destilation.core.sources import hear
from destilation.core.task import Task, request_seed
from destilation.core.template import Template
from destilation.core.verdict import Rejection
from destilation.errors import ProviderError, TransientProviderError
from destilation.launch.seeded import seeds_of
from destilation.launch.wiring import labels_of
from destilation.providers.registry import Registry

MOST_PAUSE_S = 10.0


class Probed(Struct, frozen=True):
    """What asking one entry of the mix came to: the `provider`, its model as `asked` for, and the `stage` that asks.

    `found` is whether an answer had the form that was asked for: then `way` is how to ask. `fault` says what was wrong
    with the last answer.
    """

    provider: str
    asked: str
    stage: str
    found: bool
    tries: int
    way: Way
    cost_usd: float = 0.0
    fault: str | None = None

    @property
    def words(self) -> str:
        """As a report tells it."""
        stage = f"for stage {self.stage}: " if self.stage else ""
        cost = f", ${self.cost_usd:.4f}" if self.cost_usd else ""
        tries = f"{self.tries} {'try' if self.tries == 1 else 'tries'}{cost}"
        if not self.found:
            return f"{stage}no answer had the form that was asked for after {tries}: {self.fault}"
        return f"{stage}asked by {self.way.words}; found after {tries}"


async def probe(config: Config, env: Mapping[str, str], names: Collection[str]) -> list[Probed]:
    """Ask every entry of the providers `names` for what its stage makes, six times at most.

    A stage that reviews is probed with the record of the last one that makes. What is answered is kept nowhere.
    Raises ConfigError for a missing key or a bad file of seeds.
    """
    making = {each.name: each.template for each in config.staged.making}
    seeded = seeds_of(config)
    task = Task(1, config.job.domain, None if seeded is None else seeded.supply[0])
    found = []
    async with Registry(env) as registry:
        for (stage, share), label in zip(config.staged.shares, labels_of(config), strict=True):
            if share.provider in names:
                embeds = isinstance(share, EmbeddingShare)
                template = ASKED if embeds else making.get(stage, config.template)
                policy = config.job.reasoning if stage in making else "json"
                provider = registry.open(config.providers[share.provider], share, label)
                tried = await _tried(provider, _Form(template, policy, _whole(task, template), config.job.seed))
                found.append(replace(tried, provider=share.provider, asked=share.model, stage=stage))
    return found


def _whole(task: Task, template: Template) -> Task:
    """The task with a text for each seed that an earlier stage would make."""
    wanted = ("text",) if template is ASKED else template.seeds
    missing = [name for name in wanted if name not in task.given]
    return task.with_given(dict.fromkeys(missing, f"What matters most in {task.domain}?")) if missing else task


class _Form(Struct, frozen=True):
    """What is asked for, and whether an answer is that."""

    template: Template
    policy: Reasoning
    task: Task
    seed: int

    def prompt(self, attempt: int) -> Prompt:
        return self.template.prompt(self.task, request_seed(self.seed, self.task.number, attempt), self.policy)

    def fault(self, completion: Completion) -> str | None:
        heard = hear(completion, self.template, self.policy, refusals=False)
        return "; ".join(reason.text for reason in heard.reasons) if isinstance(heard, Rejection) else None


async def _tried(provider: Provider, form: _Form) -> Probed:
    cost, fault, attempt = 0.0, None, 0
    for attempt in range(1, MOST_TRIALS + 1):
        try:
            completion = await provider.complete(form.prompt(attempt))
        except TransientProviderError as error:
            fault = str(error)
            await asyncio.sleep(min(error.retry_after or 0.5, MOST_PAUSE_S))
            continue
        except ProviderError as error:
            fault = str(error)
            break
        cost += completion.usage.cost_usd or 0.0
        fault = form.fault(completion)
        if fault is None:
            break
    found = fault is None
    return Probed("", "", "", found=found, tries=attempt, way=provider.way, cost_usd=cost, fault=fault)
