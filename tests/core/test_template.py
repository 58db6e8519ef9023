"""Rendering substitutes once and executes nothing; patterns that cannot be rendered are refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from destilation.core.answer_form import answer_form
from destilation.core.catalogue import BUILTIN
from destilation.core.fields import Field, Type
from destilation.core.task import Task, seed_of
from destilation.core.template import PLACEHOLDERS, PlaceholderError, Template, placeholders, render

TEMPLATE = Template(
    id="a b/ü",
    fields=(Field("q", description="what"), Field("n", Type("integer"), required=False), Field("x", in_sample=False)),
    system_prompt="You know {{domain}}.",
    user_prompt_pattern="Write {{ number }} of {{domain}}.",
)


@given(st.text().filter(lambda text: "{{" not in text))
def test_text_without_placeholders_stays(text: str) -> None:
    """Single braces, percent signs and format specifications mean nothing."""
    assert placeholders(text) == []
    assert render(text, {}) == text


@given(st.text(), st.text())
def test_what_is_put_in_is_never_read_again(before: str, domain: str) -> None:
    """A domain that looks like a placeholder, or like code, arrives as it is."""
    before = before.replace("{", "(")
    assert render(before + "{{domain}}{{number}}", {"domain": domain, "number": "7"}) == f"{before}{domain}7"


def test_a_domain_cannot_smuggle() -> None:
    """Neither placeholders nor attribute access in the domain do anything."""
    domain = "{{number}} {0.__class__} {{system_prompt}} %s"
    prompt = TEMPLATE.prompt(Task(3, domain))
    assert prompt.messages[0].content == f"You know {domain}."
    assert prompt.messages[1].content.startswith(f"Write 3 of {domain}.")


@pytest.mark.parametrize(
    ("pattern", "position", "name", "message"),
    [
        ("About {{domian}}", 6, "domian", "unknown placeholder"),
        ("{{ }}", 0, "", "unknown placeholder"),
        ("{{domain|upper}}", 0, "domain|upper", "unknown placeholder"),
        ("{{__class__}}", 0, "__class__", "unknown placeholder"),
        ("a {{domain", 2, "", "never closed"),
        ("{{domain}} {{", 11, "", "never closed"),
    ],
)
def test_patterns_that_cannot_be_rendered(pattern: str, position: int, name: str, message: str) -> None:
    """The error says what stands where."""
    with pytest.raises(PlaceholderError, match=message) as caught:
        placeholders(pattern)
    assert (caught.value.position, caught.value.name) == (position, name)


def test_placeholders_in_order() -> None:
    """Every known placeholder can be used, with or without blanks."""
    pattern = " ".join(f"{{{{ {name}}}}}" for name in PLACEHOLDERS)
    assert placeholders(pattern) == list(PLACEHOLDERS)


def test_the_prompt_of_a_task() -> None:
    """System and user message, the shape with a name that servers accept, task and seed."""
    prompt = TEMPLATE.prompt(Task(3, "optics"), seed=9)
    assert [message.role for message in prompt.messages] == ["system", "user"]
    assert (prompt.task, prompt.attempt, prompt.seed) == (Task(3, "optics"), 1, 9)
    assert prompt.shape is not None and prompt.shape.name == "a_b__"
    assert '- "q": string; what' in prompt.messages[1].content
    assert '- "n": integer, or null' in prompt.messages[1].content


def test_no_system_prompt_is_no_message() -> None:
    """An empty system prompt is left out."""
    prompt = Template(id="t", fields=TEMPLATE.fields, system_prompt=" ", user_prompt_pattern="x").prompt(Task(1, "d"))
    assert [message.role for message in prompt.messages] == ["user"]


def test_what_is_kept_and_compared() -> None:
    """Fields that are only asked for are not in the sample; all others are compared unless some are named."""
    assert [field.name for field in TEMPLATE.sample_fields] == ["q", "n"]
    assert TEMPLATE.compared_fields == ("q", "n")
    named = Template(id="t", fields=TEMPLATE.fields, system_prompt="", user_prompt_pattern="", dedup_fields=("q",))
    assert named.compared_fields == ("q",)


def test_the_digest_is_of_the_samples_form() -> None:
    """Other wording keeps the digest; other fields change it."""
    same = Template(id=TEMPLATE.id, fields=TEMPLATE.fields, system_prompt="other", user_prompt_pattern="other")
    other = Template(id=TEMPLATE.id, fields=TEMPLATE.fields[:1], system_prompt="", user_prompt_pattern="")
    assert same.digest == TEMPLATE.digest != other.digest


def test_the_form_of_the_answer_in_words() -> None:
    """Nested types, enums and tool calls are described for models that never see the schema."""
    fields = (
        Field("list", Type("array", items=Type("object", fields=(Field("a"), Field("b", Type("number")))))),
        Field("level", Type("string", enum=("low", "high"))),
        Field("call", format="tool_call"),
    )
    form = answer_form(fields)
    assert '- "list": array of (object {"a": string, "b": number})' in form
    assert '- "level": one of "low", "high"' in form
    assert '- "call": object {"name": string, "arguments": [' in form


def test_a_template_with_given_fields() -> None:
    """A question that is given is put as it is; the answer is the whole text of a model that reasons itself."""
    template = BUILTIN[1].with_given(["question"])
    assert template.seeds == ("question",)
    prompt = template.prompt(Task(1, "optics", seed_of({"question": "Why {{number}}?"})))
    assert prompt.native is not None
    assert [message.content for message in prompt.native.messages] == ["Why {{number}}?"]
    assert prompt.native.shape is None and prompt.shape is not None
    assert list(prompt.shape.schema["properties"]) == ["reasoning", "answer"]  # type: ignore[call-overload]
    assert prompt.wording(native=True) == prompt.native
    assert prompt.wording(native=False).shape == prompt.shape
    assert template.digest == BUILTIN[1].digest


def test_reasoning_policies() -> None:
    """The model's own reasoning can be ruled out, or be a must."""
    task = Task(1, "optics")
    assert BUILTIN[1].prompt(task, reasoning="json").native is None
    assert BUILTIN[1].prompt(task, reasoning="native").native_only
    assert BUILTIN[0].prompt(task, reasoning="native").native is None


