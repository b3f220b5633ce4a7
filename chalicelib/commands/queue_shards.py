"""The command that changes the number of shards."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from chalicelib.commands.connections import POSITIVE_NUMBER, Queue, queue_options
from chalicelib.commands.errors import CommandError
from chalicelib.queue.admin import ShardCount, ShardsInUse

if TYPE_CHECKING:
    from collections.abc import Sequence


# As HIRELANE_SHARDS allows.
_MOST = 1024


@click.command("set-shards")
@click.argument("number", type=POSITIVE_NUMBER)
@queue_options
def set_shards(queue: Queue, *, number: int) -> None:
    """Change the number of shards to NUMBER, while the queue holds nothing.

    Pause the intake before, and deploy HIRELANE_SHARDS=NUMBER after it: until then, every process
    accepts nothing, and answers 503.
    """
    if number > _MOST:
        raise CommandError(f"There can be at most {_MOST} shards.")
    count = ShardCount(queue.shards[0][0].redis)
    former = count.read()
    try:
        count.change(number)
    except ShardsInUse as error:
        raise CommandError(
            f"The queue is in use: it holds {error}. Nothing was changed. Pause the intake, wait"
            " until everything is stored, and redrive or discard dead letters."
        ) from error
    click.echo(f"The queue has {number} shards (it had {former or 'no stored number of'}).")
    click.echo(f"Deploy HIRELANE_SHARDS={number} now: until then nothing is accepted.")


COMMANDS: Sequence[click.Command] = (set_shards,)
