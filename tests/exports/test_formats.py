"""Every template in every format: it loads where trainers load it, and passes what validators there are."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from destilation.core.catalogue import BUILTIN
from destilation.errors import ConfigError
from destilation.exports.registry import FORMATS
from destilation.launch.export import export
from destilation.launch.recheck import recheck
from destilation.launch.verify import config_of
from destilation.launch.wish import Exported, Wish
from tests.exports.folders import CALLS, EXACT, RECORDS, folder_of

TEMPLATES = [template.id for template in BUILTIN]
NO_TOOLS = ("trl-pc", "alpaca")
KINDS = {".csv": "csv", ".parquet": "parquet", ".arrow": "arrow"}


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], Exported]:
    """All exports that there can be, checked as `--check` does."""
    root, made = tmp_path_factory.mktemp("exports"), {}
    for template in TEMPLATES:
        folder = folder_of(root / template, template)
        for name in FORMATS:
            if possible(template, name):
                made[template, name] = export(folder, config_of(folder), Wish(format=name))
                assert recheck(made[template, name]) == []
    return made


def possible(template: str, name: str) -> bool:
    """Whether a format can hold a template's samples."""
    return name not in NO_TOOLS if template == "tool_trace" else name != "xlam"


def rows(exported: Exported) -> list[dict[str, Any]]:
    """The rows of a file of lines."""
    (path,) = exported.places.files.values()
    return [json.loads(line) for line in path.read_text().split("\n")[:-1]]


@pytest.fixture(scope="module")
def loaded(
    exported: dict[tuple[str, str], Exported], tmp_path_factory: pytest.TempPathFactory
) -> dict[tuple[str, str], Any]:
    """Every file as `datasets.load_dataset` gives it, offline."""
    os.environ.update(HF_DATASETS_OFFLINE="1", HF_HUB_OFFLINE="1")
    import datasets

    datasets.disable_progress_bars()
    cache = str(tmp_path_factory.mktemp("cache"))
    found = {}
    for key, each in exported.items():
        (path,) = each.places.files.values()
        kind = KINDS.get(path.suffix, "json")
        options = {"keep_default_na": False} if kind == "csv" else {}
        found[key] = datasets.load_dataset(kind, data_files=str(path), cache_dir=cache, split="train", **options)
    return found


@pytest.mark.filterwarnings("default")
def test_all_of_them_load(exported: dict[tuple[str, str], Exported], loaded: dict[tuple[str, str], Any]) -> None:
    """Each file loads with all its rows, and the text of every field is in the row of its sample."""
    assert len(loaded) == len(TEMPLATES) * len(FORMATS) - len(NO_TOOLS) - (len(TEMPLATES) - 1)
    for (template, name), dataset in loaded.items():
        assert len(dataset) == exported[template, name].rows == 3
        for record, row in zip(RECORDS[template], dataset, strict=True):
            text = json.dumps(row, ensure_ascii=False)
            for field, value in record.items():
                gone = FORMATS[name].reasonings[0] == "none" and field in ("reasoning", "thought")
                if gone or field == "tool_call" or (name == "xlam" and field != "request"):
                    continue
                inner = json.dumps(value, ensure_ascii=False)[1:-1]
                assert inner in text or json.dumps(inner)[1:-1] in text, (template, name, field)


@pytest.mark.parametrize("name", ["trl", "openai", "axolotl", "mistral", "together", "parquet", "arrow"])
def test_arguments_survive_loading(name: str, loaded: dict[tuple[str, str], Any]) -> None:
    """The arguments of calls that differ in type are after loading what they were, with no key added."""
    for call, row in zip(CALLS, loaded["tool_trace", name], strict=True):
        (answer,) = [turn for turn in row["messages"] if turn.get("tool_calls")]
        function = answer["tool_calls"][0]["function"]
        arguments = function["arguments"]
        assert function["name"] == call["name"]
        assert (json.loads(arguments) if isinstance(arguments, str) else arguments) == call["arguments"]


def test_a_folder_loads_by_its_splits(tmp_path: Path) -> None:
    """A folder of parts is one dataset with its splits, whatever else stands in it."""
    os.environ.update(HF_DATASETS_OFFLINE="1", HF_HUB_OFFLINE="1")
    import datasets

    records = [{"question": f"Question number {number} about {number * 7}?", "answer": "Yes."} for number in range(60)]
    folder = folder_of(tmp_path / "d", "simple_qa", records, **EXACT)
    for name in ("llamafactory", "parquet"):
        made = export(folder, config_of(folder), Wish(format=name, split="60/20/20", out=tmp_path / name))
        found = datasets.load_dataset(str(tmp_path / name), cache_dir=str(tmp_path / "cache"))
        assert {split: len(each) for split, each in found.items()} == {part.split: part.rows for part in made.files}
    info = json.loads((tmp_path / "llamafactory" / "dataset_info.json").read_text())
    assert info["d-test"] == {
        "file_name": "test.jsonl",
        "formatting": "sharegpt",
        "columns": {"messages": "conversations", "system": "system", "tools": "tools"},
    }


