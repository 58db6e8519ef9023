"""The checked tables put together: defaults, the mix, and everything that needs several values at once."""

import hashlib
import math
import os
import re
import unicodedata
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from destilation.config.check import check
from destilation.config.model import KINDS, File, JobTable, PriceTable, ProviderTable, RemoteTable, ShareTable
from destilation.config.problems import nearest, suggestion
from destilation.config.source import Override, Source, from_environment
from destilation.config.templates import templates_of
from destilation.core import catalogue
from destilation.core.job import (
    AnyProviderSpec,
    Checks,
    Dedup,
    Job,
    MockSpec,
    OllamaSpec,
    OpenAISpec,
    OpenRouterSpec,
    Price,
    RemoteSpec,
    Share,
)
from destilation.core.template import Template

DEMO_NAME, DEMO_DOMAIN, DEMO_TEMPLATE, DEMO_TARGET = "demo", "Everyday Physics", "simple_qa", 100
OPENAI_URL, OPENAI_KEY = "https://api.openai.com/v1", "OPENAI_API_KEY"
_CAPS = ("budget_usd", "max_tokens", "max_requests", "max_time")
_SPECS: Mapping[str, type[Any]] = {
    "openai": OpenAISpec,
    "openrouter": OpenRouterSpec,
    "ollama": OllamaSpec,
    "mock": MockSpec,
}


class Config(Struct, frozen=True):
    """A job with everything it needs, resolved and checked.

    `templates` are the user's own, `template` is the job's; `providers` are those that the mix asks, by
    name; `origins` says where each given value came from; `digest` changes with the resolved values.
    """

    job: Job
    template: Template
    templates: tuple[Template, ...]
    providers: Mapping[str, AnyProviderSpec]
    origins: Mapping[str, str]
    digest: str


def load(path: Path | None, *, overrides: Sequence[Override] = (), env: Mapping[str, str] | None = None) -> Config:
    """The configuration of a file (None: none), overridden by the environment, then by the overrides in order.

    Raises ConfigError with every problem that was found.
    """
    source = Source(path, [*from_environment(env or {}), *overrides])
    file = check(source, File, source.data, ())
    source.finish()
    assert file is not None
    return _Builder(source, file).build()


def load_templates(path: Path) -> tuple[Template, ...]:
    """The user's own templates in a file, and nothing else of it. Raises ConfigError."""
    source = Source(path)
    tables = source.data.get("templates", [])
    if not isinstance(tables, list):
        source.wrong(("templates",), "must be an array of tables: [[templates]]")
        tables = []
    templates = templates_of(source, tables)
    source.finish()
    return templates


