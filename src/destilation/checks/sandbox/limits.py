"""What a program in the box may use, what it is, and what became of it."""

from typing import Literal

from msgspec import Struct

Ending = Literal["exit", "timeout", "memory", "output", "signal"]


class Limits(Struct, frozen=True, kw_only=True):
    """Seconds of the clock and of the processor, memory of all processes together, and the rest per box."""

    wall_s: float = 10.0
    cpu_s: int = 8
    memory_mb: int = 256
    processes: int = 48
    output_bytes: int = 65_536
    disk_mb: int = 16
    open_files: int = 64


class Program(Struct, frozen=True):
    """A command inside the box and what it reads; `bounded` limits its address space too, which V8 does not bear."""

    argv: tuple[str, ...]
    stdin: bytes = b""
    bounded: bool = True


class Outcome(Struct, frozen=True, kw_only=True):
    """How a program ended after `seconds`. Of what it wrote the first `output_bytes` are kept; `code` is its status."""

    ending: Ending
    code: int
    stdout: str
    stderr: str
    seconds: float
