"""A small invented situation in a domain, from which all texts of one record speak. Knows no field."""

from random import Random
from typing import NamedTuple

ROLES = (
    "a trainee", "a field engineer", "a laboratory assistant", "a consultant", "a reviewer", "a teacher",
    "a night-shift operator", "a graduate student", "an inspector", "a planner", "a technician", "a team lead",
    "a newcomer", "a senior analyst", "an auditor", "a volunteer",
)  # fmt: skip
OBJECTS = (
    "test rig", "pilot plant", "reference model", "record office", "control loop", "prototype", "survey", "data set",
    "workshop bench", "simulation", "production line", "demonstration", "training course", "field station",
    "benchmark suite", "monitoring system", "case study", "storage unit",
)  # fmt: skip
QUANTITIES = (
    ("load", "kg"), ("temperature", "K"), ("pressure", "kPa"), ("throughput", "items"), ("delay", "ms"),
    ("voltage", "mV"), ("concentration", "mg/l"), ("cost", "euros"), ("error count", "errors"), ("depth", "cm"),
    ("power draw", "W"), ("queue length", "jobs"), ("flow", "l"), ("brightness", "lux"), ("backlog", "tickets"),
    ("coverage", "points"), ("distance", "m"), ("occupancy", "places"),
)  # fmt: skip
SPANS = ("minutes", "hours", "days", "cycles", "rounds", "shifts", "trials", "weeks")
CONDITIONS = (
    "everything else is held constant", "half of the sensors are being recalibrated", "a second team works beside it",
    "the usual supplier is replaced", "the ambient humidity keeps falling", "the schedule slips by a day",
    "the input arrives in bursts", "one of the three stages is switched off", "the operators follow a new checklist",
    "the oldest component runs warm", "the sampling rate is doubled", "maintenance is postponed",
    "a filter upstream is nearly blocked", "the software is being updated", "the reserve is kept untouched",
    "only every fourth reading is logged",
)  # fmt: skip
ASPECTS = (
    "the margin that is left", "the next inspection", "the choice of the control strategy", "the budget of the project",
    "the safety of the people nearby", "the quality of the result", "the wear of the parts", "the plan for next season",
    "the agreement with theory", "the size of the spare stock", "the trust in the instrument", "the training needed",
)  # fmt: skip
CAUSES = (
    "a slow drift of the reference", "a bottleneck downstream", "an unnoticed change of the input", "simple fatigue",
    "a badly chosen default", "interference between two stages", "diminishing returns", "feedback with a delay",
    "a rounding step that was added late", "an exchange of material with the surroundings", "uneven demand",
    "a limit that nobody had written down",
)  # fmt: skip
REMEDIES = (
    "measure again with an independent instrument", "smooth the input before acting on it", "lower the set point",
    "split the work into two smaller stages", "write the limit down and alarm on it", "replace the weakest part first",
    "repeat the trial with the order reversed", "leave it alone and watch for one more period",
    "move the decision closer to the source", "agree on one definition before comparing numbers",
    "keep a reserve of a tenth", "log every reading until the cause is known",
)  # fmt: skip


class Scene(NamedTuple):
    """Who saw what change, from where to where, for how long, and under which circumstances."""

    domain: str
    role: str
    thing: str
    quantity: str
    unit: str
    start: float
    end: float
    duration: int
    span: str
    condition: str
    aspect: str
    cause: str
    remedy: str

    @property
    def rate(self) -> float:
        """The change per unit of time."""
        return round((self.end - self.start) / self.duration, 3)

    @property
    def trend(self) -> str:
        """Whether it rises or falls."""
        return "rises" if self.end > self.start else "falls"


def scene(domain: str, chance: Random) -> Scene:
    """A scene drawn from about 10^15 different ones."""
    pick, whole = chance.choice, chance.randrange
    quantity, unit = pick(QUANTITIES)
    start, change = whole(200, 99_000) / 10, whole(11, 900) / 1000
    end = round(start * (1 + change if whole(2) else 1 - change), 1)
    return Scene(
        domain, pick(ROLES), pick(OBJECTS), quantity, unit, start, end, whole(3, 190), pick(SPANS),
        pick(CONDITIONS), pick(ASPECTS), pick(CAUSES), pick(REMEDIES),
    )  # fmt: skip
