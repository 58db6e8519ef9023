"""How long a run of a large folder takes until its first request: the folder is made by this script, then read back.

    nice .venv/bin/python -m benchmarks.resume [--items 1000000] [--keep DIR]

The folder has what a run leaves: samples of two fields and about 60 words each, their provenance, an answer for each
in the ledger, and one refused answer in twenty. It is read back as at a start: without the index file, with it, and
with it and a tail of lines that were written after it.
"""

import argparse
import asyncio
import gc
import json
import os
import random
import shutil
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from destilation.config import Config, Override, dump, load
from destilation.launch.recover import checkpoint_of, recover
from destilation.storage.dataset import Dataset
from destilation.storage.layout import COMPLETIONS, PROVENANCE, REJECTIONS, SAMPLES
from destilation.storage.records import (
    Provenance,
    StoredAnswer,
    StoredRejection,
    Tokens,
    embed,
    encode_line,
    line_hash,
)

_MOMENT = "2026-11-25T12:00:00.000Z"


def config_of(out: Path, target: int) -> Config:
    """The job of the folder."""
    values = {
        "job.target": target, "job.out": str(out), "job.name": "job", "job.domain": "physics",
        "job.template": "simple_qa", "job.mix": [{"provider": "mock"}], "providers.mock.kind": "mock",
    }  # fmt: skip
    return load(None, overrides=[Override(key, value, key) for key, value in values.items()], env={})


def make(folder: Path, count: int, config: Config) -> None:
    """Writes the files of a folder with that many samples."""
    chance = random.Random(3)
    words = ["".join(chance.choices("abcdefghijklmnopqrstuvwxyz", k=chance.randint(2, 9))) for _ in range(20_000)]
    folder.mkdir(parents=True)
    (folder / "job.toml").write_text(dump(config))
    with (
        (folder / SAMPLES).open("wb") as samples,
        (folder / PROVENANCE).open("wb") as provenance,
        (folder / COMPLETIONS).open("wb") as completions,
        (folder / REJECTIONS).open("wb") as rejections,
    ):
        for number in range(1, count + 1):
            said = chance.choices(words, k=120)
            record = {"question": " ".join(said[:60]) + "?", "answer": " ".join(said[60:]) + "."}
            line = json.dumps(record, separators=(",", ":")).encode()
            attempt = 1
            if number % 20 == 0:
                completions.write(encode_line(_answer(number, 1, b'{"question":"no"}')))
                rejections.write(encode_line(_refusal(number)))
                attempt = 2
            completions.write(encode_line(_answer(number, attempt, line)))
            provenance.write(encode_line(_origin(number, attempt, line)))
            samples.write(line + b"\n")


def _answer(task: int, attempt: int, line: bytes) -> StoredAnswer:
    said = {"role": "assistant", "content": line.decode()}
    body = {
        "id": f"chatcmpl-{task}",
        "object": "chat.completion",
        "model": "m",
        "choices": [{"index": 0, "message": said}],
    }
    return StoredAnswer(
        task=task, attempt=attempt, provider="mock/mock", model="m", dialect="openai", mode="json_schema", t=_MOMENT,
        seconds=1.5, finish_reason="stop", tokens=Tokens(120, 160), cost_usd=0.0001,
        parameters={"seed": task, "max_tokens": 4096}, body=embed(json.dumps(body).encode()),
    )  # fmt: skip


def _origin(number: int, attempt: int, line: bytes) -> Provenance:
    digest = line_hash(line)
    return Provenance(
        sample=number, id=digest[:16], hash=digest, task=number, attempt=attempt, attempts=attempt,
        provider="mock/mock", model="m", dialect="openai", mode="json_schema", finish_reason="stop",
        parameters={"seed": number, "max_tokens": 4096}, tokens=Tokens(120, 160), cost_usd=0.0001, reasoning=None,
        checks=("structural", "syntactic", "semantic"), t=_MOMENT,
    )  # fmt: skip


def _refusal(number: int) -> StoredRejection:
    return StoredRejection(
        task=number, attempt=1, provider="mock/mock", model="m", layer="structural", codes=("missing_field",),
        reasons=("missing field 'answer'",), final=False, t=_MOMENT,
    )  # fmt: skip


def start(folder: Path, config: Config, said: str, *, write: bool = False) -> float:
    """Opens the folder and finds out what is in it, and tells how long that took, by the clock and of CPU.

    Returns the seconds by the clock.
    """
    gc.collect()
    began, busy = time.perf_counter(), time.process_time()
    dataset = Dataset.open(folder, durability="group", now=lambda: datetime.now(UTC))
    try:
        known = recover(dataset, config, config.job.dedup.threshold)
        took, busy = time.perf_counter() - began, time.process_time() - busy
        print(f"start {said}: {took:.1f} s by the clock, {busy:.1f} s of CPU", flush=True)
        if write:
            began = time.perf_counter()
            checkpoint = checkpoint_of(dataset, config, known)
            pause = time.perf_counter() - began
            dataset.put_index(checkpoint)
            print(f"index file: pause {pause * 1e3:.1f} ms, written in {time.perf_counter() - began:.1f} s")
        return took
    finally:
        asyncio.run(dataset.close())


def cut(folder: Path, lines: int) -> None:
    """Makes the index file one of the time before so many samples: of a shorter folder, whose files grew since."""
    shorter = folder.with_name("shorter")
    shutil.rmtree(shorter, ignore_errors=True)
    shorter.mkdir()
    ends = {}
    for name in (SAMPLES, PROVENANCE, COMPLETIONS, REJECTIONS):
        with (folder / name).open("rb") as file:
            ends[name] = [file.tell() for _ in iter(file.readline, b"")]
    for name, keep in ((SAMPLES, 1.0), (PROVENANCE, 1.0), (COMPLETIONS, 1.05), (REJECTIONS, 0.05)):
        shutil.copy(folder / name, shorter / name)
        os.truncate(shorter / name, ends[name][-1 - int(lines * keep)])
    shutil.copy(folder / "job.toml", shorter / "job.toml")
    start(shorter, load(shorter / "job.toml", env={}), "of the shorter folder", write=True)
    shutil.copy(shorter / ".index.bin", folder / ".index.bin")
    shutil.rmtree(shorter)


def main() -> None:
    """Reads the options and prints the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--items", type=int, default=1_000_000)
    parser.add_argument("--keep", type=Path, help="where the folder is made, or is already, and stays")
    options = parser.parse_args()
    place = options.keep or Path(tempfile.mkdtemp())
    config = config_of(place, options.items + 1)
    folder = place / "job"
    try:
        if not folder.exists():
            make(folder, options.items, config)
        size = sum(os.path.getsize(folder / name) for name in (SAMPLES, PROVENANCE, COMPLETIONS, REJECTIONS))
        print(f"{options.items:,} samples, {size / 1e9:.2f} GB of lines", flush=True)
        start(folder, config, "without the index file", write=True)
        start(folder, config, "with the index file")
        cut(folder, options.items // 100)
        start(folder, config, "with it and one line in a hundred after it")
    finally:
        if options.keep is None:
            shutil.rmtree(place)


if __name__ == "__main__":
    main()
