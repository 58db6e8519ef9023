"""Samples to look at: each folded up, with what it says, how it came to be, and what was said on the way."""

import json
from typing import Any

from destilation.config import Config
from destilation.report.dialogue import Turn, prompt_of
from destilation.report.facts import Facts, Shown
from destilation.report.page.markup import NOTHING, Html, block, element, joined, note, section, table, text
from destilation.report.page.words import dollars
from destilation.report.topics import topic_words

MOST_BYTES, MOST_AXES = 150_000, 20
_VALUE, _ANSWER, _PROMPT, _NOTES = 4_000, 1_500, 2_500, 1_200
_TOLD = ("task", "attempt", "attempts", "provider", "model", "mode", "finish_reason", "t", "id", "seed")


def browser(facts: Facts) -> Html:
    """The part of the page; as many samples as fit 150 kB, and at least one."""
    parts: list[Html] = []
    for shown in facts.shown:
        drawn = _sample(shown, facts.config)
        if parts and sum(map(len, parts)) + len(drawn) > MOST_BYTES:
            break
        parts.append(drawn)
    words = f"{len(parts):,} of {facts.samples:,}, drawn at random (seed {facts.seed})."
    return section("Samples", "samples", note(words if parts else "There is no sample yet."), *parts)


def _sample(shown: Shown, config: Config | None) -> Html:
    first = next((value for value in shown.record.values() if isinstance(value, str) and value.strip()), "")
    title = element("summary", text(f"#{shown.number:,} "), element("span", text(" ".join(first.split()), 140)))
    fields = [
        joined(element("h4", text(name, 64)), block(_words(value), _VALUE)) for name, value in shown.record.items()
    ]
    return element("details", title, *fields, _origin(shown), _dialogue(shown, config))


def _words(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, indent=2)


def _origin(shown: Shown) -> Html:
    origin = shown.origin
    if not origin:
        return note("How it came to be is not recorded.")
    rows = [(text(name), text(origin[name], 200)) for name in _TOLD if origin.get(name) not in (None, "")]
    if topic := origin.get("topic"):
        rows.append((text("topic"), text(topic_words(topic), 200)))
    if isinstance(axes := origin.get("axes"), dict):
        rows += [(text(name, 40), text(value, 200)) for name, value in list(axes.items())[:MOST_AXES]]
    rows += [(text("tokens"), text(json.dumps(origin.get("tokens"))))] if "tokens" in origin else []
    cost = origin.get("cost_usd")
    rows += [(text("cost"), text(dollars(cost)))] if isinstance(cost, int | float) and cost else []
    if isinstance(checks := origin.get("checks"), list):
        rows.append((text("passed"), text(", ".join(map(str, checks)), 300)))
    if notes := origin.get("notes"):
        rows.append((text("notes"), block(_words(notes), _NOTES)))
    reasoning = origin.get("reasoning")
    native = _folded("The model's own reasoning", block(reasoning, _ANSWER)) if isinstance(reasoning, str) else NOTHING
    return joined(_folded("Provenance", table(("", ""), rows)), native)


def _dialogue(shown: Shown, config: Config | None) -> Html:
    if not shown.turns:
        return NOTHING
    parts = []
    messages = None if config is None else prompt_of(config, shown.origin, shown.turns[0])
    for message in messages or ():
        parts += [element("h4", text(message.role)), block(message.content, _PROMPT)]
    for turn in shown.turns:
        parts += [element("h4", text(_head(turn), 200)), block(turn.text, _ANSWER), _verdict(turn)]
    return _folded(f"Dialogue: {len(shown.turns):,} answer{'s' * (len(shown.turns) > 1)}", *parts)


def _head(turn: Turn) -> str:
    stage = f"{turn.stage}, " if turn.stage else ""
    return (
        f"{stage}attempt {turn.attempt}: {turn.provider} ({turn.model}), {turn.seconds:.2f} s, "
        f"{turn.tokens_in:,} tokens in, {turn.tokens_out:,} out, {dollars(turn.cost_usd)}"
    )


def _verdict(turn: Turn) -> Html:
    if turn.reasons is None:
        return element("p", text("✓ not refused"), class_="good")
    words = [element("li", text(reason, 500)) for reason in turn.reasons]
    return joined(element("p", text(f"✗ refused by the {turn.layer} layer"), class_="bad"), element("ul", *words))


def _folded(title: str, *inner: Html) -> Html:
    return element("details", element("summary", text(title)), *inner, class_="inner")
