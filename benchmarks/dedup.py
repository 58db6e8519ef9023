"""Duplicates at the door, measured: verdicts against brute force, and time beside datasketch in the same run.

    python benchmarks/dedup.py [--items 20000] [--words 60] [--threshold 0.85] [--seed 1]

Items are made from a Zipf vocabulary: fresh passages, copies with edited or reordered words, passages behind a
shared opening, and word problems that differ in numbers only. The truth is counted over shingles of words, not
hashes, against what was kept so far; it is left out beyond 50,000 items, datasketch beyond 20,000.
"""

import argparse
import gc
import random
import time
from bisect import bisect
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from itertools import accumulate

from datasketch import MinHash, MinHashLSH

from destilation.core.dedup.fingerprint import fingerprint
from destilation.core.dedup.guard import SHORT
from destilation.core.dedup.index import SeenIndex
from destilation.core.dedup.normal import tokens

_TRUTH_LIMIT = 50_000
_PEER_LIMIT = 20_000
_BLOCK = 500
_NATURAL = ("fresh", "edited", "moved")


class Writer:
    """Makes items from a seed: (kind, text)."""

    def __init__(self, seed: int, words: int) -> None:
        self._random = random.Random(seed)
        self._words = words
        letters = "abcdefghijklmnopqrstuvwxyz"
        self._vocabulary = ["".join(self._random.choices(letters, k=self._random.randint(2, 9))) for _ in range(30_000)]
        self._weights = list(accumulate(1 / (rank + 10) for rank in range(len(self._vocabulary))))
        self._opening = " ".join(self._prose(self._words // 3))
        self._problem = self._prose(max(8, self._words - 30))
        self._fresh: list[list[str]] = []

    def items(self, count: int) -> Iterator[tuple[str, str]]:
        """Half fresh passages, a quarter copies, the rest openings and number problems."""
        kinds = {"fresh": self._passage, "edited": self._edited, "moved": self._moved}
        kinds |= {"opening": self._opened, "numbers": self._numbered}
        for kind in self._random.choices(list(kinds), [50, 20, 5, 15, 10], k=count):
            yield kind, kinds[kind]()

    def _prose(self, count: int) -> list[str]:
        last = self._weights[-1]
        return [self._vocabulary[bisect(self._weights, self._random.random() * last)] for _ in range(count)]

    def _passage(self) -> str:
        words = self._prose(round(self._words * self._random.uniform(0.7, 1.3)))
        self._fresh.append(words)
        return " ".join(words).capitalize() + "."

    def _earlier(self) -> list[str]:
        return list(self._random.choice(self._fresh)) if self._fresh else self._prose(self._words)

    def _edited(self) -> str:
        words = self._earlier()
        for _ in range(self._random.randint(1, 4)):
            words[self._random.randrange(len(words))] = self._prose(1)[0]
        return ", ".join(words)

    def _moved(self) -> str:
        words = self._earlier()
        cut = self._random.randrange(len(words))
        return " ".join(words[cut:] + words[:cut])

    def _opened(self) -> str:
        return f"{self._opening} {' '.join(self._prose(self._words - self._words // 3))}"

    def _numbered(self) -> str:
        left, right = self._random.randint(10, 99_999), self._random.randint(10, 99_999)
        return f"{' '.join(self._problem)} compute {left} {self._random.choice('+-*/')} {right} please"


class Truth:
    """Every kept text by every shingle: the most similar one, found without any hashing of ours."""

    def __init__(self) -> None:
        self._holders: dict[tuple[bytes, ...], list[int]] = {}
        self._sizes: list[int] = []
        self._guards: list[int] = []

    def judge(self, text: str, threshold: float) -> tuple[bool, bool]:
        """(is there a kept text at the threshold that the guard lets count, is there one at all)"""
        shingles, guard = self._of(text)
        common = Counter(holder for shingle in shingles for holder in self._holders.get(shingle, ()))
        near = [at for at, n in common.items() if n / (len(shingles) + self._sizes[at] - n) >= threshold]
        allowed = [at for at in near if guard == self._guards[at] or min(len(shingles), self._sizes[at]) > SHORT]
        return bool(allowed), bool(near)

    def keep(self, text: str) -> None:
        """Adds a text to what is kept."""
        shingles, guard = self._of(text)
        for shingle in shingles:
            self._holders.setdefault(shingle, []).append(len(self._sizes))
        self._sizes.append(len(shingles))
        self._guards.append(guard)

    def _of(self, text: str) -> tuple[set[tuple[bytes, ...]], int]:
        words = tokens(text).words
        return set(zip(words, words[1:], words[2:], strict=False)) or {tuple(words)}, fingerprint(text).guard


def verdicts(items: list[tuple[str, str]], threshold: float) -> None:
    """Prints precision and recall against the truth, by item."""
    index, truth = SeenIndex(threshold), Truth()
    outcomes: Counter[tuple[bool, bool]] = Counter()
    guarded = traps = 0
    for number, (kind, text) in enumerate(items):
        allowed, near = truth.judge(text, threshold)
        refused = index.admit(text, number)
        outcomes[refused is not None, allowed] += 1
        guarded += near and not allowed and refused is None
        traps += kind == "numbers" and refused is not None and not allowed
        if refused is None:
            truth.keep(text)
    hits, missed, wrong = outcomes[True, True], outcomes[False, True], outcomes[True, False]
    print(f"precision {hits / max(hits + wrong, 1):.4f}  recall {hits / max(hits + missed, 1):.4f}  ", end="")
    print(f"(refused {hits + wrong}, missed {missed}, near but guarded {guarded}, number traps hit {traps})")


def speed(items: list[tuple[str, str]], threshold: float) -> tuple[float, float]:
    """Prints time per item, alternating with datasketch by blocks, bytes per item and the longest insert.

    Returns microseconds per item of all kinds: ours and datasketch's.
    """
    index, peer = SeenIndex(threshold), MinHashLSH(threshold=threshold, num_perm=128)
    ours, theirs = Clock(), Clock()
    last = 0.0
    gc.collect()
    gc.freeze()
    for start in range(0, len(items), _BLOCK):
        began = time.perf_counter()
        for number, (kind, text) in enumerate(items[start : start + _BLOCK], start):
            ours.run(kind, index.admit, text, number)
        last = time.perf_counter() - began
        if start < _PEER_LIMIT:
            for number, (kind, text) in enumerate(items[start : start + _BLOCK], start):
                theirs.run(kind, _peer, peer, text, number)
    for title, kinds in (("passages and copies", _NATURAL), ("all kinds", tuple(theirs.counts))):
        mine, other = ours.mean(kinds), theirs.mean(kinds)
        print(f"us per item, {title}: ours {mine:.1f}, datasketch {other:.1f}, ratio {other / mine:.1f}")
    print(f"ours in the last {_BLOCK} of {len(items)}: {last / _BLOCK * 1e6:.1f} us per item")
    print(f"bytes per kept item {index.nbytes / len(index):.0f} ({len(index)} kept); ", end="")
    print(f"longest insert {ours.longest * 1e3:.2f} ms")
    every = tuple(theirs.counts)
    return ours.mean(every), theirs.mean(every)


class Clock:
    """Adds up the time of calls by the kind of item."""

    def __init__(self) -> None:
        self.seconds: defaultdict[str, float] = defaultdict(float)
        self.counts: Counter[str] = Counter()
        self.longest = 0.0

    def run(self, kind: str, call: Callable[..., object], *arguments: object) -> None:
        """Makes the call and counts it."""
        began = time.perf_counter()
        call(*arguments)
        took = time.perf_counter() - began
        self.seconds[kind] += took
        self.counts[kind] += 1
        self.longest = max(self.longest, took)

    def mean(self, kinds: tuple[str, ...]) -> float:
        """Microseconds per item of these kinds."""
        return sum(self.seconds[kind] for kind in kinds) / sum(self.counts[kind] for kind in kinds) * 1e6


def _peer(peer: MinHashLSH, text: str, number: int) -> None:
    """What a user of datasketch writes: split, hash, query, insert."""
    words = text.lower().split()
    sketch = MinHash(num_perm=128)
    sketch.update_batch([" ".join(words[at : at + 3]).encode() for at in range(max(1, len(words) - 2))])
    if not peer.query(sketch):
        peer.insert(number, sketch)


def main() -> None:
    """Reads the options and prints the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--items", type=int, default=20_000)
    parser.add_argument("--words", type=int, default=60)
    parser.add_argument("--threshold", type=float, default=0.85)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    items = list(Writer(options.seed, options.words).items(options.items))
    print(f"{options.items} items of about {options.words} words, threshold {options.threshold}")
    if options.items <= _TRUTH_LIMIT:
        verdicts(items, options.threshold)
    speed(items, options.threshold)


if __name__ == "__main__":
    main()
