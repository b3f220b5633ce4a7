"""Run one command line: its errors are sentences, and its exit code says what happened."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from chalicelib.commands.terminal import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


def run_command(
    group: click.Group,
    program: str,
    words: Sequence[str],
    obj: Any,
    at_end: Callable[[], None] = lambda: None,
) -> int:
    """Run a command of a group, which writes to the standard streams.

    Args:
        group: the group.
        program: the name of the program in messages.
        words: the command line without the name of the program.
        obj: what the commands get as the ``obj`` of their context.
        at_end: is called when the command has ended.

    Returns:
        The exit code: 0 done, 1 failed, 2 the command line is wrong. A command can return another.
    """
    try:
        # Not `group.main()`: that reports errors in several lines, and a closed pipe as a failure.
        with group.make_context(program, list(words), obj=obj) as context:
            code = group.invoke(context)
        at_end()
    except click.exceptions.Exit as end:
        return end.exit_code
    except click.UsageError as error:
        click.echo(_usage_message(error), err=True)
        return error.exit_code
    except click.ClickException as error:
        click.echo(error.format_message(), err=True)
        return 1
    return code if isinstance(code, int) else 0


def _usage_message(error: click.UsageError) -> str:
    """Return one line that names the mistake in the command line."""
    is_missing = isinstance(error, click.exceptions.NoArgsIsHelpError)
    message = "Missing command." if is_missing else printable(error.format_message())
    if not message.endswith((".", "?")):
        message += "."
    context = error.ctx
    if context is None:
        return message
    if isinstance(context.command, click.Group):
        names = ", ".join(context.command.list_commands(context))
        message = f"{message} The commands are: {names}."
    return f"{message} For help: {context.command_path} --help"
