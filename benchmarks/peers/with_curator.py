"""Simple Q&A with bespokelabs-curator: python with_curator.py ADDRESS SAMPLES IN_FLIGHT (in its own environment)."""

import importlib.util
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

os.environ["CURATOR_DISABLE_CACHE"] = "1"
os.environ["TELEMETRY_ENABLED"] = "false"
os.environ["CURATOR_VIEWER"] = "0"
os.environ.setdefault("OPENAI_API_KEY", "sk-benchmark")
os.environ.setdefault("HF_HUB_OFFLINE", "1")
litellm = importlib.util.find_spec("litellm")
if litellm and litellm.origin:  # it has the table of tokens that is fetched from the network otherwise
    os.environ["TIKTOKEN_CACHE_DIR"] = str(Path(litellm.origin).parent / "litellm_core_utils" / "tokenizers")

from bespokelabs import curator  # noqa: E402  what it reads when imported is set above
from pydantic import BaseModel  # noqa: E402


class Record(BaseModel):
    """The sample."""

    question: str
    answer: str


# Its own structured output is tried out on the server first, which only knows one answer: so the text is parsed here.
class Simple(curator.LLM):  # type: ignore[misc]  # mypy does not see it
    """One question with its answer."""

    def prompt(self, row: dict[str, Any]) -> str:
        """The request."""
        return f"Write one question about everyday physics and its answer, as JSON. Number {row['number']}."

    def parse(self, row: dict[str, Any], response: str) -> dict[str, str]:
        """The row of the dataset."""
        return Record.model_validate_json(response).model_dump()


address, samples, in_flight = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
model = Simple(
    model_name="gpt-4o-mini",
    backend="openai",
    backend_params={
        "base_url": f"{address}/v1",
        "api_key": "sk-benchmark",
        "max_concurrent_requests": in_flight,
        "max_requests_per_minute": 10_000_000,
        "max_tokens_per_minute": 10_000_000_000,
    },
)
made = model([{"number": number} for number in range(samples)], working_dir=tempfile.mkdtemp())
made = getattr(made, "dataset", made)
assert len(made) == samples, len(made)
