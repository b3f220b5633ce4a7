"""A group of commands whose modules are imported when they are used."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any, override

import click

if TYPE_CHECKING:
    from collections.abc import Mapping


class LazyGroup(click.Group):
    """A group that imports the module of a command when the command is used.

    Each module brings other libraries, and no command should wait for those of all.

    Args:
        modules: the module and the one-line help of each command, by its name. The module has the
            command under the name ``command``.
        options: those of ``click.Group``.
    """

    def __init__(self, *, modules: Mapping[str, tuple[str, str]], **options: Any) -> None:
        super().__init__(**options)
        self._modules = modules

    @override
    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of the commands."""
        return list(self._modules)

    @override
    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a command, or None if there is none with this name."""
        if cmd_name not in self._modules:
            return None
        command = importlib.import_module(self._modules[cmd_name][0]).command
        if not isinstance(command, click.Command):
            raise TypeError(f"{self._modules[cmd_name][0]}.command is no command")
        return command

    @override
    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the names and the help of the commands."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, summary) for name, (_, summary) in self._modules.items()])
