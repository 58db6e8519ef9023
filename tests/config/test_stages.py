"""Stages: what a configuration of them comes to, and every mistake in one with its exact message."""

import asyncio
import tempfile
from pathlib import Path
from typing import Any

import pytest
import tomli_w
from hypothesis import given
from hypothesis import strategies as st

from destilation.config import Config, dump, load
from destilation.errors import ConfigError
from destilation.launch.reviews import reviews_of

JOB = '[job]\ndomain = "Physics"\ntarget = 10\n'
QUESTION = '[[job.stages]]\nname = "question"\nfields = ["question"]\n'
ANSWER = '[[job.stages]]\nname = "answer"\n'
JUDGE = '[[job.stages]]\nname = "judge"\nkind = "judge"\n'
AGAIN = '[[job.stages]]\nname = "again"\nkind = "consistency"\n'
OWN = '[[templates]]\nid = "mine"\nuser_prompt_pattern = "Write."\n'
MINE = JOB + 'template = "mine"\n'
TWO = '[[job.stages]]\nname = "one"\nfields = ["a"]\n[[job.stages]]\nname = "two"\n'


def loaded(tmp_path: Path, text: str) -> Config:
    """The configuration of a file with that text."""
    path = tmp_path / "config.toml"
    path.write_text(text)
    return load(path)


def refused(tmp_path: Path, text: str) -> list[str]:
    """The first line of every error, with its place."""
    with pytest.raises(ConfigError) as caught:
        loaded(tmp_path, text)
    lines = str(caught.value).splitlines()
    heads = [number for number, line in enumerate(lines) if line.startswith("error: ")]
    places = [lines[number + 1].partition("config.toml:")[2] for number in heads]
    assert lines[-1].endswith("error. Nothing was run." if len(heads) == 1 else "errors. Nothing was run.")
    return [f"{lines[number].removeprefix('error: ')} @{place}" for number, place in zip(heads, places, strict=True)]


def _arrays(depth: int, inmost: str = '"string"') -> str:
    """Items that are arrays, so many levels deep."""
    return inmost if depth == 1 else f'{{ type = "array", items = {_arrays(depth - 1, inmost)} }}'


