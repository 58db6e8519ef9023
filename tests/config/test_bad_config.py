"""Every mistake in a configuration is one clear error with its place, before anything is sent or written."""

import time
from pathlib import Path

import pytest

from destilation.config import Override, load, load_templates, parse_setting
from destilation.errors import ConfigError

JOB = '[job]\ndomain = "Physics"\ntarget = 10\n'
OWN = JOB + 'template = "mine"\n[[templates]]\nid = "mine"\nuser_prompt_pattern = "Write."\n'
FIELD = 'schema = [{ name = "a" }]\n'

CASES: dict[str, tuple[str, tuple[str, ...]]] = {
    "unknown key with suggestion": (JOB + "max_atempts = 4\n", ("job.max_atempts: unknown key", ":4:1", "did you mean `max_attempts`?")),
    "unknown key without likeness": (JOB + "zzz = 4\n", ("job.zzz: unknown key", "known here: ", "target")),
    "unknown table": (JOB + "[jbo]\n", ("jbo: unknown key", "did you mean `job`?")),
    "text for a number": ('[job]\ntarget = "10"\n', ('job.target: must be an integer, not "10"', ":2:10")),
    "number for a text": ("[job]\ndomain = 7\n", ("job.domain: must be a string, not 7", ":2:10")),
    "true for a number": ("[job]\ntarget = true\n", ("job.target: must be an integer, not True",)),
    "fraction for a target": ("[job]\ntarget = 1.5\n", ("job.target: must be an integer",)),
    "negative target": ("[job]\ntarget = -1\n", ("job.target: must be at least 1, not -1", ":2:10")),
    "target zero": ("[job]\ntarget = 0\n", ("job.target: must be at least 1",)),
    "target of a million millions": ("[job]\ntarget = 1_000_000_000_000\n", ("job.target: must be at most 1,000,000,000",)),
    "unknown key in one of several shapes": (JOB + 'topics = { gorw = true }\n', ("job.topics.gorw: unknown key", "did you mean `grow`?", ":4:12", "config.toml: 1 error.")),
    "none of several shapes": (JOB + "topics = 3\n", ("job.topics: must be", "not 3", ":4:10")),
    "missing template": (JOB + 'template = "simple_q"\n', ('there is no template "simple_q", did you mean \'simple_qa\'?', ":4:12")),
    "weight zero everywhere": (JOB + 'mix = [{ provider = "mock", share = 0 }]\n', ("job.mix: every share is 0", ":4:7")),
    "negative weight": (JOB + 'mix = [{ provider = "mock", share = -1.0 }]\n', ("job.mix[0].share: must be at least 0", ":4:37")),
    "weight not a number": (JOB + 'mix = [{ provider = "mock", share = nan }]\n', ("job.mix[0].share: must be",)),
    "empty mix": (JOB + "mix = []\n", ("job.mix: must not be empty",)),
    "one provider twice": (JOB + 'mix = [{ provider = "mock" }, { provider = "mock" }]\n', ("job.mix[1]: mock/mock is in the mix twice",)),
    "unknown provider": (JOB + 'mix = [{ provider = "ollma", model = "m" }]\n', ('there is no provider "ollma", did you mean \'ollama\'?', ":4:21")),
    "no model for a real provider": (JOB + 'mix = [{ provider = "ollama" }]\n', ("job.mix[0].model: which model of ollama?", "--model")),
    "unknown kind": ('[providers.x]\nkind = "olama"\n', ('there is no kind "olama"', 'did you mean "ollama"?', ":2:8")),
    "no kind": ("[providers.x]\n", ('providers.x: needs kind = "..."',)),
    "path traversal in the name": (JOB + 'name = "../../etc"\n', ('"../../etc" must be 1 to 64 of', ":4:8")),
    "absolute name": (JOB + 'name = "/abs"\n', ("must be 1 to 64 of",)),
    "reserved name": (JOB + 'name = "CON"\n', ("must be 1 to 64 of",)),
    "dots for a name": (JOB + 'name = ".."\n', ("must be 1 to 64 of",)),
    "long name": (JOB + f'name = "{"a" * 300}"\n', ("must be 1 to 64 of",)),
    "empty domain": ('[job]\ndomain = "  "\ntarget = 1\n', ("job.domain:", "must not be empty")),
    "huge domain": (f'[job]\ndomain = "{"a " * 2000}"\n', ("has 4,000 characters, at most 2,000",)),
    "escape in the domain": ('[job]\ndomain = "a\\u001b[2J"\n', ("one line without control characters", "\\x1b")),
    "key in the file": (JOB + '[providers.openai]\napi_key = "sk-abcdefgh12345678"\n', ("secrets never live in config files", 'api_key_env = "OPENAI_API_KEY"', ":5:1")),
    "key in place of its variable": (JOB + '[providers.openai]\napi_key_env = "sk-abcdefgh12345678"\n', ("must be the name of an environment variable",)),
    "address of a file": (JOB + '[providers.openai]\nbase_url = "file:///etc"\n', ("must begin with https://", ":5:12")),
    "address without encryption": (JOB + '[providers.openai]\nbase_url = "http://example.com/v1"\n', ("http:// to another machine", "allow_http = true")),
    "address with a password": (JOB + '[providers.openai]\nbase_url = "https://u:p@example.com/v1"\n', ("must hold no user or password",)),
    "address with a key": (JOB + '[providers.openai]\nbase_url = "https://example.com/v1?key=abc"\n', ("must end before any ?",)),
    "address with a wrong port": (JOB + '[providers.openai]\nbase_url = "https://example.com:99999"\n', ("valid port",)),
    "timeout zero": (JOB + "[providers.ollama]\ntimeout_s = 0\n", ("timeout_s: must be more than 0",)),
    "share of faults beyond one": (JOB + "[providers.mock]\ninvalid = 1.5\n", ("invalid: must be at most 1",)),
    "attempts zero": (JOB + "max_attempts = 0\n", ("max_attempts: must be at least 1",)),
    "concurrency zero": (JOB + "concurrency = 0\n", ('must be "auto" or an integer from 1 to 10,000',)),
    "concurrency of a thousand millions": (JOB + "concurrency = 1_000_000_000\n", ('must be "auto" or an integer',)),
    "threshold out of range": (JOB + "[job.dedup]\nthreshold = 0.2\n", ("threshold: must be at least 0.5",)),
    "dedup by no field": (JOB + '[job.dedup]\nfields = ["questoin"]\n', ('has no field "questoin", did you mean \'question\'?',)),
    "lengths of no field": (JOB + "[job.checks]\nmin_chars = { anser = 4 }\n", ('has no field "anser", did you mean \'answer\'?',)),
    "durability unknown": (JOB + 'durability = "often"\n', ("durability: must be 'group', 'each' or 'none'",)),
    "our own parameter": (JOB + 'mix = [{ provider = "mock", extra = { stream = true } }]\n', ("must not set stream",)),
    "unknown placeholder": (OWN.replace("Write.", "About {{domian}}.") + FIELD, ("unknown placeholder '{{domian}}'", "column 7", "did you mean 'domain'?", ":7:23")),
    "unclosed placeholder": (OWN.replace("Write.", "About {{domain.") + FIELD, ("'{{' is never closed",)),
    "attribute placeholder": (OWN.replace("Write.", "{{domain.x}}") + FIELD, ("unknown placeholder '{{domain.x}}'",)),
    "empty placeholder": (OWN.replace("Write.", "{{ }}") + FIELD, ("unknown placeholder '{{}}'",)),
    "unknown type": (OWN + 'schema = [{ name = "a", type = "strng" }]\n', ('unknown type "strng", did you mean \'string\'?', ":8:")),
    "unknown type of items": (OWN + 'schema = [{ name = "a", type = "array", items = "int" }]\n', ('unknown type "int"', "integer")),
    "no fields": (OWN + "schema = []\n", ("needs at least one field",)),
    "no schema": (OWN, ("templates[0].schema: missing",)),
    "field twice": (OWN + 'schema = [{ name = "a" }, { name = "a" }]\n', ('there is another field named "a"',)),
    "bad field name": (OWN + 'schema = [{ name = "a b" }]\n', ("must be 1 to 64 of",)),
    "too many fields": (OWN + "schema = [" + ", ".join(f'{{ name = "f{n}" }}' for n in range(1001)) + "]\n", ("1,001 fields",)),
    "enum of another type": (OWN + 'schema = [{ name = "a", enum = [1] }]\n', ("1 is no string",)),
    "empty enum": (OWN + 'schema = [{ name = "a", enum = [] }]\n', ("must not be empty",)),
    "min beyond max": (OWN + 'schema = [{ name = "a", min = 5, max = 3 }]\n', ("is more than max (3)",)),
    "bounds of an object": (OWN + 'schema = [{ name = "a", type = "object", max = 3 }]\n', ("is not for type object",)),
    "items of a string": (OWN + 'schema = [{ name = "a", items = "string" }]\n', ("is for fields of type array",)),
    "fields of a string": (OWN + 'schema = [{ name = "a", fields = [{ name = "b" }] }]\n', ("is for fields of type object",)),
    "code that is a number": (OWN + 'schema = [{ name = "a", type = "integer", format = "code" }]\n', ("is for fields of type string",)),
    "template twice": (OWN + FIELD + '[[templates]]\nid = "mine"\nuser_prompt_pattern = "x"\n' + FIELD, ("is the id of another template too",)),
    "id of a built-in": (OWN.replace('"mine"', '"coding"') + FIELD, ("is the id of a built-in template",)),
    "bad id": (OWN.replace('id = "mine"', 'id = "../x"') + FIELD, ("templates[0].id: must be 1 to 64",)),
    "no prompt": (OWN.replace("Write.", " ") + FIELD, ("user_prompt_pattern: must not be empty",)),
    "compared by no field": (OWN + FIELD + 'dedup_fields = ["b"]\n', ('"b" is no field of this template',)),
    "broken TOML": ("[job\ndomain = 1\n", ("not valid TOML", "line 1, column 5")),
    "key twice": ("[job]\ntarget = 1\ntarget = 2\n", ("not valid TOML", "line 3")),
    "nested without end": ("a = " + "[" * 5000 + "]" * 5000, ("nested too deeply",)),
    "nested too deep": ("a = " + "[" * 40 + "]" * 40, ("nested more than 32 levels",)),
    "number of five thousand digits": ("[job]\ntarget = " + "9" * 5000, ("too many digits",)),
    "providers as an array": ("providers = []\n", ("providers: must be a table",)),
    "templates as a table": ("[templates]\n", ("templates: must be an array",)),
    "ten to the four hundredth": ("[job]\ntarget = inf\n", ("job.target: must be an integer",)),
    "a slash in the name": (JOB + 'name = "a/b"\n', ("must be 1 to 64 of",)),
    "no name": (JOB + 'name = ""\n', ("must be 1 to 64 of",)),
    "a dot for a name": (JOB + 'name = "."\n', ("must be 1 to 64 of",)),
    "NUL in the name": (JOB + 'name = "a\\u0000b"\n', ("must be 1 to 64 of", "\\x00")),
    "emoji for a name": (JOB + 'name = "\U0001f600"\n', ("must be 1 to 64 of",)),
    "blank after the name": (JOB + 'name = "a "\n', ("must be 1 to 64 of",)),
    "ten thousand fields": (OWN + "schema = [" + ", ".join(f'{{ name = "f{n}" }}' for n in range(10_000)) + "]\n", ("10,000 fields",)),
    "dunder placeholder": (OWN.replace("Write.", "{{__class__}}") + FIELD, ("unknown placeholder '{{__class__}}'",)),
    "filtered placeholder": (OWN.replace("Write.", "{{domain|upper}}") + FIELD, ("unknown placeholder '{{domain|upper}}'",)),
    "NUL in the domain": ('[job]\ndomain = "a\\u0000b"\n', ("one line without control characters",)),
    "ftp address": (JOB + '[providers.openai]\nbase_url = "ftp://example.com"\n', ("must begin with https://",)),
    "address with a unicode host": (JOB + '[providers.openai]\nbase_url = "https://ex\u00e4mple.com"\n', ("must be plain ASCII",)),
    "timeout negative": (JOB + "[providers.ollama]\ntimeout_s = -1\n", ("timeout_s: must be more than 0",)),
    "timeout of thirty years": (JOB + "[providers.ollama]\ntimeout_s = 1e9\n", ("timeout_s: must be at most 86,400",)),
    "weight without end": (JOB + 'mix = [{ provider = "mock", share = inf }]\n', ("job.mix[0].share: must be",)),
    "a thousand templates": ("[job]\ntarget = 3\n" + "[[templates]]\nid = 'a'\n" * 1_001, ("templates:", "1000")),
    "running model's code": (JOB + 'execution = "sandbox"\n', ("job.execution: unknown key",)),
    "tools": (JOB + '[tools.x]\ncommand = "sh -c x"\n', ("tools: must be an array",)),
    "file of another version": ("version = 2\n", ("version: must be 1",)),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_every_mistake_is_named(name: str, tmp_path: Path) -> None:
    """The message names what is wrong and where, with a suggestion where a name is mistyped, and no secret."""
    text, wanted = CASES[name]
    path = tmp_path / "config.toml"
    path.write_text(text)
    with pytest.raises(ConfigError) as caught:
        load(path)
    message = str(caught.value)
    for part in wanted:
        assert part in message
    assert "sk-abc" not in message
    assert "Traceback" not in message
    assert len(message) < 5_000
    assert list(tmp_path.iterdir()) == [path]


def test_all_problems_at_once_in_the_order_of_the_file(tmp_path: Path) -> None:
    """Three mistakes are told in one error, counted, from the first line to the last."""
    path = tmp_path / "config.toml"
    path.write_text("[job]\ntarget = -1\nzzz = 1\n[providers.mock]\ninvalid = 2\n")
    with pytest.raises(ConfigError) as caught:
        load(path)
    message = str(caught.value)
    assert message.index("job.target") < message.index("job.zzz") < message.index("providers.mock.invalid")
    assert message.endswith("3 errors. Nothing was run.")


@pytest.mark.parametrize(
    ("content", "wanted"),
    [
        (b"\xff\xfe[job]", "not UTF-8"),
        (b"#" * (1 << 20) + b"\n#", "more than 1 MiB"),
        (b"[job]\n" + b"".join(b"key%d = 1\n" % number for number in range(100_000)), "more than 1 MiB"),
    ],
    ids=["bytes", "size", "a hundred thousand keys"],
)
def test_what_is_no_text(content: bytes, wanted: str, tmp_path: Path) -> None:
    """A file that is no UTF-8 text, or far too large, is refused by name."""
    path = tmp_path / "config.toml"
    path.write_bytes(content)
    with pytest.raises(ConfigError, match=wanted):
        load(path)


def test_no_file_and_a_folder(tmp_path: Path) -> None:
    """A missing file and a folder in its place are named, with what to do."""
    with pytest.raises(ConfigError, match=r"none\.toml: no such file; destilation init"):
        load(tmp_path / "none.toml")
    with pytest.raises(ConfigError, match="is a folder"):
        load(tmp_path)


def test_many_lines_are_read_in_no_time(tmp_path: Path) -> None:
    """A configuration of 100,000 lines is read, and one with 60,000 mistakes told, in bounded time and length."""
    path = tmp_path / "config.toml"
    path.write_text("# a comment\n" * 80_000 + JOB)
    began = time.monotonic()
    assert load(path).job.target == 10
    path.write_text("[job]\n" + "".join(f"k{number} = 1\n" for number in range(60_000)))
    with pytest.raises(ConfigError, match="60,000 errors") as caught:
        load(path)
    assert len(str(caught.value)) < 20_000
    assert time.monotonic() - began < 20


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    """A file that the system refuses to read is refused by name."""
    (tmp_path / "a.toml").symlink_to("b.toml")
    (tmp_path / "b.toml").symlink_to("a.toml")
    with pytest.raises(ConfigError, match=r"a\.toml: Too many levels"):
        load(tmp_path / "a.toml")


def test_marks_and_line_ends_of_other_systems(tmp_path: Path) -> None:
    """A byte order mark at the start and CRLF at the ends of lines are accepted."""
    path = tmp_path / "config.toml"
    path.write_bytes(b"\xef\xbb\xbf" + JOB.replace("\n", "\r\n").encode())
    assert load(path).job.target == 10


def test_fields_with_strange_names_are_fields(tmp_path: Path) -> None:
    """Names that mean something to some language are plain names here."""
    path = tmp_path / "config.toml"
    names = ("__proto__", "constructor", "__class__", "a" * 64)
    path.write_text(OWN + "schema = [" + ", ".join(f'{{ name = "{name}" }}' for name in names) + "]\n")
    assert tuple(field.name for field in load(path).template.fields) == names


def test_arguments_that_are_no_text() -> None:
    """Bytes that are no UTF-8, as an argument, are refused by the flag they came with."""
    with pytest.raises(ConfigError, match=r"job\.domain: is not text in UTF-8  \(--domain\)"):
        load(None, overrides=[Override("job.domain", "Gr\udcc3\udcbc", "--domain")])


def test_a_flag_is_named_as_the_user_typed_it() -> None:
    """A wrong value from the command line names the flag, and a wrong variable its name."""
    with pytest.raises(ConfigError, match=r"job\.target: must be at least 1, not -3  \(--target\)"):
        load(None, overrides=[Override("job.target", -3, "--target")])
    with pytest.raises(ConfigError, match="DESTILATION_JOB__TARGT"):
        load(None, env={"DESTILATION_JOB__TARGT": "5"})


@pytest.mark.parametrize("text", ["", "a", "=1", "a..b=1"])
def test_a_setting_needs_key_and_value(text: str) -> None:
    """--set without a key or a value is refused."""
    with pytest.raises(ConfigError, match="--set wants KEY=VALUE"):
        parse_setting(text)


def test_a_setting_below_a_value_is_refused() -> None:
    """A dotted key through something that is no table is refused."""
    settings = [parse_setting("job.target=5"), parse_setting("job.target.x=5")]
    with pytest.raises(ConfigError, match=r"job\.target is not a table"):
        load(None, overrides=settings)


def test_a_real_provider_needs_domain_and_target(tmp_path: Path) -> None:
    """What would cost money is never filled in from the demo."""
    with pytest.raises(ConfigError) as caught:
        load(None, overrides=[Override("job.mix", [{"provider": "ollama", "model": "m"}], "--provider")])
    assert "job.domain: missing" in str(caught.value)
    assert "job.target: missing" in str(caught.value)


def test_templates_alone_are_checked_too(tmp_path: Path) -> None:
    """`load_templates` refuses what `load` refuses of templates, and a table in place of the array."""
    path = tmp_path / "config.toml"
    path.write_text(OWN + 'schema = [{ name = "a", type = "strng" }]\n')
    with pytest.raises(ConfigError, match="unknown type"):
        load_templates(path)
    path.write_text("[templates]\n")
    with pytest.raises(ConfigError, match="must be an array"):
        load_templates(path)
