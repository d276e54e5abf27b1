"""The commands, in one visible list; each is imported when it is asked for, so that `memlab --help` is quick."""

from __future__ import annotations

import importlib
from typing import Any

import click

import memlab
from memlab.cli.errors import USAGE
from memlab.cli.streams import write_error

_HELP = ["-h", "--help"]
COMMANDS = {
    "list": ("memlab.cli.list", "The recipes, a line each."),
    "show": ("memlab.cli.show", "A recipe's explanation, its variants and their source."),
    "compare": ("memlab.cli.compare", "Measure a recipe's variants and compare them."),
    "report": ("memlab.cli.report", "Show a saved run again; pages, tables and charts of it."),
    "runs": ("memlab.cli.runs", "The runs that are saved, newest first."),
    "diff": ("memlab.cli.diff", "What changed from one run of a recipe to another."),
    "check": ("memlab.cli.check", "Fail where more memory is needed than was accepted."),
    "accept": ("memlab.cli.accept", "Accept what is needed now: write the baseline file."),
    "doctor": ("memlab.cli.doctor", "Can the figures on this machine be trusted?"),
}
"""Name: (module that defines `command`, what `memlab --help` says of it)."""


class Group(click.Group):
    """The commands of `COMMANDS`."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """Their names, in the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Import one command."""
        if cmd_name not in COMMANDS:
            return None
        command = importlib.import_module(COMMANDS[cmd_name][0]).command
        assert isinstance(command, click.Command)
        # click keeps a command's help option from its first use: it must not depend on whose context that was.
        command.context_settings.setdefault("help_option_names", _HELP)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that the words ask for; a mistyped one is answered with what it may have been."""
        name = args[0]
        if name not in COMMANDS and not name.startswith("-"):
            import difflib

            close = difflib.get_close_matches(name[:40], COMMANDS, n=1)
            suggestion = f"; did you mean {close[0]}?" if close else ""
            ctx.fail(f"there is no command {name!r}{suggestion}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """The list in `memlab --help`, without importing any of them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, said) for name, (_, said) in COMMANDS.items()])


_CONTEXT: dict[str, Any] = {"help_option_names": _HELP, "max_content_width": 100}


@click.group(cls=Group, context_settings=_CONTEXT, invoke_without_command=True)
@click.version_option(memlab.__version__, "-V", "--version", message="memlab %(version)s")
@click.pass_context
def group(context: click.Context) -> int:
    """Measure how much memory image code needs, compare ways of doing it, and say why they differ.

    A recipe is one idea: a plain way of doing it (the baseline), better ways (techniques), and ways that only look
    better (pitfalls). `memlab compare generators` is a good start.
    """
    if context.invoked_subcommand is None:
        write_error(context.get_help() + "\n")
        return USAGE
    return 0
