"""One Task at one stage: ask, and ask again with the reason. Knows nothing of judging, waiting or files."""

from msgspec.structs import replace

from destilation.core.provider import Completion, Message, Prompt, Shape, Wording
from destilation.core.verdict import Rejection

_MOST_ECHOED = 4_000


class Dialogue:
    """All the attempts of one stage at one Task, at most `max_attempts`.

    `prompt` is what to say next, its attempt counted within the stage; `refused` tells it what was wrong with the
    answer. A retry repeats the first prompt,
    the last answer and its faults: earlier failures would only fill the context.
    """

    def __init__(self, prompt: Prompt, max_attempts: int) -> None:
        self.prompt = prompt
        self.attempts = 0
        self._first = prompt
        self._max_attempts = max_attempts

    @property
    def over(self) -> bool:
        """Whether the attempts are used up."""
        return self.attempts >= self._max_attempts

    def refused(self, completion: Completion, rejection: Rejection) -> None:
        """The answer to the present prompt was refused, for these reasons."""
        self.attempts += 1
        first = self._first
        self.prompt = replace(
            first,
            attempt=self.attempts + 1,
            again=True,
            messages=(*first.messages, *_feedback(completion, rejection, first.shape)),
            native=None if first.native is None else _with_feedback(first.native, completion, rejection),
        )


def _with_feedback(wording: Wording, completion: Completion, rejection: Rejection) -> Wording:
    return replace(wording, messages=(*wording.messages, *_feedback(completion, rejection, wording.shape)))


def _feedback(completion: Completion, rejection: Rejection, shape: Shape | None) -> list[Message]:
    said = completion.text.strip().encode("utf-8", "replace").decode()
    if len(said) > _MOST_ECHOED:
        said = f"{said[:_MOST_ECHOED]} [...]"
    wrong = "\n".join(f"- {reason.text}" for reason in rejection.reasons)
    form = "the answer alone and complete" if shape is None else "one complete JSON object as described above"
    told = f"That answer was not accepted:\n{wrong}\n\nAnswer again, with these mistakes mended: {form}."
    answer = [Message("assistant", said)] if said else []
    return [*answer, Message("user", told.encode("utf-8", "replace").decode())]
