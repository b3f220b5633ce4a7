"""The commands `show`, `dead`, `redrive`, `discard` and `reconcile`.

They work on the Redis of REDIS_URL, or else on that of the local stack.
"""

import argparse
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import msgspec
from botocore.exceptions import BotoCoreError, ClientError
from redis.exceptions import RedisError

from chalicelib.connections import connect_redis, lambda_client
from chalicelib.queue import Census, DeadLetters, Lanes, Reconciler, Shards, Wake
from infrastructure.local.stack.errors import StackError
from infrastructure.local.stack.layout import DEFAULT_DIRECTORY
from infrastructure.local.stack.stack import Stack

KINDS = ("applications", "mail")
ANSWER_SECONDS = 10.0
RECONCILE_SECONDS = 600.0


def show(lanes: Lanes, options: argparse.Namespace) -> None:
    """Tell how many lanes wait, are leased or held back, and how many dead letters there are."""
    redis, keys, kind = lanes.redis, lanes.keys, lanes.kind
    counts = {
        "lanes ready": redis.zcard(lanes.ring),
        "leased": redis.zcard(keys.leases(kind)),
        "held back": redis.zcard(keys.delayed(kind)),
        "drains": redis.zcard(keys.drains(kind)),
        "dead letters": redis.zcard(keys.dead(kind)),
    }
    told = "  ".join(f"{name} {count}" for name, count in counts.items())
    print(f"{_name(lanes):<14}  {told}")


def dead(lanes: Lanes, options: argparse.Namespace) -> None:
    """List dead letters, newest first: id, when, what, and why."""
    for letter in DeadLetters(lanes).newest(most=options.most):
        print(f"{letter.id}  {letter.died_at:%Y-%m-%d %H:%M:%S}Z  {letter.lane}")
        print(f"    {letter.description or 'no description'}")
        print(f"    {letter.error.splitlines()[-1] if letter.error else 'no reason was kept'}")


def redrive(lanes: Lanes, options: argparse.Namespace) -> None:
    """Give dead letters another five attempts, at the ends of their lanes."""
    letters = DeadLetters(lanes)
    count, wake = letters.redrive_all() if options.all else letters.redrive(options.ids)
    if count:
        soon = "now" if wake is None or _woken(wake, options.stage) else "within a minute"
        print(f"{_name(lanes)}: {count} redriven; they are served {soon}")
    options.changed += count


def discard(lanes: Lanes, options: argparse.Namespace) -> None:
    """Delete dead letters for good."""
    letters = DeadLetters(lanes)
    count = letters.discard_all() if options.all else letters.discard(options.ids)
    if count:
        print(f"{_name(lanes)}: {count} discarded")
    options.changed += count


def reconcile(lanes: Lanes, options: argparse.Namespace) -> None:
    """Count all jobs where they are, and put right what is not in its place."""
    census = Reconciler(lanes).run(RECONCILE_SECONDS) or Census()
    found = msgspec.structs.asdict(census)
    told = "  ".join(f"{name} {count}" for name, count in found.items() if count)
    print(f"{_name(lanes):<14}  {told or 'no jobs'}")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command on all shards of the kinds that are meant."""
    options = _parse(arguments)
    options.changed = 0
    try:
        with _redis(options) as redis:
            for kind in [options.kind] if options.kind else KINDS:
                for lanes in Shards(redis, kind, count=options.shards):
                    options.run(lanes, options)
    except StackError as error:
        print(error, file=sys.stderr)
        return 1
    except RedisError as error:
        print(f"Redis cannot be reached, see to REDIS_URL: {error}", file=sys.stderr)
        return 1
    if options.run in (redrive, discard) and not options.changed:
        print("There is no such dead letter: `make queue ARGS=dead` lists them.", file=sys.stderr)
        return 1
    return 0


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="queue", description="The queue of Hirelane.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    runs: tuple[Callable[[Lanes, argparse.Namespace], None], ...]
    runs = (show, dead, redrive, discard, reconcile)
    for run in runs:
        command = commands.add_parser(run.__name__, help=run.__doc__, description=run.__doc__)
        command.set_defaults(run=run)
        command.add_argument("--kind", choices=KINDS, help="only these lanes")
        command.add_argument("--cluster", action="store_true", help="REDIS_URL is a cluster's")
        command.add_argument(
            "--shards",
            type=int,
            default=int(os.environ.get("HIRELANE_SHARDS", "1")),
            help="how many there are (HIRELANE_SHARDS; default: 1)",
        )
        if run is dead:
            command.add_argument("--most", type=int, default=20, help="of each kind (default: 20)")
        if run in (redrive, discard):
            which = command.add_mutually_exclusive_group(required=True)
            which.add_argument("--all", action="store_true", help="all that are dead now")
            which.add_argument("ids", nargs="*", default=[], metavar="ID", help="job ids")
        if run is redrive:
            command.add_argument("--stage", default="local", help="whose workers (default: local)")
    return parser.parse_args(arguments)


@contextmanager
def _redis(options: argparse.Namespace) -> Iterator[Any]:
    url = os.environ.get("REDIS_URL") or Stack(DEFAULT_DIRECTORY).endpoints().redis_url
    client = connect_redis(url, answer_seconds=ANSWER_SECONDS, cluster=options.cluster)
    try:
        yield client
    finally:
        client.close()


def _woken(wake: Wake, stage: str) -> bool:
    """Invoke the drain. Should that fail, the schedule does it within a minute."""
    try:
        if "AWS_ENDPOINT_URL" not in os.environ and stage == "local":
            os.environ |= Stack(DEFAULT_DIRECTORY).endpoints().aws_environment()
        lambda_client(answer_seconds=5, attempts=1).invoke(
            FunctionName=f"hirelane-{wake.kind}-{stage}-drain",
            InvocationType="Event",
            Payload=msgspec.json.encode(wake),
        )
    except (StackError, BotoCoreError, ClientError):
        return False
    return True


def _name(lanes: Lanes) -> str:
    return lanes.kind if lanes.shard == 0 else f"{lanes.kind}/{lanes.shard}"
