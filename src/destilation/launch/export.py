"""A dataset folder as files that trainers load: read in a stream, in constant memory.

Nothing is changed but what is below `exports/`, so that a folder can be exported while a run adds to it.
"""

import contextlib
from collections.abc import Callable
from pathlib import Path

from destilation.config import Config
from destilation.core.dedup.index import content
from destilation.core.tool import Tool
from destilation.errors import ConfigError
from destilation.exports.conversation import Entry
from destilation.exports.facts import FilePart
from destilation.exports.format import Format, Row
from destilation.exports.registry import format_of, style_for
from destilation.exports.split import Split, split_of
from destilation.exports.style import Style
from destilation.exports.teller import Teller, left_out, roles_of
from destilation.launch.describe import describe, listed, refuse_foreign
from destilation.launch.measure import Measure
from destilation.launch.parts import Part, remove_left_over
from destilation.launch.places import places_of
from destilation.launch.rows import Rows, teller_of
from destilation.launch.wish import Exported, Wish
from destilation.storage.disk import Disk
from destilation.storage.layout import SAMPLES, create_folder
from destilation.storage.refusals import as_storage_error

Watch = Callable[[int], None]
_EVERY = 1_000
_EXAMPLES = 3
_ENOUGH = 500  # rows, of which shares can be expected to be near
_FAR = 0.5
_WHOLE = Split(("train",), (1.0,))


def export(folder: Path, config: Config, wish: Wish, watch: Watch = lambda done: None) -> Exported:
    """Write the files. `watch` is told now and then how many samples are done.

    Raises ConfigError before anything is written, DamagedError for a line that cannot be read, StorageError; then
    what was there before is still there.
    """
    if not (folder / SAMPLES).is_file():
        raise ConfigError(f"{folder} has no {SAMPLES}, so there is nothing to export")
    return _Export(folder, config, wish, watch).run()