class _Builder:
    def __init__(self, source: Source, file: File) -> None:
        self._source = source
        self._templates = templates_of(source, file.templates)
        self._tables = {name: self._provider_table(name, table) for name, table in file.providers.items()}
        self._job = check(source, JobTable, file.job, ("job",))

    def build(self) -> Config:
        source = self._source
        mix = self._mix() if self._job is not None else ()
        specs = {share.provider: self._spec(share.provider) for share in mix}
        job = self._resolved(mix) if self._job is not None else None
        source.finish()
        assert job is not None
        template = catalogue.find(job.template, self._templates)
        assert template is not None
        providers = {name: spec for name, spec in specs.items() if spec is not None}
        encoded = msgspec.json.encode([job, template, sorted(providers.items())], order="deterministic")
        digest = hashlib.sha256(encoded).hexdigest()[:16]
        return Config(job, template, self._templates, providers, source.origins(), digest)

    def _resolved(self, mix: tuple[Share, ...]) -> Job | None:
        table = self._job
        assert table is not None
        source = self._source
        offline = all(self._kind(share.provider) == "mock" for share in mix)
        for key in ("domain", "target"):
            if getattr(table, key) is None and not offline:
                help = f"add it to the file, or give --{key}"
                source.wrong(("job", key), "missing: a job that asks a real provider needs it", help)
        template = self._template(table.template or DEMO_TEMPLATE)
        self._named_fields(table, template)
        domain = table.domain or DEMO_DOMAIN
        name = table.name or self._name(domain, template.id if template else "job")
        extra = table.model_dump(include={"out", "seed", "max_attempts", "concurrency", "patience", *_CAPS})
        return Job(
            name=name,
            domain=domain,
            target=table.target or DEMO_TARGET,
            template=template.id if template else DEMO_TEMPLATE,
            mix=mix,
            durability=table.durability,
            shutdown_grace_s=table.shutdown_grace_s,
            dedup=Dedup(
                fields=tuple(table.dedup.fields) if table.dedup.fields else None,
                threshold=table.dedup.threshold,
            ),
            checks=Checks(
                min_chars=table.checks.min_chars,
                max_chars=table.checks.max_chars,
                refusals=table.checks.refusals,
            ),
            **extra,
        )

    def _name(self, domain: str, template: str) -> str:
        """The demo is called so only while it is the demo."""
        untouched = ("job.domain", "job.template", "job.mix")
        if self._source.file == "the flags" and not any(key in self._source.origins() for key in untouched):
            return DEMO_NAME
        return f"{slug(domain)[:40].strip('-')}-{slug(template)}"[:64].strip("-")

    def _template(self, template_id: str) -> Template | None:
        found = catalogue.find(template_id, self._templates)
        if found is None:
            known = [template.id for template in (*catalogue.BUILTIN, *self._templates)]
            what = f'there is no template "{template_id[:60]}"{suggestion(template_id, known)}'
            self._source.wrong(("job", "template"), what, f"known: {', '.join(known)}")
        return found

    def _named_fields(self, table: JobTable, template: Template | None) -> None:
        if template is None:
            return
        names = [field.name for field in template.sample_fields]
        places: list[tuple[tuple[str | int, ...], str]] = [
            (("job", "dedup", "fields", place), name) for place, name in enumerate(table.dedup.fields or ())
        ]
        for key in ("min_chars", "max_chars"):
            places += [(("job", "checks", key, name), name) for name in getattr(table.checks, key)]
        for path, name in places:
            if name not in names:
                what = f'template "{template.id}" has no field "{name[:60]}"{suggestion(name, names)}'
                self._source.wrong(path, what, f"its fields: {', '.join(names)}")

    # The mix and its providers.

    def _mix(self) -> tuple[Share, ...]:
        assert self._job is not None
        entries = self._job.mix or [ShareTable(provider=name) for name in self._tables or ("mock",)]
        shares: list[Share] = []
        for number, entry in enumerate(entries):
            path = ("job", "mix", number)
            if self._known(entry.provider, (*path, "provider")):
                model = entry.model or self._model(entry.provider, path)
                values = entry.model_dump(exclude={"model", "price", "templates"})
                named = tuple(entry.templates)
                shares.append(Share(model=model, templates=named, price=_price(entry.price), **values))
        shares = self._of_template(shares)
        if shares and math.fsum(share.share for share in shares if share.stage != "retry") <= 0:
            self._source.wrong(("job", "mix"), "every share is 0, so nobody would be asked first")
        labels = [share.label for share in shares]
        for number, label in enumerate(labels):
            if label in labels[:number]:
                self._source.wrong(("job", "mix", number), f"{label} is in the mix twice; add up its shares")
        return tuple(shares)

    def _of_template(self, shares: list[Share]) -> list[Share]:
        """The entries for the job's template. One that names templates must name known ones."""
        assert self._job is not None
        wanted = self._job.template or DEMO_TEMPLATE
        for number, share in enumerate(shares):
            for template_id in share.templates:
                if catalogue.find(template_id, self._templates) is None:
                    self._source.wrong(
                        ("job", "mix", number, "templates"), f'there is no template "{template_id[:60]}"'
                    )
        left = [share for share in shares if not share.templates or wanted in share.templates]
        if shares and not left:
            self._source.wrong(("job", "mix"), f'no entry of the mix is for template "{wanted[:60]}"')
        return left

    def _known(self, name: str, path: tuple[str | int, ...]) -> bool:
        known = [*self._tables, *(kind for kind in KINDS if kind not in self._tables)]
        if name in known:
            return True
        what = f'there is no provider "{name[:60]}"{suggestion(name, known)}'
        self._source.wrong(path, what, f"known: {', '.join(known)}; others need a table [providers.{name[:40]}]")
        return False

    def _model(self, name: str, path: tuple[str | int, ...]) -> str:
        table = self._tables.get(name)
        if table is not None and table.model:
            return table.model
        if self._kind(name) != "mock":
            self._source.wrong(
                (*path, "model"),
                f"which model of {name}?",
                f'give model = "..." here, or --model, or providers.{name}.model',
            )
        return "mock"

    def _kind(self, name: str) -> str | None:
        table = self._tables.get(name)
        return (table.kind if table is not None else None) or (name if name in KINDS else None)

    def _provider_table(self, name: str, table: dict[str, Any]) -> ProviderTable | None:
        source, path = self._source, ("providers", name)
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}", name):
            source.wrong(path, "a provider's name must be 1 to 64 of A-Z a-z 0-9 . _ -", at="key")
        kind = table.get("kind", name)
        if not isinstance(kind, str) or kind not in KINDS:
            near = nearest(str(kind), KINDS)
            told = f'did you mean "{near}"?' if near else f"known: {', '.join(KINDS)}"
            if "kind" in table:
                source.wrong((*path, "kind"), f'there is no kind "{str(kind)[:60]}"', told)
            else:
                source.wrong(path, 'needs kind = "..."', told, at="key")
            return None
        checked = check(source, KINDS[kind], table, path)
        if checked is not None:
            checked.kind = kind
            self._address(name, checked)
        return checked

    def _address(self, name: str, table: ProviderTable) -> None:
        if not isinstance(table, RemoteTable):
            return
        url = table.base_url or ""
        if url.startswith("http://") and not table.allow_http and not is_loopback(url):
            self._source.wrong(
                ("providers", name, "base_url"),
                "http:// to another machine shows the key and the prompts to everyone on the way",
                "use https://, or set allow_http = true",
            )

    def _spec(self, name: str) -> AnyProviderSpec | None:
        kind, table = self._kind(name), self._tables.get(name)
        if kind is None or (name in self._tables and table is None):
            return None
        values: dict[str, Any] = {}
        if table is not None:
            given = {key for key in table.model_fields_set if getattr(table, key) is not None}
            values = table.model_dump(include=given - {"kind", "model", "price"})
            if table.price is not None:
                values["price"] = _price(table.price)
        if kind == "openai":
            values.setdefault("base_url", OPENAI_URL)
            if values["base_url"] == OPENAI_URL:
                values.setdefault("api_key_env", OPENAI_KEY)
        spec: AnyProviderSpec = _SPECS[kind](name=name, **values)
        if isinstance(spec, RemoteSpec) and spec.ca_file and not os.path.isfile(spec.ca_file):
            self._source.wrong(("providers", name, "ca_file"), "there is no such file")
        return spec


def _price(table: PriceTable | None) -> Price | None:
    return None if table is None else Price(table.input_per_mtok, table.output_per_mtok)


def is_loopback(url: str) -> bool:
    """Whether a URL names this machine."""
    match = re.match(r"https?://(\[[^\]]+\]|[^/:]+)", url)
    host = match.group(1) if match else ""
    return host in ("localhost", "[::1]") or host.startswith("127.")


def slug(text: str) -> str:
    """ASCII words of a text with hyphens between them; where it has none, a short hash of it."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    words = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")
    return words or f"job-{hashlib.sha256(text.encode()).hexdigest()[:8]}"
