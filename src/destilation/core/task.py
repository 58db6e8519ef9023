"""One sample wanted. Knows nothing about how it is asked for."""

import hashlib
from collections.abc import Mapping

import msgspec
from msgspec import Struct
from msgspec.structs import replace


class Seed(Struct, frozen=True):
    """What a sample is to be made from: named texts, for example a question. `id` is the user's, 16 characters.

    `way` names how it is used, where there are several ways, and `turn` counts the tasks made of it from 0.
    """

    id: str
    values: Mapping[str, str]
    way: str = ""
    turn: int = 0

    @property
    def name(self) -> str:
        """What names the seed used in this way."""
        return name_of(self.id, self.way)


class Pick(Struct, frozen=True):
    """What a sample is to be about: a topic, and a value of each axis.

    `path` names the topic from the top down (empty: the domain as a whole); `index` counts the draws of that topic
    from 0, and `values` are what was drawn, by axis.
    """

    path: tuple[str, ...] = ()
    index: int = 0
    values: Mapping[str, str] = {}


class Task(Struct, frozen=True):
    """One sample wanted. `number` counts from 1 within a dataset folder and never changes its meaning."""

    number: int
    domain: str
    seed: Seed | None = None
    pick: Pick | None = None

    @property
    def given(self) -> Mapping[str, str]:
        """The texts that are there already."""
        return {} if self.seed is None else self.seed.values

    def with_given(self, made: Mapping[str, str]) -> "Task":
        """The task with more texts, made by an earlier stage."""
        return replace(self, seed=replace(self.seed or Seed("", {}), values={**self.given, **made}))


def seed_of(values: Mapping[str, str]) -> Seed:
    """The seed with these texts."""
    return Seed(key_of(values), values)


def name_of(seed: str, way: str) -> str:
    """What names a seed used in a way (empty: in the only one)."""
    return f"{seed}:{way}" if way else seed


def key_of(given: Mapping[str, str]) -> str:
    """What names such texts: 16 hexadecimal characters, empty for none."""
    if not given:
        return ""
    return hashlib.blake2b(msgspec.json.encode(given, order="sorted"), digest_size=8).hexdigest()


def request_seed(seed: int, task: int, attempt: int) -> int:
    """The seed of one request, 31 bits: the same for the same job, task and attempt on every machine."""
    digest = hashlib.blake2b(f"{seed}:{task}:{attempt}".encode(), digest_size=4).digest()
    return int.from_bytes(digest, "big") >> 1
