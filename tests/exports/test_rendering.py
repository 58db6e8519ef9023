"""Chat templates of the large families render what is exported, and `--chat-template` tells what they lose."""

import json
from pathlib import Path
from typing import Any

import pytest

from destilation.core.catalogue import BUILTIN
from destilation.errors import ConfigError
from destilation.exports.rendering import ChatTemplate, RenderError, template_in
from destilation.launch.export import export
from destilation.launch.verify import config_of
from destilation.launch.wish import Exported, Wish
from tests.exports.folders import RECORDS, folder_of

# In the style of each family, as short as shows how it treats reasoning, calls and tools.
LLAMA3 = """{{- bos_token }}
{%- for message in messages %}
    {%- if message.tool_calls %}
        {{- '<|start_header_id|>assistant<|end_header_id|>\\n\\n' }}
        {%- for call in message.tool_calls %}
            {{- '{"name": "' + call.function.name + '", "parameters": ' + (call.function.arguments | tojson) + '}' }}
        {%- endfor %}
        {{- '<|eot_id|>' }}
    {%- else %}
        {%- set role = 'ipython' if message.role == 'tool' else message.role %}
        {{- '<|start_header_id|>' + role + '<|end_header_id|>\\n\\n' + message.content | trim + '<|eot_id|>' }}
    {%- endif %}
{%- endfor %}"""
QWEN = """{%- if tools %}
    {{- '<|im_start|>system\\n# Tools\\n' }}
    {%- for tool in tools %}{{- tool | tojson + '\\n' }}{%- endfor %}
    {{- '<|im_end|>\\n' }}
{%- endif %}
{%- for message in messages %}
    {{- '<|im_start|>' + message.role + '\\n' }}
    {%- if message.reasoning_content %}{{- '<think>\\n' + message.reasoning_content + '\\n</think>\\n\\n' }}{%- endif %}
    {%- generation %}{{- message.content }}{%- endgeneration %}
    {%- for call in message.tool_calls or [] %}
        {%- set arguments = call.function.arguments %}
        {{- '\\n<tool_call>\\n{"name": "' + call.function.name + '", "arguments": ' }}
        {{- arguments if arguments is string else arguments | tojson }}{{- '}\\n</tool_call>' }}
    {%- endfor %}
    {{- '<|im_end|>\\n' }}
{%- endfor %}"""
MISTRAL = """{{- bos_token }}
{%- for message in messages %}
    {%- if message.role == 'user' %}{{- '[INST] ' + message.content + ' [/INST]' }}
    {%- elif message.role == 'tool' %}{{- '[TOOL_RESULTS] {"content": ' + message.content | tojson + '}[/TOOL_RESULTS]' }}
    {%- elif message.tool_calls %}
        {{- '[TOOL_CALLS] [' }}
        {%- for call in message.tool_calls %}{{- call.function | tojson }}{%- endfor %}{{- ']' + eos_token }}
    {%- elif message.role == 'assistant' %}{{- ' ' + message.content + eos_token }}
    {%- else %}{{- raise_exception('Only user, assistant and tool roles are supported') }}
    {%- endif %}
{%- endfor %}"""
GEMMA = """{{- bos_token }}
{%- for message in messages %}
    {%- if (message.role == 'user') != (loop.index0 % 2 == 0) %}
        {{- raise_exception('Conversation roles must alternate user/assistant/user/assistant/...') }}
    {%- endif %}
    {%- set role = 'model' if message.role == 'assistant' else message.role %}
    {{- '<start_of_turn>' + role + '\\n' + message.content | trim + '<end_of_turn>\\n' }}
{%- endfor %}"""
DEEPSEEK = """{{- bos_token }}
{%- for message in messages %}
    {%- if message.role == 'user' %}{{- '<|User|>' + message.content }}{%- endif %}
    {%- if message.role == 'assistant' and message.tool_calls %}
        {%- for call in message.tool_calls %}
            {{- '<|tool_call|>' + call.function.name + '\\n' + call.function.arguments }}
        {%- endfor %}
    {%- elif message.role == 'assistant' %}
        {%- set content = message.content %}
        {%- if '</think>' in content %}{%- set content = content.split('</think>')[-1] %}{%- endif %}
        {{- '<|Assistant|>' + content + '<|end|>' }}
    {%- endif %}
    {%- if message.role == 'tool' %}{{- '<|tool_output|>' + message.content }}{%- endif %}
{%- endfor %}"""
FAMILIES = {"llama3": LLAMA3, "qwen": QWEN, "mistral": MISTRAL, "gemma": GEMMA, "deepseek": DEEPSEEK}
PLAIN = [template.id for template in BUILTIN if template.id != "tool_trace"]