CASES: dict[str, tuple[str, list[str]]] = {
    "two of a name": (
        JOB + QUESTION + ANSWER + ANSWER.replace("[[job.stages]]", '[[job.stages]]\nkind = "judge"'),
        ['job.stages[2].name: there is another stage named "answer" @11:8'],
    ),
    "a field that is not there": (
        JOB + QUESTION.replace('["question"]', '["questoin"]') + ANSWER,
        ["""job.stages[0].fields[0]: template "simple_qa" has no field "questoin", did you mean 'question'? @6:11"""],
    ),
    "fields of the last stage": (
        JOB + QUESTION + ANSWER + 'fields = ["answer"]\n',
        ["job.stages[1].fields: is not for the last stage, which makes what is missing @9:10"],
    ),
    "a stage that makes nothing": (
        JOB + '[[job.stages]]\nname = "question"\n' + ANSWER,
        ['job.stages[0]: stage "question" does not say what it makes @4:3'],
    ),
    "nothing left for the last": (
        JOB + QUESTION.replace('["question"]', '["question", "answer"]') + ANSWER,
        ['job.stages[1]: of template "simple_qa" nothing is left to be asked for @7:3'],
    ),
    "a field made twice": (
        JOB + QUESTION + QUESTION.replace('name = "question"', 'name = "again"') + ANSWER,
        ['job.stages[1].fields[0]: "question" is there already @9:11'],
    ),
    "a template that is not there": (
        JOB + QUESTION.replace('fields = ["question"]', 'template = "reasonin"') + ANSWER,
        ["""job.stages[0].template: there is no template "reasonin", did you mean 'reasoning'? @6:12"""],
    ),
    "fields beside a template": (
        JOB + QUESTION + 'template = "reasoning"\n' + ANSWER,
        ["job.stages[0].fields: is not for a stage with a template of its own, which has its fields @6:10"],
    ),
    "a field that is no text": (
        MINE + TWO + OWN + 'schema = [{ name = "a", type = "array" }, { name = "b" }]\n',
        ['job.stages[0].fields[0]: "a" is of type array; only texts can be given to later stages @7:11'],
    ),
    "a field that checks make": (
        MINE + TWO + OWN + 'schema = [{ name = "a", source = "check" }, { name = "b" }]\n',
        ['job.stages[0].fields[0]: "a" is made by no stage @7:11'],
    ),
    "a field that nobody gives": (
        MINE + OWN + 'schema = [{ name = "a", source = "seed" }, { name = "b" }]\n',
        ['job.template: template "mine" needs "a", which nothing gives @4:12'],
    ),
    "a field that no stage gives": (
        JOB + '[[job.stages]]\nname = "one"\ntemplate = "mine"\n' + ANSWER + OWN
        + 'schema = [{ name = "a", source = "seed" }, { name = "b" }]\n',
        ['job.stages[0]: template "mine" needs "a", which nothing gives @4:3'],
    ),
    "what may be missing is not handed on": (
        JOB + 'template = "mine"\n[[job.stages]]\nname = "one"\ntemplate = "other"\n[[job.stages]]\nname = "two"\n'
        + OWN + 'schema = [{ name = "a", source = "seed" }, { name = "b" }]\n' + OWN.replace("mine", "other")
        + 'schema = [{ name = "a", required = false }]\n',
        ['job.stages[1]: template "mine" needs "a", which nothing gives @8:3'],
    ),
    "template of a judge": (JOB + JUDGE + 'template = "coding"\n', ['job.stages[0].template: is not for a stage of kind "judge" @7:12']),
    "fields of a judge": (JOB + JUDGE + 'fields = ["answer"]\n', ['job.stages[0].fields: is not for a stage of kind "judge" @7:10']),
    "samples of a judge": (JOB + JUDGE + "samples = 3\n", ['job.stages[0].samples: is not for a stage of kind "judge" @7:11']),
    "threshold of a maker": (
        JOB + QUESTION + "threshold = 3\n" + ANSWER, ['job.stages[0].threshold: is not for a stage of kind "make" @7:13'],
    ),
    "rubric of a maker": (
        JOB + QUESTION + 'rubric = "x"\n' + ANSWER, ['job.stages[0].rubric: is not for a stage of kind "make" @7:10'],
    ),
    "flags of a maker": (
        JOB + QUESTION + 'on_fail = "flag"\n' + ANSWER, ['job.stages[0].on_fail: is not for a stage of kind "make" @7:11'],
    ),
    "threshold of tests": (
        JOB + 'template = "coding"\n' + JUDGE.replace('kind = "judge"', 'kind = "tests"') + "threshold = 3\n",
        ['job.stages[0].threshold: is not for a stage of kind "tests" @8:13'],
    ),
    "rubric of consistency": (JOB + AGAIN + 'rubric = "x"\n', ['job.stages[0].rubric: is not for a stage of kind "consistency" @7:10']),
    "a share of more than all": (
        JOB + AGAIN + "threshold = 6\n", ["job.stages[0].threshold: must be the share of answers that agree, from 0 to 1 @7:13"],
    ),
    "no question to ask again": (
        MINE + AGAIN + OWN + 'schema = [{ name = "a" }]\n',
        ['job.stages[0].kind: template "mine" does not say which field is the question that could be asked again @7:8'],
    ),
    "an unknown kind": (
        JOB + JUDGE.replace('"judge"\n', '"jugde"\n').replace('name = "jugde"', 'name = "judge"'),
        ["""job.stages[0].kind: must be 'make', 'judge', 'consistency' or 'tests', not "jugde" @6:8"""],
    ),
    "no name": (JOB + "[[job.stages]]\n", ["job.stages[0].name: missing @4:3"]),
    "a bad name": (
        JOB + '[[job.stages]]\nname = "a b"\n',
        ['job.stages[0].name: "a b" must be 1 to 64 of A-Z a-z 0-9 . _ - beginning with a letter or digit, '
         "and no reserved name @5:8"],
    ),
    "points beyond ten": (JOB + JUDGE + "threshold = 11\n", ["job.stages[0].threshold: must be at most 10, not 11 @7:13"]),
    "no more samples": (JOB + AGAIN + "samples = 0\n", ["job.stages[0].samples: must be at least 1, not 0 @7:11"]),
    "no mix": (JOB + JUDGE + "mix = []\n", ["job.stages[0].mix: must not be empty @7:7"]),
    "a mix of its own with nobody": (
        JOB + JUDGE + 'mix = [{ provider = "ollma", model = "m" }]\n',
        ["""job.stages[0].mix[0].provider: there is no provider "ollma", did you mean 'ollama'? @7:21"""],
    ),
    "a mix of the job, once for all stages": (
        JOB + 'mix = [{ provider = "ollma", model = "m" }]\n' + QUESTION + ANSWER + JUDGE,
        ["""job.mix[0].provider: there is no provider "ollma", did you mean 'ollama'? @4:21"""],
    ),
    "an unknown key": (JOB + JUDGE + "treshold = 3\n", ["job.stages[0].treshold: unknown key @7:1"]),
    "lengths of a field that another template has": (
        JOB + QUESTION + '[[job.stages]]\nname = "answer"\ntemplate = "reasoning"\n'
        + "[job.checks]\nmin_chars = { requirement = 3 }\n",
        ['job.checks.min_chars.requirement: template "reasoning" has no field "requirement" @11:29'],
    ),
    "the answer is all there is to a check": (
        MINE + OWN + 'schema = [{ name = "a", source = "check" }]\n',
        ["templates[0].schema: no field of this template would be asked for @8:10"],
    ),
    "a whole answer beside another": (
        MINE + OWN + 'schema = [{ name = "a", source = "text" }, { name = "b" }]\n',
        ['templates[0].schema: a field with source = "text" takes the whole answer, so no other may be asked for @8:10'],
    ),
    "two whole answers": (
        MINE + OWN + 'schema = [{ name = "a", source = "text" }, { name = "b", source = "text" }]\n',
        ['templates[0].schema: a field with source = "text" takes the whole answer, so no other may be asked for @8:10'],
    ),
    "two traces": (
        MINE + OWN + 'schema = [{ name = "a", source = "reasoning" }, { name = "b", source = "reasoning" }, { name = "c" }]\n',
        ['templates[0].schema: only one field can have source = "reasoning" @8:10'],
    ),
    "a seed that is no text": (
        MINE + OWN + 'schema = [{ name = "a", source = "seed", type = "integer" }, { name = "b" }]\n',
        ['templates[0].schema[0].source: "seed" is for fields of type string @8:34'],
    ),
    "a source inside an object": (
        MINE + OWN + 'schema = [{ name = "a", type = "object", fields = [{ name = "b", source = "check" }] }]\n',
        ["templates[0].schema[0].fields[0].source: is for the fields of the template, not for those inside an object @8:75"],
    ),
    "arrays without end": (
        MINE + OWN + f'schema = [{{ name = "a", type = "array", items = {_arrays(16)} }}]\n',
        [f"templates[0].schema[0]{'.items' * 16}: is nested more than 16 levels deep @8:439"],
    ),
    "an object in arrays without end": (
        MINE + OWN + 'schema = [{ name = "a", type = "array", items = '
        + _arrays(15, '{ type = "object", fields = [{ name = "b" }] }') + " }]\n",
        [f"templates[0].schema[0]{'.items' * 15}.fields: is nested more than 16 levels deep @8:441"],
    ),
    "a field that is no table": (
        MINE + OWN + 'schema = [{ name = "a" }, { nam = "b" }]\n',
        ["templates[0].schema[1].name: missing @8:27", "templates[0].schema[1].nam: unknown key @8:29"],
    ),
    "a language of what is no code": (
        MINE + OWN + 'schema = [{ name = "a", language = "sql" }]\n',
        ['templates[0].schema[0].language: is for fields with format = "code" @8:36'],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_every_mistake_is_named(name: str, tmp_path: Path) -> None:
    """One error with its exact words and its place in the file, and no second one that only follows from it."""
    text, wanted = CASES[name]
    found = refused(tmp_path, text)
    assert found == wanted


def test_one_stage_without_a_table(tmp_path: Path) -> None:
    """A job without stages has one, which makes all; its name is empty, and its mix that of the job."""
    config = loaded(tmp_path, JOB + 'max_attempts = 4\nmix = [{ provider = "mock", share = 2 }]\n')
    (making,) = config.staged.making
    assert (making.name, making.template.id, making.max_attempts) == ("", "simple_qa", 4)
    assert making.mix == config.job.mix and config.staged.reviews == () == config.job.stages
    assert [field.name for field in making.template.asked(native=False)] == ["question", "answer"]


def test_three_stages_and_two_reviews(tmp_path: Path) -> None:
    """Each has what it makes, whom it asks and how often; a mix of the job is that of those without one of their own."""
    text = (
        JOB + 'template = "reasoning"\nmax_attempts = 4\nmix = [{ provider = "mock", model = "m" }]\n' + QUESTION
        + 'max_attempts = 2\nmix = [{ provider = "mock", model = "cheap" }]\n'
        + '[[job.stages]]\nname = "think"\nfields = ["reasoning"]\n' + ANSWER + JUDGE
        + 'rubric = "Is it so?"\non_fail = "flag"\nmix = [{ provider = "mock", model = "strict" }]\n' + AGAIN
    )  # fmt: skip
    config = loaded(tmp_path, text)
    made = [
        (each.name, [field.name for field in each.template.asked(native=True)], each.max_attempts, each.mix[0].model)
        for each in config.staged.making
    ]
    assert made == [
        ("question", ["question"], 2, "cheap"), ("think", ["reasoning"], 4, "m"), ("answer", ["answer"], 4, "m")
    ]  # fmt: skip
    assert config.staged.making[1].template.seeds == ()
    assert config.template.seeds == ("question", "reasoning")
    judge, again = config.staged.reviews
    assert (judge.threshold, judge.rubric, judge.on_fail, judge.mix[0].model) == (6.0, "Is it so?", "flag", "strict")
    assert (again.threshold, again.samples, again.mix[0].model) == (0.5, 2, "m")
    assert [name for name, _ in config.staged.shares] == ["question", "think", "answer", "judge", "again"]
    assert config.job.mix[0].model == "m"


def test_what_a_stage_makes_it_must_make(tmp_path: Path) -> None:
    """An optional field that is handed on is no option for the stage that makes it."""
    config = loaded(tmp_path, MINE + TWO + OWN + 'schema = [{ name = "a", required = false }, { name = "b" }]\n')
    assert [field.required for field in config.staged.making[0].template.fields] == [True]


def test_a_stage_with_a_template_of_its_own(tmp_path: Path) -> None:
    """It makes what that template has; texts of it that the sample has too are given to the last, others are told."""
    own = (
        OWN + 'schema = [{ name = "topic" }, { name = "notes", type = "array" }, { name = "more", required = false }]\n'
    )
    text = JOB + '[[job.stages]]\nname = "topic"\ntemplate = "mine"\n' + QUESTION + ANSWER + own
    topic, question, answer = loaded(tmp_path, text).staged.making
    assert topic.template.id == "mine"
    assert "{{topic}}" in question.template.user_prompt_pattern
    assert "{{notes}}" not in question.template.user_prompt_pattern
    assert "{{more}}" not in question.template.user_prompt_pattern
    assert "{{topic}}" in answer.template.user_prompt_pattern and answer.template.seeds == ("question",)


def test_the_last_stage_may_have_another_template(tmp_path: Path) -> None:
    """The sample is then of that template, and its fields are what lengths and duplicates may name."""
    text = JOB + QUESTION + ANSWER + 'template = "reasoning"\n[job.checks]\nmin_chars = { reasoning = 3 }\n'
    assert loaded(tmp_path, text).template.id == "reasoning"


def test_a_question_made_by_a_stage_can_be_asked_again(tmp_path: Path) -> None:
    """A template of the user's own is fit for consistency where its question is made, or given, first."""
    own = OWN + 'schema = [{ name = "a" }, { name = "b" }]\n'
    config = loaded(tmp_path, MINE + TWO + AGAIN + own)
    assert [review.name for review in asyncio.run(reviews_of(config))] == ["again"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            MINE + TWO + AGAIN + OWN + 'schema = [{ name = "a" }, { name = "b", type = "integer" }]\n',
            None,
        ),
        (
            JOB + 'template = "coding"\n' + AGAIN.replace("again", "twice"),
            None,
        ),
        (
            MINE + TWO + AGAIN + OWN + 'schema = [{ name = "a" }, { name = "b", format = "code" }]\n',
            'job.stages: a stage of kind "consistency" compares answers in words to a question, which template "mine" '
            "does not have",
        ),
        (
            JOB + JUDGE.replace('kind = "judge"', 'kind = "tests"'),
            'job.stages: kind = "tests": template "simple_qa" has no field of code',
        ),
        (
            JOB + '[job.checks]\nexecution = "sandbox"\n',
            'job.checks.execution: template "simple_qa" has no field of code',
        ),
        (
            JOB + '[job.checks]\nplugins = ["no_such_module_at_all:f"]\n',
            "job.checks.plugins: no_such_module_at_all:f: No module named 'no_such_module_at_all'",
        ),
    ],
)
def test_reviews_that_cannot_be_had(tmp_path: Path, text: str, message: str | None) -> None:
    """What only shows when the reviews are made is a ConfigError too."""
    config = loaded(tmp_path, text)
    if message is None:
        assert len(asyncio.run(reviews_of(config))) == 1
        return
    with pytest.raises(ConfigError) as caught:
        asyncio.run(reviews_of(config))
    assert str(caught.value) == message


