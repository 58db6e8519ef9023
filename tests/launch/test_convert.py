"""Foreign files become folders: what fits a template does, and what does not is counted with its reason."""

import json
from pathlib import Path
from typing import Any

import pytest

from destilation.errors import ConfigError
from destilation.launch.convert import Converted, convert
from destilation.launch.verify import verify
from tests.e2e.command import destilation, lines
from tests.exports.folders import config_for


def converted(tmp_path: Path, template: str, rows: list[Any], columns: dict[str, str] | None = None) -> Converted:
    """A file of these rows, converted."""
    file, target = tmp_path / "rows.jsonl", tmp_path / "made"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return convert(file, config_for(template, target), target, columns or {})


def records(tmp_path: Path) -> list[dict[str, Any]]:
    """What came out."""
    return lines(tmp_path / "made" / "samples.jsonl")


ONE = {"question": "What is a tide?", "answer": "Water that rises and falls."}


@pytest.mark.parametrize(
    "row",
    [
        {"messages": [{"role": "user", "content": ONE["question"]}, {"role": "assistant", "content": ONE["answer"]}]},
        {
            "messages": [
                {"role": "system", "content": "Be brief."},
                {"role": "user", "content": [{"type": "text", "text": ONE["question"]}]},
                {"role": "assistant", "content": ONE["answer"]},
            ]
        },
        {"conversations": [{"from": "human", "value": ONE["question"]}, {"from": "gpt", "value": ONE["answer"]}]},
        {"instruction": "What is", "input": "a tide?", "output": ONE["answer"]},
        {"prompt": ONE["question"], "completion": ONE["answer"]},
        {
            "prompt": [{"role": "user", "content": ONE["question"]}],
            "completion": [{"role": "assistant", "content": ONE["answer"]}],
        },
        {"q": ONE["question"], "a": ONE["answer"]},
    ],
    ids=["messages", "parts", "sharegpt", "alpaca", "pair", "conversational pair", "columns"],
)  # fmt: skip
def test_common_forms(row: dict[str, Any], tmp_path: Path) -> None:
    """Chats, conversations, Alpaca, pairs and columns become the same sample, in a folder that passes verification."""
    found = converted(tmp_path, "simple_qa", [row, row], {"question": "q", "answer": "a"} if "q" in row else None)
    joined = {**ONE, "question": "What is\n\na tide?"} if "instruction" in row else ONE
    assert records(tmp_path) == [joined]
    assert (found.rows, found.samples, found.refused["it is a duplicate"].first) == (2, 1, [2])
    assert verify(tmp_path / "made").faults == ()


def test_reasoning_and_code(tmp_path: Path) -> None:
    """Think blocks become reasoning, fences become code with its language, and the rest the explanation."""
    answer = "Sure:\n\n```Rust\nfn f() {}\n```\n\nIt does nothing."
    chat = [{"role": "user", "content": "Write f."}, {"role": "assistant", "content": answer}]
    converted(tmp_path, "coding", [{"messages": chat}])
    assert records(tmp_path) == [
        {"requirement": "Write f.", "code": "fn f() {}", "explanation": "Sure:\n\nIt does nothing."}
    ]
    assert lines(tmp_path / "made" / "provenance.jsonl")[0]["language"] == "rust"
    other = tmp_path / "other"
    other.mkdir()
    converted(other, "reasoning", [{"prompt": "2+2?", "completion": "<think>Count.</think>4"}])
    assert records(other) == [{"question": "2+2?", "reasoning": "Count.", "answer": "4"}]


def test_what_does_not_fit_is_counted(tmp_path: Path) -> None:
    """Each row that is no sample is left out with what is wrong with it."""
    user, assistant = {"role": "user", "content": "Hi?"}, {"role": "assistant", "content": "Yes."}
    bad: list[tuple[Any, str]] = [
        ({"messages": [user, assistant, user, assistant]}, "it goes on after its answer"),
        ({"messages": [user]}, "it has no answer"),
        ({"messages": [assistant]}, "it has no question"),
        ({"messages": [user, {"role": "critic", "content": "No."}]}, "it has a turn of 'critic'"),
        ({"messages": ["x"]}, "a message is no object"),
        ({"messages": [user, {"role": "assistant", "content": 5}]}, "a text is no string"),
        (
            {"conversations": [{"from": "human"}, {"from": "function_call", "value": "{"}]},
            "its tool call cannot be read",
        ),
        ({"text": "x"}, "it has no messages, conversations, instruction and output, or prompt and completion: text"),
        ({"messages": [user, {"role": "assistant", "content": "\ud800"}]}, "it holds half of a surrogate pair"),
    ]
    found = converted(tmp_path, "simple_qa", [ONE, *(row for row, _ in bad)])
    assert found.samples == 1
    assert {reason: each.first[0] for reason, each in found.refused.items()} == {
        reason: number for number, (_, reason) in enumerate(bad, 2)
    }


def test_what_cannot_be_converted(tmp_path: Path) -> None:
    """No sample in it, no such column, no such file, a folder that is there: one sentence, and no folder is left."""
    with pytest.raises(ConfigError, match="no row makes a sample of template 'tool_trace': it has no messages"):
        converted(tmp_path, "tool_trace", [ONE])
    with pytest.raises(ConfigError, match=r"has no field 'queston'.*its fields: question, answer"):
        converted(tmp_path, "simple_qa", [ONE], {"queston": "q"})
    with pytest.raises(ConfigError, match="there is no such file"):
        convert(tmp_path / "none.jsonl", config_for("simple_qa", tmp_path / "x"), tmp_path / "x")
    assert [each for each in tmp_path.iterdir() if each.is_dir()] == []
    (tmp_path / "made").mkdir()
    with pytest.raises(ConfigError, match="is there already"):
        converted(tmp_path, "simple_qa", [ONE])


def test_the_verb(tmp_path: Path) -> None:
    """A CSV becomes a folder that is verified, judged again by the template's checks, and continued."""
    (tmp_path / "pairs.csv").write_text(
        'prompt,reply\n"What is a tide, and why?","Water that rises, and falls."\n"Who?","I cannot help with that."\n'
    )
    args = ("pairs.csv", "-t", "simple_qa", "-o", "made", "--columns", "question=prompt", "--columns", "answer=reply")
    done = destilation("convert", *args, "--json", cwd=tmp_path)
    assert (done.returncode, json.loads(done.stdout)["samples"]) == (0, 2), done.stderr
    assert destilation("verify", "made", cwd=tmp_path).returncode == 0
    assert destilation("export", "made", "--format", "openai", "--check", cwd=tmp_path).returncode == 0
    again = destilation("reparse", "made", "--out", "judged", "--json", cwd=tmp_path)
    assert json.loads(again.stdout)["reasons"] == {"refusal": 1}
    more = destilation("run", "made", "-n", "5", "-q", cwd=tmp_path)
    assert more.returncode == 0, more.stderr
    assert len(lines(tmp_path / "made" / "samples.jsonl")) == 5
    assert destilation("verify", "made", cwd=tmp_path).returncode == 0
    wrong = destilation("convert", "pairs.csv", "-t", "simple_qa", "-o", "x", "--columns", "question", cwd=tmp_path)
    assert (wrong.returncode, "--columns wants FIELD=COLUMN" in wrong.stderr) == (2, True)
