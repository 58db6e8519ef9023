"""What can be said about a scene: questions, reasoning, answers, tool episodes. Knows no schema."""

import json
from random import Random

from destilation.providers.mock.scene import OBJECTS, QUANTITIES, Scene

OPENINGS = (
    "While working on {d}, {r} notes that", "In a project on {d}, {r} reports that",
    "For a review of {d}, {r} shows that",
    "During an exercise in {d}, {r} finds that", "At a site concerned with {d}, {r} records that",
    "Preparing a talk on {d}, {r} points out that",
)  # fmt: skip
ASKS = (
    "What is the average rate of change, and what does it mean for {a}?",
    "How fast is that on average, and should it change {a}?",
    "Which average rate follows from these readings, and how would you judge {a}?",
    "Give the mean rate of change and say how it bears on {a}.",
    "What rate do the two readings imply, and what would you tell the team about {a}?",
)


def question(s: Scene, chance: Random) -> str:
    """A question with all the data that its answer needs."""
    opening = chance.choice(OPENINGS).format(d=s.domain, r=s.role)
    ask = chance.choice(ASKS).format(a=s.aspect)
    return (
        f"{opening} the {s.quantity} of the {s.thing} {s.trend} from {s.start} to {s.end} {s.unit} within "
        f"{s.duration} {s.span} while {s.condition}. {ask}"
    )


def reasoning(s: Scene, chance: Random) -> str:
    """The way from the data to the answer."""
    change = round(s.end - s.start, 3)
    return (
        f"Given are two readings of the {s.quantity}, {s.start} {s.unit} and {s.end} {s.unit}, taken {s.duration} "
        f"{s.span} apart. The change is {s.end} - {s.start} = {change} {s.unit}. Divided by {s.duration} {s.span} this "
        f"gives {change} / {s.duration} = {s.rate} {s.unit} per one of the {s.span}. Two readings fix only an average; "
        f"since {s.condition}, {s.cause} would explain it, and a third reading could tell that from plain scatter. "
        f"For {s.aspect} the sign matters more than the third digit."
    )


def answer(s: Scene, chance: Random) -> str:
    """The answer to the question."""
    ways = (
        f"On average {s.rate} {s.unit} per one of the {s.span}. The {s.quantity} {s.trend}, most likely because of "
        f"{s.cause}; for {s.aspect} the sound step is to {s.remedy}.",
        f"The mean rate is {s.rate} {s.unit} each, over {s.duration} {s.span}. As to {s.aspect}: {s.remedy}, since "
        f"{s.cause} fits what was seen while {s.condition}.",
        f"{s.rate} {s.unit} per step of the {s.duration} {s.span}. That points to {s.cause}. Before deciding on "
        f"{s.aspect}, {s.remedy}.",
    )
    return chance.choice(ways)


def statement(s: Scene, chance: Random) -> str:
    """A sentence or two that fit any text field."""
    ways = (
        f"In {s.domain}, the {s.quantity} of a {s.thing} {s.trend} from {s.start} to {s.end} {s.unit} in {s.duration} "
        f"{s.span} while {s.condition}; {s.cause} is the usual reason.",
        f"{s.role.capitalize()} in {s.domain} saw {s.start} {s.unit} become {s.end} {s.unit} in {s.duration} {s.span} "
        f"and decided to {s.remedy}, with {s.aspect} in mind.",
        f"When {s.condition}, a {s.thing} in {s.domain} changes its {s.quantity} by {s.rate} {s.unit} per one of the "
        f"{s.span} over {s.duration} of them, so it pays to {s.remedy}.",
    )
    return chance.choice(ways)


def phrase(s: Scene, chance: Random) -> str:
    """A few words, for items of lists."""
    return chance.choice(
        (s.cause, s.remedy, f"{s.quantity} of {s.end} {s.unit}", f"{s.duration} {s.span}", s.condition)
    )


def topics(s: Scene, chance: Random) -> list[str]:
    """Names of topics, all different."""
    pairs = [(quantity, thing) for quantity, _ in QUANTITIES for thing in OBJECTS]
    return [f"{quantity} of the {thing}" for quantity, thing in chance.sample(pairs, 12)]


def request(s: Scene, chance: Random) -> str:
    """What a user asks an assistant that has tools."""
    return (
        f"I look after a {s.thing} for {s.domain}. Can you check how its {s.quantity} developed over the last "
        f"{s.duration} {s.span}, starting from {s.start} {s.unit}, and tell me what it means for {s.aspect}?"
    )


def thought(s: Scene, chance: Random) -> str:
    """Why the tool is called."""
    return (
        f"The user wants the development of the {s.quantity} of the {s.thing} over {s.duration} {s.span}, from "
        f"{s.start} {s.unit}. I do not know the present reading, so I must look it up before I can judge {s.aspect}; "
        f"the readings tool takes the quantity, the number of {s.span} and the starting value, while {s.condition}."
    )


def tool_call(s: Scene, chance: Random) -> dict[str, object]:
    """The call, its arguments as pairs."""
    pairs: list[tuple[str, object]] = [
        ("quantity", s.quantity), ("periods", s.duration), ("period", s.span), ("start", s.start), ("source", s.thing),
    ]  # fmt: skip
    return {"name": "get_readings", "arguments": [{"name": name, "value": value} for name, value in pairs]}


def tool_response(s: Scene, chance: Random) -> str:
    """What the tool returns, as JSON text."""
    return json.dumps(
        {
            "source": s.thing,
            "quantity": s.quantity,
            "unit": s.unit,
            "first": s.start,
            "last": s.end,
            "n": s.duration,
        }
    )


def final_answer(s: Scene, chance: Random) -> str:
    """What the assistant tells the user."""
    return (
        f"The {s.quantity} went from {s.start} to {s.end} {s.unit} in {s.duration} {s.span}, that is {s.rate} {s.unit} "
        f"per one of them. For {s.aspect} I would {s.remedy}; the reading alone does not show whether it was {s.cause}."
    )
