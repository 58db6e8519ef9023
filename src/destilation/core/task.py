"""One sample wanted. Knows nothing about how it is asked for."""

from msgspec import Struct


class Task(Struct, frozen=True):
    """One sample wanted. `number` counts from 1 within a dataset folder and never changes its meaning."""

    number: int
    domain: str
