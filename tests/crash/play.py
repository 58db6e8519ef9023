"""Plays short jobs whose disk ends badly at the k-th operation, for every k until a job passes untouched.

`python -m tests.crash.play --how power --step 1` prints a line for each way of ending; it ends with 1 and the
place at the first job that did not come out right. Each job runs in a forked process, so that it can die.
"""

import argparse
import asyncio
import json
import os
import random
import shutil
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from pathlib import Path

from destilation.config import Config, Override, load
from destilation.errors import DestilationError
from destilation.launch.run import run
from destilation.launch.verify import verify
from destilation.storage.disk import Disk
from tests.crash.disks import KILLED, CountingDisk, FailingDisk, KillingDisk, PowerDisk

TARGET = 12
MOCK = {"kind": "mock", "latency_s": 0.02, "invalid": 0.25, "duplicate": 0.15, "failing": 0.1}
MOST_S = 60.0
HOWS = ("fail", "kill", "power", "torn power")


def config(out: Path, durability: str, target: int = TARGET) -> Config:
    """The short job."""
    job = {"domain": "physics", "target": target, "out": str(out), "name": "job", "concurrency": 3, "patience": 1000}
    job |= {"durability": durability, "template": "simple_qa"}
    overrides = [Override(f"job.{key}", value, key) for key, value in job.items()]
    overrides += [Override(f"providers.mock.{key}", value, key) for key, value in MOCK.items()]
    overrides.append(Override("job.mix", [{"provider": "mock"}], "mix"))
    return load(None, overrides=overrides, env={})


def disk_for(how: str, last: int, folder: Path, seed: int) -> CountingDisk:
    """The disk that ends that way at its `last` operation."""
    if how == "fail":
        return FailingDisk(last)
    if how == "kill":
        return KillingDisk(last)
    return PowerDisk(last, folder, None if how == "power" else random.Random(seed))


def forked(work: Callable[[], int]) -> int:
    """The exit code of a child that does this; a child that hangs is killed and counts as 99."""
    child = os.fork()
    if not child:
        code = 98
        try:
            code = work()
        except BaseException:
            traceback.print_exc()
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)
    deadline = time.monotonic() + MOST_S
    while True:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            return os.waitstatus_to_exitcode(status)
        if time.monotonic() > deadline:
            os.kill(child, 9)
            os.waitpid(child, 0)
            return 99
        time.sleep(0.005)


def job(out: Path, durability: str, disk: Disk | None, target: int = TARGET) -> int:
    """Run the job to that target; 0, the code of its error, or 77 where the disk's last operation was never reached."""
    try:
        code = asyncio.run(run(config(out, durability, target), env={}, disk=disk)).exit_code
    except DestilationError as error:
        return error.exit_code
    return 77 if code == 0 and isinstance(disk, CountingDisk) and disk.done < disk.last else code


def whole_lines(path: Path) -> list[bytes]:
    """The lines of a file that have their end."""
    return path.read_bytes().split(b"\n")[:-1] if path.exists() else []


def good(lines: list[bytes]) -> list[bytes]:
    """Those up to the first that is no JSON: a torn tail."""
    kept = []
    for line in lines:
        try:
            json.loads(line)
        except ValueError:
            break
        kept.append(line)
    return kept


def check(folder: Path, samples: list[bytes], answers: list[bytes]) -> None:
    """The job came out right: exactly N, nothing lost that was there, nothing asked for twice, no litter."""
    now = whole_lines(folder / "samples.jsonl")
    assert len(now) == len(set(now)) == TARGET, f"{len(now)} lines"
    assert now[: len(samples)] == samples, "a sample is lost or changed"
    ledger = whole_lines(folder / "completions.jsonl")
    assert ledger[: len(answers)] == answers, "an answer is lost or changed"
    keys = [(line["task"], line["attempt"]) for line in map(json.loads, ledger)]
    assert len(keys) == len(set(keys)), "an answer was asked for twice"
    found = verify(folder)
    assert found.faults == (), found.faults[:3]
    assert not list(folder.glob("*.tmp*")), "litter"


def play(how: str, last: int, durability: str, out: Path, chance: random.Random) -> str:
    """One job that ends badly, perhaps another bad end in the resume, and the run that has to put it right."""
    folder = out / "job"
    if chance.random() < 0.5:  # so that the job begins from an index file
        assert forked(lambda: job(out, durability, None, TARGET // 3)) == 0
    code = forked(lambda: job(out, durability, disk_for(how, last, folder, last)))
    if code == 77:
        return "untouched"
    assert code in ({0, 7} if how == "fail" else {KILLED}), f"the job ended with {code}"
    samples = good(whole_lines(folder / "samples.jsonl"))
    answers = good(whole_lines(folder / "completions.jsonl"))
    again = chance.randint(1, 40)
    if again <= 20:
        code = forked(lambda: job(out, durability, disk_for(how, again, folder, again)))
        assert code in {0, 7, 77, KILLED}, f"the second job ended with {code}"
        if "power" not in how:
            samples, answers = samples_and_answers(folder, samples, answers)
    code = forked(lambda: job(out, durability, None))
    assert code == 0, f"the resume ended with {code}"
    check(folder, samples, answers)
    return f"{len(samples)} samples, {len(answers)} answers were there"


def samples_and_answers(folder: Path, samples: list[bytes], answers: list[bytes]) -> tuple[list[bytes], list[bytes]]:
    """What is there after the second bad end, which has to begin with what was there before."""
    now = good(whole_lines(folder / "samples.jsonl")), good(whole_lines(folder / "completions.jsonl"))
    assert now[0][: len(samples)] == samples, "the second end lost a sample"
    assert now[1][: len(answers)] == answers, "the second end lost an answer"
    return now


def main(args: list[str]) -> int:
    """Play and tell."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--how", choices=HOWS, default="kill")
    parser.add_argument("--durability", choices=("group", "each"), default="group")
    parser.add_argument("--step", type=int, default=1, help="every how many operations")
    parser.add_argument("--first", type=int, default=1)
    wanted = parser.parse_args(args)
    chance = random.Random(wanted.first)
    last, played, said = wanted.first, 0, ""
    while said != "untouched":
        place = Path(tempfile.mkdtemp(prefix="crash-"))
        try:
            said = play(wanted.how, last, wanted.durability, place, chance)
        except AssertionError as error:
            print(f"{wanted.how} at operation {last}: {error}; see {place}")
            return 1
        shutil.rmtree(place)
        played, last = played + 1, last + wanted.step
    print(f"{wanted.how}, durability {wanted.durability}: {played} jobs, {last - wanted.step} operations, all right")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
