"""Has a vector made of what a sample says, for the gate to compare by its meaning. Knows no provider.

It is asked for like an opinion: recorded before it is looked at, counted and paced. Where none can be had the task is
given up as when a judge comes to no verdict, and where nobody is left who makes them the run ends: a sample without a
vector could never be told from others, and nothing that was paid for is lost.
"""

from collections.abc import Sequence

from destilation.core.dedup.index import SeenIndex, content
from destilation.core.dedup.vectors import VECTOR
from destilation.core.fields import Field, Type
from destilation.core.gate import Gate
from destilation.core.job import Checks
from destilation.core.review import Asker, Finding, Stage
from destilation.core.task import Task
from destilation.core.template import Template
from destilation.core.verdict import Sample

ASKED = Template(
    id="embeddings",
    builtin=True,
    description="The vector of a text.",
    fields=(Field("vector", Type("array", items=Type("number"), minimum=1), "the numbers of the vector"),),
    system_prompt="",
    user_prompt_pattern="{{text}}",
)


class Embedding:
    """Notes the vector of the compared fields of a sample; refuses nothing itself."""

    asks = True

    def __init__(self, name: str, fields: Sequence[str], max_attempts: int) -> None:
        self.name = name
        self._fields = tuple(fields)
        gate = Gate(ASKED, SeenIndex(1.0), Checks(refusals=False))
        self._stage = Stage(name, ASKED, gate, max_attempts, "json")

    async def review(self, sample: Sample, task: Task, asker: Asker) -> Finding | None:
        """The vector among the notes; None where none could be had."""
        text = content({**task.given, **sample.record}, self._fields)
        answer = await asker.ask(self._stage, task.with_given({"text": text}))
        return None if answer is None else Finding(notes={VECTOR: answer.record["vector"]})
