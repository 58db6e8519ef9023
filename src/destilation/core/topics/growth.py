"""How a model is asked to divide a topic: the template, and what it is told of the tree. Knows no model."""

from msgspec import Struct

from destilation.core.fields import Field, Type
from destilation.core.task import Seed, seed_of
from destilation.core.template import Template
from destilation.core.topics.names import MOST_NAME
from destilation.core.topics.shape import Place
from destilation.core.topics.tree import Path, Topic, Tree

MOST_TOLD = 80  # names of a kind in one prompt
NONE = "(none)"
PLANNING = "topics"  # the name of the stage that asks for them


class Growth(Struct, frozen=True):
    """A topic that is to be divided into `count` more, the topics beside it, and those it is divided into already."""

    path: Path
    count: int
    beside: tuple[str, ...] = ()
    there: tuple[str, ...] = ()

    @property
    def seed(self) -> Seed:
        """What TOPICS is given for it."""
        return seed_of(
            {
                "topic": " > ".join(self.path) or "the domain as a whole",
                "count": str(self.count),
                "beside": _listed(self.beside),
                "there": _listed(self.there),
            }
        )


def growth(tree: Tree, place: Place) -> Growth:
    """What a model has to know to divide that topic. Raises TopicError where the tree has no such topic."""
    beside = _names(tree.children(place.path[:-1])) if place.path else ()
    others = tuple(name for name in beside if name != place.path[-1])
    return Growth(place.path, place.count, others, _names(tree.children(place.path)))


def _names(topics: tuple[Topic, ...]) -> tuple[str, ...]:
    return tuple(topic.name for topic in topics)


def _listed(names: tuple[str, ...]) -> str:
    return "\n".join(f"- {name}" for name in names[:MOST_TOLD]) or NONE


def _told(name: str, description: str) -> Field:
    return Field(name, description=description, in_sample=False, source="seed")


TOPICS = Template(
    id="topics",
    builtin=True,
    description="The topics that one is divided into.",
    fields=(
        _told("topic", "the topic that is to be divided, with those it belongs to"),
        _told("count", "how many topics are wanted"),
        _told("beside", "the topics beside it"),
        _told("there", "the topics that it is divided into already"),
        Field(
            "topics",
            Type("array", items=Type("string", minimum=1, maximum=MOST_NAME), minimum=1),
            "the names of the topics, each a string by itself, the most important first",
        ),
    ),
    system_prompt=(
        "You are a leading expert in {{domain}} who plans a complete curriculum of it. You know the whole field, its "
        "centre and its far corners, and you divide it so that nothing is left out and nothing comes twice."
    ),
    user_prompt_pattern=(
        "Within the domain {{domain}}, divide this topic: {{topic}}\n\n"
        "Topics beside it, which have their own place and are not yours to cover:\n{{beside}}\n\n"
        "Topics that it is divided into already, which you must not name again, in other words neither:\n{{there}}\n\n"
        "Name {{count}} topics (more) that it is divided into.\n"
        "- Mutually exclusive: no two of them overlap, and none is a part, a synonym or a rewording of another.\n"
        "- Collectively exhaustive: together with those named already they cover the topic, what is rarely taught as "
        "well as what everybody knows. No 'other', 'miscellaneous', 'introduction', 'overview' or 'conclusion'.\n"
        "- Concrete: each is narrow enough that an expert knows at once what belongs to it, and rich enough for "
        "twenty different questions.\n"
        "- Of one kind and size: divide by one principle and stay on one level.\n"
        "- Self-explanatory: each name says what it is about without the topic above it ('errors of lenses', not "
        "'errors'), in two to eight words, in the language of the domain, without a number or a comment."
    ),
)
