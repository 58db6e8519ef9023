"""Destil expert models into large, validated, deduplicated fine-tuning datasets.

`run(...)` and `await arun(...)` make a dataset from Python; importing this package loads nothing heavy.
"""

from typing import Any

from destilation.version import __version__

__all__ = ["__version__", "arun", "run"]


def __getattr__(name: str) -> Any:
    """`run` and `arun` are loaded when they are first asked for."""
    if name in ("run", "arun"):
        from destilation.launch import api

        return getattr(api, name)
    raise AttributeError(f"module 'destilation' has no attribute {name!r}")