def test_the_reviews_of_a_job(tmp_path: Path) -> None:
    """Local checks first, then plug-ins, then those that ask, in the order of the file."""
    text = (
        JOB + 'template = "coding"\n' + AGAIN.replace('kind = "consistency"', 'kind = "tests"') + JUDGE
        + '[job.checks]\narithmetic = true\nexecution = "sandbox"\nplugins = ["builtins:iter"]\n'
    )  # fmt: skip
    text = text.replace('"Physics"\n', '"Physics"\nseeds = { file = "s.csv", columns = { passage = "p" } }\n')
    reviews = asyncio.run(reviews_of(loaded(tmp_path, text + 'grounding = "passage"\n')))
    assert [(review.name, review.asks) for review in reviews] == [
        ("arithmetic", False), ("grounding", False), ("execution", False), ("iter", False), ("again", True), ("judge", True)
    ]  # fmt: skip


VALUES: st.SearchStrategy[Any] = st.one_of(
    st.booleans(), st.integers(-(2**60), 2**60), st.floats(allow_nan=False), st.text(max_size=8), st.dates()
)
OPTIONS = st.dictionaries(
    st.text(min_size=1, max_size=8), st.one_of(VALUES, st.lists(VALUES, max_size=2), st.dictionaries(st.text(), VALUES, max_size=2)),
    max_size=3,
)  # fmt: skip
REVIEW = st.fixed_dictionaries(
    {"kind": st.sampled_from(["judge", "consistency"])},
    optional={
        "threshold": st.floats(0, 1),
        "on_fail": st.sampled_from(["reject", "flag"]),
        "max_attempts": st.integers(1, 9),
        "mix": st.just([{"provider": "mock", "model": "other", "extra": {"top_k": 5}}]),
    },
)


