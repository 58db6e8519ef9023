"""What each entry of the mix costs: told in the configuration, listed by the server, or free."""

from collections.abc import Mapping

from msgspec import Struct
from msgspec.structs import replace

from destilation.config import Config
from destilation.core.job import AnyProviderSpec, MockSpec, OllamaSpec, OpenRouterSpec, Price, Share
from destilation.core.tariff import Tariff
from destilation.errors import ConfigError, ProviderError
from destilation.launch.limits import is_local
from destilation.providers.registry import Registry


class Priced(Struct, frozen=True):
    """An entry of a mix with its tariff, and the stage that asks it; `fault` says why its price could not be had."""

    share: Share
    tariff: Tariff
    fault: str | None = None
    stage: str = ""


async def priced(config: Config, registry: Registry) -> list[Priced]:
    """The entries of all stages' mixes with their tariffs; prices are looked up only where there is a cap in dollars.

    Raises ConfigError where there is such a cap and nobody says what a model costs.
    """
    shares = config.staged.shares
    return [replace(await _priced(config, share, registry), stage=stage) for stage, share in shares]


async def _priced(config: Config, share: Share, registry: Registry) -> Priced:
    spec = config.providers[share.provider]
    price = share.price or spec.price
    if price is not None or config.job.budget_usd is None or isinstance(spec, MockSpec | OllamaSpec):
        return Priced(share, Tariff(price, share.max_tokens, free=price is None))
    try:
        price = await registry.price(spec, share.model)
    except ProviderError as error:
        if not is_local(spec):
            return Priced(share, Tariff(None, share.max_tokens), f"its prices cannot be read: {error}")
    if price is None and not is_local(spec):
        raise ConfigError(
            f"budget_usd needs to know what {share.label} costs, and its server does not say.  help: "
            "price = { input_per_mtok = ..., output_per_mtok = ... } in the mix or the provider's table"
        )
    return Priced(_bounded(spec, share, price), Tariff(price, share.max_tokens))


def _bounded(spec: AnyProviderSpec, share: Share, price: Price | None) -> Share:
    """The share with its listed price; OpenRouter may choose among hosts: the listed price is made the most."""
    share = replace(share, price=price)
    if price is None or not isinstance(spec, OpenRouterSpec):
        return share
    routing = share.extra.get("provider")
    most = {"max_price": {"prompt": price.input_per_mtok, "completion": price.output_per_mtok}}
    return replace(share, extra={**share.extra, "provider": {**most, **_table(routing)}})


def _table(value: object) -> Mapping[str, object]:
    return value if isinstance(value, dict) else {}
