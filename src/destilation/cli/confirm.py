"""The question before a run that will cost more than its user said is nothing to ask about."""

import asyncio
import os
import sys

import click

from destilation.config import Config
from destilation.errors import ConfigError
from destilation.launch.estimate import Estimate, asks_elsewhere, estimate


def confirm(config: Config, most: int | None = None) -> None:
    """Ask on a terminal; elsewhere a budget must be set. Nothing is asked about models on this machine.

    `most` bounds the samples of this run. Raises ConfigError where the answer is no, or nobody can be asked.
    """
    asked = sys.stdin is not None and sys.stdin.isatty() and sys.stderr.isatty()
    budget, limit = config.job.budget_usd, config.job.confirm_above_usd
    if not asks_elsewhere(config) or (budget is not None and not asked):
        return
    found = asyncio.run(estimate(config, os.environ, most))
    if not found.missing or (found.usd is not None and found.usd <= limit):
        return
    said = _words(found)
    if not asked:
        raise ConfigError(
            f"{said}; above job.confirm_above_usd (${limit:.2f}) a run without a terminal needs a cap or a yes.  "
            "help: --budget-usd 20, or --yes"
        )
    cap = f" (cap ${budget:.2f})" if budget is not None else ""
    if not click.confirm(f"{said}{cap}. Start?", default=True, err=True):
        raise ConfigError("not started; nothing was sent")


def _words(found: Estimate) -> str:
    if found.usd is None:
        return f"what {', '.join(found.unknown)} costs is not known"
    return f"estimated cost ${found.usd:.2f} for {found.missing:,} samples"