@pytest.mark.parametrize(
    ("template", "reasoning"),
    [(name, way) for name in TEMPLATES for way in ("none", "think") if (name, way) != ("tool_trace", "think")],
)
def test_mistral_takes_them(template: str, reasoning: str, tmp_path: Path) -> None:
    """Mistral's validator for fine-tuning accepts every row."""
    from mistral_common.protocol.instruct.request import ChatCompletionRequest
    from mistral_common.protocol.instruct.validator import MistralRequestValidatorV3, ValidationMode

    folder = folder_of(tmp_path / "d", template)
    made = export(folder, config_of(folder), Wish(format="mistral", reasoning=reasoning))
    validator = MistralRequestValidatorV3(mode=ValidationMode.finetuning)
    for row in rows(made):
        request: Any = ChatCompletionRequest.from_openai(row["messages"], tools=row.get("tools"))
        validator.validate_request(request)


def test_openai_takes_them(exported: dict[tuple[str, str], Exported]) -> None:
    """The types of OpenAI's own package accept every message and tool, strictly."""
    from openai.types.chat import ChatCompletionMessageParam, ChatCompletionToolParam
    from pydantic import TypeAdapter

    messages, tools = TypeAdapter(list[ChatCompletionMessageParam]), TypeAdapter(list[ChatCompletionToolParam])
    for template in TEMPLATES:
        for row in rows(exported[template, "openai"]):
            messages.validate_python(row["messages"])
            tools.validate_python(row.get("tools", []))
            assert "reasoning_content" not in json.dumps(row)
            assert set(row) <= {"messages", "tools", "parallel_tool_calls"}


def test_rows_are_as_documented(exported: dict[tuple[str, str], Exported]) -> None:
    """A row of each kind of format, key by key."""
    assert rows(exported["reasoning", "trl"])[1] == {
        "messages": [
            {"role": "user", "content": "2 + 2?"},
            {"role": "assistant", "content": "4", "reasoning_content": "Count up."},
        ]
    }
    assert rows(exported["coding", "alpaca"])[1] == {
        "instruction": "Print a fence.",
        "input": "",
        "output": '`````\nprint("""\n```\n````\n""")\n`````\n\nTicks: ```.',
        "system": "",
    }
    call = {"id": "000000001", "type": "function"}
    function = {"name": "crate_search", "arguments": '{"query":"async runtime","limit":1}'}
    properties = {"query": {"type": "string"}, "limit": {"type": "integer"}}
    parameters = {"type": "object", "properties": properties, "required": ["query", "limit"]}
    assert rows(exported["tool_trace", "openai"])[0] == {
        "messages": [
            {"role": "user", "content": "Please look it up, 1."},
            {"role": "assistant", "content": None, "tool_calls": [{**call, "function": function}]},
            {"role": "tool", "content": '[{"name": "tokio"}]', "tool_call_id": "000000001"},
            {"role": "assistant", "content": "The answer is 0."},
        ],
        "tools": [{"type": "function", "function": {"name": "crate_search", "parameters": parameters}}],
        "parallel_tool_calls": False,
    }
    assert rows(exported["tool_trace", "sharegpt"])[1]["conversations"] == [
        {"from": "human", "value": "Please look it up, 2."},
        {
            "from": "function_call",
            "value": "<think>\nI need data, number 1.\n</think>\n\n"
            '{"name":"get_weather","arguments":{"city":"Zürich","days":2.5,"units":null,"hourly":true}}',
        },
        {"from": "observation", "value": ""},
        {"from": "gpt", "value": "The answer is 1."},
    ]
    assert rows(exported["tool_trace", "hermes"])[0]["conversations"][2]["value"] == (
        "<think>\nI need data, number 0.\n</think>\n<tool_call>\n"
        '{"name":"crate_search","arguments":{"query":"async runtime","limit":1}}\n</tool_call>'
    )
    assert (
        rows(exported["tool_trace", "xlam"])[0]["answers"]
        == "["
        + json.dumps(
            {"name": "crate_search", "arguments": {"query": "async runtime", "limit": 1}}, separators=(",", ":")
        )
        + "]"
    )
    assert rows(exported["coding_reasoning", "raw"]) == RECORDS["coding_reasoning"]


