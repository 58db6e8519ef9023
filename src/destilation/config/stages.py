"""`[[job.stages]]`: what is made in which order, by which template, by whom. Knows no provider."""

from collections.abc import Sequence

from msgspec import Struct

from destilation.config.model import JobTable, ShareTable, StageTable
from destilation.config.problems import suggestion
from destilation.config.providers import Providers
from destilation.config.source import KeyPath, Source
from destilation.core import catalogue
from destilation.core.fields import Field
from destilation.core.job import Seeds, Share, StageSpec
from destilation.core.seed_mode import RECIPES, TEXT
from destilation.core.template import Template

ALL_SEEDS = 0
JUDGE_THRESHOLD, AGREEMENT = 6.0, 0.5


class Making(Struct, frozen=True):
    """A stage that makes a part of the sample."""

    name: str
    template: Template
    mix: tuple[Share, ...]
    max_attempts: int


class Staged(Struct, frozen=True):
    """The stages that make the sample, in order, those that review it, and all as they were configured."""

    making: tuple[Making, ...]
    reviews: tuple[StageSpec, ...]
    specs: tuple[StageSpec, ...]

    @property
    def templates(self) -> tuple[Template, ...]:
        """Those of the stages that make something."""
        return tuple(making.template for making in self.making)

    @property
    def shares(self) -> tuple[tuple[str, Share], ...]:
        """Every entry of every mix with the name of its stage."""
        stages = [*((each.name, each.mix) for each in self.making), *((each.name, each.mix) for each in self.reviews)]
        return tuple((name, share) for name, mix in stages for share in mix)


