"""Options that several commands share."""

import functools
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, override

import click

from infrastructure.local.stack import Ports, Stack
from infrastructure.local.stack.layout import DEFAULT_DIRECTORY


class PositiveNumber(click.ParamType[int]):
    """A whole number from 1 up."""

    name = "number"

    @override
    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        text = str(value)
        if not (text.isascii() and text.isdigit() and int(text) > 0):
            self.fail(f"{text} is not a whole number from 1 up", param, ctx)
        return int(text)


POSITIVE_NUMBER = PositiveNumber()


def stack_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the option --dir to a command, and pass it the stack of that directory."""

    @functools.wraps(command)
    def run(directory: Path | None, **options: Any) -> Any:
        chosen = directory or Path(os.environ.get("HIRELANE_STACK_DIR") or DEFAULT_DIRECTORY)
        return command(Stack(chosen, Ports.from_environment()), **options)

    return click.option(
        "--dir",
        "directory",
        type=click.Path(path_type=Path),
        help="The stack's directory (HIRELANE_STACK_DIR; default: .local/stack).",
    )(run)
