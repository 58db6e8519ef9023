"""Simple Q&A with distilabel: python with_distilabel.py ADDRESS SAMPLES IN_FLIGHT (in its own environment)."""

import os
import sys

os.environ.setdefault("HF_HUB_OFFLINE", "1")

from distilabel.models import OpenAILLM
from distilabel.pipeline import Pipeline
from distilabel.steps import LoadDataFromDicts
from distilabel.steps.tasks import TextGeneration


def main() -> None:
    """One pipeline: rows, and a text for each."""
    address, samples, in_flight = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    rows = [
        {"instruction": f"Write one question about everyday physics and its answer, as JSON. Number {number}."}
        for number in range(samples)
    ]
    with Pipeline(name="simple") as pipeline:
        load = LoadDataFromDicts(data=rows, batch_size=in_flight)
        model = OpenAILLM(model="quick", base_url=f"{address}/v1", api_key="sk-benchmark")
        load >> TextGeneration(llm=model, input_batch_size=in_flight)
    made = pipeline.run(use_cache=False)
    assert len(made["default"]["train"]) == samples


if __name__ == "__main__":
    main()
