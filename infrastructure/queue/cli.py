"""The commands `show`, `dead`, `redrive`, `discard` and `reconcile`.

They work on the Redis of REDIS_URL, or else on that of the local stack.
"""

import argparse
import os
import sys
from collections.abc import Sequence
from typing import Any, NoReturn

from chalicelib.queue import REDIS_ERRORS, Lanes, Shards
from chalicelib.queue.rq.keys import configured_prefix
from infrastructure.local.stack.cli import add_directory_option
from infrastructure.local.stack.errors import StackError
from infrastructure.queue import connecting
from infrastructure.queue.commands import COMMANDS, dead, discard, redrive
from infrastructure.queue.errors import QueueError, sentence

KINDS = ("applications", "mail")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command on all shards of the kinds that are meant; returns the exit code."""
    options = _parse(sys.argv[1:] if arguments is None else arguments)
    try:
        with connecting.connected(options) as redis:
            code: int = options.run(_queue(redis, options), options)
        # Here, where a reader that has gone is noticed, and not while Python ends.
        sys.stdout.flush()
        return code
    except (StackError, QueueError) as error:
        print(error, file=sys.stderr)
    except REDIS_ERRORS as error:
        print(sentence(error, connecting.ANSWER_SECONDS), file=sys.stderr)
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # The reader of the pipe, `head` for one, has seen enough.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    return 1


def _queue(redis: Any, options: argparse.Namespace) -> list[Lanes]:
    kinds = [options.kind] if options.kind else KINDS
    try:
        return [
            lanes for kind in kinds for lanes in Shards(redis, kind, count=_shards(options.shards))
        ]
    except ValueError:
        raise QueueError(
            f"RQ_KEY_PREFIX={configured_prefix()} cannot be that of several shards:"
            " it must end in 0}, as {hl0} does."
        ) from None


def _shards(asked: int | None) -> int:
    if asked is not None:
        return asked
    text = os.environ.get("HIRELANE_SHARDS") or "1"
    try:
        return _number(text)
    except argparse.ArgumentTypeError as error:
        raise QueueError(f"HIRELANE_SHARDS: {error}.") from None


class _Parser(argparse.ArgumentParser):
    """Refuses with one sentence."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{message.removeprefix('argument ')}; --help tells more.\n")


def _parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = _Parser(prog="queue", description="The queue of Hirelane.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for name, run in COMMANDS.items():
        command = commands.add_parser(name, help=run.__doc__, description=run.__doc__)
        command.set_defaults(run=run)
        command.add_argument("--kind", choices=KINDS, help="only these lanes")
        command.add_argument("--cluster", action="store_true", help="REDIS_URL is a cluster's")
        command.add_argument(
            "--shards", type=_number, help="how many there are (HIRELANE_SHARDS; default: 1)"
        )
        if run is dead:
            command.add_argument(
                "--most", type=_number, default=20, help="of each kind (default: 20)"
            )
        if run in (redrive, discard):
            which = command.add_mutually_exclusive_group(required=True)
            which.add_argument("--all", action="store_true", help="all that are dead now")
            which.add_argument(
                "ids", nargs="*", type=_job_id, default=[], metavar="ID", help="job ids"
            )
        if run is redrive:
            command.add_argument("--stage", default="local", help="whose workers (default: local)")
        add_directory_option(command)
    if not arguments or arguments[0] not in (*COMMANDS, "-h", "--help"):
        first = f", not {arguments[0]}" if arguments else ""
        parser.error(f"First comes a command{first}: {', '.join(COMMANDS)}; then its options")
    return parser.parse_args(arguments)


def _job_id(text: str) -> str:
    if not text.isprintable():
        raise argparse.ArgumentTypeError("no job has such an id")
    return text


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) > 0):
        raise argparse.ArgumentTypeError(f"give a number from 1 up, not {text}")
    return int(text)