@given(
    reviews=st.lists(REVIEW, max_size=3),
    staged=st.booleans(),
    target=st.none() | st.integers(1, 99),
    columns=st.booleans(),
    options=OPTIONS,
    checks=st.fixed_dictionaries({}, optional={"arithmetic": st.booleans(), "grounding": st.just("passage"), "syntax": st.booleans()}),
)  # fmt: skip
def test_what_is_dumped_is_read_back(
    reviews: list[dict[str, Any]],
    staged: bool,
    target: int | None,
    columns: bool,
    options: dict[str, Any],
    checks: dict[str, Any],
) -> None:
    """A job with stages, seeds, checks and plug-ins resolves to the same again, with the same digest and templates."""
    making = [{"name": "make", "fields": ["a"]}, {"name": "rest"}] if staged else []
    names = {"passage": "p", **({} if staged else {"a": "q"})} if columns or "grounding" in checks else {"passage": "x"}
    plugins = ["own:check", {"use": "own:other", "options": options}]
    job: dict[str, Any] = {
        "domain": "Physics", "template": "mine", "seeds": {"file": "seeds.csv", "columns": names, "rounds": 3},
        "checks": {**checks, "plugins": plugins},
        "stages": [*making, *({"name": f"review{place}", **each} for place, each in enumerate(reviews))],
        **({} if target is None else {"target": target}),
    }  # fmt: skip
    fields: list[dict[str, Any]] = [
        {"name": "a"},
        {"name": "b", "required": False},
        {"name": "score", "type": "integer", "source": "check"},
    ]
    fields.append({"name": "c", "format": "code", "language": "sql"})
    own = {"id": "mine", "user_prompt_pattern": "Write.", "schema": fields}
    with tempfile.TemporaryDirectory() as folder:
        path, again = Path(folder) / "config.toml", Path(folder) / "job.toml"
        path.write_text(tomli_w.dumps({"job": job, "templates": [own]}), encoding="utf-8")
        config = load(path)
        again.write_text(dump(config), encoding="utf-8")
        back = load(again)
    assert (back.job, back.staged, back.templates) == (config.job, config.staged, config.templates)
    assert back.digest == config.digest
    assert dump(back) == dump(config)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ('seeds = "q.jsonl"\n', "is not for jobs with seeds"),
        ('template = "reasoning"\nreasoning = "native"\n', "a model thinks once for all records"),
        ('template = "mine"\n', 'is not for template "mine", whose answer is plain text'),
    ],
)
def test_what_cannot_be_asked_for_several_at_once(tmp_path: Path, text: str, wanted: str) -> None:
    """Several records a request need to be records, new ones, and none with a trace of its own."""
    (tmp_path / "q.jsonl").write_text('{"question": "Why?"}\n')
    job = f'[job]\ndomain = "d"\ntarget = 5\nper_request = 3\nmix = [{{ provider = "mock" }}]\n{text}'
    own = OWN + 'schema = [{ name = "a", source = "text" }]\n'
    (found, *more) = refused(tmp_path, job + own)
    assert "job.per_request" in found
    assert wanted in found
    assert not more
