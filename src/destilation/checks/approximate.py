"""Finds near vectors without comparing with all, by the library of the extra `vectors`. Knows no sample."""

import importlib
from typing import Any

import numpy as np

from destilation.core.dedup.vectors import ExactScan, Nearest, Vector

LEAST = 20_000  # vectors: below, comparing with all takes about a millisecond, and is exact


def nearest() -> Nearest:
    """What finds near vectors: approximately among very many where the library is there, else exactly."""
    try:
        library = importlib.import_module("usearch.index")
    except ImportError:
        return ExactScan()
    return Approximate(library)


class Approximate:
    """A navigable small world graph (HNSW) once there are `least` vectors; till then all are compared.

    Malkov and Yashunin, "Efficient and robust approximate nearest neighbor search using HNSW graphs", 2016.
    """

    def __init__(self, library: Any, least: int = LEAST) -> None:
        self._library = library
        self._least = least
        self._first: list[Vector] | None = []
        self._exact = ExactScan()
        self._index: Any = None
        self._count = 0

    def add(self, vector: Vector) -> None:
        """Remember one more."""
        if self._first is not None:
            self._first.append(vector)
            self._exact.add(vector)
            if len(self._first) >= self._least:
                self._begin(self._first)
        else:
            self._index.add(self._count, vector)
        self._count += 1

    def nearest(self, vector: Vector) -> tuple[int, float]:
        """The number of the nearest that was found, and the cosine."""
        if self._first is not None:
            return self._exact.nearest(vector)
        found = self._index.search(vector, 1)
        return int(found.keys[0]), 1.0 - float(found.distances[0])

    def _begin(self, first: list[Vector]) -> None:
        self._index = self._library.Index(ndim=len(first[0]), metric="cos", dtype="f32")
        self._index.add(np.arange(len(first)), np.stack(first))
        self._first, self._exact = None, ExactScan()
