"""What it costs to run code in the sandbox: seconds for one run beside the bare interpreter, and runs a second.

Each program is run bare and boxed in turn; the medians are shown. `python -m benchmarks.sandbox [RUNS]`.
"""

import asyncio
import os
import statistics
import subprocess
import sys
import time

from destilation.checks.sandbox.box import Sandbox
from destilation.checks.sandbox.languages import LANGUAGES, execute, runnable
from destilation.checks.sandbox.selftest import open_sandbox

PROGRAMS = {
    "python": ("def f(x):\n    return x + 1", "assert f(1) == 2", [sys.executable, "-I", "-c", "pass"]),
    "javascript": ("const f = x => x + 1;", "assert.equal(f(1), 2)", [LANGUAGES["javascript"].argv[0], "-e", "0"]),
    "bash": ('f() { echo "$(($1 + 1))"; }', "[ $(f 1) = 2 ]", [LANGUAGES["bash"].argv[0], "--norc", "-c", ":"]),
}


def bare(argv: list[str]) -> float:
    began = time.perf_counter()
    subprocess.run(argv, check=True, capture_output=True, env={})
    return time.perf_counter() - began


async def boxed(sandbox: Sandbox, language: str, code: str, tests: str) -> float:
    began = time.perf_counter()
    ran = await execute(sandbox, language, code, tests)
    assert ran.proved, ran
    return time.perf_counter() - began


async def main(runs: int) -> None:
    began = time.perf_counter()
    sandbox = await open_sandbox()
    print(f"opened, with its self-test, in {1000 * (time.perf_counter() - began):.0f} ms; {os.cpu_count()} processors")
    print(f"{'':12}{'bare':>10}{'in the box':>12}{'cost':>10}{'runs/s':>10}")
    for language, (code, tests, argv) in PROGRAMS.items():
        if not runnable(language):
            print(f"{language:12}not on this machine")
            continue
        pairs = [(bare(argv), await boxed(sandbox, language, code, tests)) for _ in range(runs)]
        alone, inside = (statistics.median(column) for column in zip(*pairs, strict=True))
        began = time.perf_counter()
        await asyncio.gather(*(boxed(sandbox, language, code, tests) for _ in range(runs)))
        rate = runs / (time.perf_counter() - began)
        print(
            f"{language:12}{1000 * alone:>7.1f} ms{1000 * inside:>9.1f} ms{1000 * (inside - alone):>7.1f} ms{rate:>10.0f}"
        )


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 50))
