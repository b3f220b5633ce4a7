"""The stores, the keys and the drains of a deployment stage, as commands use them."""

from __future__ import annotations

import functools
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, override

import click

from chalicelib.commands.redis_errors import QueueError, describe
from chalicelib.queue import REDIS_ERRORS, Shards
from chalicelib.queue.rq.keys import configured_prefix

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from contextlib import AbstractContextManager

    from pymongo.database import Database

    from chalicelib.queue import Lanes, Wake

KINDS = ("applications", "mail", "texts")


class ConnectionOptions(NamedTuple):
    """The options that choose where a command works."""

    directory: Path | None
    cluster: bool
    shards: int | None
    stage: str


class Connections(Protocol):
    """The stores, the keys and the drains of a deployment stage."""

    # How long a command waits for an answer of Redis (s), and what to check without one.
    answer_seconds: float
    advice: str

    def count_shards(self) -> int:
        """Return the number of shards."""

    def redis(self) -> AbstractContextManager[Any]:
        """Connect to Redis."""

    def database(self, seconds: float) -> AbstractContextManager[Database[dict[str, Any]]]:
        """Connect to MongoDB; explain its errors.

        Args:
            seconds: how long an operation may take.
        """

    def change_keys(self, change: Callable[[dict[str, Any]], None]) -> None:
        """Change the secret with the keys of the API."""

    def read_link_secret(self) -> str:
        """Return the secret from which the key of suppressed addresses is derived."""

    def read_receipt_keys(self) -> str:
        """Return the public keys of receipts, as a JSON Web Key Set."""

    def read_text(self, place: str) -> str:
        """Return the text of a file or URL that the operator named."""

    def start(self, wake: Wake) -> None:
        """Start a drain. Any error means that it was not started."""

    def seconds_left(self) -> float:
        """Return how long (s) this command may still run."""


# Makes connections from the options of a command. It is the ``obj`` of click's context.
Connect = Callable[[ConnectionOptions], Connections]


class Queue:
    """The lanes that a command works on.

    Args:
        connections: what the command is connected to.
        shards: the lanes of each kind.
    """

    def __init__(self, connections: Connections, shards: Sequence[Shards]) -> None:
        self.connections = connections
        self.shards = shards

    def __iter__(self) -> Iterator[Lanes]:
        for shards in self.shards:
            yield from shards

    def of(self, kind: str) -> Shards | None:
        """Return the lanes of a kind, or None if the command leaves them out."""
        return next((one for one in self.shards if one.kind == kind), None)

    def start_all(self, lanes: Lanes, wakes: Sequence[Wake]) -> str:
        """Start drains, and return when the lanes are served: now, or within a minute."""
        # A list, so that one failed start does not prevent the others.
        started = [self._start(lanes, wake) for wake in wakes]
        return "now" if all(started) else "within a minute"

    def _start(self, lanes: Lanes, wake: Wake) -> bool:
        try:
            self.connections.start(wake)
        except Exception:
            # Any failure (no server, no function, no region, a malformed address) is harmless: the
            # jobs are in their lanes. Forget the drain, so that the next accept starts another.
            with suppress(*REDIS_ERRORS):
                lanes.retire(wake.drain_id)
            return False
        return True


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


def connection_options(run: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that say where a command works, and pass it its connections."""

    @functools.wraps(run)
    def connect_and_run(
        *,
        directory: Path | None,
        stage: str,
        cluster: bool = False,
        shards: int | None = None,
        **others: Any,
    ) -> Any:
        connect = click.get_current_context().obj
        return run(connect(ConnectionOptions(directory, cluster, shards, stage)), **others)

    return _with_options(
        connect_and_run,
        click.option(
            "--dir",
            "directory",
            type=click.Path(path_type=Path),
            help="The local stack's directory (HIRELANE_STACK_DIR; default: .local/stack).",
        ),
        click.option("--stage", default="local", help="The deployment stage of the functions."),
    )


def queue_options(run: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that say which queue, and pass the command its lanes."""

    @functools.wraps(run)
    def open_and_run(connections: Connections, *, kind: str | None, **others: Any) -> Any:
        count = connections.count_shards()
        kinds = [kind] if kind else KINDS
        try:
            with connections.redis() as redis:
                shards = [_shards(redis, name, count) for name in kinds]
                return run(Queue(connections, shards), **others)
        except REDIS_ERRORS as error:
            text = describe(error, connections.answer_seconds, connections.advice)
            raise QueueError(text) from error

    return _with_options(
        connection_options(open_and_run),
        click.option("--kind", type=click.Choice(KINDS), help="Only these lanes."),
        click.option("--cluster", is_flag=True, help="REDIS_URL is the address of a cluster."),
        click.option(
            "--shards",
            type=POSITIVE_NUMBER,
            help="The number of shards (HIRELANE_SHARDS; default: 1).",
        ),
    )


def _with_options(
    run: Callable[..., Any], *options: Callable[[Callable[..., Any]], Callable[..., Any]]
) -> Callable[..., Any]:
    for add_option in options:
        run = add_option(run)
    return run


def _shards(redis: Any, kind: str, count: int) -> Shards:
    try:
        return Shards(redis, kind, count=count)
    except ValueError:
        raise QueueError(
            f"RQ_KEY_PREFIX={configured_prefix()} does not work with several shards:"
            " it must end in 0}, for instance {hl0}."
        ) from None
