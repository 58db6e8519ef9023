"""The five built-in templates, and look-up by id. Knows nothing of where a user's own templates come from."""

from collections.abc import Iterable

from destilation.core.fields import Field, Format, Source
from destilation.core.roles import Roles
from destilation.core.template import Given, Template

_COMMON = (
    "Be correct before anything else: leave out what you are not sure of, and never invent names, numbers or "
    "sources. Be specific to the field: no small talk, no reference to yourself, to these instructions or to "
    "a data set. Write what an expert would sign."
)

_VARIETY = (
    "Write it to this brief:\n{{brief}}\n"
    "It is piece {{number}} of a large collection without repeats: choose what others would not think of first. "
    "Do not mention the brief."
)
_QUESTIONS = ("difficulty", "question_type", "persona", "style")


def _field(
    name: str, description: str, form: Format = "text", *, in_sample: bool = True, source: Source = "json"
) -> Field:
    return Field(name, description=description, format=form, in_sample=in_sample, source=source)


# A question that is given is put as it is, and the answer is what the model says of itself.
_ANSWERED = Given(fields=("question",), user_prompt_pattern="{{question}}", text="answer")

_SIMPLE_QA = Template(
    id="simple_qa",
    builtin=True,
    description="One question and its answer.",
    fields=(
        _field("question", "one self-contained question that a practitioner would really ask"),
        _field("answer", "the complete and correct answer, as long as it needs and no longer"),
    ),
    system_prompt=f"You are a leading expert in {{{{domain}}}} and a patient teacher. {_COMMON}",
    user_prompt_pattern=(
        "Write one question about {{domain}} together with its answer.\n"
        "The question can be understood without any context and has one defensible answer. The answer says the "
        "essential thing first, then why, with a concrete example, figure or condition where that helps.\n"
        f"{_VARIETY}"
    ),
    dedup_fields=("question",),
    given=_ANSWERED,
    axes=_QUESTIONS,
    export=Roles(user="question", assistant="answer"),
)

_REASONING = Template(
    id="reasoning",
    builtin=True,
    description="A question that needs thought, the thought, and the answer.",
    fields=(
        _field("question", "one self-contained problem that cannot be answered by recall alone"),
        _field(
            "reasoning", "the way to the answer, step by step, each step checkable", "reasoning", source="reasoning"
        ),
        _field("answer", "the final answer alone, following from the reasoning"),
    ),
    system_prompt=(
        f"You are a leading expert in {{{{domain}}}} who thinks before answering. {_COMMON} Reason openly: state what "
        "is given, name the principle you use, calculate with units, test the result against a limit or a special "
        "case, and correct yourself where needed."
    ),
    user_prompt_pattern=(
        "Write one demanding problem from {{domain}}, think it through, and answer it.\n"
        "The problem gives all data that its solution needs. The reasoning leads from the data to the answer without "
        "gaps and contains no step that it does not use. The answer is short and repeats nothing.\n"
        f"{_VARIETY}"
    ),
    dedup_fields=("question",),
    given=_ANSWERED,
    axes=_QUESTIONS,
    export=Roles(user="question", reasoning="reasoning", assistant="answer"),
)

_TOOL_PROMPT = (
    f"You are an expert in {{{{domain}}}} and in building assistants that use tools. {_COMMON} Tools have short "
    "snake_case names and few, clearly named arguments; responses look like those of a real service, with the "
    "values, units and gaps that such services have."
)

_EPISODE = (
    "The thought decides on the call, every argument can be derived from the request, and the final answer uses what "
    "the response says and claims nothing beyond it. Where the response is empty, partial or an error, the answer "
    "deals with it honestly."
)

