"""The dataset card: a README whose head hubs read, and whose body says how the rows came to be, and their limits."""

import json
from bisect import bisect_right
from collections.abc import Iterable, Mapping

from destilation.core.display import display_safe
from destilation.exports.facts import Facts
from destilation.exports.frontmatter import front_matter

_SIZES = (
    "n<1K",
    "1K<n<10K",
    "10K<n<100K",
    "100K<n<1M",
    "1M<n<10M",
    "10M<n<100M",
    "100M<n<1B",
    "1B<n<10B",
    "10B<n<100B",
    "100B<n<1T",
    "n>1T",
)
_LIMITS = [10**power for power in range(3, 13)]
_MOST_SHOWN = 1_500
_TOOLS = ("tool_call", "tool-use")


def card(facts: Facts) -> str:
    """The whole file."""
    return front_matter(head(facts)) + "\n" + "\n".join(_body(facts))


def head(facts: Facts) -> Mapping[str, object]:
    """The keys that hubs read."""
    files = [{"split": part.split, "path": part.name} for part in facts.files]
    languages = {"language": list(facts.languages)} if facts.languages else {}
    return {
        "license": facts.license,
        **languages,
        "pretty_name": facts.name,
        "task_categories": ["text-generation"],
        "size_categories": [_SIZES[bisect_right(_LIMITS, facts.rows)]],
        **({"annotations_creators": ["machine-generated"], "source_datasets": ["original"]} if facts.authors else {}),
        "tags": _tags(facts),
        **({"generator_models": list(facts.authors)} if facts.authors else {}),
        "configs": [{"config_name": "default", "data_files": files}],
    }


def _tags(facts: Facts) -> list[str]:
    more = [tag for name, tag in (("reasoning", "reasoning"), _TOOLS, ("code", "code")) if name in facts.fields]
    made = ["synthetic", "distillation"] if facts.authors else []
    return [*made, "destilation", *more]


def _models(facts: Facts) -> list[tuple[str, int]]:
    return sorted(facts.models.items(), key=lambda pair: (-pair[1], pair[0]))


def _body(facts: Facts) -> Iterable[str]:
    origin = facts.origin
    yield f"# {display_safe(facts.name, 120)}\n"
    made = "written by language models" if facts.authors else "taken from a file that does not say who wrote them"
    yield (
        f"{facts.rows:,} rows about {display_safe(origin.domain, 300)}, {made} and checked by machine. "
        f"Format: {facts.title}.\n"
    )
    yield "## How it was made\n"
    yield (
        f"Made with Destilation {facts.version} from the template `{origin.template}`; begun {facts.started_at}, "
        f"exported {facts.made_at}. The answers cost ${facts.cost_usd:.2f}.\n"
    )
    yield "| model | samples | share |\n| --- | ---: | ---: |"
    for label, count in _models(facts):
        yield f"| {_cell(label)} | {count:,} | {100 * count / max(sum(facts.models.values()), 1):.1f} % |"
    for (label, stage), count in facts.stages.items():
        yield f"| {_cell(label)}, stage {_cell(stage)} | {count:,} | |"
    yield ""
    if facts.authors:
        yield "What models are told by the template (placeholders in double braces):\n"
        for title, prompt in zip(("system", "user"), facts.prompts, strict=True):
            if prompt:
                yield f"{title}:\n\n{_fenced(prompt)}\n"
    yield from _funnel(facts)
    yield from _content(facts)
    yield from _limits(facts)


def _funnel(facts: Facts) -> Iterable[str]:
    refused = sum(count for codes in facts.rejected.values() for count in codes.values())
    yield "## What was refused\n"
    yield "| step | answers |\n| --- | ---: |"
    yield f"| received | {facts.attempts:,} |"
    for layer, codes in facts.rejected.items():
        for code, count in sorted(codes.items(), key=lambda pair: -pair[1]):
            yield f"| refused, {_cell(layer)}: {_cell(code.replace('_', ' '))} | {count:,} |"
    yield f"| refused in all | {refused:,} |"
    yield f"| tasks given up | {facts.abandoned:,} |"
    yield f"| samples | {facts.origin.samples:,} |"
    for reason, count in facts.skipped.items():
        yield f"| not exported: {_cell(reason)} | {count:,} |"
    yield f"| rows | {facts.rows:,} |\n"
    near = "only equal texts" if facts.threshold >= 1 else f"a Jaccard similarity from {facts.threshold:g}"
    yield (
        f"Duplicates are told by {', '.join(f'`{name}`' for name in facts.compared)}: equal texts (case and white "
        f"space aside) are refused, and {near} of word triples counts as too close."
        if facts.threshold < 1
        else f"Duplicates are told by {', '.join(f'`{name}`' for name in facts.compared)}: {near} are refused."
    )
    yield f"Checks that every sample passed: {', '.join(facts.checks) or 'none is recorded'}.\n"


def _content(facts: Facts) -> Iterable[str]:
    yield "## What is in it\n"
    yield "| file | split | rows |\n| --- | --- | ---: |"
    for part in facts.files:
        yield f"| `{part.name}` | {part.split} | {part.rows:,} |"
    if facts.split:
        yield (
            f"\nSplit {facts.split} by a hash of the content: a sample stays in its part when others are added, and "
            "near copies mostly share one."
        )
    yield "\nA sample has these fields:\n\n| field | is |\n| --- | --- |"
    for name, told in facts.fields.items():
        yield f"| `{name}` | {_cell(told)} |"
    yield f"\nReasoning in the rows: {facts.reasoning}.\n"
    for number, example in enumerate(facts.examples, 1):
        yield f"Row {number}:\n\n{_fenced(json.dumps(example, ensure_ascii=False, indent=1)[:_MOST_SHOWN], 'json')}\n"


def _limits(facts: Facts) -> Iterable[str]:
    yield "## Limits\n"
    yield "- Checks find form, not truth: expect wrong statements."
    if facts.authors:
        yield "- Everything here was generated. It has the habits and gaps of the models above, and their bias."
    yield "- Distinct means distinct wording; two rows may ask for the same thing in other words."
    if facts.reasoning != "left out" and "reasoning" in facts.fields:
        yield "- Reasoning is what a model wrote before its answer. It need not be why the answer came out so."
    for notice in facts.notices:
        yield f"- {display_safe(notice, 300)}"
    yield (
        "- The authors of some models put terms on what their models write (no training of others, a name, a notice). "
        f"The licence of this dataset, `{facts.license}`, was chosen by whoever made it; read the terms of each model "
        "above before you rely on it.\n"
    )
    yield "## Where it comes from\n"
    yield (
        f"Folder `{display_safe(facts.origin.folder, 120)}`, {facts.origin.samples:,} samples, SHA-256 of its "
        f"`samples.jsonl`: `{facts.origin.samples_digest}`. Configuration: `{facts.origin.config_digest}`. The file "
        "`export.meta.json` has the digest of each file here.\n"
    )


def _cell(text: str) -> str:
    return display_safe(text, 300).replace("|", "\\|")


def _fenced(text: str, language: str = "text") -> str:
    fence = "`" * max(3, *(len(run) + 1 for run in _runs(text)))
    return f"{fence}{language}\n{text}\n{fence}"


def _runs(text: str) -> list[str]:
    return ["", *(run for run in "".join(c if c == "`" else " " for c in text).split())]
