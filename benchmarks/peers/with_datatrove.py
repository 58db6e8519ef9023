"""Texts only, with datatrove's endpoint runner: python with_datatrove.py ADDRESS SAMPLES IN_FLIGHT (own environment)."""

import os
import sys
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

os.environ.setdefault("HF_HUB_OFFLINE", "1")

from datatrove.data import Document
from datatrove.pipeline.inference.run_inference import InferenceConfig, InferenceRunner
from datatrove.pipeline.writers import JsonlWriter


async def rollout(document: Document, generate: Callable[[dict[str, Any]], Awaitable[Any]]) -> Any:
    """One request, its text."""
    return await generate({"messages": [{"role": "user", "content": document.text}], "max_tokens": 4096})


address, samples, in_flight = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
config = InferenceConfig(
    server_type="endpoint",
    model_name_or_path="quick",
    endpoint_url=address,
    max_concurrent_generations=in_flight,
    max_concurrent_documents=in_flight,
)
folder = tempfile.mkdtemp()
runner = InferenceRunner(rollout_fn=rollout, config=config, output_writer=JsonlWriter(folder, compression=None))
texts = (
    Document(
        text=f"Write one question about everyday physics and its answer, as JSON. Number {number}.", id=str(number)
    )
    for number in range(samples)
)
for _ in runner.run(texts, rank=0, world_size=1) or ():
    pass
lines = sum(len(path.read_text().splitlines()) for path in Path(folder).rglob("*.jsonl"))
assert lines == samples, lines
