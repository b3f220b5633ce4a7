"""Connections of commands that run in the function `ops` of a deployment stage."""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click
from botocore.exceptions import BotoCoreError, ClientError
from pymongo.errors import PyMongoError

from chalicelib.bootstrap.clients import connect_mongodb, secrets_client
from chalicelib.bootstrap.waker import invoke_drain
from chalicelib.commands.errors import CommandError
from chalicelib.commands.stage_secrets import change_secret

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pymongo.database import Database

    from chalicelib.bootstrap.container import Container
    from chalicelib.commands.connections import ConnectionOptions
    from chalicelib.queue import Wake

# Kept for the answer of the function.
RESERVE_SECONDS = 30.0


class FunctionConnections:
    """The connections of the settings of the function; see ``Connections``.

    Args:
        container: the container of the function.
        remaining: returns the seconds that this invocation may still run.
        options: the options of the command, which all must have their defaults: the settings of the
            deployment stage say where the function works.
    """

    advice = "see docs/runbooks/redis-unavailable.md"

    def __init__(
        self, container: Container, remaining: Callable[[], float], options: ConnectionOptions
    ) -> None:
        if options.directory or options.cluster or options.shards:
            raise click.UsageError(
                "--dir, --cluster and --shards are settings of the deployment stage here"
            )
        if options.stage != "local":
            raise click.UsageError("--stage stands before the command, or is STAGE of `make ops`")
        self._container = container
        self._remaining = remaining
        self.answer_seconds = container.timeouts.redis

    def count_shards(self) -> int:
        """Return the number of shards of the settings."""
        return self._container.settings.environment.shards

    @contextmanager
    def redis(self) -> Iterator[Any]:
        """Return the client of the process, which stays connected."""
        yield self._container.redis

    @contextmanager
    def database(self, seconds: float) -> Iterator[Database[dict[str, Any]]]:
        """Connect to MongoDB."""
        uri = self._container.settings.secrets.mongodb_uri
        try:
            with connect_mongodb(uri, seconds=seconds) as client:
                yield client.get_default_database("hirelane")
        except PyMongoError as error:
            # Not the text of the error, because it may hold addresses.
            raise CommandError(
                f"MongoDB does not answer ({type(error).__name__});"
                " see docs/runbooks/mongodb-unavailable.md."
            ) from error

    def change_keys(self, change: Callable[[dict[str, Any]], None]) -> None:
        """Change the keys secret."""
        try:
            secret = self._container.settings.environment.keys_secret
            change_secret(secrets_client(), secret, change)
        except (BotoCoreError, ClientError) as error:
            raise CommandError(f"The secret cannot be changed: {type(error).__name__}.") from error

    def read_link_secret(self) -> str:
        """Return the link secret of the settings."""
        return self._container.settings.secrets.link_secret

    def read_receipt_keys(self) -> str:
        """Return the public keys of receipts, from the keys secret."""
        return json.dumps(self._container.auth.receipt_keys.ring.jwks())

    def read_text(self, place: str) -> str:
        """Refuse, because files are on the operator's machine.

        Raises:
            CommandError: always.
        """
        raise CommandError(
            "Files are not read in the function; check a receipt with `make verify-receipt`."
        )

    def start(self, wake: Wake) -> None:
        """Start a drain by an asynchronous invocation."""
        function = self._container.drain_functions[wake.kind]
        invoke_drain(self._container.lambda_client, function, wake)

    def seconds_left(self) -> float:
        """Return how long (s) this invocation may still work."""
        return self._remaining() - RESERVE_SECONDS
