"""About how much a run will cost, before anything is asked: by what the folder cost so far, else by listed prices.

Only models that are not on this machine are counted.
"""

import math
from collections.abc import Mapping, Sequence

from msgspec import Struct

from destilation.config import Config
from destilation.core.job import Price, Share
from destilation.core.tariff import prompt_tokens
from destilation.core.task import Task
from destilation.core.template import Template
from destilation.errors import ProviderError
from destilation.launch.folder import folder_of
from destilation.launch.limits import is_local
from destilation.launch.seeded import seeds_of, with_target
from destilation.providers.registry import Registry
from destilation.storage.fold import read_metadata

ENOUGH = 20
"""Samples in the folder that tell more than prices do."""
_BYTES_A_TOKEN = 4
_ANSWERS_A_SAMPLE = 1.25


class Estimate(Struct, frozen=True):
    """For `missing` samples about `usd` US dollars; None where the price of one of `unknown` is not known."""

    missing: int
    usd: float | None
    unknown: tuple[str, ...] = ()


def asks_elsewhere(config: Config) -> bool:
    """Whether anybody is asked who is not on this machine."""
    return any(not is_local(spec) for spec in config.providers.values())


async def estimate(config: Config, env: Mapping[str, str], most: int | None = None) -> Estimate:
    """The estimate for the rest of the target, or for at most so many samples; asks servers for their prices only.

    Raises ConfigError for a missing key or a bad file of seeds.
    """
    config = with_target(config, seeds_of(config))
    told = read_metadata(folder_of(config)) or {}
    accepted, cost = (_number(told.get(key)) for key in ("accepted", "cost_usd"))
    missing = max(int(config.job.target - accepted), 0)
    missing = missing if most is None else min(missing, most)
    if not missing:
        return Estimate(0, 0.0)
    if accepted >= ENOUGH and cost > 0:
        return Estimate(missing, missing * cost / accepted)
    return await _by_prices(config, env, missing)


async def _by_prices(config: Config, env: Mapping[str, str], missing: int) -> Estimate:
    usd, unknown = 0.0, []
    async with Registry(env) as registry:
        for template, mix, together in _mixes(config):
            weight = sum(share.share for share in mix)
            for share in mix:
                if is_local(config.providers[share.provider]) or not share.share:
                    continue
                price = await _price(config, share, registry)
                if price is None:
                    unknown.append(share.label)
                    continue
                answers = _ANSWERS_A_SAMPLE * missing * share.share / weight
                into = math.ceil(_tokens_in(config, template) / together)
                usd += answers * price.cost(into, share.max_tokens // _BYTES_A_TOKEN)
    return Estimate(missing, None if unknown else usd, tuple(dict.fromkeys(unknown)))


def _mixes(config: Config) -> list[tuple[Template, Sequence[Share], int]]:
    """Each stage's mix, and how many samples it is asked for at once.

    A review is taken to read about as much as the last stage that makes.
    """
    first, *others = config.staged.making
    making = [(first.template, first.mix, config.job.per_request), *((each.template, each.mix, 1) for each in others)]
    return [*making, *((config.template, review.mix, 1) for review in config.staged.reviews if review.mix)]


async def _price(config: Config, share: Share, registry: Registry) -> Price | None:
    spec = config.providers[share.provider]
    told = share.price or spec.price
    if told is not None:
        return told
    try:
        return await registry.price(spec, share.model)
    except ProviderError:
        return None


def _tokens_in(config: Config, template: Template) -> int:
    """A token is about four bytes; what an earlier stage or a seed will give is not there yet."""
    given = Task(1, config.job.domain).with_given(dict.fromkeys(template.seeds, "x" * 400))
    try:
        return prompt_tokens(template.prompt(given)) // _BYTES_A_TOKEN
    except KeyError:  # a prompt that names what only a run can tell
        return 500


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else 0.0
