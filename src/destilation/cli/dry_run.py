"""`run --dry-run`: what would be asked of whom, and nothing is."""

import math

from destilation.cli import output
from destilation.config import Config, dump
from destilation.core.task import Task


def show(config: Config, *, as_json: bool) -> None:
    """Print the resolved configuration, the first prompt and the number of requests."""
    job = config.job
    prompt = config.template.prompt(Task(1, job.domain))
    least, most = job.target, job.target * job.max_attempts
    if as_json:
        messages = [{"role": each.role, "content": each.content} for each in prompt.messages]
        output.print_json(
            {
                "config": dump(config),
                "messages": messages,
                "schema": prompt.shape.schema,
                "requests": {"least": least, "most": most},
            }
        )
        return
    print(dump(config).rstrip())
    for message in prompt.messages:
        print(f"\n--- {message.role} ---\n{message.content}")
    share = {each.label: each.share for each in job.mix}
    total = math.fsum(share.values())
    split = ", ".join(f"{label} {100 * weight / total:.0f}%" for label, weight in share.items())
    print(f"\n{least:,} requests if every answer is accepted, at most {most:,} before tasks are replaced ({split}).")
    print("Nothing was sent, nothing was written.")
