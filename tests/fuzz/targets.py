"""The targets: each takes any bytes, and raises only where a promise is broken."""

import asyncio
import contextlib
import shutil
import tempfile
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

import msgspec

import destilation
from destilation.config import Config, load
from destilation.core.catalogue import BUILTIN
from destilation.core.dedup.index import SeenIndex
from destilation.core.gate import Gate
from destilation.core.job import Checks
from destilation.core.provider import Completion
from destilation.core.retry_after import retry_after
from destilation.core.verdict import Rejection
from destilation.errors import ConfigError, DestilationError, TransientProviderError
from destilation.launch.folder import line_fault
from destilation.launch.recover import recover
from destilation.launch.salvage import salvage
from destilation.launch.verify import verify
from destilation.providers.registry import read
from destilation.storage.dataset import Dataset
from destilation.storage.layout import TRUTH
from destilation.storage.records import StoredAnswer, Tokens, embed

DIALECTS = ("openai", "openrouter", "ollama", "text")
FILES = (*TRUTH, ".events.jsonl", "metadata.json", "job.toml", ".index.bin")


def answer(data: bytes) -> None:
    """A reply is a completion or a failed request; a completion is a sample of its template or a rejection."""
    kind, body = data[0] if data else 0, data[1:]
    _kept(body)
    dialect, template = DIALECTS[kind % 4], BUILTIN[kind // 4 % len(BUILTIN)]
    if dialect == "text":
        text = body.decode("utf-8", "surrogatepass" if kind & 1 else "replace") if _utf8(body) else repr(body)
        completion = Completion(text=text, dialect="text", body=body, model="m")
    else:
        try:
            completion = read(dialect, body)
        except TransientProviderError:
            return
    verdict = Gate(template, SeenIndex(0.85), Checks()).judge(completion)
    if isinstance(verdict, Rejection):
        assert verdict.reasons
        assert all(reason.text and reason.code for reason in verdict.reasons)
        return
    record = msgspec.json.decode(verdict.line)
    assert record == verdict.record
    assert b"\n" not in verdict.line
    assert line_fault(template, record) is None


def _kept(body: bytes) -> None:
    """A reply is kept as one line, which can be read back."""
    stored = StoredAnswer(
        task=1, attempt=1, provider="p", model="m", dialect="d", mode="m", t="t", seconds=0.0, tokens=Tokens(),
        finish_reason="stop", cost_usd=0.0, parameters={}, body=embed(body),
    )  # fmt: skip
    line = msgspec.json.encode(stored)
    assert b"\n" not in line
    back = msgspec.json.decode(line, type=StoredAnswer).received
    assert b"\n" in body or not _utf8(body) or back.strip() == body.strip()


def _utf8(body: bytes) -> bool:
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return True


def configuration(data: bytes) -> None:
    """A configuration is a job or one message."""
    with tempfile.TemporaryDirectory(dir=_fast()) as place:
        path = Path(place) / "config.toml"
        path.write_bytes(data)
        with contextlib.suppress(ConfigError):
            load(path, env={})


def header(data: bytes) -> None:
    """A Retry-After is a time within a day, or none."""
    text = data.decode("latin-1")
    found = retry_after({"retry-after": text, "x-ratelimit-reset-requests": text}, 1_700_000_000.0)
    assert found is None or 0 <= found <= 86_400


class Folder:
    """A target over one file of a sound folder."""

    def __init__(self) -> None:
        self._place = Path(tempfile.mkdtemp(dir=_fast()))
        mock = {"kind": "mock", "invalid": 0.3, "duplicate": 0.1}
        report = destilation.run(
            providers={"mock": mock}, mix=[{"provider": "mock"}], name="sound", out=str(self._place), target=4
        )
        self._sound: Path = report.folder
        self._config: Config = load(self._sound / "job.toml", env={})

    def close(self) -> None:
        """Remove what was made."""
        shutil.rmtree(self._place)

    def __call__(self, data: bytes) -> None:
        """Whatever a file holds, a start mends it or says in one sentence that it does not; so does a repair."""
        kind, content = data[0] if data else 0, data[1:]
        folder = self._place / "job"
        shutil.copytree(self._sound, folder)
        try:
            path = folder / FILES[kind % len(FILES)]
            before = path.read_bytes() if path.exists() else b""
            cut = len(before) * (kind // len(FILES) % 4) // 4
            path.write_bytes(before[:cut] + content + (before[cut:] if kind & 128 else b""))
            self._start(folder)
            self._repair(folder)
        finally:
            shutil.rmtree(folder)

    def _start(self, folder: Path) -> None:
        try:
            self._open(folder)
        except DestilationError:
            return
        assert self._open(folder) == 0, "a second start found something to mend"

    def _open(self, folder: Path) -> int:
        dataset = Dataset.open(folder, durability="none", now=lambda: datetime.now(UTC))
        try:
            recover(dataset, self._config, 0.85)
            return len(dataset.healed)
        finally:
            asyncio.run(dataset.close())

    def _repair(self, folder: Path) -> None:
        samples = (folder / "samples.jsonl").read_bytes().split(b"\n")
        try:
            salvage(folder, self._config)
        except DestilationError:
            return
        left = set((folder / "samples.jsonl").read_bytes().split(b"\n"))
        for line in samples:
            assert line in left or line_fault_of(self._config, line), "a repair lost a sample"
        with contextlib.suppress(ConfigError):
            verify(folder)


def line_fault_of(config: Config, line: bytes) -> bool:
    """Whether a line is no sample of the job."""
    try:
        record = msgspec.json.decode(line, type=dict)
        line.decode()
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return True
    return line_fault(config.template, record) is not None


def _fast() -> str | None:
    """Where files need no disk, if there is such a place."""
    return "/dev/shm" if Path("/dev/shm").is_dir() else None


PLAIN: Mapping[str, Callable[[bytes], None]] = {"answer": answer, "configuration": configuration, "header": header}