@pytest.mark.parametrize(
    ("template", "wish", "wanted"),
    [
        ("tool_trace", {"format": "alpaca"}, "alpaca cannot hold tool calls"),
        ("tool_trace", {"format": "trl-pc"}, "trl-pc cannot hold tool calls"),
        ("simple_qa", {"format": "xlam"}, "xlam holds tool calls only"),
        ("simple_qa", {"format": "sharegtp"}, "did you mean 'sharegpt'?"),
        ("reasoning", {"format": "openai", "reasoning": "field"}, "openai cannot hold reasoning as 'field'"),
        ("tool_trace", {"format": "mistral", "reasoning": "think"}, "mistral takes no text beside a tool call"),
        ("tool_trace", {"format": "openai", "arguments": "object"}, "leave out --tool-args"),
        ("simple_qa", {"format": "together", "provenance": True}, "together refuses columns"),
        ("simple_qa", {"format": "trl", "split": "90-10"}, "--split wants shares such as 90/5/5"),
        ("simple_qa", {"format": "trl", "split": "0/100"}, "leaves nothing for train"),
        ("simple_qa", {"format": "trl", "stratify": "topic"}, "--stratify needs --split"),
        ("simple_qa", {"format": "trl", "split": "90/10", "stratify": "topic"}, "no sample tells its topic"),
        ("simple_qa", {"format": "trl", "max_tokens": 5}, "need --tokenizer"),
        ("simple_qa", {"format": "trl", "drop_longer": True}, "--drop-longer needs --max-tokens"),
        ("simple_qa", {"format": "trl", "tokenizer": Path("none.json")}, "there is no such file"),
        ("simple_qa", {"format": "trl", "chat_template": Path("none.jinja")}, "none.jinja: No such file"),
        ("simple_qa", {"format": "csv", "out": Path("x.jsonl")}, "csv makes .csv files"),
        ("simple_qa", {"format": "trl", "out": Path("x.json")}, "trl makes .jsonl files"),
        ("simple_qa", {"format": "parquet", "out": Path("x.parquet.gz")}, "compresses its own content"),
    ],
)  # fmt: skip
def test_what_cannot_be(template: str, wish: dict[str, Any], wanted: str, tmp_path: Path) -> None:
    """What a format cannot hold, and what was mistyped, is told in one sentence, and nothing is left behind."""
    folder = folder_of(tmp_path / "d", template)
    if isinstance(wish.get("out"), Path):
        wish = {**wish, "out": tmp_path / wish["out"]}
    with pytest.raises(ConfigError) as error:
        export(folder, config_of(folder), Wish(**wish))
    assert wanted in str(error.value)
    assert "\n" not in str(error.value)
    assert sorted(tmp_path.iterdir()) == [tmp_path / "d", tmp_path / "d.toml"]
    assert not list(folder.rglob("*.jsonl.tmp*")) and not list(folder.rglob("train*"))


def test_styles(tmp_path: Path) -> None:
    """Reasoning, system turn, arguments and provenance as they are asked for."""
    folder = folder_of(tmp_path / "d", "tool_trace")

    def first(**wish: Any) -> dict[str, Any]:
        return rows(export(folder, config_of(folder), Wish(**{"format": "trl", **wish})))[0]

    assert first()["messages"][1]["reasoning_content"] == "I need data, number 0."
    assert first(reasoning="thinking")["messages"][1]["thinking"] == "I need data, number 0."
    assert first(reasoning="think")["messages"][1]["content"] == "<think>\nI need data, number 0.\n</think>\n\n"
    assert "need data" not in json.dumps(first(reasoning="none"))
    assert first(arguments="object")["messages"][1]["tool_calls"][0]["function"]["arguments"]["limit"] == 1
    assert isinstance(first(arguments="string")["messages"][1]["tool_calls"][0]["function"]["arguments"], str)
    assert first(system="Be brief.")["messages"][0] == {"role": "system", "content": "Be brief."}
    assert first(format="llamafactory", system="Be brief.")["system"] == "Be brief."
    assert {"id", "provider", "model", "topic"} <= set(first(provenance=True))


@pytest.mark.parametrize(
    ("package", "wish", "extra"),
    [
        ("pyarrow", {"format": "parquet"}, "destilation[parquet]"),
        ("pyarrow", {"format": "arrow"}, "destilation[parquet]"),
        ("tokenizers", {"format": "trl", "tokenizer": Path("t.json")}, "destilation[tokens]"),
        ("jinja2", {"format": "trl", "chat_template": Path("t.jinja")}, "destilation[tokens]"),
    ],
)
def test_a_missing_package_names_its_extra(
    package: str, wish: dict[str, Any], extra: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One line says what to install, and nothing is written."""
    monkeypatch.setitem(sys.modules, package, None)
    folder = folder_of(tmp_path / "d", "simple_qa")
    (tmp_path / "t.jinja").write_text("{{ messages }}")
    if "chat_template" in wish:
        wish = {**wish, "chat_template": tmp_path / "t.jinja"}
    with pytest.raises(ConfigError) as error:
        export(folder, config_of(folder), Wish(**wish))
    assert f"pip install '{extra}'" in str(error.value)
    assert not (folder / "exports").exists()


def test_an_export_loads_no_package_of_an_extra(tmp_path: Path) -> None:
    """Formats of lines need nothing but the core's packages."""
    folder = folder_of(tmp_path / "d", "reasoning")
    script = (
        "import sys\nfrom destilation.cli.app import run\n"
        f"code = run(['export', {str(folder)!r}, '--format', 'trl', '--check', '--card', '--license', 'other'])\n"
        "heavy = ('pyarrow', 'tokenizers', 'jinja2', 'huggingface_hub', 'datasets', 'aiohttp', 'textual')\n"
        "print('LOADED', code, [name for name in heavy if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.endswith("LOADED 0 []\n")
