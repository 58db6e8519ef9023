"""A million samples exported in constant memory, beside `datasets.Dataset.to_json` of the same rows.

    .venv/bin/python -m benchmarks.export [--items 1000000] [--format trl] [--folder DIR]

The folder of samples is written first, with the script's own words. Each side is a process of its own, whose peak of
memory and seconds of processor the operating system tells (machines are shared); the export is run for a tenth of the items too, so that growth would show.
"""

import argparse
import hashlib
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from itertools import pairwise
from pathlib import Path

from destilation.config import Override, dump, load
from destilation.storage.records import encode_line
from tests.exports.folders import provenance

WORDS = (
    "tide",
    "harbour",
    "pressure",
    "lattice",
    "ribosome",
    "ledger",
    "monsoon",
    "quartz",
    "voltage",
    "enzyme",
    "orbit",
)


def record(number: int) -> dict[str, str]:
    """A sample about as long as real ones, its words chosen by its number."""
    digest = hashlib.blake2b(number.to_bytes(8, "big"), digest_size=48).digest()
    words = [WORDS[byte % len(WORDS)] for byte in digest]
    return {
        "question": f"How does the {words[0]} of case {number} depend on its {words[1]}, given {' and '.join(words[2:8])}?",
        "reasoning": f"Start from the {words[8]}. "
        + " ".join(f"The {a} follows the {b}." for a, b in pairwise(words[8:29])),
        "answer": f"It grows with the {' and the '.join(words[29:47])}.",
    }


def make(folder: Path, items: int) -> None:
    """Write samples and provenance as a run leaves them; the ledger is not read by an export."""
    folder.mkdir(parents=True)
    values = {
        "template": "reasoning",
        "domain": "Everything",
        "name": folder.name,
        "out": str(folder.parent),
        "target": items,
    }
    config = load(None, overrides=[Override(f"job.{key}", value, key) for key, value in values.items()], env={})
    (folder / "job.toml").write_text(dump(config))
    with (folder / "samples.jsonl").open("wb") as samples, (folder / "provenance.jsonl").open("wb") as origins:
        for number in range(1, items + 1):
            line = encode_line(record(number))
            samples.write(line)
            origins.write(encode_line(provenance(number, line[:-1], "reasoning")))


def ours(folder: Path, form: str, out: Path, *more: str) -> None:
    subprocess.run(
        [sys.executable, "-m", "destilation", "export", str(folder), "--format", form, "--out", str(out), *more],
        check=True,
        stdout=subprocess.DEVNULL,
    )


def theirs(rows: Path, out: Path) -> None:
    """What a user of `datasets` would do with the samples: load, map into messages, write."""
    os.environ.update(HF_DATASETS_OFFLINE="1", HF_HUB_OFFLINE="1")
    import datasets

    datasets.disable_progress_bars()
    cache = str(out.parent / "cache")
    loaded = datasets.load_dataset("json", data_files=str(rows), split="train", cache_dir=cache)

    def told(row: dict[str, str]) -> dict[str, object]:
        user = {"role": "user", "content": row["question"], "reasoning_content": None}
        return {
            "messages": [user, {"role": "assistant", "content": row["answer"], "reasoning_content": row["reasoning"]}]
        }

    mapped = loaded.map(told, remove_columns=loaded.column_names)
    mapped.to_json(str(out))


def timed(*args: str) -> tuple[float, float, float]:
    """(seconds, seconds of processor, peak MiB) of one side in a process of its own."""
    began = time.perf_counter()
    code = f"import sys; sys.argv[1:] = {list(args)!r}; from benchmarks.export import side; side()"
    done = subprocess.run([sys.executable, "-c", code], check=True, stdout=subprocess.PIPE, text=True)
    told = json.loads(done.stdout.strip().splitlines()[-1])
    return time.perf_counter() - began, told["cpu_s"], told["peak_mib"]


def side() -> None:
    """One side: runs, then tells its peak."""
    kind, *args = sys.argv[1:]
    if kind == "ours":
        ours(Path(args[0]), args[1], Path(args[2]), *args[3:])
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
    else:
        theirs(Path(args[0]), Path(args[1]))
        used = resource.getrusage(resource.RUSAGE_SELF)
    mib = used.ru_maxrss / (1024 if sys.platform != "darwin" else 1024**2)
    print(json.dumps({"peak_mib": mib, "cpu_s": used.ru_utime + used.ru_stime}))


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--items", type=int, default=1_000_000)
    parser.add_argument("--format", default="trl")
    parser.add_argument("--folder", type=Path)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=asked.folder) as place:
        root = Path(place)
        small, large = root / "small", root / "large"
        make(small, max(1, asked.items // 10))
        make(large, asked.items)
        rows: list[tuple[str, int, float, float, float]] = []
        for name, folder, count, more in (
            ("export", small, asked.items // 10, ()),
            ("export", large, asked.items, ()),
            ("export --split 90/5/5", large, asked.items, ("--split", "90/5/5")),
        ):
            seconds, cpu, peak = timed("ours", str(folder), asked.format, str(root / "out"), *more)
            rows.append((name, count, seconds, cpu, peak))
        seconds, cpu, peak = timed("theirs", str(large / "samples.jsonl"), str(root / "theirs.jsonl"))
        rows.append(("datasets: load, map, to_json", asked.items, seconds, cpu, peak))
        print(f"{'':32}{'samples':>12}{'seconds':>10}{'samples/s':>12}{'of CPU':>10}{'per CPU s':>12}{'peak MiB':>10}")
        for name, count, seconds, cpu, peak in rows:
            rates = f"{seconds:>10.1f}{count / seconds:>12,.0f}{cpu:>10.1f}{count / cpu:>12,.0f}"
            print(f"{name:32}{count:>12,}{rates}{peak:>10,.0f}")


if __name__ == "__main__":
    main()
