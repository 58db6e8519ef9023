"""Hostile programs in the box: each is contained, in time, and leaves neither a process nor an open file behind."""

import asyncio
import os
import secrets
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from destilation.checks.sandbox import bubblewrap
from destilation.checks.sandbox.bubblewrap import PYTHON
from destilation.checks.sandbox.languages import execute
from destilation.checks.sandbox.limits import Limits, Outcome, Program
from destilation.checks.sandbox.selftest import open_sandbox

pytestmark = pytest.mark.skipif(bubblewrap.find() is None, reason="no bubblewrap on this machine")
QUICK = Limits(wall_s=3.0, cpu_s=2, memory_mb=128)
CANARY = "canary-9b1d4e7a"


@pytest.fixture(autouse=True)
def _the_loop_has_nothing_to_say(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """An ended process is reaped once: asyncio warns of one that it does not find."""
    yield
    assert not [record for record in caplog.get_records("call") if record.name == "asyncio"]


def run(code: str, limits: Limits = QUICK) -> Outcome:
    """The Python program in a box; afterwards the machine is as it was, in time."""
    word = secrets.token_hex(8)
    argv = (f"{PYTHON}/bin/python3", "-I", "-c", f"{code}\n# {word}")

    async def main() -> Outcome:
        sandbox = await open_sandbox()
        files, began = _open_files(), time.monotonic()
        outcome = await sandbox.run(Program(argv), limits)
        assert time.monotonic() - began < limits.wall_s + 1.5
        assert _open_files() == files
        return outcome

    outcome = asyncio.run(main())
    _nothing_left_of(word)
    return outcome


def _nothing_left_of(word: str) -> None:
    """Waits, but not for long, until no process has the word in its command line."""
    end = time.monotonic() + 2.0
    while (left := _with(word)) and time.monotonic() < end:
        time.sleep(0.01)
    assert not left


def _with(word: str) -> list[str]:
    found = []
    for pid in os.listdir("/proc"):
        try:
            if pid.isdigit() and word in Path(f"/proc/{pid}/cmdline").read_text(errors="replace"):
                found.append(pid)
        except OSError:
            continue
    return found


def _open_files() -> int:
    return len(os.listdir("/proc/self/fd"))


def test_a_fork_bomb() -> None:
    """It gets no further than its share of processes."""
    outcome = run("import os\nwhile True:\n    try: os.fork()\n    except OSError: pass")
    assert outcome.ending in ("timeout", "memory", "signal")


def test_a_memory_bomb() -> None:
    """One process that takes all it can is refused memory."""
    outcome = run("x = []\nwhile True: x.append(bytearray(1 << 24))")
    assert outcome.ending in ("memory", "signal") or "MemoryError" in outcome.stderr


def test_a_memory_bomb_of_many() -> None:
    """Processes that stay small by themselves and together take too much are ended."""
    code = (
        "import os, time\n"
        "for _ in range(12):\n    if os.fork() == 0: break\n"
        "x = bytearray(60 << 20)\n"
        "for page in range(0, len(x), 4096): x[page] = 1\n"
        "time.sleep(9)"
    )
    assert run(code).ending == "memory"


@pytest.mark.parametrize("code", ["while True: pass", "import time; time.sleep(99)"])
def test_endless(code: str) -> None:
    """Busy or asleep, it ends with its time."""
    assert run(code).ending == "timeout"


@pytest.mark.parametrize("path", ["/usr/bin/x", "/etc/x", "/root/x", "/home/x", "/x", "/proc/1/x", "/dev/x", "/opt/x"])
def test_files_outside_cannot_be_written(path: str) -> None:
    """Nothing can be written but in the scratch folders, and nothing appears outside."""
    outcome = run(f"open({path!r}, 'w').write('x')")
    assert outcome.code == 1 and not Path(path).exists()


def test_the_scratch_folder_is_small() -> None:
    """A flood of files ends at the size that it was given."""
    code = "i = 0\nwhile True:\n    open(f'/tmp/{i}', 'wb').write(b'x' * (1 << 20)); i += 1"
    outcome = run(code)
    assert outcome.code == 1 and "No space left" in outcome.stderr
    outcome = run("open('/tmp/x', 'wb').write(b'x' * (64 << 20))")
    assert outcome.code != 0


def test_a_flood_of_output() -> None:
    """No more is read than will be kept, and the program is ended."""
    outcome = run("while True: print('x' * 1000)")
    assert outcome.ending == "output" and len(outcome.stdout) == QUICK.output_bytes


def test_the_network() -> None:
    """Neither a server of this machine nor a name can be reached, by any family of sockets."""
    with socket.create_server(("127.0.0.1", 0)) as server, socket.socket(socket.AF_UNIX) as local:
        local.bind("\0destilation-abstract")
        local.listen()
        port = server.getsockname()[1]
        code = (
            "import socket, sys\n"
            "def tried(act):\n"
            "    try: act(); print('reached')\n"
            "    except OSError: pass\n"
            f"tried(lambda: socket.create_connection(('127.0.0.1', {port}), 1))\n"
            f"tried(lambda: socket.create_connection(('::1', {port}), 1))\n"
            "tried(lambda: socket.getaddrinfo('localhost.example', 80))\n"
            "s = socket.socket(socket.AF_UNIX)\n"
            "tried(lambda: s.connect('\\0destilation-abstract'))\n"
            "print('done')"
        )
        assert run(code).stdout == "done\n"


def test_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the parent's environment holds is nowhere to be read."""
    monkeypatch.setenv("SOME_API_KEY", CANARY)
    code = (
        "import os\nfound = str(os.environ)\n"
        "for p in os.listdir('/proc'):\n"
        "    for name in ('environ', 'cmdline'):\n"
        "        try: found += open(f'/proc/{p}/{name}').read()\n"
        "        except OSError: pass\n"
        "print(found)"
    )
    assert CANARY not in run(code).stdout


def test_the_home_folder() -> None:
    """Home is empty, and the user's is not there."""
    home = str(Path.home())
    code = f"import os; print(os.path.expanduser('~'), os.listdir(os.path.expanduser('~')), os.path.exists({home!r}))"
    assert run(code).stdout == "/work [] False\n"


@pytest.mark.parametrize("way", ["/proc/self/root{}", "/proc/1/root{}", "../../..{}", "/proc/self/cwd/../..{}", "{}"])
def test_symlink_tricks(way: str, tmp_path: Path) -> None:
    """No link, and no way round by a process' root, leads to a file outside."""
    secret = tmp_path / "secret"
    secret.write_text(CANARY)
    code = f"import os\nos.symlink({way.format(secret)!r}, 'link')\nprint(open('link').read())"
    outcome = run(code)
    assert outcome.code == 1 and CANARY not in outcome.stdout
    assert run("import os\nos.symlink('/etc/shadow', 'link')\nprint(open('link').read())").code == 1


def test_other_processes() -> None:
    """It sees only itself, and can signal nobody outside."""
    code = "import os, signal\nprint([p for p in os.listdir('/proc') if p.isdigit()])\nos.kill(-1, signal.SIGTERM)"
    outcome = run(code)
    assert len(eval(outcome.stdout or "[]")) <= 4


def test_a_daemon_left_behind() -> None:
    """A process that goes off by itself dies with the box."""
    code = (
        "import os, time\n"
        "if os.fork() == 0:\n    os.setsid()\n    if os.fork() == 0:\n        time.sleep(60)\n    os._exit(0)\nprint('gone')"
    )
    began = time.monotonic()
    assert "gone" in run(code).stdout
    assert time.monotonic() - began < 4


def test_more_rights() -> None:
    """No further namespace, no mount, no other user, no device."""
    code = (
        "import ctypes, os\nlibc = ctypes.CDLL(None, use_errno=True)\n"
        "def tried(name, act):\n"
        "    try: print(name, act())\n"
        "    except OSError: print(name, -1)\n"
        "tried('user', lambda: libc.unshare(0x10000000))\n"
        "tried('mount', lambda: libc.mount(b'none', b'/tmp', b'tmpfs', 0, None))\n"
        "tried('uid', lambda: os.setuid(0) or 0)\n"
        "tried('node', lambda: os.mknod('/tmp/d', 0o60600, os.makedev(8, 0)) or 0)\n"
    )
    lines = run(code).stdout.split("\n")
    assert [line for line in lines if line and not line.endswith("-1")] == []


def test_signals_and_stops() -> None:
    """A program that ignores signals or stops itself ends with its time."""
    ignoring = "import signal\nfor n in range(1, 30):\n    try: signal.signal(n, signal.SIG_IGN)\n    except OSError: pass\nwhile True: pass"
    for code in (ignoring, "import os, signal; os.kill(os.getpid(), signal.SIGSTOP)"):
        assert run(code).ending in ("timeout", "exit")


def test_zombies_recursion_and_closed_pipes() -> None:
    """Children never waited for, a stack without end, and closed outputs end like anything else."""
    zombies = "import os, time\nfor _ in range(200):\n    try:\n        if os.fork() == 0: os._exit(0)\n    except OSError: break\nprint('ok')"
    assert "ok" in run(zombies).stdout
    assert run("import sys\nsys.setrecursionlimit(10**9)\ndef f(): return f()\nf()").code != 0
    assert run("import os\nfor n in range(3): os.close(n)").ending in ("exit", "signal")


def test_cancelled() -> None:
    """A run that is given up leaves nothing behind."""

    word = secrets.token_hex(8)

    async def main() -> None:
        sandbox = await open_sandbox()
        argv = (f"{PYTHON}/bin/python3", "-c", f"import time; time.sleep(60) # {word}")
        task = asyncio.ensure_future(sandbox.run(Program(argv)))
        await asyncio.sleep(0.3)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(main())
    _nothing_left_of(word)


@pytest.mark.parametrize(
    ("language", "code", "tests"),
    [
        ("python", "import os; os._exit(0)", "assert False"),
        ("python", "raise SystemExit(0)", "assert False"),
        ("python", "print('0' * 64)\nimport os; os._exit(0)", "assert False"),
        ("javascript", "process.exit(0)", "assert.ok(false)"),
        ("javascript", "console.log('0'.repeat(64)); process.exit(0)", "assert.ok(false)"),
        ("bash", "exit 0", "false"),
        ("bash", "echo x; kill -9 $$", "false"),
    ],
)
def test_leaving_early_proves_nothing(language: str, code: str, tests: str) -> None:
    """A program that ends itself with status 0 before its tests are run has not passed them."""

    async def main() -> bool:
        return (await execute(await open_sandbox(), language, code, tests, QUICK)).proved

    assert not asyncio.run(main())


@pytest.mark.parametrize(
    ("language", "code", "good", "bad"),
    [
        ("python", "def f(x):\n    return x + 1", "assert f(1) == 2", "assert f(1) == 3"),
        ("javascript", "const f = x => x + 1;", "assert.equal(f(1), 2)", "assert.equal(f(1), 3)"),
        ("javascript", "export const f = x => x + 1;", "if (f(1) !== 2) throw 1", "if (f(1) !== 3) throw 1"),
        ("bash", 'f() { echo "$(($1 + 1))"; }', "[ $(f 1) = 2 ]", "[ $(f 1) = 3 ]"),
        ("bash", "while true; do :; done", "", "x"),
    ],
)
def test_tests_are_run(language: str, code: str, good: str, bad: str) -> None:
    """Code that meets its tests passes, and code that does not fails."""

    async def main() -> tuple[bool, bool]:
        sandbox = await open_sandbox()
        passed = await execute(sandbox, language, code, good, QUICK)
        failed = await execute(sandbox, language, code, bad, QUICK)
        return passed.proved, failed.proved

    assert asyncio.run(main()) == (True, False)
