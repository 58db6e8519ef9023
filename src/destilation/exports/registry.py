"""The one list of training formats. A new one is one file and one line here."""

import difflib
from collections.abc import Mapping

from destilation.errors import ConfigError
from destilation.exports import (
    alpaca,
    arrow,
    axolotl,
    chatml,
    csv,
    hermes,
    llamafactory,
    mistral,
    openai,
    parquet,
    raw,
    sharegpt,
    together,
    trl,
    trl_pc,
    unsloth,
    xlam,
)
from destilation.exports.format import Format
from destilation.exports.style import Style
from destilation.exports.teller import Teller

_MODULES = (
    trl,
    trl_pc,
    unsloth,
    axolotl,
    llamafactory,
    sharegpt,
    alpaca,
    chatml,
    openai,
    mistral,
    together,
    hermes,
    xlam,
    raw,
    csv,
    parquet,
    arrow,
)
_ALL: tuple[Format, ...] = tuple(module.FORMAT for module in _MODULES)
FORMATS: Mapping[str, Format] = {form.name: form for form in _ALL}


def format_of(name: str) -> Format:
    """The format of that name. Raises ConfigError."""
    if name not in FORMATS:
        near = difflib.get_close_matches(name, FORMATS, n=1)
        hint = f", did you mean '{near[0]}'?" if near else ""
        raise ConfigError(f"there is no format '{name[:60]}'{hint}  help: known: {', '.join(FORMATS)}")
    return FORMATS[name]


def style_for(
    form: Format, *, reasoning: str | None, arguments: str | None, system: str, provenance: bool, teller: Teller
) -> Style:
    """The user's choices checked against what a format can hold. Raises ConfigError.

    `system` is `keep`, `none` or the text itself.
    """
    if teller.calls and not form.arguments and not form.flat:
        raise ConfigError(f"{form.name} cannot hold tool calls: the template '{teller.template_id}' makes some")
    if form.only_tools and not teller.calls:
        raise ConfigError(f"{form.name} holds tool calls only: the template '{teller.template_id}' makes none")
    if provenance and not form.provenance:
        raise ConfigError(f"{form.name} refuses columns that it does not know; leave out --with-provenance")
    chosen = next((each for each in form.reasonings if each == (reasoning or form.reasonings[0])), None)
    if chosen is None:
        able = ", ".join(form.reasonings)
        raise ConfigError(f"{form.name} cannot hold reasoning as '{reasoning}'.  help: --reasoning {able}")
    if teller.calls and form.silent_calls and chosen == "think":
        raise ConfigError(f"{form.name} takes no text beside a tool call.  help: --reasoning none, or field")
    allowed = form.arguments or ("string",)
    written = next((each for each in allowed if each == (arguments or allowed[0])), None)
    if written is None:
        raise ConfigError(f"{form.name} holds the arguments of a call as {allowed[0]} only; leave out --tool-args")
    told = {"keep": None, "none": ""}.get(system, system)
    return Style(reasoning=chosen, arguments=written, system=told, provenance=provenance)
