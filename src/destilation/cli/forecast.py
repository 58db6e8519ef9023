"""`run --forecast`: what the target will take, after a pilot."""

from collections.abc import Callable

import msgspec

from destilation.cli import output
from destilation.cli.live import duration_words
from destilation.config import Config
from destilation.core.forecast import Range
from destilation.launch.forecast import forecast_of
from destilation.launch.run import Report


def show(config: Config, report: Report, *, as_json: bool) -> None:
    """Print low, likely and high. Raises ConfigError where the pilot brought nothing."""
    found = forecast_of(config, report)
    if as_json:
        output.print_json(msgspec.to_builtins(found))
        return
    cap = config.job.budget_usd
    spent = float(str(report.metadata["cost_usd"]))
    rows = [
        ("", "low", "likely", "high", f"for {found.missing:,} more samples; {report.accepted:,} are there"),
        ("requests", *_words(found.requests, _count), "retries and refused answers included"),
        ("tokens", *_words(found.tokens, _count), "in and out"),
        ("time", *_words(found.seconds, duration_words), "between full speed and the pace so far"),
        ("cost", *_words(found.usd, _dollars), f"${spent:.2f} spent" + (f", cap ${cap:.2f}" if cap else "")),
        ("accepted", *_words(found.acceptance, "{:.1%}".format), "of all answers"),
    ]
    output.print_table(rows)
    if cap is not None and spent + found.usd.likely > cap:
        print(f"The cap of ${cap:.2f} will likely be reached first.")
    print("The pilot's samples are kept; the same command without --forecast continues.")


def _words(found: Range, say: Callable[[float], str]) -> tuple[str, str, str]:
    return say(found.low), say(found.likely), say(found.high)


def _count(number: float) -> str:
    if number >= 1e6:
        return f"{number / 1e6:.1f} M"
    return f"{number:,.0f}"


def _dollars(usd: float) -> str:
    return f"${usd:.2f}" if usd >= 0.1 or usd == 0 else f"${usd:.4f}"
