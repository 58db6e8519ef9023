"""A model that a server does not have: the nearest one that it has is named, in every dialect."""

import asyncio
from pathlib import Path

import pytest

from destilation.launch.run import Report
from destilation.mockserver.server import MockServer
from tests.mockserver.running import job, scenario, table


@pytest.mark.parametrize("kind", ["openai", "openrouter", "ollama"])
@pytest.mark.parametrize(
    ("asked", "wanted"),
    [("gpt-oss:20", "did you mean 'gpt-oss:20b'?"), ("llama", "gpt-oss:20b, qwen3:32b")],
)
def test_the_nearest_model_is_named(kind: str, asked: str, wanted: str, tmp_path: Path) -> None:
    """The run ends with 5, and says which model was meant, or which there are."""

    async def main() -> Report:
        async with MockServer(scenario(models=["gpt-oss:20b", "qwen3:32b"])) as server:
            return await job(tmp_path, {"far": table(server, kind, model=asked)})

    report = asyncio.run(main())
    assert report.exit_code == 5
    assert wanted in report.retired["far"]
