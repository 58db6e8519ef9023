"""How a run ended, as whoever started it is told. Knows no file."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from msgspec import Struct

from destilation.core.plan import Plan


class Report(Struct, frozen=True, kw_only=True):
    """How a run ended. `began_with` samples were there before; `metadata` is as in `metadata.json`.

    `reasons` counts the rejections of all runs by reason, `retired` says why providers were given up,
    `notices` is what the user should know besides. `cause` is why it stopped short where that is none of the answers'
    doing.
    """

    folder: Path
    state: str
    exit_code: int
    target: int
    accepted: int
    began_with: int
    seconds: float
    metadata: Mapping[str, object]
    reasons: Mapping[str, int]
    retired: Mapping[str, str]
    cause: str = ""
    notices: Sequence[str] = ()


def cause_of(plan: Plan, *, time_is_up: bool) -> str:
    """Why a run stopped short, and how it goes on; empty where the answers are why, or where it did not."""
    if time_is_up:
        return "max_time is over; the same command continues"
    if plan.ending == "short" and plan.seeds_used_up:
        return "the seeds are used up; with more of them the same command goes on"
    return ""
