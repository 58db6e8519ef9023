"""What a good configuration becomes: defaults, precedence, origins, and the way back to TOML."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from destilation.config import Config, Override, dump, json_schema, load, load_templates, parse_setting
from destilation.core.job import MockSpec, OllamaSpec, OpenAISpec, OpenRouterSpec, Price

FULL = """
version = 1
[job]
name = "rust-agents"
domain = "Rust Systems Programming"
target = 10_000
template = "incident_review"
out = "./elsewhere"
seed = 42
max_attempts = 5
concurrency = 17
patience = 30
durability = "each"
shutdown_grace_s = 5
mix = [
  { provider = "openrouter", model = "a/b", share = 0.7, temperature = 0.9, extra = { reasoning = { effort = "low" } } },
  { provider = "box", share = 0.3, top_p = 0.5, max_tokens = 100 },
]
[job.dedup]
fields = ["incident"]
threshold = 0.9
[job.checks]
min_chars = { incident = 10 }
refusals = false
[providers.box]
kind = "ollama"
model = "gpt-oss:20b"
num_ctx = 4096
think = "low"
max_concurrency = 2
[providers.openrouter]
price = { input_per_mtok = 0.2, output_per_mtok = 0.6 }
enforce_distillable_text = false
[[templates]]
id = "incident_review"
description = "d"
schema = [
  { name = "incident", description = "what happened", min = 3 },
  { name = "level", type = "string", enum = ["low", "high"] },
  { name = "causes", type = "array", items = "string", max = 4 },
  { name = "grid", type = "array", items = { type = "array", items = { type = "object", fields = [{ name = "x", type = "integer" }] } } },
  { name = "fix", format = "code", required = false },
]
system_prompt = "In {{domain}}."
user_prompt_pattern = '''Two
lines {{number}}'''
dedup_fields = ["incident"]
"""


def full(tmp_path: Path) -> Config:
    """The configuration above, from a file with a byte-order mark and Windows line ends."""
    path = tmp_path / "config.toml"
    path.write_bytes(b"\xef\xbb\xbf" + FULL.replace("\n", "\r\n").encode())
    return load(path)


def test_everything_is_read(tmp_path: Path) -> None:
    """Each key arrives where it belongs."""
    config = full(tmp_path)
    job = config.job
    assert (job.name, job.target, job.seed, job.max_attempts, job.concurrency, job.patience) == (
        "rust-agents", 10_000, 42, 5, 17, 30,
    )  # fmt: skip
    assert [share.label for share in job.mix] == ["openrouter/a/b", "box/gpt-oss:20b"]
    assert job.mix[0].extra == {"reasoning": {"effort": "low"}}
    assert (job.dedup.fields, job.dedup.threshold, job.checks.refusals) == (("incident",), 0.9, False)
    box, router = config.providers["box"], config.providers["openrouter"]
    assert isinstance(box, OllamaSpec) and isinstance(router, OpenRouterSpec)
    assert (box.num_ctx, box.think, box.max_concurrency) == (4096, "low", 2)
    assert (router.price, router.enforce_distillable_text) == (Price(0.2, 0.6), False)
    assert config.template.fields[3].type.items is not None
    assert config.template.fields[4].format == "code"
    assert "Two\nlines" in config.template.user_prompt_pattern


def test_what_is_dumped_is_read_back(tmp_path: Path) -> None:
    """job.toml gives the same job, providers, templates and digest."""
    config = full(tmp_path)
    path = tmp_path / "job.toml"
    path.write_text(dump(config))
    again = load(path)
    assert (again.job, again.providers, again.templates) == (config.job, config.providers, config.templates)
    assert again.digest == config.digest


@given(
    domain=st.text(min_size=1, max_size=80).filter(lambda text: text.strip() and text.isprintable()),
    target=st.integers(1, 10**9),
    threshold=st.floats(0.5, 1.0),
    rates=st.lists(st.floats(0, 1), min_size=3, max_size=3),
)
def test_dump_and_load_are_inverse(domain: str, target: int, threshold: float, rates: list[float]) -> None:
    """Whatever the values, the dumped configuration resolves to the same digest."""
    import tempfile

    values = {"job.domain": domain, "job.target": target, "job.dedup.threshold": threshold}
    values |= {
        f"providers.mock.{key}": rate for key, rate in zip(("invalid", "failing", "duplicate"), rates, strict=True)
    }
    config = load(None, overrides=[Override(key, value, "test") for key, value in values.items()])
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "job.toml"
        path.write_text(dump(config), encoding="utf-8")
        again = load(path)
    assert (again.job, again.providers, again.digest) == (config.job, config.providers, config.digest)


def test_nothing_given_is_the_demo() -> None:
    """Without file and flags the demo is made on the mock; a flag that changes the subject changes the name."""
    demo = load(None)
    assert (demo.job.name, demo.job.template, demo.providers["mock"]) == ("demo", "simple_qa", MockSpec(name="mock"))
    assert load(None, overrides=[Override("job.target", 5, "-n")]).job.name == "demo"
    other = load(None, overrides=[Override("job.template", "coding", "-t")])
    assert other.job.name == "everyday-physics-coding"


@pytest.mark.parametrize(
    ("domain", "name"),
    [("Rust: Systems & Programming", "rust-systems-programming-simple-qa"), ("Économie", "economie-simple-qa")],
)
def test_a_name_is_made_of_domain_and_template(domain: str, name: str) -> None:
    """The folder's name has the ASCII words of the domain."""
    assert load(None, overrides=[Override("job.domain", domain, "--domain")]).job.name == name


