"""The rules of the house: imports one way, light starts, one parent for every task, small files with a purpose."""

import ast
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SOURCES = sorted((ROOT / "src" / "destilation").rglob("*.py"))
HEAVY = ("textual", "aiohttp", "pydantic", "numpy", "msgspec.json_schema")


def test_import_contracts() -> None:
    """Imports go down, never up, never sideways; the core touches nothing."""
    done = subprocess.run(
        [str(Path(sys.executable).parent / "lint-imports"), "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    "start",
    [
        "import destilation",
        "import sys; sys.argv = ['destilation', '--help']; from destilation.cli import main; main()",
    ],
)
def test_a_light_start(start: str) -> None:
    """Importing the package and printing the help load neither the HTTP client nor anything else heavy."""
    script = (
        "import atexit, sys\n"
        f"atexit.register(lambda: print('LOADED', [name for name in {HEAVY!r} if name in sys.modules]))\n{start}"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT,
        env={"PYTHONPATH": str(ROOT / "src")},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.endswith("LOADED []\n")


def test_help_is_quick() -> None:
    """The best of five runs of `--help` takes less than 200 ms."""
    times = []
    for _ in range(5):
        began = time.perf_counter()
        subprocess.run(
            [sys.executable, "-m", "destilation", "--help"],
            env={"PYTHONPATH": str(ROOT / "src")},
            capture_output=True,
            check=True,
        )
        times.append(time.perf_counter() - began)
    assert min(times) < 0.2


def test_no_task_without_a_parent() -> None:
    """Two places make asyncio tasks, the run and the reviews of a sample, each inside a TaskGroup."""
    calls = [
        (path.name, ast.unparse(node.func.value))
        for path in SOURCES
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
        and node.func.attr in ("create_task", "ensure_future")
    ]  # fmt: skip
    assert calls == [("orchestrator.py", "group"), ("worker.py", "group")]


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT / "src")))
def test_every_file_says_what_it_is_and_stays_small(path: Path) -> None:
    """Each has a docstring and at most 300 lines, and opens no circle with TYPE_CHECKING."""
    text = path.read_text()
    assert ast.get_docstring(ast.parse(text))
    assert text.count("\n") <= 300
    assert "TYPE_CHECKING" not in text


def test_every_test_says_what_it_proves() -> None:
    """Each test function has a docstring."""
    silent = [
        f"{path.relative_to(ROOT)}:{node.lineno} {node.name}"
        for path in sorted((ROOT / "tests").rglob("test_*.py"))
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_") and not ast.get_docstring(node)
    ]
    assert silent == []
