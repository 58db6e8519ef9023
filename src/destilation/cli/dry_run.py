"""`run --dry-run`: what would be asked of whom, and nothing is."""

import math
from collections.abc import Mapping

from destilation.cli import output
from destilation.config import Config, dump
from destilation.core.bundle import bundled
from destilation.core.job import Share
from destilation.core.provider import Prompt
from destilation.core.task import Task
from destilation.launch.seeded import seeds_of, with_target, words


def show(config: Config, *, as_json: bool) -> None:
    """Print the resolved configuration, the first prompt of each stage and the number of requests.

    Raises ConfigError for a bad file of seeds.
    """
    seeded = seeds_of(config)
    config = with_target(config, seeded)
    prompts = _prompts(config, Task(1, config.job.domain, None if seeded is None else seeded.supply[0]))
    each = len(config.staged.making) + len(config.staged.reviews)
    wanted = config.job.target if seeded is None else min(config.job.target, len(seeded.supply))
    most = wanted * each * config.job.max_attempts
    least = wanted * (each - 1) + math.ceil(wanted / config.job.per_request)
    if as_json:
        stages = [{"stage": name, **_json(prompt)} for name, prompt in prompts.items()]
        first = _json(next(iter(prompts.values())))
        requests = {"least": least, "most": most}
        told = {} if seeded is None else {"seeds": seeded.document}
        output.print_json({"config": dump(config), **first, "stages": stages, "requests": requests, **told})
        return
    print(dump(config).rstrip())
    for name, prompt in prompts.items():
        for message in prompt.wording(native=True).messages:
            print(f"\n--- {f'{name}: ' if name else ''}{message.role} ---\n{message.content}")
    if seeded is not None:
        print(f"\n{words(config, seeded)}.")
        for notice in seeded.notices(config, len(seeded.supply), 0):
            print(notice)
    print(f"\n{least:,} requests if every answer is accepted, at most {most:,} before tasks are replaced", end=" ")
    print(f"({_split(config.job.mix)}).\nNothing was sent, nothing was written.")


def _prompts(config: Config, task: Task) -> Mapping[str, Prompt]:
    """The first prompt of each stage that makes something; what an earlier one would make is named in brackets."""
    prompts = {}
    for making in config.staged.making:
        missing = [name for name in making.template.seeds if name not in task.given]
        given = task.with_given({name: f"[the {name} of an earlier stage]" for name in missing}) if missing else task
        prompts[making.name] = making.template.prompt(given, reasoning=config.job.reasoning, stage=making.name)
    together = min(config.job.per_request, config.job.target)
    if together > 1:
        first = config.staged.making[0]
        prompts[first.name] = bundled(first.template, [prompts[first.name]] * together)
    return prompts


def _json(prompt: Prompt) -> dict[str, object]:
    """The prompt as a model gets it that shows its own reasoning where that is wanted."""
    wording = prompt.wording(native=True)
    return {
        "messages": [{"role": message.role, "content": message.content} for message in wording.messages],
        "schema": None if wording.shape is None else wording.shape.schema,
    }


def _split(mix: tuple[Share, ...]) -> str:
    share = {each.label: each.share for each in mix}
    total = math.fsum(share.values())
    return ", ".join(f"{label} {100 * weight / total:.0f}%" for label, weight in share.items())
