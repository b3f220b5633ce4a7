"""The commands of the queue: show, dead, redrive, discard, reconcile, pauses and the shards."""

from __future__ import annotations

import functools
import time
import zlib
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import click
import msgspec

from chalicelib.commands import queue_pauses, queue_shards
from chalicelib.commands.connections import POSITIVE_NUMBER, Queue, queue_options
from chalicelib.commands.redis_errors import QueueError
from chalicelib.commands.terminal import printable
from chalicelib.queue.admin import (
    DeadLetter,
    DeadLetters,
    Pauses,
    QueueCounts,
    Reconciler,
    read_state,
)

if TYPE_CHECKING:
    from chalicelib.queue import Lanes, Shards

RECONCILE_SECONDS = 600.0

Change = Callable[["Lanes", Sequence[str] | None], int]


@click.group("queue")
def command() -> None:
    """Inspect and repair the queue."""


for one in (*queue_pauses.COMMANDS, *queue_shards.COMMANDS):
    command.add_command(one)


def job_options(run: Callable[..., Any]) -> Callable[..., Any]:
    """Add the ids of jobs, or --all, to a command; exactly one of both is required."""

    @functools.wraps(run)
    def check_and_run(*, ids: tuple[str, ...], all_jobs: bool, **options: Any) -> Any:
        context = click.get_current_context()
        if bool(ids) == all_jobs:
            raise click.UsageError("Give either job ids or --all", context)
        for job_id in ids:
            if not job_id.isprintable():
                raise click.UsageError(f"{printable(job_id)} is not a job id", context)
        return run(ids=None if all_jobs else ids, **options)

    with_all = click.option("--all", "all_jobs", is_flag=True, help="All dead letters.")
    return click.argument("ids", nargs=-1, metavar="[ID]...")(with_all(check_and_run))


@command.command()
@queue_options
def show(queue: Queue) -> None:
    """Count the lanes that are ready, leased or delayed, the drains and the dead letters.

    With several shards, the first line of a kind has the sums, and others the shards with work.
    """
    for shards in queue.shards:
        _show_kind(shards)


def _show_kind(shards: Shards) -> None:
    states = [read_state(lanes) for lanes in shards]
    counts = [state.counts for state in states]
    if len(counts) > 1:
        click.echo(f"{shards.kind:<12}  {_describe(_total(counts))}")
    for lanes, found in zip(shards, counts, strict=True):
        if len(counts) == 1 or any(msgspec.structs.astuple(found)):
            click.echo(f"{_name(lanes):<12}  {_describe(found)}")
    pauses = Pauses(shards)
    for what in ("intake", "drains"):
        paused = [shard for shard, state in enumerate(states) if what in state.paused]
        if paused and (pause := pauses.find(what, paused[0])):
            part = f" in {len(paused)} of {len(states)} shards" if len(paused) < len(states) else ""
            reason = f": {printable(pause.reason)}" if pause.reason else ""
            since = f"{pause.since:%Y-%m-%d %H:%M:%S}Z"
            click.echo(f"{'':<12}  {what} PAUSED since {since}{part}{reason}")


def _total(counts: Sequence[QueueCounts]) -> QueueCounts:
    columns = list(zip(*map(msgspec.structs.astuple, counts), strict=True))
    values = [*map(sum, columns[:-1]), max(columns[-1])]
    return QueueCounts(*values)


def _describe(counts: QueueCounts) -> str:
    shown = {
        "ready": counts.ready,
        "leased": counts.leased,
        "delayed": counts.delayed,
        "drains": counts.drains,
        "dead letters": counts.dead_letters,
        "oldest": f"{counts.oldest_waiting:.0f} s",
    }
    return "  ".join(f"{name} {value}" for name, value in shown.items())


@command.command()
@click.option("--most", type=POSITIVE_NUMBER, default=20, help="At most this many of each kind.")
@queue_options
def dead(queue: Queue, *, most: int) -> None:
    """List dead letters, newest first: id, time, lane, description and reason."""
    found = False
    for lanes in queue:
        for dead_letter in _dead_letters(lanes, most):
            found = True
            reason = dead_letter.error.strip().splitlines()[-1:] or ["no reason was recorded"]
            died_at = f"{dead_letter.died_at:%Y-%m-%d %H:%M:%S}Z"
            click.echo(f"{printable(dead_letter.id)}  {died_at}  {printable(dead_letter.lane)}")
            click.echo(f"    {printable(dead_letter.description) or 'no description'}")
            click.echo(f"    {printable(reason[0])}")
    if not found:
        click.echo("no dead letters")


