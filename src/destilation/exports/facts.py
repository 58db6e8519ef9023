"""What a dataset card tells: the facts of a dataset and of one export of it. Knows no file."""

from collections.abc import Mapping
from typing import Any

from msgspec import Struct


class FilePart(Struct, frozen=True, kw_only=True):
    """One file of an export: `split` is what its rows are for; the digest is SHA-256 in hexadecimal."""

    name: str
    split: str
    rows: int
    bytes: int
    sha256: str


class Origin(Struct, frozen=True, kw_only=True):
    """The folder that an export was made of; `samples_digest` is SHA-256 of the lines that were read."""

    folder: str
    job: str
    template: str
    domain: str
    samples: int
    samples_digest: str
    config_digest: str


class Facts(Struct, frozen=True, kw_only=True):
    """All that a card says.

    `models` counts samples by provider and model, `stages` those that another model gave a part of, by that and its
    stage, `rejected` answers by layer and reason; `fields` are the columns of a sample with what they are;
    `examples` are whole rows; `skipped` counts samples without a row by reason.
    """

    name: str
    license: str
    languages: tuple[str, ...]
    version: str
    made_at: str
    format: str
    title: str
    origin: Origin
    files: tuple[FilePart, ...]
    models: Mapping[str, int]
    stages: Mapping[tuple[str, str], int]
    attempts: int
    rejected: Mapping[str, Mapping[str, int]]
    abandoned: int
    cost_usd: float
    started_at: str
    fields: Mapping[str, str]
    prompts: tuple[str, str]
    compared: tuple[str, ...]
    threshold: float
    checks: tuple[str, ...]
    split: str
    skipped: Mapping[str, int]
    reasoning: str
    notices: tuple[str, ...]
    examples: tuple[Mapping[str, Any], ...]

    @property
    def authors(self) -> tuple[str, ...]:
        """The models that are known to have had a hand in it, those with most samples first."""
        labels = [
            *sorted(self.models, key=lambda label: (-self.models[label], label)),
            *(who for who, _ in self.stages),
        ]
        return tuple(dict.fromkeys(label for label in labels if not label.startswith("unknown ")))

    @property
    def rows(self) -> int:
        """Rows of all files."""
        return sum(part.rows for part in self.files)
