"""`[providers]` into specifications, and mixes into shares of them. Knows no other part of the file."""

import math
import os
import re
from collections.abc import Mapping, Sequence
from typing import Any

from destilation.config.check import check
from destilation.config.model import EmbeddingsTable, PriceTable, ShareTable
from destilation.config.problems import nearest, suggestion
from destilation.config.provider_model import KINDS, ProviderTable, RemoteTable
from destilation.config.source import KeyPath, Source
from destilation.core import catalogue
from destilation.core.job import (
    AnyProviderSpec,
    Embeddings,
    MockSpec,
    OllamaSpec,
    OpenAISpec,
    OpenRouterSpec,
    Price,
    RemoteSpec,
    Share,
)
from destilation.core.template import Template

OPENAI_URL, OPENAI_KEY = "https://api.openai.com/v1", "OPENAI_API_KEY"
_SPECS: Mapping[str, type[Any]] = {
    "openai": OpenAISpec,
    "openrouter": OpenRouterSpec,
    "ollama": OllamaSpec,
    "mock": MockSpec,
}


class Providers:
    """The tables of providers; what is wrong with them, or with a mix of them, is noted in the source."""

    def __init__(self, source: Source, tables: Mapping[str, dict[str, Any]], templates: Sequence[Template]) -> None:
        self._source = source
        self._templates = templates
        self._tables = {name: self._provider_table(name, table) for name, table in tables.items()}

    def mix(self, entries: Sequence[ShareTable] | None, path: KeyPath, template: str) -> tuple[Share, ...]:
        """The entries at a place of the file that are for jobs of the template; None: every provider there is."""
        shares: list[Share] = []
        for number, entry in enumerate(entries or [ShareTable(provider=name) for name in self._tables or ("mock",)]):
            here = (*path, number)
            if self._known(entry.provider, (*here, "provider")):
                model = entry.model or self._model(entry.provider, here)
                values = entry.model_dump(exclude={"model", "price", "templates"})
                named = tuple(entry.templates)
                shares.append(Share(model=model, templates=named, price=_price(entry.price), **values))
        shares = self._of_template(shares, path, template)
        if shares and math.fsum(share.share for share in shares if share.attempts != "retry") <= 0:
            self._source.wrong(path, "every share is 0, so nobody would be asked first")
        labels = [share.label for share in shares]
        for number, label in enumerate(labels):
            if label in labels[:number]:
                self._source.wrong((*path, number), f"{label} is in the mix twice; add up its shares")
        return tuple(shares)

    def embeddings(self, table: EmbeddingsTable, path: KeyPath) -> Embeddings | None:
        """The model that makes vectors; None where there is no such provider."""
        if not self._known(table.provider, (*path, "provider")):
            return None
        model = table.model or self._model(table.provider, path)
        return Embeddings(provider=table.provider, model=model, threshold=table.threshold, price=_price(table.price))

    def _of_template(self, shares: list[Share], path: KeyPath, wanted: str) -> list[Share]:
        """The entries for the job's template. One that names templates must name known ones."""
        for number, share in enumerate(shares):
            for template_id in share.templates:
                if catalogue.find(template_id, self._templates) is None:
                    self._source.wrong((*path, number, "templates"), f'there is no template "{template_id[:60]}"')
        left = [share for share in shares if not share.templates or wanted in share.templates]
        if shares and not left:
            self._source.wrong(path, f'no entry of the mix is for template "{wanted[:60]}"')
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
        if self.kind(name) != "mock":
            self._source.wrong(
                (*path, "model"),
                f"which model of {name}?",
                f'give model = "..." here, or --model, or providers.{name}.model',
            )
        return "mock"

    def kind(self, name: str) -> str | None:
        """Of which kind a provider is; None where that is not known."""
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

    def spec(self, name: str) -> AnyProviderSpec | None:
        """The provider as configured, with the defaults of its kind; None where its table is wrong."""
        kind, table = self.kind(name), self._tables.get(name)
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
