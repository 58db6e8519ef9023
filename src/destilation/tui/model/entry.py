"""A fact as a line of the event list. What models and servers said is made safe to show here."""

from msgspec import Struct

from destilation.core import events
from destilation.core.display import display_safe

MOST_WORDS = 300
ACCEPT, TELL, FAIL = 0, 1, 2


class Entry(Struct, frozen=True):
    """When, a glyph that says of what kind, how grave (0 to 2), and the words; the rest is for filters."""

    t: float
    glyph: str
    level: int
    words: str
    task: int = 0
    provider: str = ""
    layer: str = ""
    sample: int = 0


def entry_of(t: float, event: events.Event) -> Entry | None:
    """The line of a fact; None for one that is only counted."""
    match event:
        case events.Accepted(sample=sample, task=task, attempt=attempt, provider=label):
            words = f"accept #{sample} task {task} {_safe(label)} attempt {attempt}"
            return Entry(t, "✓", ACCEPT, words, task, label, sample=sample)
        case events.Rejected(task=task, attempt=attempt, provider=label, layer=layer):
            words = f"reject task {task} {_safe(label)} attempt {attempt}  {_safe(_why(event))}"
            return Entry(t, "✗", FAIL, words, task, label, layer)
        case events.AttemptStarted(task=task, attempt=attempt, provider=label) if attempt > 1:
            return Entry(t, "↻", TELL, f"retry  task {task} {_safe(label)} → attempt {attempt}", task, label)
        case events.Abandoned(task=task, attempts=attempts, reason=reason):
            return Entry(t, "✗", FAIL, f"give up task {task} after {attempts} answers: {_safe(reason)}", task)
        case events.AttemptStarted() | events.CompletionReceived():
            return None
    return _of_provider(t, event) or _of_run(t, event)


def _of_provider(t: float, event: events.Event) -> Entry | None:
    match event:
        case events.ProviderThrottled(provider=label, seconds=seconds, error=error):
            return Entry(t, "!", FAIL, f"{_safe(label)} throttled {seconds:.1f} s: {_safe(error)}", provider=label)
        case events.ProviderFailed(provider=label, error=error):
            return Entry(t, "!", FAIL, f"{_safe(label)} failed: {_safe(error)}", provider=label)
        case events.ProviderSuspended(provider=label, error=error):
            return Entry(t, "!", FAIL, f"{_safe(label)} is only probed: {_safe(error)}", provider=label)
        case events.ProviderRetired(provider=label, error=error):
            return Entry(t, "!", FAIL, f"{_safe(label)} is not asked any more: {_safe(error)}", provider=label)
        case events.ProviderRestored(provider=label):
            return Entry(t, "·", TELL, f"{_safe(label)} is asked again", provider=label)
        case events.WayFound(provider=label, rung=rung):
            return Entry(t, "·", TELL, f"{_safe(label)} is asked by {_safe(rung)}", provider=label)
        case events.ConcurrencyChanged(provider=label, limit=limit, reason=reason):
            whose = f"{_safe(label)}: " if label else ""
            return Entry(t, "·", TELL, f"{whose}{limit} in flight: {_safe(reason)}", provider=label)
        case events.ShareChanged(provider=label, share=share):
            return Entry(t, "·", TELL, f"{_safe(label)} has a share of {share:g}", provider=label)
        case events.Charged(provider=label, task=task, usd=usd):
            return Entry(t, "!", FAIL, f"{_safe(label)} may have charged ${usd:.4f} for a lost reply", task, label)
    return None


def _of_run(t: float, event: events.Event) -> Entry | None:
    match event:
        case events.RunStarted(accepted=accepted, target=target):
            return Entry(t, "·", TELL, f"run begins: {accepted:,} of {target:,} are there")
        case events.RunEnded(state=state, exit_code=code):
            grave = TELL if state == "met" else FAIL
            return Entry(t, "·", grave, f"run ended: {_safe(state.replace('_', ' '))} (exit {code})")
        case events.Healed(file=file, what=what):
            return Entry(t, "!", FAIL, f"{_safe(file)}: {_safe(what)}")
        case events.Paused(reason=reason):
            return Entry(t, "·", TELL, f"paused by {_safe(reason)}")
        case events.Resumed(reason=reason):
            return Entry(t, "·", TELL, f"resumed by {_safe(reason)}")
        case events.Stopping(reason=reason, now=now):
            return Entry(t, "!", FAIL, f"stopping{' now' if now else ''}: {_safe(reason)}")
        case events.TargetChanged(target=target):
            return Entry(t, "·", TELL, f"target {target:,}")
        case events.BudgetChanged(usd=usd):
            return Entry(t, "·", TELL, f"budget ${usd:,.2f}")
        case events.BudgetWarning(used=used):
            return Entry(t, "!", FAIL, f"{100 * used:.0f}% of what may be spent is spent")
        case events.CommandRefused(command=command, why=why):
            return Entry(t, "!", FAIL, f"refused {_safe(command)}: {_safe(why)}")
    return None


def _why(event: events.Rejected) -> str:
    code, reason = next(iter(event.codes), event.layer), next(iter(event.reasons), "")
    return told(code, reason)


def told(code: str, reason: str) -> str:
    """A reason with its code before it, where it does not begin with that itself."""
    return reason if reason.replace("-", "_").startswith(f"{code}:") else f"{code}: {reason}"


def _safe(text: str) -> str:
    return display_safe(text, MOST_WORDS)
