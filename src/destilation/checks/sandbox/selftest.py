"""Whether the box holds on this machine: tried out before anything else is run in it."""

import asyncio
import os
import secrets
import socket
import tempfile
from pathlib import Path

from destilation.checks.sandbox import bubblewrap
from destilation.checks.sandbox.box import Sandbox
from destilation.checks.sandbox.bubblewrap import PYTHON
from destilation.checks.sandbox.limits import Limits, Program
from destilation.errors import ConfigError

_REMEDY = "install bubblewrap, or: pip install 'destilation[sandbox]', or set job.checks.execution = \"off\""
_PROBE = """
import os, socket, sys
secret, port, parent, word = sys.argv[1:]
found = []
def tried(name, act):
    try:
        if act(): found.append(name)
    except Exception:
        pass
def connect():
    with socket.create_connection(("127.0.0.1", int(port)), 1): return True
def wrote():
    with open("/usr/destilation-probe", "w"): return True
def environments():
    return any(word in open(f"/proc/{p}/environ").read() for p in os.listdir("/proc") if p.isdigit())
tried("a file outside can be read", lambda: open(secret).read())
tried("the environment can be read", lambda: word in str(os.environ) or environments())
tried("the network can be reached", connect)
tried("files outside can be written", wrote)
tried("processes outside can be seen", lambda: len([p for p in os.listdir("/proc") if p.isdigit()]) > 8)
tried("it runs as root", lambda: os.getuid() == 0)
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        import time; time.sleep(60)
    os._exit(0)
print("found:" + ";".join(found))
"""


class SandboxError(ConfigError):
    """There is no box here that could be trusted with code."""


async def open_sandbox() -> Sandbox:
    """A sandbox that passed its test on this machine. Raises SandboxError with what is wrong and what to do."""
    known = bubblewrap.find()
    if known is None:
        raise SandboxError(f"there is no sandbox here to run code in.  help: {_REMEDY}")
    if tools := bubblewrap.missing_tools():
        raise SandboxError(f"the sandbox needs {' and '.join(tools)} of util-linux in /usr/bin.  help: install it")
    sandbox = Sandbox(known)
    if fault := await _fault(sandbox):
        raise SandboxError(f"the sandbox does not hold on this machine: {fault}.  help: {_REMEDY}")
    return sandbox


async def _fault(sandbox: Sandbox) -> str | None:
    word = secrets.token_hex(16)
    os.environ["DESTILATION_PROBE"] = word
    try:
        with socket.create_server(("127.0.0.1", 0)) as server, tempfile.NamedTemporaryFile("w") as secret:
            secret.write(word)
            secret.flush()
            port = str(server.getsockname()[1])
            argv = (f"{PYTHON}/bin/python3", "-I", "-c", _PROBE, secret.name, port, str(os.getpid()), word)
            outcome = await sandbox.run(Program(argv), Limits(wall_s=20.0))
    except OSError as error:
        return f"it cannot be started: {error.strerror or error}"
    finally:
        del os.environ["DESTILATION_PROBE"]
    if "found:" not in outcome.stdout:
        said = outcome.stderr.strip().splitlines()
        return f"it cannot be started: {said[-1][:200] if said else outcome.ending}"
    found = outcome.stdout.strip().removeprefix("found:")
    if found:
        return found.replace(";", ", ")
    await asyncio.sleep(0)
    left = _processes_with(word)
    return "processes are left behind" if left else None


def _processes_with(word: str) -> list[str]:
    """Processes, but for this one, that have the word in their command line."""
    found = []
    for pid in os.listdir("/proc"):
        try:
            if pid.isdigit() and int(pid) != os.getpid() and word in Path(f"/proc/{pid}/cmdline").read_text():
                found.append(pid)
        except OSError:
            continue
    return found
