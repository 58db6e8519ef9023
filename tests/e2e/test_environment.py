"""Where a run finds itself: terminals that go away, no home, no room, few files, strange folders."""

import json
import os
import pty
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.e2e.command import destilation, environment, lines, metadata, start
from tests.mockserver.running import served

DESTILATION = str(Path(sys.executable).parent / "destilation")
RUN = ("run", "--provider", "mock", "--name", "job")
SLOW = ("--set", "providers.mock.latency_s=0.05", "-j", "16")


def shell(line: str, cwd: Path, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """A line of the shell with our verbs in its path."""
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    return subprocess.run(
        ["bash", "-c", line], cwd=cwd, env={**environment(env), "PATH": path}, capture_output=True, text=True,
        timeout=60, check=False,
    )  # fmt: skip


def count(folder: Path) -> int:
    """How many samples there are."""
    return len(lines(folder / "samples.jsonl"))


@pytest.mark.parametrize(
    ("redirected", "env"),
    [
        (">&-", {}),
        ("2>&-", {}),
        (">&- 2>&-", {}),
        (">/dev/full", {}),
        ("2>/dev/full", {}),
        ("", {"TERM": "dumb", "LANG": "C", "LC_ALL": "C"}),
        ("", {"NO_COLOR": "1", "COLUMNS": "10", "LINES": "3"}),
        ("", {"TMPDIR": "/nonexistent", "HOME": "/nonexistent"}),
    ],
    ids=["no stdout", "no stderr", "neither", "full stdout", "full stderr", "dumb", "tiny", "homeless"],
)
def test_wherever_it_is_started(redirected: str, env: dict[str, str], tmp_path: Path) -> None:
    """Closed streams, no terminal, no home: the run goes on to its target and ends with 0."""
    done = shell(f"destilation run --name job -n 50 {redirected}", tmp_path, env)
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    assert "\x1b" not in done.stdout + done.stderr
    assert count(tmp_path / "datasets" / "job") == 50


@pytest.mark.parametrize("stream", ["", "2>&1"])
def test_a_reader_that_goes_away(stream: str, tmp_path: Path) -> None:
    """`| head` takes what it wants; the run goes on to its target and ends with 0."""
    flags = "--set providers.mock.latency_s=0.3"
    line = f"(destilation run --name job -n 600 {flags} {stream}; echo $? >code) | head -c 5"
    done = shell(line, tmp_path, {"CI": "1"})
    assert (tmp_path / "code").read_text() == "0\n", done.stderr
    assert "Exception" not in done.stderr
    assert count(tmp_path / "datasets" / "job") == 600


def test_a_terminal_that_is_closed(tmp_path: Path) -> None:
    """When its terminal goes, the run is hung up: answers in flight are kept, and the same command continues."""
    process, terminal = pty.fork()
    if process == 0:
        os.chdir(tmp_path)
        os.execve(DESTILATION, ["destilation", *RUN, *SLOW, "-n", "5000"], environment({"TERM": "xterm"}))
    folder = tmp_path / "datasets" / "job"
    deadline = time.monotonic() + 20
    while not (folder / "samples.jsonl").exists() or not (folder / "samples.jsonl").stat().st_size:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    os.close(terminal)
    _, status = os.waitpid(process, 0)
    assert os.waitstatus_to_exitcode(status) == 129
    assert metadata(folder)["state"] == "interrupted"
    assert destilation("verify", "datasets/job", cwd=tmp_path).returncode == 0
    assert destilation(*RUN, "-n", str(count(folder) + 10), cwd=tmp_path).returncode == 0


def test_a_run_that_is_stopped_for_a_while(tmp_path: Path) -> None:
    """SIGSTOP and SIGCONT, as a laptop's lid does: nothing is lost and nothing times out."""
    process = start(*RUN, *SLOW, "-n", "300", "-q", cwd=tmp_path)
    time.sleep(0.8)
    process.send_signal(signal.SIGSTOP)
    time.sleep(2)
    process.send_signal(signal.SIGCONT)
    assert process.wait(30) == 0
    document = metadata(tmp_path / "datasets" / "job")
    assert (document["accepted"], document["providers"]["mock"]["errors"]) == (300, 0)


def test_few_open_files(tmp_path: Path) -> None:
    """With 80 descriptors the concurrency is lowered, the user is told, and the target is met."""
    with served() as address:
        settings = f"--set providers.far.kind=openai --set providers.far.base_url={address}/v1 -p far -m mock-small"
        done = shell(f"ulimit -n 80; destilation run --name job -n 100 --domain physics -j 200 {settings}", tmp_path)
    assert done.returncode == 0, done.stderr
    assert "16 requests in flight instead of 100: the limit of open files" in done.stderr
    assert count(tmp_path / "datasets" / "job") == 100


def test_no_descriptor_left(tmp_path: Path) -> None:
    """Where not even the folder's files can be opened, one sentence says so, with code 7 and nothing lost."""
    assert destilation(*RUN, "-n", "20", cwd=tmp_path).returncode == 0
    done = shell("ulimit -n 11; destilation run --name job -n 30 -q", tmp_path)
    assert done.returncode == 7, done.stderr
    assert "Too many open files; raise the limit of open files (ulimit -n)" in done.stderr
    assert destilation(*RUN, "-n", "30", cwd=tmp_path).returncode == 0


def test_a_limit_of_file_sizes(tmp_path: Path) -> None:
    """When a file may not grow, as on a full disk: code 7, whole lines, and the same command continues."""
    done = shell("ulimit -f 40; destilation run --name job -n 2000 -q", tmp_path)
    assert done.returncode == 7
    assert "File too large; raise the limit of file sizes (ulimit -f)" in done.stderr
    folder = tmp_path / "datasets" / "job"
    assert all(lines(path) is not None for path in folder.glob("[!.]*.jsonl"))
    assert destilation(*RUN, "-n", "2000", "-q", cwd=tmp_path).returncode == 0
    assert destilation("verify", "datasets/job", cwd=tmp_path).returncode == 0


@pytest.mark.parametrize("what", ["removed", "moved"])
def test_a_folder_that_goes_away(what: str, tmp_path: Path) -> None:
    """A folder that is removed or moved under a run ends it with code 7; the moved one can be continued."""
    folder = tmp_path / "datasets" / "job"
    process = start(*RUN, *SLOW, "-n", "100000", "-q", cwd=tmp_path)
    deadline = time.monotonic() + 20
    while not (folder / "metadata.json").exists():
        assert time.monotonic() < deadline
        time.sleep(0.05)
    folder.rename(tmp_path / "elsewhere")
    if what == "removed":
        for path in (tmp_path / "elsewhere").iterdir():
            path.unlink()
    assert process.wait(10) == 7
    if what == "moved":
        target = str(count(tmp_path / "elsewhere") + 20)
        assert destilation("run", "elsewhere", "-n", target, cwd=tmp_path).returncode == 0
        assert destilation("verify", "elsewhere", cwd=tmp_path).returncode == 0


def test_a_copy_made_while_it_runs(tmp_path: Path) -> None:
    """A copy of a running job's folder, its files from different moments, can be continued."""
    process = start(*RUN, *SLOW, "-n", "3000", "-q", "--set", "providers.mock.invalid=0.3", cwd=tmp_path)
    folder, copy = tmp_path / "datasets" / "job", tmp_path / "copy"
    time.sleep(1.5)
    copy.mkdir()
    for name in ("job.toml", "completions.jsonl", "provenance.jsonl", "rejections.jsonl", "samples.jsonl"):
        (copy / name).write_bytes((folder / name).read_bytes())
        time.sleep(0.1)
    process.kill()
    process.wait()
    target = str(count(copy) + 50) if (copy / "samples.jsonl").read_bytes().endswith(b"\n") else "2000"
    assert destilation("run", "copy", "-n", target, cwd=tmp_path).returncode == 0
    assert count(copy) == int(target)
    assert destilation("verify", "copy", cwd=tmp_path).returncode == 0


@pytest.mark.parametrize(
    ("out", "code", "wanted"),
    [
        ("afile", 2, "afile is a file, so no folder can be made in it"),
        ("afile/deeper", 2, "afile is a file, so no folder can be made in it"),
        ("/proc/nothing", 7, "No such file or directory; the folder was moved or removed, or cannot be made there"),
        ("/sys/kernel", 7, "/sys/kernel"),
    ],
)
def test_where_no_folder_can_be(out: str, code: int, wanted: str, tmp_path: Path) -> None:
    """A place that cannot hold a folder is refused by name, before anything is asked."""
    (tmp_path / "afile").write_text("mine")
    done = destilation("run", "--out", out, "-n", "3", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (code, "")
    assert wanted in done.stderr
    assert (tmp_path / "afile").read_text() == "mine"


def test_a_link_out_of_the_folder(tmp_path: Path) -> None:
    """A job's folder that is a link to somewhere else is not written to."""
    (tmp_path / "real").mkdir()
    (tmp_path / "datasets").mkdir()
    (tmp_path / "datasets" / "job").symlink_to("../real")
    done = destilation(*RUN, "-n", "3", cwd=tmp_path)
    assert done.returncode == 2
    assert "is a link to" in done.stderr
    assert list((tmp_path / "real").iterdir()) == []


def test_modules_in_the_work_folder_are_not_loaded(tmp_path: Path) -> None:
    """Files named like modules, and a .env, are nothing to the command."""
    for name in ("asyncio", "click", "msgspec", "sitecustomize", "destilation", "json"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('loaded')")
    (tmp_path / ".env").write_text("DESTILATION_JOB__TARGET=7\n")
    done = subprocess.run(
        [DESTILATION, "run", "-n", "5", "--name", "job"], cwd=tmp_path, env=environment(), capture_output=True,
        text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert count(tmp_path / "datasets" / "job") == 5


def test_what_others_may_read(tmp_path: Path) -> None:
    """With any umask, files are their owner's alone."""
    shell("umask 000; destilation run --name job -n 5 -q", tmp_path)
    folder = tmp_path / "datasets" / "job"
    assert folder.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}


@pytest.mark.parametrize("content", [b"", b"\xef\xbb\xbf", b"\n\n", b"\0\0\0\0"])
def test_files_with_nothing_in_them(content: bytes, tmp_path: Path) -> None:
    """Empty files, a byte order mark or NUL alone: the job starts afresh."""
    folder = tmp_path / "datasets" / "job"
    folder.mkdir(parents=True)
    for name in ("samples.jsonl", "completions.jsonl", "provenance.jsonl", ".events.jsonl", "metadata.json"):
        (folder / name).write_bytes(content)
    done = destilation(*RUN, "-n", "5", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert destilation("verify", "datasets/job", cwd=tmp_path).returncode == 0


@pytest.mark.parametrize("words", ['{"pid": 1, "host": "elsewhere", "since": "2020"}', "", "garbage"])
def test_a_lock_that_was_left(words: str, tmp_path: Path) -> None:
    """What a lock file says does not matter: only whether a living process holds it."""
    folder = tmp_path / "datasets" / "job"
    folder.mkdir(parents=True)
    (folder / ".lock").write_text(words)
    assert destilation(*RUN, "-n", "5", cwd=tmp_path).returncode == 0


def test_metadata_of_all_kinds(tmp_path: Path) -> None:
    """Metadata that is lost, torn, lying or of another type changes nothing about the result."""
    folder = tmp_path / "datasets" / "job"
    for number, words in enumerate(["", "[]", '{"accepted": 999999}', '{"elapsed_s": "x"}', "\udcff", "[" * 10_000], 1):
        assert destilation(*RUN, "-n", str(5 * number), cwd=tmp_path).returncode == 0
        assert metadata(folder)["accepted"] == count(folder) == 5 * number
        (folder / "metadata.json").write_bytes(words.encode("utf-8", "surrogateescape"))
    (folder / "metadata.json").write_text(json.dumps({"version": 99}))
    done = destilation(*RUN, "-n", "50", cwd=tmp_path)
    assert (done.returncode, "newer Destilation" in done.stderr) == (2, True)


def test_no_memory_left(tmp_path: Path) -> None:
    """A run that gets no more memory ends and does not hang; what was accepted is kept and continued."""
    folder = tmp_path / "datasets" / "job"
    unmeasured = {"COVERAGE_PROCESS_START": "", "COVERAGE_PROCESS_CONFIG": ""}  # it would leave a torn report
    process = start(*RUN, "-n", "1000000", "-q", "-j", "256", cwd=tmp_path, env=unmeasured)
    deadline = time.monotonic() + 20
    while not (folder / "metadata.json").exists():
        assert time.monotonic() < deadline
        time.sleep(0.05)
    pages = int(Path(f"/proc/{process.pid}/statm").read_text().split()[0])
    most = pages * resource.getpagesize() + (1 << 20)
    resource.prlimit(process.pid, resource.RLIMIT_AS, (most, most))
    assert process.wait(60) != 0  # an error, or the death of a library that had no memory left
    kept = count(folder)
    assert destilation(*RUN, "-n", str(kept + 10), "-q", cwd=tmp_path).returncode == 0
    assert destilation("verify", "datasets/job", cwd=tmp_path).returncode == 0