@command.command()
@job_options
@queue_options
def redrive(queue: Queue, *, ids: Sequence[str] | None) -> int:
    """Return dead letters to the ends of their lanes, for five more attempts."""

    def redrive_jobs(lanes: Lanes, job_ids: Sequence[str] | None) -> int:
        dead_letters = DeadLetters(lanes)
        count, wakes = (
            dead_letters.redrive_all() if job_ids is None else dead_letters.redrive(job_ids)
        )
        if count:
            when = queue.start_all(lanes, wakes)
            click.echo(f"{_name(lanes)}: {count} redriven, served {when}")
            click.echo("    a job whose cause is not fixed dies again after five attempts")
        return count

    return _change(queue, ids, redrive_jobs)


@command.command()
@job_options
@queue_options
def discard(queue: Queue, *, ids: Sequence[str] | None) -> int:
    """Delete dead letters for good."""

    def discard_jobs(lanes: Lanes, job_ids: Sequence[str] | None) -> int:
        dead_letters = DeadLetters(lanes)
        count = dead_letters.discard_all() if job_ids is None else dead_letters.discard(job_ids)
        if count:
            click.echo(f"{_name(lanes)}: {count} discarded")
        return count

    return _change(queue, ids, discard_jobs)


@command.command()
@queue_options
def reconcile(queue: Queue) -> int:
    """Count every job by its location, and repair those in the wrong place.

    Then start the drains that the ready lanes need.
    """
    code = 0
    ends = time.monotonic() + min(RECONCILE_SECONDS, queue.connections.seconds_left())
    for lanes in queue:
        report = Reconciler(lanes).run(ends - time.monotonic())
        if report is None:
            result = "not finished: run the command again, it continues where it stopped"
            code = 1
        else:
            counts = msgspec.structs.asdict(report)
            result = "  ".join(f"{name} {count}" for name, count in counts.items() if count)
        click.echo(f"{_name(lanes):<14}  {result or 'no jobs'}")
        # All are requested before the first is started: a failed start is retired, and would be
        # requested again.
        if wakes := list(iter(lanes.request_drain, None)):
            when = queue.start_all(lanes, wakes)
            click.echo(f"{'':<14}  ready lanes are served {when}")
    return code


def _change(queue: Queue, ids: Sequence[str] | None, change: Change) -> int:
    """Change dead letters.

    Args:
        queue: The lanes of all kinds and shards.
        ids: The ids of the jobs. All kinds and shards are searched; None means all dead letters.
        change: Changes the dead letters of one kind and shard, and returns how many there were.

    Returns:
        The exit code.
    """
    if ids is None:
        if not sum(change(lanes, None) for lanes in queue):
            click.echo("no dead letters")
        return 0
    unknown = dict.fromkeys(ids)
    for lanes in queue:
        times = lanes.redis.zmscore(lanes.keys.dead(lanes.kind), list(unknown)) if unknown else []
        found = [job_id for job_id, time in zip(unknown, times, strict=True) if time is not None]
        if found:
            change(lanes, found)
        for job_id in found:
            del unknown[job_id]
    if unknown:
        names = ", ".join(map(printable, unknown))
        click.echo(f"Not a dead letter: {names}. `queue dead` lists them.", err=True)
        return 1
    return 0


def _dead_letters(lanes: Lanes, most: int) -> list[DeadLetter]:
    try:
        return DeadLetters(lanes).newest(limit=most)
    except (ValueError, zlib.error) as error:
        # Another program, or a person, wrote something that RQ would not write.
        raise QueueError(
            f"A dead letter of {_name(lanes)} cannot be read ({type(error).__name__});"
            " `redrive` and `discard` still work on it."
        ) from None


def _name(lanes: Lanes) -> str:
    return lanes.kind if lanes.shard == 0 else f"{lanes.kind}/{lanes.shard}"
