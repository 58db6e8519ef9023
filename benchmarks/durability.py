"""What durability costs: runs of 10,000 samples on the mock at top speed with each setting, turn by turn in one go."""

import statistics
import sys
import tempfile
import time
from pathlib import Path

import destilation

TARGET, TURNS = 10_000, 5


def throughput(durability: str) -> float:
    """Samples per second of one run."""
    with tempfile.TemporaryDirectory() as place:
        began = time.perf_counter()
        report = destilation.run(
            providers={"mock": {"kind": "mock"}},
            mix=[{"provider": "mock"}],
            name="job",
            out=str(Path(place)),
            target=TARGET,
            durability=durability,
        )
        assert report.accepted == TARGET
        return TARGET / (time.perf_counter() - began)


def main() -> None:
    """Print samples per second and the ratio to no sync at all, turn by turn and over all."""
    turns = int(sys.argv[1]) if len(sys.argv) > 1 else TURNS
    ratios = []
    for _ in range(turns):
        none, group = throughput("none"), throughput("group")
        ratios.append(group / none)
        print(f"none {none:8,.0f}/s   group {group:8,.0f}/s   {100 * group / none:5.1f}%", flush=True)
    print(f"group commit keeps {100 * statistics.median(ratios):.1f}% of the throughput without any sync (median)")


if __name__ == "__main__":
    main()
