"""The root command: finds the verb's module by a static table, and turns errors into one line and a code."""

import difflib
import os
import re
import sys
from collections.abc import Callable, Sequence
from importlib import import_module

import click

from destilation.core.display import display_safe, redact
from destilation.errors import DestilationError
from destilation.version import __version__

# verb -> (module, one line of help); the modules are imported only for their own verb.
VERBS: dict[str, tuple[str, str]] = {
    "init": ("init", "Write a commented config.toml to start from."),
    "preview": ("preview", "Make a few samples to look at, and keep nothing."),
    "run": ("run", "Make a dataset, or continue one to its target."),
    "watch": ("watch", "Show a job in the dashboard, live or at rest."),
    "status": ("status", "Show how far a dataset is, live or at rest."),
    "sample": ("sample", "Look at some samples, or at refused answers."),
    "inspect": ("inspect", "Walk through samples and refused answers on the screen."),
    "coverage": ("coverage", "Show what a dataset is about, where it is thin, what is alike."),
    "report": ("report", "Write a dataset's report: one HTML page, no network, no script."),
    "pause": ("pause", "Have a running job ask for nothing new."),
    "resume": ("resume", "Have a paused job go on."),
    "stop": ("stop", "End a running job, to be continued later."),
    "set": ("set", "Change concurrency, target, budget or providers of a running job."),
    "cost": ("cost", "Show what a dataset cost, by provider, model and outcome."),
    "verify": ("verify", "Check every line of a dataset."),
    "merge": ("merge", "Make one dataset of several, without their duplicates."),
    "convert": ("convert", "Make a dataset of a file of chats or columns."),
    "export": ("export", "Write the samples in a training format."),
    "push": ("push", "Upload an export with its card to a hub."),
    "reparse": ("reparse", "Judge the stored answers again, without a call."),
    "drop": ("drop", "Remove samples by provider, model or time."),
    "dedup": ("dedup", "Take duplicates out of any file of JSON lines."),
    "diff": ("diff", "Compare two datasets: only here, only there, in both, near."),
    "templates": ("templates", "List templates, or show one with its prompts and schema."),
    "plan": ("plan", "Show the topics and axes that samples are, or would be, spread over."),
    "providers": ("providers", "List providers, or check that they answer."),
    "doctor": ("doctor", "Look whether all that a job needs is there."),
    "mock": ("mock", "Serve a mock over HTTP, to try a configuration against."),
    "config": ("config", "Check a configuration, show it, or print its JSON Schema."),
    "completion": ("completion", "Print a script that completes verbs and flags in a shell."),
    "help": ("help", "Explain a verb."),
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
        loaded: Callable[[], None] | None = ctx.find_root().obj
        if loaded is not None:
            loaded()
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


def run(args: Sequence[str], *, loaded: Callable[[], None] | None = None) -> int:
    """Run the command line; the exit code. `loaded` is called when the verb's module is there."""
    try:
        code = root.main(list(args), prog_name="destilation", standalone_mode=False, obj=loaded)
    except DestilationError as error:
        return _complain(str(error), error.exit_code)
    except click.exceptions.NoArgsIsHelpError as error:
        print(error.format_message(), file=sys.stderr)
        return 2
    except click.ClickException as error:
        context = getattr(error, "ctx", None)
        hint = f"\nTry: {context.command_path} --help" if context else ""
        return _complain(f"{error.format_message()}{_meant(error)}{hint}", 2)
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


def _meant(error: click.ClickException) -> str:
    """Which of a few values was meant, where a flag or an argument takes no others."""
    choices = getattr(getattr(getattr(error, "param", None), "type", None), "choices", ())
    given = re.match(r"'(.*)' is not one of ", error.message)
    near = difflib.get_close_matches(given[1], choices, n=1) if given else []
    return f" Did you mean '{near[0]}'?" if near else ""


def _complain(message: str, code: int) -> int:
    print(f"error: {message}" if not message.startswith("error") else message, file=sys.stderr)
    return code
