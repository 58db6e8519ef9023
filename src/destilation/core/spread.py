"""How the samples of a job are spread over a tree of topics. Knows no file and nothing that was made."""

from collections.abc import Sequence

from destilation.core.axes import Axis
from destilation.core.coverage import Coverage
from destilation.core.draws import Draws
from destilation.core.job import Job
from destilation.core.topics.shape import Shape
from destilation.core.topics.tree import Tree


def spread(job: Job, axes: Sequence[Axis], tree: Tree) -> Coverage | None:
    """The plan of a job's topics, told of nothing yet; None where the user's seeds say what samples are about."""
    if job.seeds is not None:
        return None
    draws = Draws(axes, job.seed)
    if not job.topics.grow:
        return Coverage(tree, draws, job.target, seed=job.seed, deepest=0)
    return Coverage(tree, draws, job.target, seed=job.seed, shape=Shape(job.target))
