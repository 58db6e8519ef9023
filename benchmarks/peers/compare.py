"""Other tools beside this one, doing the same simple questions and answers on the same server, turn by turn.

    python -m benchmarks.peers.compare [--only NAME] [--samples N] [--rounds N] [--json FILE] [--page FILE]

Each tool lives in an environment of its own under build/peers, made on the first call with pip as it is configured
here; one that cannot be installed is said so and left out. All have 256 requests in flight and their own limits
raised; zero latency. Start-up (a run of one sample) is taken off all of them. None of them finds duplicates while it
generates, and datatrove only writes texts: it neither asks for a form nor checks one.
"""

import argparse
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from statistics import median as middle

from msgspec import Struct

from benchmarks.figures import Figure, Target, at_least, put_into, save, table
from benchmarks.full_path import Bench
from benchmarks.processes import FailedError, Used, interleaved, measured, median
from benchmarks.quickserver import quick

PLACE = Path(__file__).parents[2] / "build" / "peers"
IN_FLIGHT = 256


class Peer(Struct, frozen=True):
    """A tool: what is installed for it, the target for its cost by ours, and how many samples it is given."""

    name: str
    packages: tuple[str, ...]
    target: Target
    samples: int


PEERS = (
    Peer("curator", ("bespokelabs-curator==0.1.31",), at_least(20), 4_000),
    Peer("distilabel", ("distilabel==1.5.3", "openai>=1,<3", "requests"), at_least(30), 1_500),
    Peer(
        "datatrove",
        ("datatrove==0.10.1", "orjson", "httpx", "aiofiles", "aiosqlite", "pandas", "transformers", "huggingface-hub"),
        at_least(3),
        4_000,
    ),
)


def environment(peer: Peer) -> Path | None:
    """Its interpreter, installed where that was not done yet; None where it cannot be."""
    folder = PLACE / peer.name
    python, done = folder / "bin" / "python", folder / ".done"
    wanted = "\n".join(peer.packages)
    if done.exists() and done.read_text() == wanted:
        return python
    print(f"{peer.name}: installing into {folder} ...", file=sys.stderr, flush=True)
    subprocess.run([sys.executable, "-m", "venv", "--clear", str(folder)], check=True)
    pip = [str(python), "-m", "pip", "--disable-pip-version-check", "install", "--quiet", *peer.packages]
    installed = subprocess.run(pip, capture_output=True, text=True, check=False)
    if installed.returncode:
        why = (installed.stderr.strip().splitlines() or ["no reason given"])[-1]
        print(f"{peer.name}: cannot be installed here, left out: {why}", file=sys.stderr, flush=True)
        return None
    done.write_text(wanted)
    return python


def compared(peer: Peer, python: Path, samples: int, rounds: int) -> list[Figure]:
    """Processor time and samples per second of one of them beside ours."""
    script = str(Path(__file__).with_name(f"with_{peer.name}.py"))
    with quick() as server, tempfile.TemporaryDirectory() as place:
        bench = Bench(Path(place), server)

        def theirs(samples: int) -> Used:
            before = server.stats().requests
            used = measured(
                [str(python), script, server.address, str(samples), str(IN_FLIGHT)], cwd=Path(place), limit_s=300
            )
            asked = server.stats().requests - before
            if asked < samples:
                raise FailedError(f"{peer.name} sent {asked} requests for {samples} samples")
            return used

        begun = median([theirs(1) for _ in range(rounds)])
        began = median([bench.ours(1, 1) for _ in range(rounds)])
        mine, other = interleaved(
            rounds,
            lambda: bench.ours(samples, IN_FLIGHT).without(began),
            lambda: theirs(samples).without(begun),
        )
    work = median(other)
    if work.seconds < begun.seconds / 5 or work.cpu_s < begun.cpu_s / 5:
        raise FailedError(f"{peer.name}: {samples} samples are too few beside a start of {begun.seconds:.1f} s")
    thousands = samples / 1_000
    return [
        Figure(
            name=f"CPU-s per 1,000 samples beside {peer.name}",
            ours=median(mine).cpu_s / thousands,
            beside=peer.packages[0],
            theirs=median(other).cpu_s / thousands,
            ratio=middle(their.cpu_s / our.cpu_s for our, their in zip(mine, other, strict=True)),
            target=peer.target,
            note="ratio: theirs / ours",
        ),
        Figure(
            name=f"samples/s beside {peer.name}",
            ours=samples / median(mine).seconds,
            beside=peer.packages[0],
            theirs=samples / median(other).seconds,
            ratio=middle(their.seconds / our.seconds for our, their in zip(mine, other, strict=True)),
        ),
        Figure(
            name=f"peak RSS beside {peer.name}",
            ours=median(mine).peak / 1e6,
            unit="MB",
            beside=peer.packages[0],
            theirs=median(other).peak / 1e6,
            ratio=median(other).peak / median(mine).peak,
        ),
    ]


def main() -> None:
    """All of them, one after the other."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", choices=[peer.name for peer in PEERS])
    parser.add_argument("--samples", type=int, help="instead of each tool's own number")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", type=Path, metavar="FILE")
    parser.add_argument("--page", type=Path, metavar="FILE", help="put the table between its comments `peers`")
    asked = parser.parse_args()
    figures: list[Figure] = []
    for peer in PEERS:
        if asked.only in (None, peer.name) and (python := environment(peer)) is not None:
            try:
                figures += compared(peer, python, asked.samples or peer.samples, asked.rounds)
            except FailedError as error:
                print(f"{peer.name}: left out: {error}", file=sys.stderr, flush=True)
    print(table(figures))
    if asked.json:
        save(asked.json, figures)
    if asked.page:
        put_into(
            asked.page, "peers", f"{datetime.now(UTC).date().isoformat()}, {asked.rounds} rounds\n\n{table(figures)}"
        )


if __name__ == "__main__":
    main()