class _Export:
    def __init__(self, folder: Path, config: Config, wish: Wish, watch: Watch) -> None:
        self._folder, self._config, self._wish, self._watch = folder, config, wish, watch
        if wish.drop_longer and wish.max_tokens is None:
            raise ConfigError("--drop-longer needs --max-tokens")
        if wish.stratify and not wish.split:
            raise ConfigError("--stratify needs --split")
        self._form = format_of(wish.format)
        self._style = style_for(
            self._form,
            reasoning=wish.reasoning,
            arguments=wish.arguments,
            system=wish.system,
            provenance=wish.provenance,
            teller=Teller(config.template),
        )
        self._split = split_of(wish.split) if wish.split else _WHOLE
        self._measure = Measure(wish.tokenizer, wish.max_tokens, wish.chat_template)
        self._compared = config.job.dedup.fields or config.template.compared_fields
        self._places = places_of(folder, self._form, wish.out, self._split.names)
        if wish.card is not None:
            refuse_foreign(self._places)
        self._disk = Disk()
        self._strata: dict[str, dict[str, int]] = {}
        self._examples: list[Row] = []

    def run(self) -> Exported:
        with as_storage_error(self._places.folder, "nothing was exported"):
            teller = teller_of(self._folder, self._config)
            rows = Rows(self._folder, self._form, self._style, teller)
            sinks = [self._form.sink(self._config.template, self._style) for _ in self._split.names]
            create_folder(self._places.folder, self._disk)
            remove_left_over(self._places.files.values(), self._disk)
            before = listed(self._places)
            parts: list[Part] = []
            try:
                for (split, path), sink in zip(self._places.files.items(), sinks, strict=True):
                    parts.append(Part(path, split, sink, self._disk))
                self._fill(rows, parts)
                # Loaders stumble over files without rows.
                filled = [part for part in parts if part.rows or part is parts[0]]
                files = tuple(part.finish() for part in filled)
                with contextlib.suppress(FileNotFoundError):
                    self._disk.remove(self._places.meta)  # it tells of what is about to change
                for part in filled:
                    part.put()
                for part in parts:
                    part.discard()
            except BaseException:
                for part in parts:
                    part.discard()
                raise
            exported = self._exported(rows, files, teller.inferred)
            describe(self._folder, self._config, exported, self._wish, self._examples, before, self._disk)
        return exported

    def _fill(self, rows: Rows, parts: list[Part]) -> None:
        drop, measure = self._wish.drop_longer, self._measure
        for entry, told, row in rows:
            if entry.number % _EVERY == 0:
                self._watch(entry.number)
            if measure.longer(self._form, self._style, entry, told, row, drop=drop):
                rows.skip(f"it has more than {self._wish.max_tokens:,} tokens", entry)
                continue
            if len(self._examples) < _EXAMPLES:
                self._examples.append(row)
            parts[self._part(entry)].add(row)
        if self._wish.stratify and rows.reading.samples and set(self._strata) <= {""}:
            raise ConfigError(f"--stratify {self._wish.stratify}: no sample tells its {self._wish.stratify}")

    def _part(self, entry: Entry) -> int:
        if len(self._split.names) == 1:
            return 0
        stratum = self._stratum(entry)
        place = self._split.part_of(content(entry.record, self._compared), stratum)
        if self._wish.stratify:
            counts = self._strata.setdefault(stratum, dict.fromkeys(self._split.names, 0))
            counts[self._split.names[place]] += 1
        return place

    def _stratum(self, entry: Entry) -> str:
        named = self._wish.stratify
        if named == "topic":
            role = roles_of(self._config.template).topic
            return entry.topic.split(" > ", 1)[0] or (entry.text(role) if role else "")
        return entry.text(named) if named else ""

    def _exported(self, rows: Rows, files: tuple[FilePart, ...], inferred: tuple[Tool, ...]) -> Exported:
        return Exported(
            form=self._form,
            style=self._style,
            places=self._places,
            reading=rows.reading,
            files=files,
            strata=self._strata,
            skipped=rows.skipped,
            notices=_notices(self._config, self._form, self._style, sum(part.rows for part in files))
            + self._uneven(files),
            lengths=self._measure.lengths,
            rendered=self._measure.rendered,
            inferred=inferred,
        )

    def _uneven(self, files: tuple[FilePart, ...]) -> list[str]:
        """Parts that are far from what was asked for: near copies stay together, and of some there are many."""
        total, rows = sum(part.rows for part in files), {part.split: part.rows for part in files}
        found = []
        for name, share in zip(self._split.names, self._split.shares, strict=True):
            got = rows.get(name, 0) / max(total, 1)
            if share and (name not in rows or (total >= _ENOUGH and abs(got - share) > _FAR * share)):
                why = "so few samples" if total < _ENOUGH else "many samples are worded alike, and stay together"
                found.append(f"{name} has {got:.1%} of the rows, {share:.1%} were asked for: {why}")
        return found


def _notices(config: Config, form: Format, style: Style, rows: int) -> list[str]:
    """What a user would want to know and did not ask for."""
    found, template = [], config.template
    roles = roles_of(template)
    if template.export is None and not form.flat:
        parts = [(role, getattr(roles, role)) for role in ("user", "reasoning", "code", "assistant")]
        told = ", ".join(f"{role} = {name}" for role, name in parts if name)
        found.append(f"template '{template.id}' does not say which field is what, so this was taken: {told}")
    if not form.flat and (unsaid := left_out(template)):
        found.append(f"fields that have no place in a conversation are left out of it: {', '.join(unsaid)}")
    if style.reasoning == "none" and roles.reasoning and not form.flat:
        keep = "; --reasoning think keeps it" if "think" in form.reasonings else ""
        found.append(f"the reasoning of all rows is left out{keep}")
    if roles.tool_call and not config.tools and not form.flat:
        found.append("no tools are declared, so their schemas were inferred from the calls")
    if rows < form.least:
        found.append(f"{form.name} asks for at least {form.least} rows; there are {rows}")
    return found
