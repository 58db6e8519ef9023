"""`[job.seeds]`: which file, which columns, and every mistake with its exact message."""

from pathlib import Path

import pytest

from destilation.config import ALL_SEEDS, Config, Override, dump, load
from destilation.core.job import Job, Seeds
from destilation.core.seed_mode import RECIPES
from destilation.errors import ConfigError
from tests.config.test_stages import AGAIN, JOB, MINE, OWN, loaded, refused

CASES: dict[str, tuple[str, list[str]]] = {
    "a template that does not say what it is given": (
        MINE + 'seeds = "s.csv"\n' + OWN + 'schema = [{ name = "a" }]\n',
        ['job.seeds: template "mine" does not say what it is given @5:9'],
    ),
    "a column too few": (
        MINE + 'seeds = { file = "s.csv", columns = { a = "q" } }\n' + OWN
        + 'schema = [{ name = "a", source = "seed" }, { name = "b", source = "seed" }, { name = "c" }]\n',
        ['job.seeds: template "mine" needs "b", which nothing gives @5:9'],
    ),
    "nothing left to ask": (
        JOB + 'seeds = { file = "s.csv", columns = { question = "q", answer = "a" } }\n',
        ['job.seeds: of template "simple_qa" nothing is left to be asked for @4:9'],
    ),
    "a name that is none": (
        JOB + 'seeds = { file = "s.csv", columns = { question = "q", "a}} {{b" = "a" } }\n',
        ["job.seeds.columns.a}} {{b: must be 1 to 64 of A-Z a-z 0-9 _ and not begin with a digit @4:55"],
    ),
    "no file": (JOB + 'seeds = ""\n', ["job.seeds: must not be empty @4:9"]),
    "no file in the table": (JOB + "seeds = {}\n", ["job.seeds.file: missing @4:1"]),
    "a column without a name": (
        JOB + 'seeds = { file = "s.csv", columns = { question = "" } }\n',
        ["job.seeds.columns.question: must not be empty @4:50"],
    ),
    "no rounds": (JOB + 'seeds = { file = "s.csv", rounds = 0 }\n', ["job.seeds.rounds: must be at least 1, not 0 @4:36"]),
    "an unknown key": (JOB + 'seeds = { fiel = "s.csv" }\n', ["job.seeds.file: missing @4:1", "job.seeds.fiel: unknown key @4:11"]),
    "no such passage": (
        JOB + 'seeds = { file = "s.csv", columns = { question = "q" } }\n[job.checks]\ngrounding = "passage"\n',
        ['job.checks.grounding: "passage" is no column of job.seeds, so there is no text that answers could be held '
         "against @6:13"],
    ),
    "a passage without seeds": (
        JOB + '[job.checks]\ngrounding = "passage"\n',
        ['job.checks.grounding: "passage" is no column of job.seeds, so there is no text that answers could be held '
         "against @5:13"],
    ),
    "an unknown mode": (
        JOB + 'seeds = { file = "s.csv", mode = "vary" }\n',
        ["job.seeds.mode: must be 'answer', 'variations', 'evolve' or 'ground', not \"vary\" @4:34"],
    ),
    "a text answered twice": (
        JOB + 'seeds = { file = "s.csv", per_seed = 2 }\n',
        ['job.seeds.per_seed: must be at most 1 where mode = "answer" @4:38'],
    ),
    "more samples than there are ways": (
        JOB + 'seeds = { file = "s.csv", mode = "evolve", ways = ["deepen"], per_seed = 2 }\n',
        ['job.seeds.per_seed: must be at most 1 where mode = "evolve" @4:74'],
    ),
    "ways of another mode": (
        JOB + 'seeds = { file = "s.csv", mode = "ground", ways = ["deepen"] }\n',
        ['job.seeds.ways[0]: is not for mode = "ground" @4:52'],
    ),
    "ways that are none, and one twice": (
        JOB + 'seeds = { file = "s.csv", mode = "evolve", ways = ["depen", "reason", "reason"] }\n',
        ['job.seeds.ways[0]: there is no way "depen", did you mean \'deepen\'? @4:52', 'job.seeds.ways[2]: "reason" is named twice @4:71'],
    ),
    "what cannot be done with bad rows": (
        JOB + 'seeds = { file = "s.csv", on_bad = "ignore" }\n',
        ["job.seeds.on_bad: must be 'error' or 'skip', not \"ignore\" @4:36"],
    ),
    "passages that are too short": (
        JOB + 'seeds = { file = "s", mode = "ground", passage_chars = 10 }\n',
        ["job.seeds.passage_chars: must be at least 100, not 10 @4:56"],
    ),
    "a given question made again": (
        JOB + 'seeds = "s.csv"\n[[job.stages]]\nname = "q"\nfields = ["question"]\n[[job.stages]]\nname = "a"\n',
        ['job.stages[0].fields[0]: "question" is there already @7:11'],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_every_mistake_is_named(name: str, tmp_path: Path) -> None:
    """One error with its exact words and its place in the file."""
    text, wanted = CASES[name]
    assert refused(tmp_path, text) == wanted


def seeded(tmp_path: Path, seeds: str, rest: str = "") -> tuple[Config, Seeds]:
    """The configuration of a job about its seeds."""
    config = loaded(tmp_path, f"[job]\nseeds = {seeds}\n{rest}")
    assert config.job.seeds is not None
    return config, config.job.seeds


def test_a_file_alone_is_enough(tmp_path: Path) -> None:
    """Beside the configuration, by the names of the template; the domain is that of the file, the target all of it."""
    (tmp_path / "mechanics.csv").write_text("question\nWhy?\n")
    config, seeds = seeded(tmp_path, '"mechanics.csv"')
    assert seeds == Seeds(file=str(tmp_path / "mechanics.csv"), columns={"question": "question"}, rounds=2)
    assert (config.job.domain, config.job.target) == ("mechanics", ALL_SEEDS)
    assert config.template.seeds == ("question",) and config.template.plain


def test_beside_the_file_or_where_the_command_is_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file beside the configuration comes first, then one in the folder of the command; always as a whole path."""
    other = tmp_path / "elsewhere"
    other.mkdir()
    monkeypatch.chdir(other)
    assert seeded(tmp_path, '"s.csv"')[1].file == str(other / "s.csv")
    (other / "s.csv").write_text("question\n")
    assert seeded(tmp_path, '"s.csv"')[1].file == str(other / "s.csv")
    (tmp_path / "s.csv").write_text("question\n")
    assert seeded(tmp_path, '"s.csv"')[1].file == str(tmp_path / "s.csv")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert seeded(tmp_path, '"~/s.csv"')[1].file == str(tmp_path / "s.csv")


def test_more_columns_than_the_template_knows(tmp_path: Path) -> None:
    """What it does not know is told beside the question; a template that is not given its own field makes that too."""
    config, _ = seeded(tmp_path, '{ file = "s.csv", columns = { question = "q", passage = "p" } }')
    assert config.template.user_prompt_pattern.endswith("This passage is given:\n{{passage}}")
    config, _ = seeded(tmp_path, '{ file = "s.csv", columns = { passage = "p" } }')
    assert config.template.seeds == ()
    assert [field.name for field in config.template.asked(native=False)] == ["question", "answer"]


def test_seeds_of_a_template_of_the_users_own(tmp_path: Path) -> None:
    """Fields with source = "seed" are the columns that are wanted."""
    text = (
        MINE
        + 'seeds = "s.csv"\n'
        + OWN.replace("Write.", "{{a}}")
        + 'schema = [{ name = "a", source = "seed" }, { name = "b" }]\n'
    )
    config = loaded(tmp_path, text)
    assert config.job.seeds is not None and config.job.seeds.columns == {"a": "a"}


def test_a_given_question_can_be_asked_again(tmp_path: Path) -> None:
    """Consistency is fit for a job of questions."""
    config, _ = seeded(tmp_path, '"s.csv"', AGAIN)
    assert config.staged.reviews[0].kind == "consistency"


def test_seeds_from_a_flag(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file can be named without a configuration, and a wrong one is told by its flag."""
    monkeypatch.chdir(tmp_path)
    config = load(None, overrides=[Override("job.seeds", "questions.txt", "--seeds")])
    assert config.job.seeds is not None and config.job.seeds.file == str(tmp_path / "questions.txt")
    with pytest.raises(ConfigError, match=r"job\.seeds.*\(--seeds\)"):
        load(None, overrides=[Override("job.seeds", 7, "--seeds")])


@pytest.mark.parametrize("mode", ["variations", "evolve", "ground"])
def test_what_is_made_from_seeds(tmp_path: Path, mode: str) -> None:
    """The sample stays what it is, what it is made from is told, and the job says what it is about where the user does not."""
    config, seeds = seeded(tmp_path, f'{{ file = "mechanics.csv", mode = "{mode}" }}')
    subject = "passage" if mode == "ground" else "seed_text"
    assert seeds.columns == ({"passage": "passage"} if mode == "ground" else {"seed_text": "question"})
    assert seeds.per_seed == (4 if mode == "variations" else 1)
    assert [field.name for field in config.template.sample_fields] == ["question", "answer"]
    assert subject in config.template.seeds and config.template.columns == ("way",)
    assert config.job.name == f"mechanics-{mode}-simple-qa"
    assert config.job.domain == RECIPES[seeds.mode].domain
    assert bool(config.axes) == (mode == "ground")
    assert load_again(tmp_path, config) == config.job


def load_again(tmp_path: Path, config: Config) -> Job:
    """The job as its folder's job.toml has it."""
    path = tmp_path / "job.toml"
    path.write_text(dump(config))
    return load(path).job


def test_all_that_can_be_said_of_seeds(tmp_path: Path) -> None:
    """Every key is kept, and read again from the folder."""
    table = '{ file = "s.csv", mode = "evolve", ways = ["reason", "broaden"], per_seed = 2, shuffle = true, on_bad = "skip", passage_chars = 500 }'
    config, seeds = seeded(tmp_path, table)
    assert (seeds.ways, seeds.per_seed, seeds.shuffle, seeds.on_bad, seeds.passage_chars) == (
        ("reason", "broaden"), 2, True, "skip", 500,
    )  # fmt: skip
    assert load_again(tmp_path, config) == config.job


def test_what_is_evolved_is_what_would_be_answered(tmp_path: Path) -> None:
    """The column that is named for the question is the text that is evolved; one named for the text itself comes first."""
    evolve = 'file = "s.csv", mode = "evolve", columns = {'
    assert seeded(tmp_path, f'{{ {evolve} question = "q" }} }}')[1].columns == {"seed_text": "q"}
    assert seeded(tmp_path, f'{{ {evolve} seed_text = "q", topic = "t" }} }}')[1].columns == {
        "seed_text": "q",
        "topic": "t",
    }


@pytest.mark.parametrize(
    ("prompt", "columns"),
    [
        ("Evolve it.", {"seed_text": "text"}),
        ("{{seed.topic}}: {{seed.way}}", {"seed_text": "topic", "topic": "topic"}),
        ("{{seed.seed_text}}: {{seed.way}}", {"seed_text": "text"}),
    ],
)
def test_modes_of_a_template_of_the_users_own(tmp_path: Path, prompt: str, columns: dict[str, str]) -> None:
    """What it names are columns; what the mode gives is none of them."""
    own = OWN.replace("Write.", prompt) + 'schema = [{ name = "a" }]\n'
    config = loaded(tmp_path, MINE + 'seeds = { file = "s.csv", mode = "evolve" }\n' + own)
    assert config.job.seeds is not None and config.job.seeds.columns == columns


def test_modes_with_stages(tmp_path: Path) -> None:
    """The first stage makes its part from the seed; later ones know a passage too, but not the text that was evolved."""
    stages = '[[job.stages]]\nname = "q"\nfields = ["question"]\n[[job.stages]]\nname = "a"\n'
    config, _ = seeded(tmp_path, '{ file = "s.csv", mode = "ground" }', stages)
    first, second = config.staged.templates
    assert first.seeds == ("passage", "source") and second.seeds == ("question",)
    assert "{{passage}}" in second.user_prompt_pattern
    config, _ = seeded(tmp_path, '{ file = "s.csv", mode = "evolve" }', stages)
    first, second = config.staged.templates
    assert first.seeds == ("seed_text",) and second.seeds == ("question",)
    assert second.user_prompt_pattern == "{{question}}"


def test_grounding_holds_answers_against_passages(tmp_path: Path) -> None:
    """In mode ground there is a passage without a column being named."""
    config, _ = seeded(tmp_path, '{ file = "docs", mode = "ground" }', '[job.checks]\ngrounding = "passage"\n')
    assert config.job.checks.grounding == "passage"
