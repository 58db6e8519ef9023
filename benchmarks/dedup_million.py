"""The duplicate index at scale, in one command: verdicts, memory, pauses, datasketch beside it, and the way back.

    nice .venv/bin/python -m benchmarks.dedup_million [--items 1000000] [--peer 20000] [--threshold 0.85] [--seed 1]

Items have 45 to 75 words of a Zipf vocabulary. Nine in a hundred are copies of an earlier item, anywhere before
them, with up to six words changed or two parts swapped, and their true Jaccard similarity is counted over word
3-shingles when they are made; four in a hundred are traps: an earlier problem with other numbers or operators. So
recall needs no search. Precision is counted for every refusal: the text that is named is compared with the one that
was refused, shingle by shingle. For a sample of the kept texts all others are searched for a near one that was missed,
by exact triples of words. The longest insert is told by the clock, in CPU time, and in that of inserts that nothing
interrupted: of what interrupts a thread a part is booked to it.
"""

import argparse
import gc
import json
import os
import random
import resource
import tempfile
import time
from array import array
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from datasketch import MinHash, MinHashLSH

from destilation.core.dedup.index import SeenIndex, content
from destilation.core.progress import Progress
from destilation.core.progress_state import state_of
from destilation.storage.disk import Disk
from destilation.storage.index_file import Checkpoint, Known, Purpose, read_index
from destilation.storage.layout import INDEX
from destilation.storage.ledger import Ledger
from destilation.storage.tally import Tally, tallies_of

_BLOCK = 500
_LOAD = 1_000
_EDGE = 100_000
_VOCABULARY = 30_000
_SEARCHED = 200
_DECODER = msgspec.json.Decoder(dict[str, Any])
Row = tuple[int, str, str, int]


