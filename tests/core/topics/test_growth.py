"""What a model is told when it is asked to divide a topic."""

import json

from destilation.core.dedup.index import SeenIndex
from destilation.core.gate import Gate
from destilation.core.provider import Completion
from destilation.core.task import Task
from destilation.core.template import PLACEHOLDERS, placeholders
from destilation.core.topics.growth import MOST_TOLD, TOPICS, Growth, growth
from destilation.core.topics.shape import Place
from destilation.core.topics.tree import Topic, Tree
from destilation.core.verdict import Rejection, Sample

TREE = Tree((Topic("Optics", children=(Topic("Lenses"),)), Topic("Heat"), Topic("Sound")))


def test_what_is_beside_and_what_is_there() -> None:
    """A topic's own name is not beside it; the domain as a whole has nothing beside it."""
    assert growth(TREE, Place(("Optics",), 5)) == Growth(("Optics",), 5, ("Heat", "Sound"), ("Lenses",))
    assert growth(TREE, Place((), 3)) == Growth((), 3, (), ("Optics", "Heat", "Sound"))


def test_the_prompt() -> None:
    """It names the path, the number, what is beside and there, and leaves nothing unfilled."""
    (system, user) = TOPICS.prompt(Task(1, "physics", growth(TREE, Place(("Optics", "Lenses"), 7)).seed)).messages
    assert "physics" in system.content
    for part in ("physics", "Optics > Lenses", "Name 7 topics", "already", "(none)", '"topics": array of (string)'):
        assert part in user.content
    assert "{{" not in system.content + user.content
    for pattern in (TOPICS.system_prompt, TOPICS.user_prompt_pattern):
        assert set(placeholders(pattern, [*PLACEHOLDERS, *TOPICS.seeds])) <= {"domain", *TOPICS.seeds}


def test_few_names_are_told() -> None:
    """A topic divided into thousands does not fill the context."""
    tree = Tree().extend((), [f"topic {number}" for number in range(2_000)])
    assert growth(tree, Place((), 5)).seed.values["there"].count("\n") == MOST_TOLD - 1


def heard(topics: object) -> Sample | Rejection:
    """What the gate says of an answer with these topics."""
    completion = Completion(text=json.dumps({"topics": topics}), dialect="mock", body=b"{}", model="m")
    return Gate(TOPICS, SeenIndex()).examine(completion, growth(TREE, Place((), 2)).seed.values)


def test_the_answer() -> None:
    """Strings in a list are what passes the gate."""
    sample = heard(["Waves", "Atoms"])
    assert isinstance(sample, Sample)
    assert sample.record == {"topics": ["Waves", "Atoms"]}
    assert isinstance(heard([]), Rejection)
    assert isinstance(heard(["Waves", 3]), Rejection)
    assert isinstance(heard(["x" * 201]), Rejection)
