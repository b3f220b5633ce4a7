"""What each command does, on the lanes of all kinds and shards that are meant."""

import argparse
import sys
import zlib
from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from chalicelib.queue import DeadLetter, DeadLetters, Lanes, Reconciler
from infrastructure.queue.connecting import woken
from infrastructure.queue.errors import QueueError
from infrastructure.queue.terminal import printable

RECONCILE_SECONDS = 600.0


def show(queue: Sequence[Lanes], options: argparse.Namespace) -> int:
    """Tell how many lanes wait, are leased or held back, and how many dead letters there are."""
    for lanes in queue:
        redis, keys, kind = lanes.redis, lanes.keys, lanes.kind
        counts = {
            "lanes ready": redis.zcard(lanes.ring),
            "leased": redis.zcard(keys.leases(kind)),
            "held back": redis.zcard(keys.delayed(kind)),
            # One that was killed stays listed until a script looks.
            "drains": redis.zcount(keys.drains(kind), _now_ms(redis), "+inf"),
            "dead letters": redis.zcard(keys.dead(kind)),
        }
        told = "  ".join(f"{name} {count}" for name, count in counts.items())
        print(f"{_name(lanes):<14}  {told}")
    return 0


def dead(queue: Sequence[Lanes], options: argparse.Namespace) -> int:
    """List dead letters, newest first: id, when, what, and why."""
    none = True
    for lanes in queue:
        for letter in _letters(lanes, options.most):
            none = False
            reason = letter.error.strip().splitlines()[-1:] or ["no reason was kept"]
            print(f"{printable(letter.id)}  {letter.died_at:%Y-%m-%d %H:%M:%S}Z", end="  ")
            print(printable(letter.lane))
            print(f"    {printable(letter.description) or 'no description'}")
            print(f"    {printable(reason[0])}")
    if none:
        print("no dead letters")
    return 0


def redrive(queue: Sequence[Lanes], options: argparse.Namespace) -> int:
    """Give dead letters another five attempts, at the ends of their lanes."""

    def revive(lanes: Lanes, ids: Sequence[str] | None) -> int:
        letters = DeadLetters(lanes)
        count, wakes = letters.redrive_all() if ids is None else letters.redrive(ids)
        if count:
            # All of them are woken, also behind one that cannot be.
            started = [woken(lanes, wake, options) for wake in wakes]
            soon = "now" if all(started) else "within a minute"
            print(f"{_name(lanes)}: {count} redriven, served {soon}")
            print("    what it died of and is not mended kills it again, after five attempts")
        return count

    return _change(queue, options, revive)


def discard(queue: Sequence[Lanes], options: argparse.Namespace) -> int:
    """Delete dead letters for good."""

    def delete(lanes: Lanes, ids: Sequence[str] | None) -> int:
        letters = DeadLetters(lanes)
        count = letters.discard_all() if ids is None else letters.discard(ids)
        if count:
            print(f"{_name(lanes)}: {count} discarded")
        return count

    return _change(queue, options, delete)


def reconcile(queue: Sequence[Lanes], options: argparse.Namespace) -> int:
    """Count all jobs where they are, and put right what is not in its place."""
    code = 0
    for lanes in queue:
        census = Reconciler(lanes).run(RECONCILE_SECONDS)
        if census is None:
            told = "not finished: run it again, it goes on where it stopped"
            code = 1
        else:
            found = msgspec.structs.asdict(census)
            told = "  ".join(f"{name} {count}" for name, count in found.items() if count)
        print(f"{_name(lanes):<14}  {told or 'no jobs'}")
    return code


COMMANDS = {run.__name__: run for run in (show, dead, redrive, discard, reconcile)}


def _change(
    queue: Sequence[Lanes],
    options: argparse.Namespace,
    change: Callable[[Lanes, Sequence[str] | None], int],
) -> int:
    """Change all dead letters, or those that were named, wherever they are."""
    if options.all:
        if not sum(change(lanes, None) for lanes in queue):
            print("no dead letters")
        return 0
    unknown = dict.fromkeys(options.ids)
    for lanes in queue:
        times = lanes.redis.zmscore(lanes.keys.dead(lanes.kind), list(unknown)) if unknown else []
        ids = [job_id for job_id, time in zip(unknown, times, strict=True) if time is not None]
        if ids:
            change(lanes, ids)
        for job_id in ids:
            del unknown[job_id]
    if unknown:
        named = ", ".join(map(printable, unknown))
        print(
            f"No dead letter: {named}; `make queue ARGS=dead` lists those that are.",
            file=sys.stderr,
        )
        return 1
    return 0


def _letters(lanes: Lanes, most: int) -> list[DeadLetter]:
    try:
        return DeadLetters(lanes).newest(most=most)
    except (ValueError, zlib.error) as error:
        # Another program, or a hand, wrote what RQ would not.
        raise QueueError(
            f"A dead letter of {_name(lanes)} cannot be read ({type(error).__name__});"
            " `redrive` and `discard` work on it all the same."
        ) from None


def _now_ms(redis: Any) -> int:
    """The server's clock, by which drains are counted."""
    seconds, microseconds = redis.time()
    return int(seconds) * 1000 + int(microseconds) // 1000


def _name(lanes: Lanes) -> str:
    return lanes.kind if lanes.shard == 0 else f"{lanes.kind}/{lanes.shard}"
