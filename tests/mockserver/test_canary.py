"""The key appears nowhere: not in a file, an event, a message or a traceback, whatever the server does with it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.mockserver.running import KEY, served

ROOT = Path(__file__).parents[2]
CONFIG = """\
[job]
domain = "physics"
target = {target}
name = "job"
mix = [{{ provider = "far", model = "mock-small" }}]
[providers.far]
kind = "openai"
base_url = "{address}/v1"
api_key_env = "MOCK_KEY"
timeout_s = 2.0
"""


def typed(folder: Path, *words: str) -> tuple[int, str]:
    """A verb in a process of its own, with the key in its environment and tracebacks on; code and all output."""
    done = subprocess.run(
        [sys.executable, "-X", "dev", "-W", "ignore", "-m", "destilation", *words],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT / "src"), "MOCK_KEY": KEY, "DESTILATION_TRACEBACK": "1"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("fault", "share", "code"),
    [
        ("401_echo", 1.0, 5),
        ("500_echo", 1.0, 5),
        ("500_echo", 0.3, 0),
        ("reset_mid_body", 0.3, 0),
        ("bad_http", 0.3, 0),
        ("redirect", 1.0, 5),
    ],
)
def test_the_key_is_nowhere(fault: str, share: float, code: int, tmp_path: Path) -> None:
    """Run, check, status, cost, config and verify say and write nothing that holds the key."""
    with served(
        f'key="{KEY}"', f"faults.{fault}={share}", "price={input_per_mtok=1.0, output_per_mtok=1.0}"
    ) as address:
        (tmp_path / "config.toml").write_text(CONFIG.format(address=address, target=10))
        ran, said = typed(tmp_path, "run", "--budget-usd", "5")
        assert ran == code, said
        for verb in ("providers check", "providers list", "status --json", "cost", "config show --origin", "verify"):
            said += typed(tmp_path, *verb.split())[1]
    assert KEY not in said
    assert "Traceback" not in said
    written = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert any(path.name == ".events.jsonl" for path in written)
    for path in written:
        assert KEY.encode() not in path.read_bytes(), path


def test_a_key_in_the_wrong_place_is_not_repeated(tmp_path: Path) -> None:
    """A key written into the file or a URL is refused without showing it."""
    for text in (
        f'[providers.far]\nkind = "openai"\napi_key = "{KEY}"\n',
        f'[providers.far]\nkind = "openai"\nbase_url = "https://user:{KEY}@host/v1"\n',
        f'[providers.far]\nkind = "openai"\napi_key_env = "{KEY}"\n',
    ):
        (tmp_path / "config.toml").write_text(text)
        code, said = typed(tmp_path, "config", "check")
        assert code == 2
        assert KEY not in said, said
