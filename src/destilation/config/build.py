"""The checked tables put together: defaults, the mix, and everything that needs several values at once."""

import hashlib
import re
import unicodedata
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec
from msgspec import Struct

from destilation.config.check import check
from destilation.config.coverage import axes_of, drawn, topics_of
from destilation.config.embeddings import embedded
from destilation.config.model import ChecksTable, ExcludeTable, File, JobTable, PlugInTable
from destilation.config.problems import suggestion
from destilation.config.providers import Providers
from destilation.config.seeds import beside, seeds_of
from destilation.config.source import Override, Source, from_environment
from destilation.config.stages import ALL_SEEDS, Staged, Stages, bundling
from destilation.config.templates import templates_of
from destilation.config.tools import offered, tools_of
from destilation.config.ui import Hooks, Ui, ui_of
from destilation.core import catalogue
from destilation.core.axes import Axis
from destilation.core.job import AnyProviderSpec, Checks, Dedup, Exclude, Job, PlugIn, Seeds
from destilation.core.seed_mode import RECIPES
from destilation.core.template import Template
from destilation.core.tool import Tool

DEMO_NAME, DEMO_DOMAIN, DEMO_TEMPLATE, DEMO_TARGET = "demo", "Everyday Physics", "simple_qa", 100
_CAPS = ("budget_usd", "max_tokens", "max_requests", "max_time")


class Config(Struct, frozen=True):
    """A job with everything it needs, resolved and checked.

    `staged` has the stages with their templates; `axes` are what tasks differ by; `templates` are the user's own,
    `tools` the declared ones; `providers` are those that are asked, by name; `origins` says where each given value came
    from; `digest` changes with the resolved values. `ui` and `hooks` are no part of it, nor of `dump`.
    """

    job: Job
    staged: Staged
    axes: tuple[Axis, ...]
    templates: tuple[Template, ...]
    tools: tuple[Tool, ...]
    providers: Mapping[str, AnyProviderSpec]
    origins: Mapping[str, str]
    digest: str
    ui: Ui = Ui()
    hooks: Hooks = Hooks()

    @property
    def template(self) -> Template:
        """The template of the sample: that of the last stage that makes a part of it."""
        return self.staged.making[-1].template


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
        self._tools = tools_of(source, file.tools)
        self._providers = Providers(source, file.providers, self._templates)
        self._job = check(source, JobTable, file.job, ("job",))
        self._ui = ui_of(source, file)

    def build(self) -> Config:
        source, table = self._source, self._job
        job, staged = (None, None) if table is None else self._resolved(table)
        shares = () if staged is None else staged.shares
        axes = () if job is None or staged is None else drawn(source, staged.templates, job.axes)
        specs = {share.provider: self._providers.spec(share.provider) for _, share in shares}
        source.finish()
        assert job is not None
        assert staged is not None
        providers = {name: spec for name, spec in specs.items() if spec is not None}
        encoded = msgspec.json.encode([job, staged.making, sorted(providers.items())], order="deterministic")
        digest = hashlib.sha256(encoded).hexdigest()[:16]
        origins = source.origins()
        return Config(job, staged, axes, self._templates, self._tools, providers, origins, digest, *self._ui)

    def _resolved(self, table: JobTable) -> tuple[Job | None, Staged | None]:
        source = self._source
        template = self._template(table.template or DEMO_TEMPLATE)
        if template is None:
            return None, None
        seeds = seeds_of(source, table.seeds, template)
        staged = Stages(source, self._providers, self._templates, table, template, seeds).staged()
        if self._tools:
            staged = offered(source, self._tools, staged)
        if table.per_request > 1:
            bundling(source, table, staged)
        embeddings, staged = embedded(source, self._providers, table.dedup.embeddings, staged)
        offline = all(self._providers.kind(share.provider) == "mock" for _, share in staged.shares)
        for key in ("domain", "target"):
            if getattr(table, key) is None and not offline and seeds is None:
                help = f"add it to the file, or give --{key}"
                source.wrong(("job", key), "missing: a job that asks a real provider needs it", help)
        self._named_fields(table, staged.making[-1].template)
        named = table.domain or (DEMO_DOMAIN if seeds is None else _named(seeds))
        domain = table.domain or (named if seeds is None else _about(seeds))
        extra = table.model_dump(
            include={
                "out",
                "seed",
                "max_attempts",
                "neighbours",
                "concurrency",
                "per_request",
                "patience",
                "reasoning",
                *_CAPS,
            }
        )
        job = Job(
            name=table.name or self._name(named, template.id),
            domain=domain,
            target=table.target or (DEMO_TARGET if seeds is None else ALL_SEEDS),
            template=template.id,
            mix=staged.making[-1].mix,
            seeds=seeds,
            stages=staged.specs,
            topics=topics_of(source, table),
            axes=axes_of(source, table),
            durability=table.durability,
            shutdown_grace_s=table.shutdown_grace_s,
            confirm_above_usd=table.confirm_above_usd,
            on_terminal_close=table.on_terminal_close,
            dedup=Dedup(
                fields=tuple(table.dedup.fields) if table.dedup.fields else None,
                threshold=table.dedup.threshold,
                embeddings=embeddings,
            ),
            exclude=self._exclude(table.exclude),
            checks=self._checks(table.checks, seeds),
            **extra,
        )
        return job, staged

    def _exclude(self, table: ExcludeTable | None) -> Exclude | None:
        if table is None:
            return None
        files = tuple(beside(self._source, file) for file in table.files)
        return Exclude(files=files, fields=tuple(table.fields_), ngram=table.ngram)

    def _checks(self, table: ChecksTable, seeds: Seeds | None) -> Checks:
        passage = table.grounding
        if passage is not None and (seeds is None or passage not in seeds.columns):
            what = f'"{passage[:60]}" is no column of job.seeds, so there is no text that answers could be held against'
            self._source.wrong(("job", "checks", "grounding"), what)
        values = table.model_dump(exclude={"plugins"})
        plugins = [PlugInTable(use=each) if isinstance(each, str) else each for each in table.plugins]
        return Checks(**values, plugins=tuple(PlugIn(each.use, each.options) for each in plugins))

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

    def _named_fields(self, table: JobTable, template: Template) -> None:
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


def _named(seeds: Seeds) -> str:
    """What a job is called by its seeds."""
    stem = Path(seeds.file).stem
    return stem if seeds.mode == "answer" else f"{stem} {seeds.mode}"


def _about(seeds: Seeds) -> str:
    """What the samples are about where only the seeds say it."""
    return Path(seeds.file).stem if seeds.mode == "answer" else RECIPES[seeds.mode].domain


def slug(text: str) -> str:
    """ASCII words of a text with hyphens between them; where it has none, a short hash of it."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    words = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")
    return words or f"job-{hashlib.sha256(text.encode()).hexdigest()[:8]}"