_TOOL_TRACE = Template(
    id="tool_trace",
    builtin=True,
    description="How an assistant uses a tool: thought, call, response, final answer.",
    fields=(
        _field("request", "what the user asked the assistant for, in the user's words", in_sample=False),
        _field("thought", "why a tool is needed, which one, and with which arguments"),
        _field("tool_call", "the call: the tool's name and its arguments", "tool_call"),
        _field("tool_response", "what the tool returns, as text or JSON text, realistic in form and detail"),
        _field("final_answer", "what the assistant tells the user, based on the response alone"),
    ),
    system_prompt=_TOOL_PROMPT,
    user_prompt_pattern=(
        "Write one episode in which an assistant for {{domain}} serves a user's request by calling a tool.\n"
        f"The request cannot be served without the tool. {_EPISODE}\n{_VARIETY}"
    ),
    dedup_fields=("thought", "tool_call"),
    axes=("difficulty", "persona", "outcome"),
    given=Given(
        fields=("request",),
        system_prompt=_TOOL_PROMPT,
        user_prompt_pattern=(
            "A user asked an assistant for {{domain}}:\n\n{{request}}\n\n"
            f"Write how the assistant serves this request by calling a tool.\n{_EPISODE}"
        ),
    ),
    export=Roles(
        user="request",
        reasoning="thought",
        tool_call="tool_call",
        tool_response="tool_response",
        assistant="final_answer",
    ),
)

_ENGINEER = (
    f"You are a principal engineer in {{{{domain}}}} whose code others learn from. {_COMMON} Code is complete, "
    "idiomatic, free of placeholders, handles its edge cases and uses only what it imports."
)

_CODING = Template(
    id="coding",
    builtin=True,
    description="A requirement, the code that meets it, and why it works.",
    fields=(
        _field("requirement", "what the code must do: input, output, limits and edge cases"),
        _field("code", "the complete code, without a fence around it", "code"),
        _field("explanation", "how the code works and why it was written this way, with its cost"),
    ),
    system_prompt=_ENGINEER,
    user_prompt_pattern=(
        "Write one programming requirement from {{domain}}, the code that meets it, and an explanation.\n"
        "The requirement names the language and can be tested. The code runs as it stands and does what is required, "
        "no more. The explanation names the main idea, the cost in time and memory where it matters, and the edge "
        "cases.\n"
        f"{_VARIETY}"
    ),
    dedup_fields=("requirement",),
    axes=("difficulty", "exercise"),
    given=Given(
        fields=("requirement",),
        system_prompt=_ENGINEER,
        user_prompt_pattern="{{requirement}}\n\nWrite the code that does this, no more, and explain it.",
    ),
    export=Roles(user="requirement", code="code", assistant="explanation"),
)

_CODING_REASONING = Template(
    id="coding_reasoning",
    builtin=True,
    description="A requirement, the reasoning of an engineer about it, and the code.",
    fields=(
        _field("requirement", "what the code must do: input, output, limits and edge cases"),
        _field(
            "reasoning",
            "how an engineer gets from the requirement to the design, with what was weighed",
            "reasoning",
            source="reasoning",
        ),
        _field("code", "the complete code, without a fence around it", "code"),
    ),
    system_prompt=(
        f"You are a principal engineer in {{{{domain}}}} who thinks before coding. {_COMMON} Weigh at least two "
        "approaches, choose by the requirement, foresee the edge cases, then write complete and idiomatic code."
    ),
    user_prompt_pattern=(
        "Write one programming requirement from {{domain}}, think it through, and write the code.\n"
        "The requirement names the language and can be tested. The reasoning settles the data structures, the "
        "algorithm, its cost and the edge cases before any code. The code follows the reasoning and runs as it "
        "stands.\n"
        f"{_VARIETY}"
    ),
    dedup_fields=("requirement",),
    axes=("difficulty", "exercise"),
    given=Given(fields=("requirement",), user_prompt_pattern="{{requirement}}", text="code"),
    export=Roles(user="requirement", reasoning="reasoning", code="code"),
)

BUILTIN: tuple[Template, ...] = (_SIMPLE_QA, _REASONING, _TOOL_TRACE, _CODING, _CODING_REASONING)


def find(template_id: str, own: Iterable[Template] = ()) -> Template | None:
    """The template of that id, built in or among the user's own; None where there is none."""
    return next((template for template in (*BUILTIN, *own) if template.id == template_id), None)
