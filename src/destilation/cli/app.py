"""The root command: finds the verb's module by a static table, and turns errors into one line and a code."""

import difflib
import os
import sys
from collections.abc import Sequence
from importlib import import_module

import click

from destilation.core.display import display_safe, redact
from destilation.errors import DestilationError
from destilation.version import __version__

# verb -> (module, one line of help); the modules are imported only for their own verb.
VERBS: dict[str, tuple[str, str]] = {
    "init": ("init", "Write a commented config.toml to start from."),
    "run": ("run", "Make a dataset, or continue one to its target."),
    "status": ("status", "Show how far a dataset is, live or at rest."),
    "cost": ("cost", "Show what a dataset cost, by provider, model and outcome."),
    "verify": ("verify", "Check every line of a dataset."),
    "reparse": ("reparse", "Judge the stored answers again, without a call."),
    "drop": ("drop", "Remove samples by provider, model or time."),
    "templates": ("templates", "List templates, or show one with its prompts and schema."),
    "providers": ("providers", "List providers, or check that they answer."),
    "mock": ("mock", "Serve a mock over HTTP, to try a configuration against."),
    "config": ("config", "Check a configuration, show it, or print its JSON Schema."),
}

EPILOG = """\b
Examples:
  destilation run                              the offline demo
  destilation run --provider mock --template reasoning --target 50
  destilation init && destilation run          your own job
"""


class Verbs(click.Group):
    """A group whose commands are the table above."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The verbs, in the order of a job's life."""
        return list(VERBS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        """The command of a verb, imported now."""
        if name not in VERBS:
            return None
        module = import_module(f"destilation.cli.{VERBS[name][0]}")
        command: click.Command = module.command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The verbs with their lines of help, without importing any of them."""
        with formatter.section("Verbs"):
            formatter.write_dl([(name, line) for name, (_, line) in VERBS.items()])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click does, with a suggestion for a mistyped verb."""
        if args[0] not in VERBS and not args[0].startswith("-"):
            near = difflib.get_close_matches(args[0], VERBS, n=1)
            hint = f", did you mean '{near[0]}'?" if near else f". Verbs: {', '.join(VERBS)}"
            raise click.UsageError(f"there is no verb '{display_safe(args[0], 40)}'{hint}")
        return super().resolve_command(ctx, args)


@click.group(cls=Verbs, epilog=EPILOG, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, "-V", "--version", message="destilation %(version)s")
def root() -> None:
    """Destil expert models into large, validated, deduplicated fine-tuning datasets."""


def run(args: Sequence[str]) -> int:
    """Run the command line; the exit code."""
    try:
        code = root.main(list(args), prog_name="destilation", standalone_mode=False)
    except DestilationError as error:
        return _complain(str(error), error.exit_code)
    except click.ClickException as error:
        context = getattr(error, "ctx", None)
        hint = f"\nTry: {context.command_path} --help" if context else ""
        return _complain(f"{error.format_message()}{hint}", 2)
    except (KeyboardInterrupt, click.Abort):
        return _complain("interrupted; everything accepted is kept", 130)
    except Exception as error:
        if os.environ.get("DESTILATION_TRACEBACK"):
            raise
        text = display_safe(redact(f"{type(error).__name__}: {error}"), 500)
        return _complain(
            f"internal error: {text}\nNothing accepted is lost. "
            "Set DESTILATION_TRACEBACK=1 to see where, and report it.",
            1,
        )
    return code if isinstance(code, int) else 0


def _complain(message: str, code: int) -> int:
    print(f"error: {message}" if not message.startswith("error") else message, file=sys.stderr)
    return code
