"""How well is broken notation told from good? Pushes labelled records through a real gate with real grammars.

    python -m benchmarks.syntax [--language NAME] [--all]

Prints by language, notation and template: records, broken ones, caught, missed, false alarms, precision, recall, how
often the feedback points at the right line (one more or less is right), and milliseconds a record. Caught is what
the syntactic layer refused. Every miss, false alarm and wrong line is listed.
"""

import argparse
import re
import time
from collections.abc import Iterable

from msgspec import Struct

from destilation.checks.syntax.checker import Syntax
from destilation.core.dedup.index import SeenIndex
from destilation.core.gate import Gate
from destilation.core.verdict import Rejection, Verdict
from tests.checks.syntax.labelled.records import TOOLS, Record, records


class Outcome(Struct, frozen=True):
    """What the gate made of one record, and how long it took, in seconds."""

    record: Record
    verdict: Verdict
    took: float

    @property
    def refused(self) -> bool:
        """Whether the syntactic layer refused it."""
        return isinstance(self.verdict, Rejection) and self.verdict.layer == "syntactic"

    @property
    def right(self) -> bool:
        """Whether it got what it deserves."""
        return self.refused if self.record.broken else not isinstance(self.verdict, Rejection)

    @property
    def told(self) -> str:
        """What the model would be told."""
        return "; ".join(reason.text for reason in self.verdict.reasons) if isinstance(self.verdict, Rejection) else ""

    @property
    def pointed(self) -> bool | None:
        """Whether the feedback points at the line, give or take one; None where no line is looked for."""
        if not (self.record.line and self.refused):
            return None
        lines = re.findall(r"\bline (\d+)", self.told)
        return any(abs(int(line) - self.record.line) <= 1 for line in lines)


def measured(each: Record) -> Outcome:
    """The outcome of one record at a gate that has seen nothing."""
    gate = Gate(each.template.with_tools(TOOLS), SeenIndex(0.85), syntax=Syntax())
    completion = each.completion
    began = time.perf_counter()
    verdict = gate.judge(completion)
    return Outcome(each, verdict, time.perf_counter() - began)


class Row(Struct, frozen=True):
    """The counts over some outcomes."""

    records: int
    broken: int
    caught: int
    alarms: int
    pointed: int
    lined: int
    took: float

    @property
    def precision(self) -> float:
        """The share of what was refused that is broken."""
        return self.caught / (self.caught + self.alarms) if self.caught + self.alarms else 1.0

    @property
    def recall(self) -> float:
        """The share of what is broken that was refused."""
        return self.caught / self.broken if self.broken else 1.0


def row(outcomes: Iterable[Outcome]) -> Row:
    """The counts over these outcomes. A good record that any layer refused is a false alarm."""
    found = list(outcomes)
    broken = [each for each in found if each.record.broken]
    places = [each.pointed for each in found if each.pointed is not None]
    return Row(
        records=len(found),
        broken=len(broken),
        caught=sum(each.right for each in broken),
        alarms=sum(not each.right for each in found if not each.record.broken),
        pointed=sum(places),
        lined=len(places),
        took=sum(each.took for each in found),
    )


def _print(name: str, counts: Row) -> None:
    lines = f"{counts.pointed}/{counts.lined}" if counts.lined else "-"
    print(
        f"{name:18}{counts.records:8}{counts.broken:8}{counts.caught:8}{counts.broken - counts.caught:8}"
        f"{counts.alarms:8}{counts.precision:11.3f}{counts.recall:8.3f}{lines:>9}"
        f"{1000 * counts.took / counts.records:11.2f}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--language", help="only this language, notation or template")
    parser.add_argument("--all", action="store_true", help="list what is told of every broken record too")
    options = parser.parse_args()
    chosen = [each for each in records() if options.language in (None, each.kind)]
    for each in chosen:
        measured(each)  # grammars are loaded once, which is no part of the price of a record
    outcomes = [measured(each) for each in chosen]
    print(f"{'':18} records  broken  caught  missed  alarms  precision  recall    lines  ms/record")
    for kind in dict.fromkeys(each.kind for each in chosen):
        _print(kind, row(each for each in outcomes if each.record.kind == kind))
    _print("in all", row(outcomes))
    for outcome in outcomes:
        if not outcome.right or outcome.pointed is False or (options.all and outcome.record.broken):
            print(f"{_state(outcome)}: {_shown(outcome)}")


def _state(outcome: Outcome) -> str:
    if not outcome.right:
        return "MISSED" if outcome.record.broken else "FALSE ALARM"
    return "wrong line" if outcome.pointed is False else "told"


def _shown(outcome: Outcome) -> str:
    record = outcome.record
    place = f" (line {record.line})" if record.line else ""
    return f"{record.kind}: {record.title}{place}: {outcome.told or 'accepted'}"


if __name__ == "__main__":
    main()
