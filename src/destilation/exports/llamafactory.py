"""LLaMA-Factory: ShareGPT's rows, and the entry of `dataset_info.json` that names their columns."""

from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from destilation.exports import sharegpt

INFO = "dataset_info.json"

FORMAT = replace(
    sharegpt.FORMAT,
    name="llamafactory",
    title="LLaMA-Factory (sharegpt rows with dataset_info.json)",
    trainer="dataset_dir: this folder, dataset: the names in dataset_info.json; a template that knows its tools",
)


def info(files: Mapping[str, str]) -> dict[str, Any]:
    """The content of `dataset_info.json` for files by the names that training configurations know them by."""
    columns = {"messages": "conversations", "system": "system", "tools": "tools"}
    return {
        name: {"file_name": file, "formatting": "sharegpt", "columns": dict(columns)} for name, file in files.items()
    }
