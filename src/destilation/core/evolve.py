"""Ways to make a new sample from a text that is given: evolve it, vary it, rest on it. Knows no prompt and no model.

The moves are those of Evol-Instruct (Xu et al., "WizardLM: Empowering Large Language Models to Follow Complex
Instructions", 2023, arXiv 2304.12244): five that deepen a text and one that broadens it.
"""

from msgspec import Struct


class Way(Struct, frozen=True):
    """One way to use a text: `id` names it in the files, `text` is what a model is told."""

    id: str
    text: str


_MEASURE = " Ten to thirty words more will do; it must not become verbose, and what it asked for is still asked for."

MOVES: tuple[Way, ...] = (
    Way(
        "deepen",
        "Keep what it is about and go deeper: where it asks for a fact, ask for the mechanism behind it; where it asks "
        "how, ask also why, under which conditions, and where it ends." + _MEASURE,
    ),
    Way(
        "constrain",
        "Keep its task and add one or two constraints that matter in practice and change what a good answer is: a "
        "limit of time, cost, space or precision, a condition that must hold, something that must not be "
        "used." + _MEASURE,
    ),
    Way(
        "concretise",
        "Replace what is general in it by something specific: named things, places and people, figures with units, a "
        "particular situation. The details are plausible, fit each other, and are needed for the answer." + _MEASURE,
    ),
    Way(
        "reason",
        "Change it so that it can no longer be answered in one step: the answer has to be derived over several steps, "
        "of which each uses the result of one before. Ask explicitly for none of these steps." + _MEASURE,
    ),
    Way(
        "complicate",
        "Give it an input that has to be read to answer it: a table, a log, a configuration, a piece of code, a "
        "formula, a letter, measured values. The input is complete, realistic in form, at least five lines long, holds "
        "something that is not needed, and decides the answer.",
    ),
    Way(
        "broaden",
        "Write something of the same domain, kind, length and difficulty about a clearly different and rarer matter: "
        "one that the given text neither names nor implies. Take over none of its figures, names or phrases.",
    ),
)

_CHANGES = (
    "other figures and quantities, so that the result is another one",
    "another situation, with other people, place and purpose",
    "the reverse: what was sought is given, and what was given is sought",
    "the same idea in another field of use",
    "one assumption that no longer holds, so that the usual way fails",
    "another form: what was a question is a case, a claim to examine or a mistake to find",
    "the view of someone else who is concerned",
    "a harder case of the same kind, with one more thing to consider",
)


def variations(count: int) -> tuple[Way, ...]:
    """So many ways to vary one text, each another: `variation_1` and so on. One task for each makes its variations."""
    return tuple(_variation(number, count) for number in range(1, count + 1))


def _variation(number: int, count: int) -> Way:
    first = (number - 1) % len(_CHANGES)
    lap = (number - 1) // len(_CHANGES)
    changes = [_CHANGES[first]]
    if lap % len(_CHANGES):
        changes.append(_CHANGES[(first + lap) % len(_CHANGES)])
    return Way(
        f"variation_{number}",
        f"Write variation {number} of {count} of it: of the same kind and about the same idea, but with "
        f"{'; and '.join(changes)}. Somebody who knows the answer to the given text must not know this one by that.",
    )


def grounded(count: int) -> tuple[Way, ...]:
    """So many samples that rest on one passage, each on another part of it: `ground_1` and so on."""
    return tuple(Way(f"ground_{number}", _part(number, count)) for number in range(1, count + 1))


def _part(number: int, count: int) -> str:
    if count == 1:
        return "Make it of what matters most in it."
    return f"Make number {number} of {count} of it: let each be about another fact or idea that it has, in its order."
