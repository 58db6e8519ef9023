"""The values of a configuration with where each came from: file, environment, flags. Knows no key's meaning."""

import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from msgspec import Struct

from destilation.config import locate
from destilation.config.problems import Place, Problem, complain
from destilation.errors import ConfigError

MOST_BYTES = 1 << 20
MOST_NESTED = 32
PREFIX = "DESTILATION_"
KeyPath = tuple[str | int, ...]


class Override(Struct, frozen=True):
    """A value given outside the file: dotted key, value, and what the user typed (`--target`)."""

    key: str
    value: Any
    origin: str


def parse_setting(text: str) -> Override:
    """`KEY=VALUE` of `--set`: the value as TOML where it is TOML, else as text. Raises ConfigError."""
    key, equals, raw = text.partition("=")
    key = key.strip()
    if not equals or not all(part.strip() for part in key.split(".")):
        raise ConfigError(f"--set wants KEY=VALUE such as job.target=100, not {text[:80]!r}")
    return Override(key, _value(raw.strip()), f"--set {key}")


def _value(raw: str) -> Any:
    try:
        return tomllib.loads(f"x = {raw}")["x"] if "\n" not in raw else raw
    except (tomllib.TOMLDecodeError, ValueError, RecursionError):
        return raw


def from_environment(env: Mapping[str, str]) -> list[Override]:
    """`DESTILATION_JOB__TARGET=500` as an override of job.target; names without `__` are not settings."""
    found = []
    for name in sorted(env):
        if name.startswith(PREFIX) and "__" in name:
            key = name[len(PREFIX) :].lower().replace("__", ".")
            found.append(Override(key, _value(env[name]), name))
    return found


class Source:
    """One configuration before it is checked. `problems` collects what is wrong with it."""

    def __init__(self, path: Path | None, overrides: Sequence[Override] = ()) -> None:
        self.file = str(path) if path is not None else "the flags"
        self.folder = path.parent if path is not None else Path()
        self.text = _read(path) if path is not None else ""
        self.data: dict[str, Any] = _parse(self.text, self.file)
        self.problems: list[Problem] = []
        self._spans = locate.locate(self.text)
        self._lines = locate.Lines(self.text)
        self._given: dict[KeyPath, str] = {}
        for override in overrides:
            self._set(override)

    def get(self, path: KeyPath, default: Any = None) -> Any:
        """The raw value at a path."""
        value: Any = self.data
        for step in path:
            try:
                value = value[step]
            except (KeyError, IndexError, TypeError):
                return default
        return value

    def origin(self, path: KeyPath) -> str:
        """Where the value at a path came from: `--target`, `config.toml:12`, `default`."""
        for end in range(len(path), 0, -1):
            if origin := self._given.get(path[:end]):
                return origin
        if span := self._spans.get(path):
            return f"{self.file}:{self._lines.place_of(span.key, span.key_end).line}"
        return "default"

    def origins(self) -> dict[str, str]:
        """The origin of every value that was given, by dotted key."""
        paths = {path for path in self._spans if self._leaf(path)} | set(self._given)
        return {dotted(path): self.origin(path) for path in paths}

    def wrong(self, path: KeyPath, what: str, help: str = "", *, at: str = "value") -> None:
        """Note that the value (or, with at="key", the key) at a path is wrong."""
        self.problems.append(Problem(dotted(path), what, help, self._place(path, at), self._flag(path)))

    def finish(self) -> None:
        """Raises ConfigError when anything is wrong."""
        if self.problems:
            raise complain(self.problems, self.file, self.text)

    def _leaf(self, path: KeyPath) -> bool:
        return not isinstance(self.get(path), dict | list)

    def _flag(self, path: KeyPath) -> str:
        origin = self.origin(path)
        return "" if origin == "default" else origin

    def _place(self, path: KeyPath, at: str) -> Place | None:
        if any(path[:end] in self._given for end in range(1, len(path) + 1)):
            return None
        for end in range(len(path), 0, -1):
            if span := self._spans.get(path[:end]):
                key = at == "key" or end < len(path) or span.value_end <= span.value
                start, stop = (span.key, span.key_end) if key else (span.value, span.value_end)
                return self._lines.place_of(start, stop)
        return None

    def _set(self, override: Override) -> None:
        steps = override.key.split(".")
        here: Any = self.data
        path: KeyPath = ()
        for step in steps[:-1]:
            path = (*path, step)
            here = here.setdefault(step, {}) if isinstance(here, dict) else None
            if not isinstance(here, dict):
                self.problems.append(Problem(override.key, f"{dotted(path)} is not a table", origin=override.origin))
                return
        if isinstance(override.value, str) and not override.value.isascii() and _broken(override.value):
            self.problems.append(Problem(override.key, "is not text in UTF-8", origin=override.origin))
            return
        here[steps[-1]] = override.value
        self._given[(*path, steps[-1])] = override.origin


def _broken(text: str) -> bool:
    """Whether an argument was bytes that are no UTF-8, which the system hands over as halves of surrogate pairs."""
    return any("\ud800" <= character <= "\udfff" for character in text)


def dotted(path: KeyPath) -> str:
    """`job.mix[0].share`."""
    text = ""
    for step in path:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else step
    return text


def _read(path: Path) -> str:
    try:
        with path.open("rb") as file:
            data = file.read(MOST_BYTES + 1)
    except FileNotFoundError:
        raise ConfigError(f"{path}: no such file; destilation init writes one") from None
    except IsADirectoryError:
        raise ConfigError(f"{path} is a folder; name the file in it") from None
    except (OSError, ValueError) as error:
        raise ConfigError(f"{path}: {getattr(error, 'strerror', None) or error}") from None
    if len(data) > MOST_BYTES:
        raise ConfigError(f"{path} has more than 1 MiB; that is no configuration")
    try:
        return data.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ConfigError(f"{path}:{line}: not UTF-8 text; save it as UTF-8") from None


def _parse(text: str, file: str) -> dict[str, Any]:
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{file}: not valid TOML: {error}. Nothing was run.") from None
    except (RecursionError, ValueError) as error:
        why = "nested too deeply" if isinstance(error, RecursionError) else "a number has too many digits"
        raise ConfigError(f"{file}: {why}. Nothing was run.") from None
    if _deeper(data, MOST_NESTED):
        raise ConfigError(f"{file}: nested more than {MOST_NESTED} levels deep. Nothing was run.")
    return data


def _deeper(value: Any, levels: int) -> bool:
    if not isinstance(value, dict | list):
        return False
    inner = value.values() if isinstance(value, dict) else value
    return levels == 0 or any(_deeper(each, levels - 1) for each in inner)
