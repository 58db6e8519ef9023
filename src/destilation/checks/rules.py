"""Reviews that take no model and no sandbox: calculations done again, statements held against their source.

Each is told which stage makes which field, so that what is wrong goes back to where it can be mended.
"""

from collections.abc import Callable, Mapping

from destilation.core.arithmetic import miscalculated
from destilation.core.grounding import unsupported
from destilation.core.review import Asker, Finding
from destilation.core.task import Task
from destilation.core.verdict import Reason, Sample


class Arithmetic:
    """Refuses samples with a calculation that does not come to what is stated; `fields` names their stages."""

    name = "arithmetic"
    asks = False

    def __init__(self, fields: Mapping[str, str]) -> None:
        self._fields = fields

    async def review(self, sample: Sample, task: Task, asker: Asker) -> Finding | None:
        """Every wrong calculation."""
        return _found("arithmetic:miscalculated", self._fields, sample, miscalculated)


class Grounding:
    """Refuses samples that state what the seed `passage` does not have; `fields` as in Arithmetic."""

    name = "grounding"
    asks = False

    def __init__(self, passage: str, fields: Mapping[str, str]) -> None:
        self._passage = passage
        self._fields = fields

    async def review(self, sample: Sample, task: Task, asker: Asker) -> Finding | None:
        """Numbers, quotations and names without support."""
        passage = task.given.get(self._passage, "")
        # What an earlier stage made is itself held against the passage, and supports nothing.
        others = (name for name in task.given if name not in self._fields and name != self._passage)
        question = "\n".join(task.given[name] for name in others)
        return _found("grounding:unsupported", self._fields, sample, lambda text: unsupported(text, passage, question))


def _found(code: str, fields: Mapping[str, str], sample: Sample, faults: Callable[[str], list[str]]) -> Finding:
    """What is wrong with the fields, and which stage is the first to have made a fault."""
    wrong = {name: faults(text) for name in fields if isinstance(text := sample.record.get(name), str)}
    reasons = tuple(Reason(code, f"field '{name}': {fault}") for name, found in wrong.items() for fault in found)
    return Finding(reasons=reasons, blame=next((fields[name] for name, found in wrong.items() if found), None))
