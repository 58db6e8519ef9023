"""Puts the first prompts of several tasks into one request, and gives each its record of the answer."""

import asyncio
from collections.abc import Sequence

from msgspec import Struct
from msgspec.structs import replace

from destilation.core.bundle import bundled, records_of
from destilation.core.provider import Prompt
from destilation.core.review import Stage
from destilation.engine.pool import Emit, Pool
from destilation.engine.post import Keep, Post, Said
from destilation.errors import RefusedPromptError

MOST_REFUSED = 3  # bundles in a row


class _Waiter(Struct, eq=False):
    """A prompt that waits for others: the first of them is told of all, the others of their answers.

    None: each is to ask alone.
    """

    prompt: Prompt
    turn: "asyncio.Future[list[_Waiter] | Said | None]"


class Bundler(Post):
    """At most `most` first prompts of `stage` in one request; everything else goes alone.

    A bundle leaves when it is full, or when all who have a task in hand wait in it: nobody could fill it then. A
    server that refuses one after the other (as too long, perhaps) gets no more of them.
    """

    def __init__(self, pool: Pool, keep: Keep, emit: Emit, *, stage: Stage, most: int) -> None:
        super().__init__(pool, keep, emit)
        self._stage = stage
        self._most = most
        self._waiting: list[_Waiter] = []
        self._present = 0
        self._refused = 0

    def come(self) -> None:
        """Somebody has a task in hand and may ask, until they `go`."""
        self._present += 1

    def go(self) -> None:
        """Somebody who came has no task in hand any more."""
        self._present -= 1
        self._look_soon()

    async def ask(self, stage: Stage, prompt: Prompt) -> Said:
        """A new answer, kept and told of. Raises as Pool.ask does, and StorageError."""
        if stage is not self._stage or prompt.again or self._refused >= MOST_REFUSED:
            return await super().ask(stage, prompt)
        waiter = _Waiter(prompt, asyncio.get_running_loop().create_future())
        self._waiting.append(waiter)
        if len(self._waiting) >= self._most:
            self._leave()
        else:
            self._look_soon()
        found = await waiter.turn
        if isinstance(found, list):
            found = await self._lead(found)
        return await super().ask(stage, prompt) if found is None else found

    def _look_soon(self) -> None:
        # Not at once: whoever ends a task begins the next in the same breath.
        asyncio.get_running_loop().call_soon(self._look)

    def _look(self) -> None:
        self._waiting = [waiter for waiter in self._waiting if not waiter.turn.done()]
        if self._waiting and len(self._waiting) >= self._present:
            self._leave()

    def _leave(self) -> None:
        waiters, self._waiting = [waiter for waiter in self._waiting if not waiter.turn.done()], []
        waiters[0].turn.set_result(waiters)

    async def _lead(self, waiters: Sequence[_Waiter]) -> Said | None:
        """Ask for all; the answer of the first, None where each has to ask alone."""
        others = waiters[1:]
        if not others:
            return None
        try:
            said = await self._asked([waiter.prompt for waiter in waiters])
        except RefusedPromptError:
            # One of them may be what is refused: the others need not suffer for it.
            self._refused += 1
            _give(others, [None] * len(others))
            return None
        except asyncio.CancelledError:
            for waiter in others:
                waiter.turn.cancel()
            raise
        except Exception as error:
            for waiter in others:
                if not waiter.turn.done():
                    waiter.turn.set_exception(error)
            raise
        _give(others, said[1:])
        return said[0]

    async def _asked(self, prompts: Sequence[Prompt]) -> list[Said]:
        answer = await self._pool.ask(bundled(self._stage.template, prompts))
        self._refused = 0
        first = prompts[0].task.number
        records = records_of(answer.completion, len(prompts))
        said = [
            Said(prompt, replace(answer, completion=record), first)
            for prompt, record in zip(prompts, records, strict=True)
        ]
        await self._take_in(*said)
        return said


def _give(waiters: Sequence[_Waiter], found: Sequence[Said | None]) -> None:
    for waiter, each in zip(waiters, found, strict=True):
        if not waiter.turn.done():
            waiter.turn.set_result(each)