@pytest.fixture(scope="module")
def tokenizer(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A tokenizer of bytes, made here, as transformers loads it."""
    import transformers

    made: Any = transformers.PreTrainedTokenizerFast
    return made(
        tokenizer_file=str(bytes_tokenizer(tmp_path_factory.mktemp("tokenizer"))), bos_token="<s>", eos_token="</s>"
    )


def bytes_tokenizer(folder: Path) -> Path:
    """A `tokenizer.json` in which each byte is a token."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers

    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    made = Tokenizer(models.BPE(vocab={sign: number for number, sign in enumerate(alphabet)}, merges=[]))
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    path = folder / "tokenizer.json"
    made.save(str(path))
    return path


def exported(tmp_path: Path, template: str, **wish: Any) -> Exported:
    """An export of a template's records."""
    folder = tmp_path / template
    if not folder.exists():
        folder_of(folder, template)
    return export(folder, config_of(folder), Wish(**{"format": "trl", **wish}))


def rows(made: Exported) -> list[dict[str, Any]]:
    """Its rows."""
    (path,) = made.places.files.values()
    return [json.loads(line) for line in path.read_text().split("\n")[:-1]]


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("reasoning", ["think", "none"])
def test_every_family_renders_what_is_said(family: str, reasoning: str, tokenizer: Any, tmp_path: Path) -> None:
    """transformers renders every row; answers are there whole, and reasoning as text where the family keeps it."""
    for template in PLAIN:
        made = exported(tmp_path, template, reasoning=reasoning)
        for record, row in zip(RECORDS[template], rows(made), strict=True):
            text = tokenizer.apply_chat_template(row["messages"], chat_template=FAMILIES[family], tokenize=False)
            said = {name: value for name, value in record.items() if name != "reasoning"}
            assert all(value.strip() in text for value in said.values()), (template, family)
            kept = reasoning == "think" and "reasoning" in record and family != "deepseek"
            assert (record.get("reasoning", "\0") in text) == kept


@pytest.mark.parametrize(
    ("family", "arguments", "lost"),
    [
        ("qwen", "object", {}),
        ("qwen", "string", {}),
        ("llama3", "object", {"the reasoning": 3}),
        ("mistral", "object", {"the reasoning": 3}),
        ("deepseek", "string", {"the reasoning": 3}),
    ],
)
def test_tool_traces(family: str, arguments: str, lost: dict[str, int], tokenizer: Any, tmp_path: Path) -> None:
    """Our rendering and transformers' agree to the letter, and what a family loses is told."""
    path = tmp_path / "template.jinja"
    path.write_text(FAMILIES[family])
    made = exported(tmp_path, "tool_trace", arguments=arguments, chat_template=path)
    assert made.rendered is not None
    assert (made.rendered.lost, made.rendered.refused) == (lost, {})
    assert made.rendered.whole == (0 if lost else 3)
    ours = ChatTemplate(FAMILIES[family], family, {"bos_token": "<s>", "eos_token": "</s>"})
    for row in rows(made):
        theirs = tokenizer.apply_chat_template(
            row["messages"], tools=row["tools"], chat_template=FAMILIES[family], tokenize=False
        )
        assert ours.render(row["messages"], row["tools"]) == theirs


def test_what_a_family_refuses(tmp_path: Path) -> None:
    """Roles that do not alternate, and arguments of the wrong kind, are counted with the template's own words."""
    path = tmp_path / "template.jinja"
    path.write_text(GEMMA)
    refused = exported(tmp_path, "tool_trace", chat_template=path).rendered
    assert refused is not None
    assert refused.refused == {"Conversation roles must alternate user/assistant/user/assistant/...": 3}
    path.write_text(DEEPSEEK)
    refused = exported(tmp_path, "tool_trace", chat_template=path).rendered
    assert refused is not None
    assert sum(refused.refused.values()) == 3
    path.write_text(GEMMA)
    kept = exported(tmp_path, "reasoning", chat_template=path).rendered
    assert kept is not None
    assert (kept.whole, kept.lost) == (0, {"the reasoning": 3})


def test_templates_are_foreign_code(tmp_path: Path) -> None:
    """Nothing outside can be reached, nothing that is handed in can be changed, and what is no template is told."""
    for source in (
        "{{ ''.__class__.__mro__[1].__subclasses__() }}",
        "{{ messages.append(1) }}",
        "{{ cycler.__init__.__globals__.os }}",
        "{% for i in range(10**9) %}{% endfor %}",
    ):
        with pytest.raises(RenderError):
            ChatTemplate(source, "t").render([{"role": "user", "content": "x"}], None)
    path = tmp_path / "t.jinja"
    path.write_text("{% if %}")
    with pytest.raises(ConfigError, match=r"t\.jinja:1: "):
        template_in(path)
    config = tmp_path / "tokenizer_config.json"
    config.write_text(
        '{"bos_token": {"content": "<b>"}, "chat_template": [{"name": "default", "template": "{{ bos_token }}!"}]}'
    )
    assert template_in(config).render([], None) == "<b>!"
    config.write_text("{}")
    with pytest.raises(ConfigError, match="has no chat_template"):
        template_in(config)


def test_tokens_are_counted(tokenizer: Any, tmp_path: Path) -> None:
    """Lengths are those of the rendered rows; what is longer is told of, or dropped."""
    tokenizer_file, template = bytes_tokenizer(tmp_path), tmp_path / "t.jinja"
    template.write_text(QWEN)
    wish: dict[str, Any] = {"tokenizer": tokenizer_file, "chat_template": template}
    made = exported(tmp_path, "simple_qa", **wish)
    texts = [ChatTemplate(QWEN, "").render(row["messages"], None) for row in rows(made)]
    lengths = sorted(len(text.encode()) for text in texts)
    found = made.lengths
    assert found is not None
    assert (found.rows, found.total, found.longest, found.p50, found.over) == (
        3,
        sum(lengths),
        lengths[2],
        lengths[1],
        None,
    )
    told = exported(tmp_path, "simple_qa", **wish, max_tokens=lengths[0])
    assert (told.rows, told.lengths.over if told.lengths else None) == (3, 2)
    dropped = exported(tmp_path, "simple_qa", **wish, max_tokens=lengths[1], drop_longer=True)
    assert dropped.rows == 2
    (reason,) = dropped.skipped
    assert reason == f"it has more than {lengths[1]:,} tokens"
    plain = exported(tmp_path, "tool_trace", tokenizer=tokenizer_file)
    assert plain.lengths is not None and plain.lengths.rows == 3
    (tmp_path / "bad.json").write_text("{}")
    with pytest.raises(ConfigError, match=r"is no tokenizer\.json"):
        exported(tmp_path, "simple_qa", tokenizer=tmp_path / "bad.json")
