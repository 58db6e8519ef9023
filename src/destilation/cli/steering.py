"""What the verbs that steer a running job have in common: send, wait for the answer, say it."""

from collections.abc import Sequence

from destilation.cli.where import find_folder
from destilation.core import events
from destilation.core.control import AnyCommand
from destilation.core.display import display_safe


def steer(folder: str | None, commands: Sequence[AnyCommand]) -> None:
    """Have the engine of a folder obey, and print what came of it. Raises ConfigError where it does not."""
    from destilation.launch.steer import steer as send

    for fact in send(find_folder(folder), commands):
        print(answer(fact))


def answer(fact: events.Event) -> str:
    """The fact by which the engine confirmed, in words."""
    match fact:
        case events.Paused():
            return "paused: nothing new is asked; what is in flight is kept"
        case events.Resumed():
            return "going on"
        case events.Stopping(now=now):
            return "stopping now" if now else "stopping: answers in flight are waited for"
        case events.ConcurrencyChanged(limit=limit, asked=asked):
            return f"{limit:,} requests in flight{'' if limit == asked else f' ({asked:,} asked: {fact.reason})'}"
        case events.TargetChanged(target=target, asked=asked):
            kept = "" if target == asked else f" ({asked:,} asked; what is under way is kept)"
            return f"target {target:,}{kept}"
        case events.BudgetChanged(usd=usd, spent_usd=spent):
            return f"budget ${usd:,.2f}, ${spent:,.2f} of it spent"
        case events.ShareChanged(provider=provider, share=share):
            return f"{display_safe(provider, 60)} has a share of {share:g}"
        case events.ProviderRetired(provider=provider):
            return f"{display_safe(provider, 60)} is not asked any more"
        case events.ProviderRestored(provider=provider):
            return f"{display_safe(provider, 60)} is asked again"
    return "done"
