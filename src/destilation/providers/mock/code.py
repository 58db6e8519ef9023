"""Small programming exercises with code that really runs. Knows no schema.

Each exercise is a requirement, the code that meets it, and what is to be said about it.
"""

from random import Random
from typing import NamedTuple

from destilation.providers.mock.scene import Scene


class Exercise(NamedTuple):
    """A requirement, its code, and the two ways of talking about it."""

    requirement: str
    code: str
    explanation: str
    reasoning: str


class _Kind(NamedTuple):
    """`task`, `body`, `idea` and `doubt` know {n} (a whole number), {x} (a number) and {f} (the function)."""

    verb: str
    task: str
    body: str
    idea: str
    doubt: str


_KINDS = (
    _Kind(
        "mean_of_windows",
        "returns the mean of every {n} consecutive readings, in order, and an empty list when there are fewer",
        "    window, means, total = {n}, [], 0.0\n    for place, value in enumerate(values):\n        total += value\n"
        "        if place >= window:\n            total -= values[place - window]\n        if place >= window - 1:\n"
        "            means.append(total / window)\n    return means",
        "A running total gains the new reading and loses the one that leaves the window, so each step costs the same.",
        "Summing every window anew is simpler but costs a factor of {n}; prefix sums cost memory.",
    ),
    _Kind(
        "longest_run_above",
        "returns the length of the longest run of consecutive readings above {x}, and 0 when there is none",
        "    best = run = 0\n    for value in values:\n        run = run + 1 if value > {x} else 0\n"
        "        best = max(best, run)\n    return best",
        "One pass keeps the present run and the best one; a reading at or below the limit ends the run.",
        "Grouping the readings would also work, but builds lists that nobody needs.",
    ),
    _Kind(
        "share_outside",
        "returns the share (0 to 1) of readings more than {x} away from their median, and 0.0 for no readings",
        "    if not values:\n        return 0.0\n    ordered = sorted(values)\n    middle = len(ordered) // 2\n"
        "    median = ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2\n"
        "    return sum(abs(value - median) > {x} for value in values) / len(values)",
        "Sorting gives the median, the count of far readings is divided by all; the empty case comes first.",
        "The mean would be cheaper, but one wild reading moves it; the median holds.",
    ),
    _Kind(
        "first_stable_index",
        "returns the index from which {n} readings in a row differ from each other by at most {x}, or -1",
        "    for start in range(len(values) - {n} + 1):\n        part = values[start:start + {n}]\n"
        "        if max(part) - min(part) <= {x}:\n            return start\n    return -1",
        "Each window of {n} readings is stable when its largest and smallest are close; the first such window wins.",
        "Monotonic queues would save the factor {n}, which is small here; clarity wins.",
    ),
    _Kind(
        "every_nth_change",
        "returns the differences of readings {n} apart, rounded to three digits, leaving out those below {x}",
        "    changes = (late - early for early, late in zip(values, values[{n}:]))\n"
        "    return [round(change, 3) for change in changes if abs(change) >= {x}]",
        "Zipping the list with itself, shifted by {n}, pairs the readings; a generator keeps one pair at a time.",
        "An index loop does the same; the zip cannot run past the end.",
    ),
    _Kind(
        "rank_of_peaks",
        "returns the {n} largest local peaks above {x} with their index, largest first; a peak exceeds both neighbours",
        "    peaks = [\n        (values[place], place)\n        for place in range(1, len(values) - 1)\n"
        "        if values[place - 1] < values[place] > values[place + 1] and values[place] > {x}\n    ]\n"
        "    return [(place, value) for value, place in sorted(peaks, reverse=True)[:{n}]]",
        "The comprehension finds the peaks, sorting ranks them; ends have one neighbour only and are never peaks.",
        "A heap would be faster for very long series; the sort is clear and stable enough here.",
    ),
    _Kind(
        "fill_gaps",
        "returns the readings with each None replaced by the last value before it, or by {x} where there is none, "
        "but leaves gaps longer than {n} as they are",
        "    filled, last, gap = [], {x}, []\n    for value in [*values, last]:\n        if value is None:\n"
        "            gap.append(last)\n            continue\n"
        "        filled += gap if len(gap) <= {n} else [None] * len(gap)\n"
        "        gap = []\n        filled.append(value)\n        last = value\n    return filled[:-1]",
        "A gap is collected until a reading ends it; only then its length, and so its fate, is known.",
        "Filling at once and undoing long gaps later is possible, but touches every long gap twice.",
    ),
)


def exercise(s: Scene, chance: Random) -> Exercise:
    """An exercise about the readings of a scene."""
    kind = chance.choice(_KINDS)
    number, limit = chance.randrange(2, 40), chance.randrange(10, 9_000) / 100
    name = f"{s.quantity.replace(' ', '_')}_{kind.verb}"
    task, body, idea, doubt = (text.format(n=number, x=limit, f=name) for text in kind[1:])
    requirement = (
        f"For a {s.thing} in {s.domain}, {s.role} needs a Python function `{name}(values)` that takes a list of "
        f"{s.quantity} readings in {s.unit}, logged for {s.duration} {s.span} while {s.condition}, and {task}. "
        f"Readings lie around {s.start} {s.unit}; the list may be empty and must not be changed."
    )
    reasoning = (
        f"The input is a plain list of numbers, at most a few thousand for {s.duration} {s.span}, so a single pass in "
        f"memory is enough. {doubt} {idea} Edge cases: an empty list, a list shorter than needed, values equal to the "
        f"limit. None of them may raise, and the caller's list stays as it is because {s.role} uses it again."
    )
    return Exercise(requirement, f"def {name}(values):\n{body}\n", f"{idea} {doubt}", reasoning)
