"""The dataset card: hubs' own reader takes it, its numbers are those of the folder, and Croissant names the same files."""

import hashlib
import json
import os
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from destilation.errors import ConfigError
from destilation.exports.frontmatter import front_matter
from destilation.launch.export import export
from destilation.launch.verify import config_of
from destilation.launch.wish import CardWish, Exported, Wish
from destilation.storage.records import StageOrigin, Tokens
from tests.exports.folders import EXACT, folder_of

plain = st.none() | st.booleans() | st.integers() | st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
keys = st.from_regex(r"[a-z_]{1,8}", fullmatch=True).filter(
    lambda key: key not in ("y", "n", "yes", "no", "on", "off", "null", "true", "false")
)
nested = st.recursive(
    plain, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3), max_leaves=8
)


def carded(tmp_path: Path, template: str = "reasoning", count: int = 40, **wish: Any) -> Exported:
    """An export with a card."""
    records = [
        {"question": f"Question {n * 13}?", "reasoning": f"Step {n}.", "answer": f"Answer {n} | with a bar."}
        for n in range(count)
    ]
    folder = folder_of(tmp_path / "rust-agents", template, records, **EXACT)
    card = CardWish(license="cc-by-4.0", languages=("en", "de"))
    return export(folder, config_of(folder), Wish(**{"format": "trl", "card": card, "out": tmp_path / "x", **wish}))


def test_the_hub_reads_it(tmp_path: Path) -> None:
    """huggingface_hub parses the card; its keys are those of the export."""
    from huggingface_hub import DatasetCard

    made = carded(tmp_path, split="80/10/10")
    card = DatasetCard.load(tmp_path / "x" / "README.md")
    data = card.data.to_dict()
    assert (data["license"], data["language"], data["size_categories"]) == ("cc-by-4.0", ["en", "de"], ["n<1K"])
    assert data["generator_models"] == ["mock (mock-large)", "mock (mock-small)"]
    assert {"synthetic", "reasoning"} <= set(data["tags"])
    files = [{"split": part.split, "path": part.name} for part in made.files]
    assert data["configs"] == [{"config_name": "default", "data_files": files}]
    text = card.text
    assert f"| rows | {made.rows:,} |" in text
    assert made.reading.digest in text
    assert all(f"| `{part.name}` | {part.split} | {part.rows:,} |" in text for part in made.files)
    assert "`question`: equal texts" not in text
    assert "| mock (mock-small) | 20 | 50.0 % |" in text


def test_the_card_names_the_splits_for_the_loader(tmp_path: Path) -> None:
    """`load_dataset` takes its splits from the card, also of compressed files."""
    os.environ.update(HF_DATASETS_OFFLINE="1", HF_HUB_OFFLINE="1")
    import datasets

    made = carded(tmp_path, split="60/20/20")
    found = datasets.load_dataset(str(tmp_path / "x"), cache_dir=str(tmp_path / "cache"))
    assert {name: len(each) for name, each in found.items()} == {part.split: part.rows for part in made.files}


def test_croissant_names_the_files(tmp_path: Path) -> None:
    """Each file with its digest, each column of a row as a field of its record set."""
    made = carded(tmp_path)
    document = json.loads((tmp_path / "x" / "croissant.json").read_text())
    assert document["conformsTo"] == "http://mlcommons.org/croissant/1.0"
    (file,) = document["distribution"]
    data = (tmp_path / "x" / file["contentUrl"]).read_bytes()
    assert file["sha256"] == hashlib.sha256(data).hexdigest() == made.files[0].sha256
    assert file["contentSize"] == f"{len(data)} B"
    (records,) = document["recordSet"]
    (field,) = records["field"]
    assert (field["@id"], field["repeated"]) == ("train/messages", True)
    assert [inner["@id"] for inner in field["subField"]] == [
        "train/messages/content",
        "train/messages/reasoning_content",
        "train/messages/role",
    ]


def test_what_a_card_needs(tmp_path: Path) -> None:
    """It wants a folder, and takes the place of no README that is not ours."""
    with pytest.raises(ConfigError, match="--card needs a folder"):
        carded(tmp_path / "a", out=tmp_path / "a" / "x.jsonl")
    (tmp_path / "b" / "x").mkdir(parents=True)
    (tmp_path / "b" / "x" / "README.md").write_text("mine")
    with pytest.raises(ConfigError, match="is there already and not ours"):
        carded(tmp_path / "b")
    assert (tmp_path / "b" / "x" / "README.md").read_text() == "mine"


@given(st.dictionaries(keys, nested, min_size=1, max_size=5))
def test_any_head_is_read_back(values: dict[str, Any]) -> None:
    """YAML reads what was written, whatever the text."""
    text = front_matter(values)
    assert text.startswith("---\n") and text.endswith("---\n")
    assert yaml.safe_load(text[4:-4]) == values


def test_a_card_claims_no_more_than_is_known(tmp_path: Path) -> None:
    """Models of earlier stages are named; where nobody knows who wrote the rows, none is, nor that it was a machine."""
    stage = StageOrigin(stage="ask", attempt=1, provider="far", model="asker", tokens=Tokens(), cost_usd=0.0)
    wish = Wish(format="trl", card=CardWish(license="other"))
    staged = folder_of(tmp_path / "a", "reasoning", besides={"stages": (stage,)})
    place = export(staged, config_of(staged), wish).places.folder
    text = (place / "README.md").read_text()
    assert yaml.safe_load(text.split("---\n")[1])["generator_models"][-1] == "far (asker)"
    assert "| far (asker), stage ask | 3 | |" in text
    unknown = folder_of(tmp_path / "b", "reasoning", besides={"provider": "unknown", "model": "unknown"})
    text = (export(unknown, config_of(unknown), wish).places.folder / "README.md").read_text()
    head = yaml.safe_load(text.split("---\n")[1])
    assert not {"generator_models", "annotations_creators", "language"} & set(head)
    assert "synthetic" not in head["tags"]
    assert "does not say who wrote them" in text
