"""The commands of the queue: show, dead, redrive, discard and reconcile.

They work on the Redis of REDIS_URL, or on that of the local stack.
"""

import functools
import os
import sys
import zlib
from collections.abc import Callable, Sequence
from typing import Any

import click
import msgspec

from chalicelib.queue import REDIS_ERRORS, Lanes, Shards
from chalicelib.queue.admin import DeadLetter, DeadLetters, Reconciler, read_counts
from chalicelib.queue.rq.keys import configured_prefix
from infrastructure.cli import queue_client
from infrastructure.cli.options import POSITIVE_NUMBER, stack_option
from infrastructure.cli.redis_errors import QueueError, describe
from infrastructure.cli.terminal import printable
from infrastructure.local.stack import Stack

KINDS = ("applications", "mail", "texts")
RECONCILE_SECONDS = 600.0

Change = Callable[[Lanes, Sequence[str] | None], int]


@click.group("queue")
def command() -> None:
    """Inspect and repair the queue."""


def queue_options(run: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that say which queue, and pass the command its lanes."""

    @functools.wraps(run)
    def connect_and_run(
        stack: Stack, *, kind: str | None, cluster: bool, shards: int | None, **others: Any
    ) -> Any:
        count = shards or _configured_shards()
        try:
            with queue_client.connect(stack, cluster=cluster) as redis:
                return run(stack, _lanes(redis, kind, count), **others)
        except REDIS_ERRORS as error:
            raise QueueError(describe(error, queue_client.ANSWER_SECONDS)) from error

    options: tuple[Callable[[Callable[..., Any]], Callable[..., Any]], ...] = (
        click.option("--kind", type=click.Choice(KINDS), help="Only these lanes."),
        click.option("--cluster", is_flag=True, help="REDIS_URL is the address of a cluster."),
        click.option(
            "--shards",
            type=POSITIVE_NUMBER,
            help="The number of shards (HIRELANE_SHARDS; default: 1).",
        ),
        stack_option,
    )
    decorated: Callable[..., Any] = connect_and_run
    for add_option in options:
        decorated = add_option(decorated)
    return decorated


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


stage_option = click.option("--stage", default="local", help="The deployment stage of the workers.")


@command.command()
@queue_options
def show(stack: Stack, queue: Sequence[Lanes]) -> None:
    """Count the lanes that are ready, leased or delayed, the drains and the dead letters."""
    for lanes in queue:
        counts = read_counts(lanes)
        shown = {
            "lanes ready": counts.ready,
            "leased": counts.leased,
            "held back": counts.delayed,
            "drains": counts.drains,
            "dead letters": counts.dead_letters,
            "oldest": f"{counts.oldest_waiting:.0f} s",
        }
        click.echo(f"{_name(lanes):<14}  " + "  ".join(f"{k} {v}" for k, v in shown.items()))


@command.command()
@click.option("--most", type=POSITIVE_NUMBER, default=20, help="At most this many of each kind.")
@queue_options
def dead(stack: Stack, queue: Sequence[Lanes], *, most: int) -> None:
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
@stage_option
@job_options
@queue_options
def redrive(
    stack: Stack, queue: Sequence[Lanes], *, ids: Sequence[str] | None, **options: str
) -> int:
    """Return dead letters to the ends of their lanes, for five more attempts."""

    def redrive_jobs(lanes: Lanes, job_ids: Sequence[str] | None) -> int:
        dead_letters = DeadLetters(lanes)
        count, wakes = (
            dead_letters.redrive_all() if job_ids is None else dead_letters.redrive(job_ids)
        )
        if count:
            when = queue_client.wake_all(lanes, wakes, stack, options["stage"])
            click.echo(f"{_name(lanes)}: {count} redriven, served {when}")
            click.echo("    a job whose cause is not fixed dies again after five attempts")
        return count

    return _change(queue, ids, redrive_jobs)


@command.command()
@job_options
@queue_options
def discard(stack: Stack, queue: Sequence[Lanes], *, ids: Sequence[str] | None) -> int:
    """Delete dead letters for good."""

    def discard_jobs(lanes: Lanes, job_ids: Sequence[str] | None) -> int:
        dead_letters = DeadLetters(lanes)
        count = dead_letters.discard_all() if job_ids is None else dead_letters.discard(job_ids)
        if count:
            click.echo(f"{_name(lanes)}: {count} discarded")
        return count

    return _change(queue, ids, discard_jobs)


@command.command()
@stage_option
@queue_options
def reconcile(stack: Stack, queue: Sequence[Lanes], *, stage: str) -> int:
    """Count every job by its location, and repair those in the wrong place.

    Then start the drains that the ready lanes need.
    """
    code = 0
    for lanes in queue:
        report = Reconciler(lanes).run(RECONCILE_SECONDS)
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
            when = queue_client.wake_all(lanes, wakes, stack, stage)
            click.echo(f"{'':<14}  ready lanes are served {when}")
    return code


def _configured_shards() -> int:
    text = os.environ.get("HIRELANE_SHARDS") or "1"
    try:
        return POSITIVE_NUMBER.convert(text, None, None)
    except click.BadParameter as error:
        raise QueueError(f"HIRELANE_SHARDS: {error.message}.") from None


def _lanes(redis: Any, kind: str | None, shards: int) -> list[Lanes]:
    kinds = [kind] if kind else KINDS
    try:
        return [lanes for name in kinds for lanes in Shards(redis, name, count=shards)]
    except ValueError:
        raise QueueError(
            f"RQ_KEY_PREFIX={configured_prefix()} does not work with several shards:"
            " it must end in 0}, for instance {hl0}."
        ) from None


def _change(queue: Sequence[Lanes], ids: Sequence[str] | None, change: Change) -> int:
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
        print(f"Not a dead letter: {names}. `make queue ARGS=dead` lists them.", file=sys.stderr)
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