def test_given_texts_without_a_wording_of_their_own() -> None:
    """They are told at the end of the prompt, whether they are fields of the sample or not."""
    template = TEMPLATE.with_given(["q", "passage"])
    assert template.seeds == ("q",)
    prompt = template.prompt(Task(1, "optics", seed_of({"q": "Why?", "passage": "It is so."})))
    assert "This q is given:\nWhy?" in prompt.messages[1].content
    assert "This passage is given:\nIt is so." in prompt.messages[1].content
    assert template.with_given(["q"]) is template
    assert '"q"' not in prompt.messages[1].content


def test_a_stage_makes_a_part() -> None:
    """Only its fields are asked for, and the model is told so."""
    part = BUILTIN[1].only(["question"])
    prompt = part.prompt(Task(1, "optics"))
    assert prompt.native is None and prompt.shape is not None
    assert list(prompt.shape.schema["properties"]) == ["question"]  # type: ignore[call-overload]
    assert "only this much of it now: question" in prompt.messages[-1].content


def test_a_stage_that_only_reasons() -> None:
    """Reasoning that is all there is to make is asked for as the answer, of every model."""
    part = BUILTIN[1].only(["reasoning"])
    prompt = part.prompt(Task(1, "optics"))
    assert prompt.native is None and part.shape is not None
    assert prompt.shape == part.shape
    assert list(part.shape.schema["properties"]) == ["reasoning"]  # type: ignore[call-overload]


def test_what_a_stage_makes_may_not_be_missing() -> None:
    """An optional field is none for the stage that makes it: later ones are given it."""
    fields = (Field("a", required=False), Field("b", required=False))
    whole = Template(id="t", fields=fields, system_prompt="", user_prompt_pattern="x")
    assert [field.required for field in whole.only(["a"]).fields] == [True]