class Items:
    """The stream: rows of (number, kind, text, number of the original; 0: none), the same for the same seed."""

    def __init__(self, count: int, seed: int) -> None:
        self._random = random.Random(seed)
        self._numpy = np.random.default_rng(seed)
        letters = "abcdefghijklmnopqrstuvwxyz"
        words = {"".join(self._random.choices(letters, k=self._random.randint(2, 9))) for _ in range(2 * _VOCABULARY)}
        self.vocabulary = sorted(words)[:_VOCABULARY]
        self._random.shuffle(self.vocabulary)
        weights = 1 / (np.arange(_VOCABULARY) + 10)
        self._weights = np.cumsum(weights / weights.sum())
        self.ids = np.zeros((count + 1, 76), np.uint16)
        self.sizes = np.zeros(count + 1, np.uint8)
        self._fresh = array("I")
        self._problems = [self._text(self._draw(40)) for _ in range(max(20, count // 2_500))]

    def rows(self, count: int) -> Iterator[Row]:
        """All of them."""
        for number, kind in enumerate(self._random.choices(["fresh", "copy", "trap"], [87, 9, 4], k=count), 1):
            if kind == "copy" and self._fresh:
                yield self._copy(number)
            elif kind == "trap":
                yield (number, kind, self._trap(number), 0)
            else:
                self._fresh.append(number)
                yield (number, "fresh", self._keep(number, self._draw(self._random.randint(45, 75))), 0)

    def shingles(self, number: int) -> set[tuple[int, ...]]:
        """The triples of words of a fresh item or a copy."""
        words = self.ids[number, : self.sizes[number]].tolist()
        return set(zip(words, words[1:], words[2:], strict=False))

    def _draw(self, size: int) -> list[int]:
        return list(np.minimum(self._weights.searchsorted(self._numpy.random(size)), _VOCABULARY - 1).tolist())

    def _keep(self, number: int, words: list[int]) -> str:
        self.ids[number, : len(words)] = words
        self.sizes[number] = len(words)
        return self._text(words)

    def _text(self, words: list[int]) -> str:
        return " ".join(map(self.vocabulary.__getitem__, words)).capitalize() + "."

    def _copy(self, number: int) -> Row:
        original = self._random.choice(self._fresh)
        words = self.ids[original, : self.sizes[original]].tolist()
        if self._random.random() < 0.2:
            cut = self._random.randrange(len(words))
            words = words[cut:] + words[:cut]
        else:
            for place in self._random.sample(range(len(words)), self._random.randint(0, 6)):
                words[place] = self._draw(1)[0]
        return (number, "copy", self._keep(number, words), original)

    def _trap(self, number: int) -> str:
        left, operator = number // 4, "+-*/"[number % 4]
        return f"{self._random.choice(self._problems)[:-1]}, compute {left} {operator} {left % 97} and say why?"


def line_of(number: int, text: str) -> bytes:
    """The item as a line of `samples.jsonl`."""
    answer = f"Answer {number}: " + text[len(text) // 2 :]
    return json.dumps({"question": text, "answer": answer}, ensure_ascii=False).encode() + b"\n"


def live(items: Items, count: int, threshold: float, samples: Path) -> SeenIndex:
    """Admits all items, tells of verdicts and times, and writes what was kept."""
    index, outcomes = SeenIndex(threshold), dict.fromkeys(("hit", "missed", "wrong", "trap"), 0)
    kept = np.zeros(count + 1, np.bool_)
    first = last = wall = cpu = spent = alone = 0.0
    rss, held = resident(), 0
    gc.collect()
    gc.freeze()
    with samples.open("wb") as file:
        for number, kind, text, original in items.rows(count):
            before, began, busy = interruptions(), time.perf_counter(), time.thread_time()
            twin = index.admit(text, number)
            busy, took = time.thread_time() - busy, time.perf_counter() - began
            alone = max(alone, busy * (interruptions() == before))
            wall, cpu, spent = max(wall, took), max(cpu, busy), spent + took
            first += busy if number <= _EDGE else 0
            last += busy if number > count - _EDGE else 0
            wanted = original and kept[original] and jaccard(items, number, original) >= threshold
            if twin is None:
                kept[number] = True
                held += 1
                outcomes["missed"] += bool(wanted)
                file.write(line_of(number, text))
            elif kind == "trap":
                outcomes["trap"] += 1
            else:
                outcomes["hit"] += bool(wanted)
                outcomes["wrong"] += jaccard(items, number, twin.number) < threshold
    edge, hit, missed = min(_EDGE, count), outcomes["hit"], outcomes["missed"]
    print(f"known near copies {hit + missed:,}: recall {hit / max(hit + missed, 1):.4f}")
    print(f"refusals whose named twin is not that near: {outcomes['wrong']}; traps refused: {outcomes['trap']}")
    print(f"kept {held:,}: {index.nbytes / held:.0f} bytes a text in the index, ", end="")
    print(f"{(resident() - rss) / held:.0f} of growth of the process")
    rates = f"{edge / first:,.0f} of the first {edge:,}, {edge / last:,.0f} of the last"
    print(f"admitted a second of CPU: {rates}, {count / spent:,.0f} a second of the clock of all")
    print(f"longest insert: {wall * 1e3:.1f} ms by the clock, {cpu * 1e3:.1f} of CPU, ", end="")
    print(f"{alone * 1e3:.1f} of CPU of those that nothing interrupted")
    searched(items, kept, threshold)
    return index


def jaccard(items: Items, one: int, other: int) -> float:
    """The true similarity of two items."""
    ours, theirs = items.shingles(one), items.shingles(other)
    return len(ours & theirs) / len(ours | theirs)


def searched(items: Items, kept: Any, threshold: float) -> None:
    """Searches everything that was kept for texts near to a sample of it, which should have been refused."""
    wordy = np.flatnonzero(kept & (items.sizes > 0))
    sample = np.random.default_rng(7).choice(wordy, min(_SEARCHED, len(wordy)), replace=False).tolist()
    wanted = np.unique(np.concatenate([_triples(items.ids[each : each + 1])[0] for each in sample]))
    wanted = wanted[wanted & np.uint64(0xFFFF) != 0]  # what follows a text is zero
    found = missed = 0
    for start in range(0, len(wordy), 20_000):
        block = wordy[start : start + 20_000]
        hits = np.isin(_triples(items.ids[block]), wanted).sum(axis=1)
        for number in block[hits >= 15].tolist():
            for each in sample:
                found += 1
                missed += number != each and jaccard(items, number, each) >= threshold
    print(f"brute force for {len(sample)} kept texts over all {len(wordy):,}: {missed} near pairs both kept")


def _triples(ids: Any) -> Any:
    wide = ids.astype(np.uint64)
    return (wide[:, :-2] << np.uint64(32)) | (wide[:, 1:-1] << np.uint64(16)) | wide[:, 2:]


def beside(items: Items, count: int, threshold: float) -> None:
    """Time per item beside datasketch over the same items, turn by turn."""
    index, peer, ours, theirs = SeenIndex(threshold), MinHashLSH(threshold=threshold, num_perm=128), 0.0, 0.0
    rows = items.rows(count)
    gc.collect()
    gc.freeze()
    while block := list(islice(rows, _BLOCK)):
        began = time.perf_counter()
        for number, _, text, _ in block:
            index.admit(text, number)
        between = time.perf_counter()
        for number, _, text, _ in block:
            _peer(peer, text, number)
        ours, theirs = ours + between - began, theirs + time.perf_counter() - between
    print(
        f"first {count:,} items: ours {ours / count * 1e6:.0f} us, datasketch {theirs / count * 1e6:.0f} us, ", end=""
    )
    print(f"ratio {theirs / ours:.2f}")


def _peer(peer: MinHashLSH, text: str, number: int) -> None:
    """What a user of datasketch writes: split, hash, query, insert."""
    words = text.lower().split()
    sketch = MinHash(num_perm=128)
    sketch.update_batch([" ".join(words[at : at + 3]).encode() for at in range(max(1, len(words) - 2))])
    if not peer.query(sketch):
        peer.insert(number, sketch)


def rebuilt(samples: Path, threshold: float) -> SeenIndex:
    """The index made anew from a file of JSON lines."""
    index, number = SeenIndex(threshold), 0
    with samples.open("rb") as file:
        while lines := list(islice(file, _LOAD)):
            texts = [content(_DECODER.decode(line), ["question"]) for line in lines]
            index.add_all(texts, range(number + 1, number + 1 + len(lines)))
            number += len(lines)
    return index


def flat(index: SeenIndex) -> dict[str, bytes]:
    """The whole state as bytes, to compare; the numbers differ between a stream and its file."""
    return {name: b"".join(map(bytes, parts)) for name, parts in index.state().items() if name != "rows"}


def timed(call: Callable[[], object]) -> str:
    """The seconds that a call takes, by the clock and of CPU."""
    began, busy = time.perf_counter(), time.process_time()
    call()
    busy, took = time.process_time() - busy, time.perf_counter() - began
    return f"{took:.2f} s ({busy:.2f} s of CPU)"


def interruptions() -> int:
    """How often this thread had to make way for another."""
    return resource.getrusage(resource.RUSAGE_THREAD).ru_nivcsw


def resident() -> int:
    """Bytes of the process that are in memory."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def main() -> None:
    """Reads the options and prints the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--items", type=int, default=1_000_000)
    parser.add_argument("--peer", type=int, default=20_000)
    parser.add_argument("--threshold", type=float, default=0.85)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    threshold, peer = options.threshold, min(options.peer, options.items)
    print(f"{options.items:,} items, threshold {threshold}, seed {options.seed}", flush=True)
    beside(Items(peer, options.seed), peer, threshold)
    with tempfile.TemporaryDirectory() as place:
        samples = Path(place) / "samples.jsonl"
        index = live(Items(options.items, options.seed), options.items, threshold, samples)
        state = flat(index)
        del index
        gc.collect()
        way_back(samples, threshold, state)


def way_back(samples: Path, threshold: float, state: dict[str, bytes]) -> None:
    """How long it takes to have the index again, from the lines and from its own file."""
    made: list[SeenIndex] = []
    seconds = timed(lambda: made.append(rebuilt(samples, threshold)))
    print(f"rebuilt from {samples.stat().st_size / 1e9:.2f} GB of lines in {seconds}; ", end="")
    print("the same as the live one" if flat(made[0]) == state else "NOT the same as the live one", flush=True)
    tally = Tally()
    with samples.open("rb") as file:
        for line in file:
            tally.add(line)
    purpose = Purpose(threshold, ("question",), "")
    known = Known(purpose, {samples.name: tally.prefix}, Ledger(lambda _: None).state, state_of(Progress()))
    frozen: list[Checkpoint] = []
    pause = timed(lambda: frozen.append(Checkpoint(known, made[0].state())))
    writing = timed(lambda: frozen[0].write(samples.parent, Disk()))
    made.clear()
    frozen.clear()
    read = timed(lambda: made.append(restored(samples, purpose)))
    size = (samples.parent / INDEX).stat().st_size
    print(f"index file of {size / 1e6:.0f} MB: taken in {pause}, written in {writing}; ", end="")
    print(f"read, with all lines hashed, in {read}; {'the same' if flat(made[0]) == state else 'NOT the same'}")


def restored(samples: Path, purpose: Purpose) -> SeenIndex:
    """The index from its own file, once it is known that the lines are those that it stands for."""
    saved = read_index(samples.parent, purpose)
    assert saved is not None
    assert tallies_of(samples.parent, saved.known.files) is not None
    return SeenIndex.restored(purpose.threshold, saved.arrays)


if __name__ == "__main__":
    main()
