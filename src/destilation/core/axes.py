"""The axes along which samples differ besides their topic, and those that are built in. Knows no order and no task."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence

from msgspec import Struct


class Axis(Struct, frozen=True):
    """One way in which samples differ: its values, and how much each weighs (empty: all the same).

    Raises ValueError for an axis without values, a value given twice, or weights that are not above 0, one a value.
    """

    name: str
    values: tuple[str, ...]
    weights: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        if not self.values or not all(value.strip() for value in self.values):
            raise ValueError(f"axis '{self.name}' needs values, none of them empty")
        value, times = Counter(self.values).most_common(1)[0]
        if times > 1:
            raise ValueError(f"axis '{self.name}' has the value '{value[:60]}' {times} times")
        if self.weights and len(self.weights) != len(self.values):
            raise ValueError(f"axis '{self.name}' has {len(self.values)} values and {len(self.weights)} weights")
        if not all(math.isfinite(weight) and weight > 0 for weight in self.weights):
            raise ValueError(f"axis '{self.name}' has a weight that is not above 0")


DIFFICULTY = Axis(
    "difficulty",
    (
        "introductory: a first meeting with the subject",
        "basic: one idea at a time",
        "intermediate: several ideas together",
        "advanced: conditions that interact, no recipe",
        "expert: where subtle mistakes are easy",
    ),
)

QUESTION_TYPE = Axis(
    "question_type",
    (
        "explain how or why something works",
        "solve a concrete problem with given data",
        "compare alternatives and say when each is better",
        "find and correct a mistake",
        "diagnose the cause from what is observed",
        "decide under stated constraints, and justify it",
        "predict what happens when something changes",
        "design or plan something that meets requirements",
        "interpret a given result, text or figure",
        "name the limits, exceptions or edge cases of a rule",
    ),
)

PERSONA = Axis(
    "persona",
    (
        "a curious teenager",
        "a student the week before an examination",
        "a teacher preparing a lesson",
        "a newcomer in the first months of the job",
        "a practitioner with ten years of experience",
        "a specialist from a neighbouring field",
        "a researcher who doubts the usual answer",
        "a manager who has to decide soon",
        "a customer or layperson who is affected",
        "an inspector, auditor or reviewer",
        "a journalist checking the facts",
        "a craftsperson or technician at work",
        "someone who was taught it long ago, or wrongly",
        "someone from a place with other customs and means",
    ),
)

STYLE = Axis(
    "style",
    (
        "plain and short, one or two sentences",
        "a concrete situation, with names and figures",
        "precise and formal, as in a textbook",
        "informal, as in a message to a colleague",
        "detailed, with background to be sorted first",
        "pointed, with a claim that is to be examined",
    ),
)

EXERCISE = Axis(
    "exercise",
    (
        "an algorithm on plain values",
        "a data structure with its operations",
        "reading and validating input in some format",
        "transforming or aggregating records",
        "text: searching, splitting, formatting",
        "numbers, units, dates or money, where precision matters",
        "state that changes by events or over time",
        "work that is done at the same time, or waited for",
        "resources that must be released, and failures on the way",
        "a small interface that others will call",
        "making slow or tangled code fast or clear, with the same results",
        "tests or checks for something that is given",
    ),
)

OUTCOME = Axis(
    "outcome",
    (
        "the tool answers fully",
        "the tool answers in part",
        "the tool finds nothing",
        "the tool answers with an error",
        "the answer of the tool is not what the user expects",
    ),
    (6, 2, 1, 1, 2),
)

_ALL = (DIFFICULTY, QUESTION_TYPE, PERSONA, STYLE, EXERCISE, OUTCOME)
BUILTIN: Mapping[str, Axis] = {axis.name: axis for axis in _ALL}


def language(languages: Sequence[str], weights: Sequence[float] = ()) -> Axis:
    """The axis of the languages in which samples are wanted, which is there only where they are given."""
    return Axis("language", tuple(languages), tuple(weights))
