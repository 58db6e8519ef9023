"""A run of 2,000 samples killed with SIGKILL at 20 random moments and started again each time."""

import json
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

TARGET, KILLS = 2_000, 20
COMMAND = [
    sys.executable, "-m", "destilation", "run", "-p", "mock", "-n", str(TARGET), "--name", "job", "-q", "-j", "32",
    *(f"--set=providers.mock.{setting}" for setting in ("latency_s=0.2", "invalid=0.3", "duplicate=0.2", "failing=0.1")),
]  # fmt: skip


def main() -> None:
    """Kill, resume, count."""
    chance = random.Random(int(sys.argv[1]) if len(sys.argv) > 1 else 1)
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "datasets" / "job"
        reached = []
        for _ in range(KILLS):
            process = subprocess.Popen(COMMAND, cwd=place)
            time.sleep(chance.uniform(0.3, 1.6))
            process.send_signal(signal.SIGKILL)
            process.wait()
            samples = folder / "samples.jsonl"
            reached.append(samples.read_bytes().count(b"\n") if samples.exists() else 0)
        print("samples at each kill:", *reached)
        print("last run ends with", subprocess.run(COMMAND, cwd=place, check=False).returncode)
        data = (folder / "samples.jsonl").read_bytes()
        lines = data.split(b"\n")[:-1]
        asked = [json.loads(line) for line in (folder / "completions.jsonl").read_bytes().splitlines()]
        keys = {(answer["task"], answer["attempt"]) for answer in asked}
        print(f"{len(lines)} lines, {len(set(lines))} distinct, torn: {not data.endswith(bytes([10]))}")
        print(f"{len(asked)} answers recorded, asked twice: {len(asked) - len(keys)}")
        verify = [sys.executable, "-m", "destilation", "verify", str(folder)]
        print("verify ends with", subprocess.run(verify, cwd=place, check=False).returncode)


if __name__ == "__main__":
    main()
