"""Everything that `make bench` measures, as one table: each benchmark in a process of its own, one after the other.

    python -m benchmarks.table [--long] [--json FILE] [--only NAME]

`--page FILE` puts machine and table into a page, between its comments `figures` and `end of figures`. One that fails is a line below the table and an error at the end, not the end of the others. `--json` saves the figures
with the machine and the date.
"""

import argparse
import os
import platform
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import msgspec

from benchmarks.figures import Figure, load, put_into, table

MODULES = ("full_path", "steady", "without_files", "startup", "memory", "existing", "processes_at_once")


def machine() -> dict[str, str]:
    """What the figures were taken on."""
    model = platform.processor()
    info = Path("/proc/cpuinfo")
    if info.exists():
        names = (
            line.partition(":")[2].strip() for line in info.read_text().splitlines() if line.startswith("model name")
        )
        model = next(names, model)
    load_1, _, _ = os.getloadavg()
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "python": platform.python_version(),
        "aiohttp": version("aiohttp"),
        "system": f"{platform.system()} {platform.machine()}",
        "processors": f"{os.cpu_count()} x {model}",
        "load before": f"{load_1:.1f}",
    }


def figures_of(module: str, *, long: bool, out: Path) -> list[Figure]:
    """What one benchmark found. Raises CalledProcessError with what it printed."""
    command = [sys.executable, "-m", f"benchmarks.{module}", "--json", str(out), *(["--long"] if long else [])]
    subprocess.run(command, check=True, capture_output=True, text=True)
    return load(out)


def main() -> int:
    """0, or 1 where a benchmark failed. Targets that are not met are told, and are no failure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--long", action="store_true")
    parser.add_argument("--json", type=Path, metavar="FILE")
    parser.add_argument("--page", type=Path, metavar="FILE")
    parser.add_argument("--only", choices=MODULES)
    asked = parser.parse_args()
    facts, figures, failures = machine(), list[Figure](), list[str]()
    with tempfile.TemporaryDirectory() as place:
        for module in [asked.only] if asked.only else MODULES:
            began = time.perf_counter()
            try:
                figures += figures_of(module, long=asked.long, out=Path(place) / "figures.json")
            except subprocess.CalledProcessError as error:
                failures.append(f"{module} failed: {(error.stderr.strip().splitlines() or ['?'])[-1]}")
            print(f"{module}: {time.perf_counter() - began:.0f} s", file=sys.stderr, flush=True)
    told = ", ".join(f"{name} {value}" for name, value in facts.items())
    text = f"{told}\n\n{table(figures)}"
    print(text, *failures, sep="\n")
    if asked.page:
        put_into(asked.page, "figures", text)
    if asked.json:
        rows = [msgspec.to_builtins(figure) | {"met": figure.met} for figure in figures]
        document = {"machine": facts, "long": asked.long, "figures": rows, "failures": failures}
        asked.json.write_bytes(msgspec.json.format(msgspec.json.encode(document)) + b"\n")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
