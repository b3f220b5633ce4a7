"""The commands of the queue that stop and resume the intake of applications and the drains."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from chalicelib.commands.connections import KINDS, Queue, queue_options
from chalicelib.commands.errors import CommandError
from chalicelib.queue.admin import Pauses

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chalicelib.queue import Shards

INTAKE_KIND = "applications"

reason_option = click.option(
    "--reason", default="", help="Why, for other operators; never shown to candidates."
)


@click.command()
@reason_option
@queue_options
def pause(queue: Queue, *, reason: str) -> None:
    """Stop the intake of new applications, which are answered with 503 and Retry-After.

    Repeated applications get their receipts. What was accepted is stored, and can be withdrawn.
    """
    _intake(queue).pause("intake", _one_line(reason))
    click.echo("The intake of new applications is paused.")


@click.command()
@queue_options
def resume(queue: Queue) -> None:
    """Take new applications again."""
    was_paused = _intake(queue).resume("intake")
    click.echo("New applications are taken again." if was_paused else "The intake was not paused.")


@click.command("pause-drains")
@reason_option
@queue_options
def pause_drains(queue: Queue, *, reason: str) -> None:
    """Stop the drains of one kind (--kind). Its jobs wait, and none is lost."""
    shards = _only(queue)
    Pauses(shards).pause("drains", _one_line(reason))
    click.echo(f"The drains of {shards.kind} are paused. Those that run settle what they claimed.")


@click.command("resume-drains")
@queue_options
def resume_drains(queue: Queue) -> None:
    """Start the drains again, of all kinds or of one (--kind)."""
    for shards in queue.shards:
        if not Pauses(shards).resume("drains"):
            click.echo(f"The drains of {shards.kind} were not paused.")
            continue
        wakes = [(lanes, wake) for lanes in shards if (wake := lanes.request_drain())]
        started = {queue.start_all(lanes, [wake]) for lanes, wake in wakes}
        when = "within a minute" if "within a minute" in started else "now"
        click.echo(f"The drains of {shards.kind} run again. Jobs that wait are served {when}.")


COMMANDS: Sequence[click.Command] = (pause, resume, pause_drains, resume_drains)


def _intake(queue: Queue) -> Pauses:
    shards = queue.of(INTAKE_KIND)
    if shards is None:
        raise CommandError("Only applications have an intake that can be paused.")
    return Pauses(shards)


def _only(queue: Queue) -> Shards:
    if len(queue.shards) > 1:
        raise CommandError(f"Choose the drains with --kind: {', '.join(KINDS)}.")
    return queue.shards[0]


def _one_line(reason: str) -> str:
    return " ".join(reason.split())