class Stages:
    """The stages of one job; what is wrong with them is noted in the source."""

    def __init__(
        self,
        source: Source,
        providers: Providers,
        templates: Sequence[Template],
        job: JobTable,
        template: Template,
        seeds: Seeds | None,
    ) -> None:
        self._source = source
        self._providers = providers
        self._templates = templates
        self._job = job
        self._template = template
        self._given = () if seeds is None else tuple(seeds.columns)
        self._recipe = None if seeds is None else RECIPES.get(seeds.mode)

    def staged(self) -> Staged:
        """The stages that the table asks for; one that makes the whole sample where it asks for none."""
        tables = self._job.stages
        self._names()
        making = [number for number, table in enumerate(tables) if table.kind == "make"]
        specs = tuple(self._spec(number, table) for number, table in enumerate(tables))
        reviews = tuple(spec for spec in specs if spec.kind != "make")
        if not making:
            whole = self._with_given(self._template, self._given, first=True)
            mix = self._mix(self._job.mix, ("job", "mix"))
            self._possible(whole, self._given, ("job", "seeds" if self._given else "template"))
            return Staged((Making("", whole, mix, self._job.max_attempts),), reviews, specs)
        given, made = list(self._given), list[Making]()
        for number in making:
            last = number == making[-1]
            path: KeyPath = ("job", "stages", number)
            template = self._made_by(tables[number], path, given, first=not made, last=last)
            self._possible(template, given, path)
            attempts = tables[number].max_attempts or self._job.max_attempts
            made.append(Making(tables[number].name, template, specs[number].mix, attempts))
            given += [field.name for field in template.sample_fields if _tellable(field) and field.name not in given]
        return Staged(tuple(made), reviews, specs)

    def _with_given(self, template: Template, given: Sequence[str], *, first: bool) -> Template:
        """The template of a stage that has these texts; what is done with the user's is a matter of the `first`."""
        if self._recipe is None:
            return template.with_given(given)
        if first:
            return self._recipe.applied(template).with_given([*given, *self._recipe.given])
        return self._recipe.followed(template).with_given([name for name in given if name != TEXT])

    def _possible(self, template: Template, given: Sequence[str], path: KeyPath) -> None:
        """Notes what keeps a template from being asked for where these texts are given: it may follow from the rest."""
        if self._source.problems:
            return
        for name in (*template.seeds, *template.columns):
            if name not in given and not (self._recipe and name in self._recipe.given):
                what = f'template "{template.id}" needs "{name}", which nothing gives'
                self._source.wrong(path, what, f'name its column: [job.seeds] columns = {{ {name} = "..." }}')
        if not template.asked(native=True):
            self._source.wrong(path, f'of template "{template.id}" nothing is left to be asked for')

    def _names(self) -> None:
        names = [table.name for table in self._job.stages]
        for number, name in enumerate(names):
            if name in names[:number]:
                self._source.wrong(("job", "stages", number, "name"), f'there is another stage named "{name}"')

    def _spec(self, number: int, table: StageTable) -> StageSpec:
        path: KeyPath = ("job", "stages", number)
        own = table.mix is not None
        mix = self._mix(table.mix or self._job.mix, (*path, "mix") if own else ("job", "mix"))
        self._misplaced(table, path)
        usual = {"judge": JUDGE_THRESHOLD, "consistency": AGREEMENT}.get(table.kind)
        return StageSpec(
            name=table.name,
            kind=table.kind,
            template=table.template,
            fields=tuple(table.fields_),
            mix=mix,
            max_attempts=table.max_attempts,
            threshold=usual if table.threshold is None else table.threshold,
            rubric=table.rubric,
            samples=table.samples,
            on_fail=table.on_fail,
        )

    def _misplaced(self, table: StageTable, path: KeyPath) -> None:
        makes = table.kind == "make"
        for key, value, fits in (
            ("template", table.template, makes),
            ("fields", table.fields_, makes),
            ("threshold", table.threshold, table.kind in ("judge", "consistency")),
            ("rubric", table.rubric, table.kind == "judge"),
            ("samples", table.samples != StageTable.model_fields["samples"].default, table.kind == "consistency"),
            ("on_fail", table.on_fail == "flag", not makes),
        ):
            if value and not fits:
                self._source.wrong((*path, key), f'is not for a stage of kind "{table.kind}"')
        if table.kind == "consistency" and (table.threshold or 0) > 1:
            self._source.wrong((*path, "threshold"), "must be the share of answers that agree, from 0 to 1")
        several = sum(each.kind == "make" for each in self._job.stages) > 1
        if table.kind == "consistency" and self._template.given is None and not (self._given or several):
            what = f'template "{self._template.id}" does not say which field is the question that could be asked again'
            self._source.wrong((*path, "kind"), what)

    def _made_by(self, table: StageTable, path: KeyPath, given: Sequence[str], *, first: bool, last: bool) -> Template:
        if table.template is not None:
            return self._with_given(self._of_its_own(table.template, table, path), given, first=first)
        fields = {field.name: field for field in self._template.sample_fields}
        names = list(fields)
        for place, name in enumerate(table.fields_):
            if name not in names:
                what = f'template "{self._template.id}" has no field "{name[:60]}"{suggestion(name, names)}'
                self._source.wrong((*path, "fields", place), what, f"its fields: {', '.join(names)}")
            elif not last and name in given:
                self._source.wrong((*path, "fields", place), f'"{name}" is there already')
            elif not last and fields[name].source in ("seed", "check"):
                self._source.wrong((*path, "fields", place), f'"{name}" is made by no stage')
            elif not last and fields[name].type.kind != "string":
                what = f'"{name}" is of type {fields[name].type.kind}; only texts can be given to later stages'
                self._source.wrong((*path, "fields", place), what)
        if last:
            if table.fields_:
                self._source.wrong((*path, "fields"), "is not for the last stage, which makes what is missing")
            return self._with_given(self._template, given, first=first)
        if not table.fields_:
            self._source.wrong(path, f'stage "{table.name}" does not say what it makes', 'give fields = ["..."]')
        others = [name for name in given if name not in table.fields_]
        return self._with_given(self._template.only(table.fields_), others, first=first)

    def _of_its_own(self, template_id: str, table: StageTable, path: KeyPath) -> Template:
        if table.fields_:
            self._source.wrong((*path, "fields"), "is not for a stage with a template of its own, which has its fields")
        found = catalogue.find(template_id, self._templates)
        if found is None:
            known = [template.id for template in (*catalogue.BUILTIN, *self._templates)]
            what = f'there is no template "{template_id[:60]}"{suggestion(template_id, known)}'
            self._source.wrong((*path, "template"), what)
        return found or self._template

    def _mix(self, entries: Sequence[ShareTable] | None, path: KeyPath) -> tuple[Share, ...]:
        return self._providers.mix(entries, path, self._template.id)


def bundling(source: Source, table: JobTable, staged: Staged) -> None:
    """Notes what keeps the first stage from being asked for several records at once."""
    path, template = ("job", "per_request"), staged.making[0].template
    if table.seeds is not None:
        source.wrong(path, "is not for jobs with seeds: each of those is asked about alone")
    elif template.shape is None:
        source.wrong(path, f'is not for template "{template.id}", whose answer is plain text')
    elif template.reasoned and table.reasoning == "native":
        what = 'is not for reasoning = "native": a model thinks once for all records of a request'
        source.wrong(path, what, 'take "auto" or "json", and the reasoning is asked for in each record')


def _tellable(field: Field) -> bool:
    """Whether a later stage can be given it: what may be missing, or is no text, it is not."""
    return field.type.kind == "string" and (field.required or field.source == "seed")
