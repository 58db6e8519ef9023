"""Checks of the user's own: a function that gets a record and says what is wrong with it. Knows no engine.

The function is found as `module:function` (also beside the place where the command is run) or by the name of an entry
point of the group `destilation.checks`. It gets the record as a dict, a copy of its own, and its options as keyword
arguments; it returns what is wrong, as a list of sentences for the model (or one of them; None or nothing: it passes),
or a Finding. It may be a coroutine function; if not, it runs in threads, several records at a time.
"""

import asyncio
import copy
import difflib
import importlib
import inspect
import os
import sys
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import msgspec

from destilation.core.job import PlugIn
from destilation.core.review import Asker, Finding
from destilation.core.task import Task
from destilation.core.verdict import Reason, Sample
from destilation.errors import CheckError, ConfigError

GROUP = "destilation.checks"


class PlugInCheck:
    """A function of the user's as a review."""

    asks = False

    def __init__(self, plugin: PlugIn) -> None:
        self.name = plugin.use.rpartition(":")[2]
        self._function = load(plugin.use)
        self._options = dict(plugin.options)
        try:
            signature = inspect.signature(self._function)
        except ValueError:
            return  # some built-in functions do not tell what they take
        try:
            signature.bind({}, **self._options)
        except TypeError as error:
            raise ConfigError(f"job.checks.plugins: {plugin.use} cannot be called so: {error}") from None

    async def review(self, sample: Sample, task: Task, asker: Asker) -> Finding | None:
        """What the function says. Raises CheckError where it fails."""
        record = copy.deepcopy({**task.given, **sample.extras, **sample.record})
        try:
            return await self._found(record)
        except (Exception, SystemExit) as error:
            raise CheckError(
                f"the check {self.name} failed on task {task.number}: {type(error).__name__}: {error}; nothing is "
                "lost: mend it, and the same command continues"
            ) from error

    async def _found(self, record: dict[str, Any]) -> Finding:
        if inspect.iscoroutinefunction(self._function):
            found = await self._function(record, **self._options)
        else:
            found = await asyncio.to_thread(self._called, record)
        if inspect.isawaitable(found):
            found = await found
        if isinstance(found, Finding):
            # What it holds is written to files, so it is brought to what they can hold.
            return msgspec.convert(msgspec.to_builtins(found), Finding)
        return Finding(reasons=tuple(Reason(f"{self.name}:refused", text) for text in _sentences(found)))

    def _called(self, record: dict[str, Any]) -> Any:
        found = self._function(record, **self._options)
        # A generator runs only when it is read, and that is no work for the event loop.
        return list(found) if inspect.isgenerator(found) else found


def _sentences(found: object) -> list[str]:
    """The sentences that are not empty. Raises TypeError for what is none."""
    told = [] if found is None else [found] if isinstance(found, str) else found
    if isinstance(told, Mapping) or not isinstance(told, Iterable):
        raise TypeError(f"it returned {found!r:.200}, not what is wrong as a list of sentences")
    sentences = []
    for each in told:
        if not isinstance(each, str):
            raise TypeError(f"it returned {found!r:.200}, in which {each!r:.80} is no sentence")
        if each.strip():
            sentences.append(each)
    return sentences


def load(use: str) -> Callable[..., Any]:
    """The function that a configuration names. Raises ConfigError."""
    module, colon, name = use.partition(":")
    try:
        found = _imported(module, name) if colon else _installed(use)
    except ConfigError:
        raise
    except ImportError as error:
        raise ConfigError(f"job.checks.plugins: {use}: {error}") from None
    except (Exception, SystemExit) as error:
        raise ConfigError(f"job.checks.plugins: {use}: {type(error).__name__} while it was loaded: {error}") from None
    if not callable(found):
        raise ConfigError(f"job.checks.plugins: {use} is no function")
    return found  # type: ignore[no-any-return]


def _installed(use: str) -> Any:
    from importlib.metadata import entry_points  # slow to load, and few jobs need it

    points = {point.name: point for point in entry_points(group=GROUP)}
    if use in points:
        return points[use].load()
    near = difflib.get_close_matches(use, points, n=1)
    hint = f", did you mean '{near[0]}'?" if near else f"; installed: {', '.join(sorted(points)) or 'none'}."
    raise ConfigError(
        f"job.checks.plugins: no check '{use[:80]}' is installed{hint}  help: a function of yours is module:function"
    )


def _imported(module: str, name: str) -> Any:
    # Last, so that no file lying about takes the place of what is installed.
    here = os.getcwd()
    added = here not in sys.path
    sys.path += [here] if added else []
    try:
        found = importlib.import_module(module)
    finally:
        if added and here in sys.path:
            sys.path.remove(here)
    if not hasattr(found, name):
        near = difflib.get_close_matches(name, vars(found), n=1)
        hint = f", did you mean '{near[0]}'?" if near else ""
        raise ConfigError(f"job.checks.plugins: {module}:{name}: the module has no '{name[:80]}'{hint}")
    return getattr(found, name)
