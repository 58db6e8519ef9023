"""An asker for tests of reviews: models answer what the script says, through the real gates of the stages."""

import json
from collections.abc import Mapping
from typing import Any

import msgspec

from destilation.core.provider import Completion
from destilation.core.review import Stage
from destilation.core.task import Task
from destilation.core.verdict import Sample

Record = Mapping[str, Any]


class Answers:
    """Gives one record after the other, and None (attempts used up) where the script says so.

    `prompts` has what each was asked for, as the models would read it.
    """

    def __init__(self, *script: Record | str | None) -> None:
        self.prompts: list[str] = []
        self.tasks: list[Task] = []
        self._script = list(script)

    async def ask(self, stage: Stage, task: Task) -> Sample | None:
        """The next answer."""
        self.tasks.append(task)
        self.prompts.append("\n".join(message.content for message in stage.prompt(task).messages))
        answer = self._script.pop(0)
        if answer is None:
            return None
        text = answer if isinstance(answer, str) else json.dumps(answer)
        verdict = stage.gate.examine(
            Completion(text=text, dialect="test", body=b"{}", model="test", mode="prompt"), task.given
        )
        assert isinstance(verdict, Sample), verdict
        return verdict


def sample_of(record: Record, **extras: Any) -> Sample:
    """A sample that the earlier layers let through."""
    return Sample(1, record, extras, msgspec.json.encode(record))
