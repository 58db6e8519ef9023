"""topics.txt edited by hand between runs: pruned, extended, weighted, and got wrong."""

from pathlib import Path

import pytest

from tests.e2e.command import destilation, lines

PIECES = ("--set", "job.topics=none", "--name", "job", "-q")


def topics_of(folder: Path) -> list[str]:
    """What each sample is about, in their order."""
    return [" > ".join(line.get("topic", ())) for line in lines(folder / "provenance.jsonl")]


def test_pruned_and_extended(tmp_path: Path) -> None:
    """Of a topic that was taken out nothing more comes, its samples stay; a new one gets its part; weights count."""
    folder = tmp_path / "datasets" / "job"
    folder.mkdir(parents=True)
    file = folder / "topics.txt"
    file.write_text("Heat\nLight\nSound\n")
    assert destilation("run", *PIECES, "-n", "60", cwd=tmp_path).returncode == 0
    before = topics_of(folder)
    assert {before.count(name) for name in ("Heat", "Light", "Sound")} == {20}
    file.write_text("# mine\nLight\n  Lenses\n  Mirrors * 3\nSound [closed: enough]\nMotion * 2\n")
    done = destilation("run", *PIECES, "-n", "200", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    after = topics_of(folder)
    assert after[:60] == before
    assert after.count("Heat") == after.count("Sound") == 20
    # Light has 1 part of 3 of what is not Sound's, its 20 samples included; Motion has 2.
    light = sum(topic.startswith("Light") for topic in after)
    assert abs(after.count("Motion") - 2 * light) <= 14
    assert after.count("Light > Mirrors") > 2 * after.count("Light > Lenses")
    assert destilation("verify", "job", cwd=tmp_path).returncode == 0
    told = destilation("coverage", "job", cwd=tmp_path).stdout
    assert "Heat" in told
    assert "not in topics.txt" in told


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (b"Heat\n   Steam\n", "topics.txt:2: begins with 3 spaces; use two for each level"),
        (b"Heat\n\tSteam\n", "topics.txt:2: begins with a tab"),
        (b"Heat\n    Steam\n", "topics.txt:2: 'Steam' is indented too far"),
        (b"Heat\nLight\nheat.\n", "topics.txt:3: 'heat.' is there already, on line 1"),
        (b"Heat\nLi\xffght\n", "topics.txt:2: is not UTF-8 (byte 7 of the file)"),
        (b"Heat * -1\n", "topics.txt:1: '-1' is no weight"),
        (b"Heat [closed\n", "topics.txt:1: '[closed: reason]' must end the line"),
        (b"# all gone\n", "topics.txt: names no topics"),
    ],
)
def test_a_mistake_stops_before_anything_is_asked(text: bytes, wanted: str, tmp_path: Path) -> None:
    """One line names the file, the line and what is wrong; the dataset is as it was."""
    folder = tmp_path / "datasets" / "job"
    folder.mkdir(parents=True)
    (folder / "topics.txt").write_bytes(text)
    done = destilation("run", *PIECES, "-n", "4", cwd=tmp_path)
    assert done.returncode == 2
    assert wanted in done.stderr
    assert done.stderr.count("\n") == 1
    assert [each.name for each in folder.iterdir()] == ["topics.txt"]
