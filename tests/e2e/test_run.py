"""Whole runs of the command line on the mock: exact targets, bad providers, resuming, ending short."""

from pathlib import Path

import pytest

from destilation.core.catalogue import BUILTIN
from tests.e2e.command import destilation, lines, metadata

CUSTOM = """
[job]
domain = "Site Reliability"
target = 60
template = "incident_review"
mix = [{ provider = "mock" }]

[[templates]]
id = "incident_review"
schema = [
  { name = "incident", type = "string", description = "what happened" },
  { name = "severity", type = "string", enum = ["low", "medium", "high"] },
  { name = "causes", type = "array", items = "string" },
  { name = "minutes", type = "integer" },
  { name = "impact", type = "object", fields = [{ name = "users", type = "integer" }, { name = "note", type = "string" }] },
]
system_prompt = "You are a senior engineer in {{domain}}."
user_prompt_pattern = "Invent incident {{number}} in {{domain}}."
dedup_fields = ["incident"]
"""
BAD = (
    "--set",
    "providers.mock.invalid=0.3",
    "--set",
    "providers.mock.duplicate=0.2",
    "--set",
    "providers.mock.failing=0.1",
)


def test_the_demo_needs_nothing(tmp_path: Path) -> None:
    """`destilation run` without configuration and flags makes the demo's target of distinct samples."""
    done = destilation("run", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    (folder,) = (tmp_path / "datasets").iterdir()
    document = metadata(folder)
    samples = (folder / "samples.jsonl").read_bytes().splitlines()
    assert len(samples) == len(set(samples)) == document["target"] == document["accepted"]
    assert document["state"] == "met"
    assert destilation("verify", str(folder), cwd=tmp_path).returncode == 0


@pytest.mark.parametrize("bad", [(), BAD], ids=["well", "badly"])
@pytest.mark.parametrize("template", [template.id for template in BUILTIN])
def test_every_template_meets_its_target(template: str, bad: tuple[str, ...], tmp_path: Path) -> None:
    """Each built-in template gives exactly N lines with exactly its fields, also with a bad provider."""
    done = destilation(
        "run",
        "--provider",
        "mock",
        "--template",
        template,
        "--target",
        "200",
        "--name",
        "job",
        *bad,
        cwd=tmp_path,
    )
    assert done.returncode == 0, done.stderr
    folder = tmp_path / "datasets" / "job"
    samples = lines(folder / "samples.jsonl")
    fields = next([field.name for field in each.sample_fields] for each in BUILTIN if each.id == template)
    assert len(samples) == 200
    assert all(list(sample) == fields for sample in samples)
    assert len(lines(folder / "provenance.jsonl")) == 200
    document = metadata(folder)
    answers = lines(folder / "completions.jsonl")
    assert len(answers) == document["attempts"]
    asked_for_topics = [answer for answer in answers if answer.get("stage") == "topics"]
    refused = [line for line in lines(folder / "rejections.jsonl") if line.get("stage") != "topics"]
    assert asked_for_topics
    assert len(refused) == len(answers) - len(asked_for_topics) - 200
    assert (document["attempts"] > 250) == bool(bad)
    assert destilation("verify", str(folder), cwd=tmp_path).returncode == 0


def test_a_custom_template(tmp_path: Path) -> None:
    """A template of the user's own, with nested types, gives exactly its fields."""
    (tmp_path / "config.toml").write_text(CUSTOM)
    done = destilation("run", *BAD, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    (folder,) = (tmp_path / "datasets").iterdir()
    samples = lines(folder / "samples.jsonl")
    assert len(samples) == 60
    assert all(list(each) == ["incident", "severity", "causes", "minutes", "impact"] for each in samples)
    assert destilation("verify", cwd=tmp_path).returncode == 0


def test_a_met_target_can_be_raised(tmp_path: Path) -> None:
    """The same command does nothing more; a higher target continues, and keeps every earlier line."""
    base = ("run", "--provider", "mock", "--name", "job", "--target")
    assert destilation(*base, "50", cwd=tmp_path).returncode == 0
    path = tmp_path / "datasets" / "job" / "samples.jsonl"
    first = path.read_bytes()
    assert destilation(*base, "50", cwd=tmp_path).returncode == 0
    assert path.read_bytes() == first
    assert destilation(*base, "80", cwd=tmp_path).returncode == 0
    assert path.read_bytes().startswith(first)
    assert len(lines(path)) == 80


def test_a_lower_target_removes_nothing(tmp_path: Path) -> None:
    """A target below what is there is said so, and changes nothing."""
    base = ("run", "--provider", "mock", "--name", "job", "--target")
    assert destilation(*base, "30", cwd=tmp_path).returncode == 0
    again = destilation(*base, "10", cwd=tmp_path)
    assert again.returncode == 0
    assert "more than the target" in again.stderr
    assert len(lines(tmp_path / "datasets" / "job" / "samples.jsonl")) == 30


def test_a_folder_is_continued_by_its_name(tmp_path: Path) -> None:
    """`run FOLDER` takes the configuration from the folder, wherever it was copied to."""
    assert destilation("run", "--provider", "mock", "--name", "job", "--target", "20", cwd=tmp_path).returncode == 0
    (tmp_path / "datasets" / "job").rename(tmp_path / "elsewhere")
    done = destilation("run", "elsewhere", "--target", "30", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert len(lines(tmp_path / "elsewhere" / "samples.jsonl")) == 30
    assert not (tmp_path / "datasets" / "job").exists()


def test_three_answers_cannot_make_ten(tmp_path: Path) -> None:
    """A mock with three things to say ends with code 3, three lines, and duplicates named as the reason."""
    done = destilation(
        "run",
        "--target",
        "10",
        "--name",
        "job",
        "--set",
        "providers.mock.answers=3",
        cwd=tmp_path,
        timeout=60,
    )
    assert done.returncode == 3
    folder = tmp_path / "datasets" / "job"
    assert len(lines(folder / "samples.jsonl")) == 3
    assert "3 / 10" in done.stdout
    assert "duplicates exhausted" in done.stdout
    document = metadata(folder)
    assert document["state"] == "short"
    assert document["rejected"]["semantic"]["duplicate"] > 50


def test_a_provider_that_only_fails_ends_with_five(tmp_path: Path) -> None:
    """When the only provider never answers, the run ends with code 5 and names it."""
    done = destilation("run", "--target", "10", "--set", "providers.mock.failing=1.0", cwd=tmp_path, timeout=60)
    assert done.returncode == 5
    assert "mock: never answered" in done.stdout


@pytest.mark.parametrize("change", [("--template", "coding"), ("--domain", "Another Subject")])
def test_another_jobs_folder_is_refused(change: tuple[str, str], tmp_path: Path) -> None:
    """A folder made with another template or domain is refused with code 2, and left as it is."""
    base = ("run", "--provider", "mock", "--name", "job", "--target", "10")
    assert destilation(*base, cwd=tmp_path).returncode == 0
    folder = tmp_path / "datasets" / "job"
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    refused = destilation(*base, *change, cwd=tmp_path)
    assert refused.returncode == 2
    assert "holds" in refused.stderr and change[1] in refused.stderr
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_a_dry_run_writes_nothing(tmp_path: Path) -> None:
    """`--dry-run` prints configuration, first prompt and requests, and leaves no folder."""
    done = destilation("run", "--dry-run", "--target", "70", cwd=tmp_path)
    assert done.returncode == 0
    assert "target = 70" in done.stdout
    assert "--- user ---" in done.stdout
    assert "70 requests if every answer is accepted, at most 210" in done.stdout
    assert list(tmp_path.iterdir()) == []


def test_json_report(tmp_path: Path) -> None:
    """`run --json` prints the object of metadata.json and nothing else on stdout."""
    import json

    done = destilation("run", "--json", "--name", "job", "--target", "5", cwd=tmp_path)
    assert json.loads(done.stdout)["accepted"] == 5
    status = destilation("status", "datasets/job", "--json", cwd=tmp_path)
    assert json.loads(status.stdout)["samples_digest"] == json.loads(done.stdout)["samples_digest"]


@pytest.mark.parametrize("name", ["incident-review", "three-stages", "tools"])
def test_the_examples_run(name: str, tmp_path: Path) -> None:
    """Each example that asks the mock meets its target, and its folder is verified."""
    example = Path(__file__).parents[2] / "examples" / f"{name}.toml"
    done = destilation("run", "-C", str(example), "--name", "job", "--out", "datasets", cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert destilation("verify", "job", cwd=tmp_path).returncode == 0


def test_a_dry_run_of_several_at_once(tmp_path: Path) -> None:
    """The prompt is the one that is sent, for as many records as go together, and the requests are as many as that makes."""
    done = destilation("run", "--dry-run", "--target", "42", "--per-request", "5", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert '"record_1" to "record_5"' in done.stdout
    assert "9 requests if every answer is accepted" in done.stdout


def test_a_dry_run_shows_every_stage(tmp_path: Path) -> None:
    """With seeds the first of them is put; what an earlier stage would make is named in brackets; nothing is sent."""
    (tmp_path / "questions.txt").write_text("Why is the sea salt?\nWhy is the sky blue?\n")
    done = destilation("run", "--dry-run", "-t", "reasoning", "--seeds", "questions.txt", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "--- user ---\nWhy is the sea salt?\n" in done.stdout
    assert "2 requests if every answer is accepted" in done.stdout
    stages = 'job.stages=[{name="ask", fields=["requirement"]}, {name="write"}]'
    done = destilation("run", "--dry-run", "-t", "coding", "-n", "10", "--set", stages, cwd=tmp_path)
    assert "--- write: user ---\n[the requirement of an earlier stage]" in done.stdout
    assert "20 requests if every answer is accepted" in done.stdout
    assert not (tmp_path / "datasets").exists()
