"""`destilation help`: the same as `--help`, for those who type it so."""

import click

from destilation.cli.app import root
from destilation.core.display import display_safe


@click.command(epilog="\b\nExamples:\n  destilation help run\n  destilation help providers check")
@click.argument("words", nargs=-1, metavar="[VERB]...")
def command(words: tuple[str, ...]) -> None:
    """Explain a verb with its flags and examples; without one, list the verbs."""
    context = click.Context(root, info_name="destilation")
    found: click.Command = root
    for word in words:
        if not isinstance(found, click.Group):
            raise click.UsageError(f"{context.command_path} has no verb '{display_safe(word, 40)}' below it")
        name, inner, _ = found.resolve_command(context, [word])
        assert inner is not None
        found, context = inner, click.Context(inner, info_name=name, parent=context)
    print(found.get_help(context))
