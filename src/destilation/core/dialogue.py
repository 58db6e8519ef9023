"""One Task: ask, judge, ask again with the reason. Knows nothing of waiting, providers or files."""

import hashlib

from msgspec.structs import replace

from destilation.core.gate import Gate
from destilation.core.provider import Completion, Message, Prompt
from destilation.core.verdict import Rejection, Sample, Verdict

_MOST_ECHOED = 4_000


def request_seed(seed: int, task: int, attempt: int) -> int:
    """The seed of one request, 31 bits: the same for the same job, task and attempt on every machine."""
    digest = hashlib.blake2b(f"{seed}:{task}:{attempt}".encode(), digest_size=4).digest()
    return int.from_bytes(digest, "big") >> 1


class Dialogue:
    """All the attempts at one Task, at most `max_attempts`.

    `prompt` is what to say next; `hear` tells it what was answered. A retry repeats the first prompt, the
    last answer and what was wrong with it: earlier failures would only fill the context.
    """

    def __init__(self, prompt: Prompt, gate: Gate, max_attempts: int, seed: int = 0) -> None:
        self.prompt = replace(prompt, seed=request_seed(seed, prompt.task.number, prompt.attempt))
        self.attempts = 0
        self.sample: Sample | None = None
        self._first = prompt
        self._gate = gate
        self._max_attempts = max_attempts
        self._seed = seed

    @property
    def over(self) -> bool:
        """Whether there is a sample or the attempts are used up."""
        return self.sample is not None or self.attempts >= self._max_attempts

    def hear(self, completion: Completion) -> Verdict:
        """Judge an answer to the present prompt; a rejection makes the next prompt."""
        verdict = self._gate.judge(completion)
        if isinstance(verdict, Rejection):
            self.recall(completion, verdict)
        else:
            self.attempts += 1
            self.sample = verdict
        return verdict

    def recall(self, completion: Completion, rejection: Rejection) -> None:
        """Take an answer to the present prompt as refused, without judging it (again)."""
        self.attempts += 1
        attempt = self.attempts + 1
        self.prompt = replace(
            self._first,
            attempt=attempt,
            messages=(*self._first.messages, *_feedback(completion, rejection)),
            seed=request_seed(self._seed, self._first.task.number, attempt),
        )


def _feedback(completion: Completion, rejection: Rejection) -> list[Message]:
    said = completion.text.strip().encode("utf-8", "replace").decode()
    if len(said) > _MOST_ECHOED:
        said = f"{said[:_MOST_ECHOED]} [...]"
    wrong = "\n".join(f"- {reason.text}" for reason in rejection.reasons)
    told = (
        f"That answer was not accepted:\n{wrong}\n\n"
        "Answer again, with these mistakes mended: one complete JSON object as described above."
    ).encode("utf-8", "replace")
    answer = [Message("assistant", said)] if said else []
    return [*answer, Message("user", told.decode())]