def test_a_domain_without_ascii_letters_gets_a_name_of_its_own() -> None:
    """Two such domains do not share a folder."""
    names = {load(None, overrides=[Override("job.domain", each, "x")]).job.name for each in ("量子力学", "生物学")}
    assert len(names) == 2
    assert all(name.isascii() for name in names)


def test_precedence_and_origins(tmp_path: Path) -> None:
    """A flag beats the environment, which beats the file, which beats the default; each is told by its origin."""
    path = tmp_path / "config.toml"
    path.write_text("[job]\ntarget = 1\nseed = 2\nmax_attempts = 4\n")
    config = load(
        path,
        overrides=[Override("job.target", 3, "--target"), parse_setting("providers.mock.latency_s=0.2")],
        env={"DESTILATION_JOB__TARGET": "2", "DESTILATION_JOB__SEED": "9", "DESTILATION_TRACEBACK": "1"},
    )
    assert (config.job.target, config.job.seed, config.job.max_attempts) == (3, 9, 4)
    assert config.origins["job.target"] == "--target"
    assert config.origins["job.seed"] == "DESTILATION_JOB__SEED"
    assert config.origins["job.max_attempts"] == f"{path}:4"
    assert config.origins["providers.mock.latency_s"] == "--set providers.mock.latency_s"


@pytest.mark.parametrize(
    ("text", "value"),
    [("a.b=5", 5), ("a.b = true", True), ('a.b="x"', "x"), ("a.b=x y", "x y"), ("a.b=[1, 2]", [1, 2]), ("a.b=", "")],
)
def test_a_setting_is_toml_or_text(text: str, value: object) -> None:
    """The value of --set is read as TOML where it is TOML, else taken as text."""
    assert parse_setting(text) == Override("a.b", value, "--set a.b")


def test_built_in_providers_need_no_table() -> None:
    """openai, openrouter and ollama can be named at once, with their usual address and variable."""
    flags = [Override("job.domain", "x", "d"), Override("job.target", 1, "n")]
    names = ["openai", "openrouter", "ollama"]
    mix = Override("job.mix", [{"provider": name, "model": "m"} for name in names], "--provider")
    providers = load(None, overrides=[*flags, mix]).providers
    assert providers["openai"] == OpenAISpec(
        name="openai", base_url="https://api.openai.com/v1", api_key_env="OPENAI_API_KEY"
    )
    assert providers["openrouter"].api_key_env == "OPENROUTER_API_KEY"
    assert providers["ollama"].api_key_env is None


def test_a_local_openai_server_needs_no_key(tmp_path: Path) -> None:
    """http:// is fine on this machine, and no key is asked for."""
    path = tmp_path / "config.toml"
    path.write_text(
        '[job]\ndomain="x"\ntarget=1\n[providers.local]\nkind="openai"\nbase_url="http://127.0.0.1:8080/v1/"\nmodel="m"\n'
    )
    spec = load(path).providers["local"]
    assert isinstance(spec, OpenAISpec)
    assert (spec.base_url, spec.api_key_env) == ("http://127.0.0.1:8080/v1", None)


def test_templates_of_a_file_alone(tmp_path: Path) -> None:
    """`load_templates` needs no job."""
    path = tmp_path / "config.toml"
    path.write_text(
        '[job]\ntarget = "not even right"\n[[templates]]\nid="t"\nuser_prompt_pattern="x"\nschema=[{name="a"}]\n'
    )
    assert [template.id for template in load_templates(path)] == ["t"]


def test_the_schema_for_editors_names_every_key() -> None:
    """The JSON Schema is JSON, and knows the keys of jobs, providers and templates."""
    text = json.dumps(json_schema())
    for key in (
        "max_attempts",
        "threshold",
        "enforce_distillable_text",
        "user_prompt_pattern",
        "near_duplicate",
        "schema",
    ):
        assert f'"{key}"' in text
