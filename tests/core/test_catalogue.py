"""The five built-in templates are what the specification says."""

import pytest

from destilation.core.catalogue import BUILTIN, find
from destilation.core.task import Task
from destilation.core.template import Template, placeholders

WANTED = {
    "simple_qa": ["question", "answer"],
    "reasoning": ["question", "reasoning", "answer"],
    "tool_trace": ["thought", "tool_call", "tool_response", "final_answer"],
    "coding": ["requirement", "code", "explanation"],
    "coding_reasoning": ["requirement", "reasoning", "code"],
}


def test_fields_and_their_order() -> None:
    """Names and order of the fields are exactly those."""
    assert {template.id: [field.name for field in template.sample_fields] for template in BUILTIN} == WANTED


@pytest.mark.parametrize("template", BUILTIN, ids=lambda template: str(template.id))
def test_prompts(template: Template) -> None:
    """Both prompts speak of the domain, name every field, differ by task, and leave nothing unfilled."""
    first, second = (template.prompt(Task(number, "Marine Biology")) for number in (1, 2))
    assert first.messages != second.messages
    assert all("Marine Biology" in message.content for message in first.messages)
    assert all(f'"{field.name}"' in first.messages[1].content for field in template.fields)
    assert all("{{" not in message.content for message in first.messages)
    assert "domain" in placeholders(template.system_prompt)
    assert set(template.compared_fields) <= set(WANTED[template.id])


def test_a_tool_trace_asks_for_the_request_too() -> None:
    """No trainer can use a trace without the user's words; they are kept beside the sample."""
    template = find("tool_trace")
    assert template is not None
    assert [field.name for field in template.fields if not field.in_sample] == ["request"]


def test_look_up() -> None:
    """By id, built in or the user's own; None for an unknown one."""
    own = Template(id="own", fields=(), system_prompt="", user_prompt_pattern="")
    assert find("own", [own]) is own
    assert find("coding") is BUILTIN[3]
    assert find("nothing") is None
