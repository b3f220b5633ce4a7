"""Options that several commands share."""

import functools
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from infrastructure.local.stack import Ports, Stack
from infrastructure.local.stack.layout import DEFAULT_DIRECTORY


def stack_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the option --dir to a command, and pass it the stack of that directory."""

    @functools.wraps(command)
    def run(directory: Path | None, **options: Any) -> Any:
        return command(stack_at(directory), **options)

    return click.option(
        "--dir",
        "directory",
        type=click.Path(path_type=Path),
        help="The stack's directory (HIRELANE_STACK_DIR; default: .local/stack).",
    )(run)


def stack_at(directory: Path | None) -> Stack:
    """Return the stack of a directory, of HIRELANE_STACK_DIR or of the default directory."""
    chosen = directory or Path(os.environ.get("HIRELANE_STACK_DIR") or DEFAULT_DIRECTORY)
    return Stack(chosen, Ports.from_environment())
