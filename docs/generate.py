"""Writes docs/verbs.md and docs/destilation.1 from the table of verbs: `make docs`. A test says when it is due."""

import sys
from pathlib import Path

from destilation.cli.pages import Flag, Page, pages
from destilation.cli.settings import KEYS
from destilation.version import __version__

DOCS = Path(__file__).parent
JOB = ("--config", *(f"--{name.replace('_', '-')}" for name in KEYS), "--provider", "--model", "--set")
SEE = {
    "run": ("cockpit.md", "stages.md", "pacing.md", "exit-codes.md"),
    **dict.fromkeys(("watch", "pause", "resume", "stop", "set"), ("cockpit.md",)),
    **dict.fromkeys(("export", "push", "convert", "merge"), ("exports.md",)),
    **dict.fromkeys(("dedup", "diff"), ("dedup.md",)),
    **dict.fromkeys(("report", "sample", "inspect", "preview", "doctor"), ("report.md",)),
    **dict.fromkeys(("plan", "plan show", "coverage"), ("coverage.md",)),
    "status": ("folder.md",),
    "verify": ("durability.md", "exports.md"),
    "templates show": ("templates.md",),
    "providers check": ("providers.md", "stages.md"),
    "mock serve": ("mock-server.md",),
}
HEAD = """\
# Verbs

<!-- made by docs/generate.py from the table of verbs; `make docs` writes it again -->

`destilation VERB --help` (or `destilation help VERB`) explains each with examples. `FOLDER` may be a dataset folder or
the name of one under `./datasets`; without it, the job of `./config.toml` (or the demo) is meant. Errors go to stderr;
the exit codes are in [exit-codes.md](exit-codes.md).
"""
FLAGS = """\
## Flags that describe a job

Verbs that take them all say so below; each overrides the file.

| flag | key | |
| --- | --- | --- |
"""
PRECEDENCE = """
Precedence: flags, then `DESTILATION_*` (`DESTILATION_JOB__TARGET=500`), then the file, then defaults.
"""


def markdown(found: list[Page]) -> str:
    """docs/verbs.md."""
    rows = "".join(f"| [`destilation {page.words}`](#{_anchor(page)}) | {page.line} |\n" for page in found)
    parts = [HEAD, f"| verb | does |\n| --- | --- |\n{rows}", _job_flags(found), *(_section(page) for page in found)]
    return "\n".join(parts)


def man(found: list[Page]) -> str:
    """docs/destilation.1, in the macros of man(7)."""
    lines = [
        f'.TH DESTILATION 1 "" "destilation {__version__}" "User Commands"',
        ".SH NAME",
        r"destilation \- destil expert models into fine-tuning datasets",
        ".SH SYNOPSIS",
        r"\fBdestilation\fR \fIVERB\fR [\fIFOLDER\fR] [\fIFLAGS\fR]",
        ".SH VERBS",
    ]
    for page in found:
        lines += [f".SS {_roff(' '.join((page.words, *page.arguments)))}", *_paragraphs(page.help)]
        for flag in _own(page):
            lines += [
                ".TP",
                rf"\fB{_roff(', '.join(flag.names))}\fR \fI{_roff(flag.takes)}\fR",
                _roff(flag.help) or ".",
            ]
        if _takes_job(page):
            lines += [".PP", "Takes the flags that describe a job."]
        lines += [".PP", ".nf", *(_roff(line) for line in page.examples), ".fi"]
    lines += [".SH FLAGS THAT DESCRIBE A JOB"]
    for flag in _shared(found):
        lines += [".TP", rf"\fB{_roff(', '.join(flag.names))}\fR \fI{_roff(flag.takes)}\fR", _roff(flag.help)]
    lines += [
        ".SH EXIT STATUS",
        "0 done, 1 bug, 2 usage or configuration, 3 stopped short, 4 spend cap, 5 no usable provider,",
    ]
    lines += ["6 damaged, 7 storage failed, 129 130 143 signals."]
    return "\n".join(lines) + "\n"


def _section(page: Page) -> str:
    usage = " ".join(("destilation", page.words, *page.arguments, *(["VERB"] if page.inner else [])))
    parts = [f"## destilation {page.words}\n", f"`{usage}`\n", page.help.replace("<", "&lt;") + "\n"]
    if rows := [_row(flag) for flag in _own(page)]:
        parts.append("\n".join(["| flag | |", "| --- | --- |", *rows]) + "\n")
    if _takes_job(page):
        parts.append("Takes the [flags that describe a job](#flags-that-describe-a-job).\n")
    if page.examples:
        parts.append("\n".join(["```", *(line.removeprefix("  ") for line in page.examples[1:]), "```"]) + "\n")
    there = [name for name in SEE.get(page.words, ()) if (DOCS / name).exists()]
    if there:
        parts.append("More: " + ", ".join(f"[{name}]({name})" for name in there) + "\n")
    return "\n".join(parts)


def _row(flag: Flag) -> str:
    names = ", ".join(
        f"`{name}{f' {flag.takes}' if flag.takes and name.startswith('--') else ''}`" for name in flag.names
    )
    return f"| {names.replace('|', chr(92) + '|')} | {flag.help.replace('|', chr(92) + '|')} |"


def _job_flags(found: list[Page]) -> str:
    rows = []
    for flag in _shared(found):
        key = KEYS.get(flag.names[0].removeprefix("--").replace("-", "_"), "")
        key = {"--provider": "job.mix", "--model": "job.mix"}.get(flag.names[0], key)
        names = ", ".join(f"`{name}`" for name in flag.names)
        rows.append(f"| {names} | {f'`{key}`' if key else ''} | {flag.help} |\n")
    return FLAGS + "".join(rows) + PRECEDENCE


def _shared(found: list[Page]) -> list[Flag]:
    run = next(page for page in found if page.words == "run")
    return [flag for flag in run.flags if flag.names[0] in JOB]


def _takes_job(page: Page) -> bool:
    return {"--config", "--domain", "--budget-usd"} <= {flag.names[0] for flag in page.flags}


def _own(page: Page) -> list[Flag]:
    return [flag for flag in page.flags if not (_takes_job(page) and flag.names[0] in JOB)]


def _anchor(page: Page) -> str:
    return f"destilation-{page.words.replace(' ', '-')}"


def _paragraphs(text: str) -> list[str]:
    return [line for each in text.split("\n\n") for line in (".PP", *map(_roff, each.splitlines()))]


def _roff(text: str) -> str:
    safe = text.replace("\\", "\\e").replace("-", r"\-")
    safe = "".join(each if each.isascii() else f"\\[u{ord(each):04X}]" for each in safe)
    return rf"\&{safe}" if safe.startswith((".", "'")) else safe


if __name__ == "__main__":
    all_pages = pages()
    (DOCS / "verbs.md").write_text(markdown(all_pages), encoding="utf-8")
    (DOCS / "destilation.1").write_text(man(all_pages), encoding="utf-8")
    sys.stderr.write(f"docs/verbs.md and docs/destilation.1: {len(all_pages)} verbs\n")
