"""The event log: trouble with it is a warning and never the end of a run."""

import asyncio
import errno
import os
from pathlib import Path

import pytest

from destilation.core.events import Paused
from destilation.storage.dataset import Dataset
from destilation.storage.disk import Disk
from destilation.storage.event_log import MOST_ASIDE, MOST_BYTES, EventLog
from destilation.storage.layout import EVENTS, SAMPLES
from tests.storage.test_dataset import answer, make, opened, provenance, recovered, reopen, sample


def test_a_full_log_is_put_aside(tmp_path: Path) -> None:
    """At 64 MiB the log goes on in a new file; of the old ones the last eight are kept."""
    for number in range(MOST_ASIDE + 3):
        with (tmp_path / EVENTS).open("wb") as file:
            file.truncate(MOST_BYTES - 14)
            file.seek(0, os.SEEK_END)
            file.write(b'\n{"kind": "%d"}\n' % (number % 10))
        log = EventLog(tmp_path / EVENTS, "t", Disk())
        assert log.warning is None
        log.append(b'{"kind": "x"}\n')
        log.close()
        assert (tmp_path / EVENTS).read_bytes() == b'{"kind": "x"}\n'
    names = {path.name for path in tmp_path.iterdir()}
    assert names == {EVENTS, *(f".events.{number}.jsonl" for number in range(1, MOST_ASIDE + 1))}


@pytest.mark.parametrize("kind", ["folder", "link", "gzip"])
def test_what_is_no_log(kind: str, tmp_path: Path) -> None:
    """A folder or link in its place is a warning, a file of something else is put aside; the samples go on."""
    make(tmp_path)
    path = tmp_path / EVENTS
    path.unlink()
    if kind == "folder":
        path.mkdir()
    elif kind == "link":
        path.symlink_to(tmp_path / "elsewhere")
    else:
        path.write_bytes(b"\x1f\x8b compressed")

    async def work() -> Dataset:
        dataset = opened(tmp_path)
        recovered(dataset)
        dataset.emit(Paused(reason="r"))
        await dataset.record(answer(7))
        dataset.accept(sample(7), provenance(6, sample(7), 7))
        await dataset.close()
        return dataset

    dataset = asyncio.run(work())
    assert (dataset.warnings == []) == (kind == "gzip")
    assert not (tmp_path / "elsewhere").exists()
    assert kind != "gzip" or (tmp_path / ".events.1.jsonl").read_bytes() == b"\x1f\x8b compressed"
    assert reopen(tmp_path)[0].accepted == 6


class NoRoomForEvents(Disk):
    """A disk that is full for one file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def write(self, descriptor: int, data: memoryview) -> int:
        if os.readlink(f"/proc/self/fd/{descriptor}") == str(self.path):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return super().write(descriptor, data)


@pytest.mark.parametrize("name", [EVENTS, SAMPLES, "metadata.json.tmp"])
def test_a_full_disk_at_each_kind_of_file(name: str, tmp_path: Path) -> None:
    """For events it is a warning; for samples and metadata it is the end, in one sentence."""
    suffix = f".{os.getpid()}" if name.endswith(".tmp") else ""

    async def work() -> Dataset:
        dataset = opened(tmp_path, disk=NoRoomForEvents(tmp_path / f"{name}{suffix}"))
        recovered(dataset)
        await dataset.record(answer(1))
        dataset.emit(Paused(reason="r"))
        dataset.put_metadata({"version": 1})
        dataset.accept(sample(1), provenance(1, sample(1), 1))
        await dataset.close()
        return dataset

    if name == EVENTS:
        warned = asyncio.run(work())
        assert warned.warnings == [f"events are missing from {EVENTS}: No space left on device"]
    else:
        with pytest.raises(Exception, match="No space left on device") as caught:
            asyncio.run(work())
        assert getattr(caught.value, "exit_code", None) == 7
    found, _, _ = reopen(tmp_path)
    assert (found.accepted, len(found.unsettled)) in {(1, 0), (0, 1)}
