"""Ways to use a text that is given, and the prompts that have them, for every template."""

import pytest

from destilation.core.catalogue import BUILTIN
from destilation.core.evolve import MOVES, Way, grounded, variations
from destilation.core.fields import Field
from destilation.core.seed_mode import PASSAGE, RECIPES, SOURCE, TEXT, WAY, Recipe
from destilation.core.task import Task, seed_of
from destilation.core.template import PLACEHOLDERS, Template, placeholders

GIVEN = {TEXT: "Why is {{domain}} blue?", PASSAGE: "Iron melts at 1538 °C.", SOURCE: "metals.md"}
EVERY = [(recipe, way) for recipe in RECIPES.values() for way in recipe.ways(min(recipe.most, 20))]
RESTING = RECIPES["ground"]


def own(prompt: str, *fields: Field, system: str = "") -> Template:
    """A template of the user's own."""
    return Template(
        id="own", fields=(*fields, Field("a")), system_prompt=system, user_prompt_pattern=prompt, axes=("style",)
    )


@pytest.mark.parametrize(("recipe", "way"), EVERY, ids=lambda each: each.id if isinstance(each, Way) else "")
@pytest.mark.parametrize("template", BUILTIN, ids=lambda template: str(template.id))
def test_each_renders(recipe: Recipe, way: Way, template: Template) -> None:
    """The prompt has the text as it stands and the way, and asks for the template's own fields; the sample stays what it was."""
    applied = recipe.applied(template).with_given(recipe.given)
    known = [*PLACEHOLDERS, *applied.seeds, f"seed.{WAY}"]
    assert set(recipe.columns) <= {*placeholders(applied.user_prompt_pattern, known)}
    task = Task(1, "physics", seed_of({**GIVEN, WAY: way.text}))
    system, user = applied.prompt(task).messages
    assert all(GIVEN[name] in user.content for name in recipe.columns)
    assert way.text in user.content
    assert recipe.system in system.content
    assert template.system_prompt.split("{{")[0] in system.content
    assert applied.asked(native=False) == template.asked(native=False)
    assert applied.digest == template.digest
    assert applied.compared_fields == template.compared_fields
    assert applied.axes == (template.axes if recipe is RESTING else ())


def test_the_ways() -> None:
    """Six moves, and as many samples of a passage as are wanted, each with words of its own."""
    assert [way.id for way in MOVES] == ["deepen", "constrain", "concretise", "reason", "complicate", "broaden"]
    assert [way.id for way in grounded(2)] == ["ground_1", "ground_2"]
    texts = [way.text for way in (*MOVES, *variations(20), *grounded(20), *grounded(1))]
    assert len(set(texts)) == len(texts)
    assert [len(recipe.ways(recipe.most)) for recipe in RECIPES.values()] == [64, 6, 100]


def test_variations() -> None:
    """As many as are wanted, numbered, each with another change until all pairs of changes were used."""
    assert [way.id for way in variations(3)] == ["variation_1", "variation_2", "variation_3"]
    assert variations(0) == ()
    changes = [way.text.split("but with ")[1] for way in variations(64)]
    assert len(set(changes)) == 64


def test_a_template_that_has_the_column() -> None:
    """A field that is given already is not given twice, and an empty system prompt gains no empty lines."""
    recipe = RECIPES["evolve"]
    applied = recipe.applied(own("x {{seed_text}}", Field(TEXT, source="seed")))
    assert [field.name for field in applied.fields] == [TEXT, "a"]
    assert applied.system_prompt == recipe.system


def test_a_template_that_says_it_itself() -> None:
    """Where the prompts name the way, they stay as they are; what is given is kept beside the sample all the same."""
    template = own("Do {{seed.way}} with {{seed.passage}} of {{seed.source}}.", system="Be good.")
    applied = RESTING.applied(template)
    assert applied.user_prompt_pattern == template.user_prompt_pattern
    assert applied.system_prompt == template.system_prompt
    assert [(field.name, field.in_sample) for field in applied.fields] == [
        (PASSAGE, False),
        (SOURCE, False),
        ("a", True),
    ]


def test_a_later_stage() -> None:
    """Who answers what was asked about a passage rests on it too; what was evolved is answered as any other question."""
    template = BUILTIN[0]
    assert RECIPES["evolve"].followed(template) is template
    followed = RESTING.followed(template).with_given(["question", PASSAGE])
    assert followed.system_prompt == RESTING.system
    assert RESTING.system in RESTING.followed(own("x")).system_prompt
    task = Task(1, "physics", seed_of({"question": "When does iron melt?", PASSAGE: GIVEN[PASSAGE]}))
    assert followed.prompt(task).messages[-1].content == (
        "When does iron melt?\n\nThis passage is given:\nIron melts at 1538 °C."
    )
