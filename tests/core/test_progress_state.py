"""The counts of a folder kept and taken back: the same, and they go on as the first would."""

from destilation.core import events
from destilation.core.progress import Progress
from destilation.core.progress_state import progress_of, state_of
from tests.core.test_progress import STORY

FACTS = [event for event in STORY if not isinstance(event, events.AttemptStarted | events.RunStarted)]
CHARGED = events.Charged(task=4, attempt=1, provider="q", usd=0.5, tokens=99, reason="lost")


def told(progress: Progress, facts: list[events.Event]) -> Progress:
    for fact in facts:
        progress.see(fact)
    return progress


def test_kept_and_taken_back() -> None:
    """At whatever fact it is cut, the rest leads to the same summary, reasons and spending."""
    facts = [*FACTS, CHARGED, *FACTS]
    whole = told(Progress(), facts)
    for cut in range(len(facts) + 1):
        state = state_of(told(Progress(), facts[:cut]))
        back = told(progress_of(state), facts[cut:])
        assert back.summary(0.0) == whole.summary(0.0)
        assert (back.reasons(), back.spent()) == (whole.reasons(), whole.spent())
        assert state_of(progress_of(state)) == state
