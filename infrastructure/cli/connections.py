"""Connections of commands that run on an operator's machine.

They are those of the environment (REDIS_URL, MONGODB_URI, the AWS variables), or else those of the
local stack.
"""

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from math import inf
from typing import Any

import click
from botocore.exceptions import BotoCoreError, ClientError
from pymongo.database import Database
from pymongo.errors import PyMongoError

from chalicelib.bootstrap.clients import (
    connect_mongodb,
    connect_redis,
    lambda_client,
    secrets_client,
)
from chalicelib.bootstrap.waker import invoke_drain
from chalicelib.commands.connections import POSITIVE_NUMBER, ConnectionOptions
from chalicelib.commands.errors import CommandError
from chalicelib.commands.redis_errors import QueueError
from chalicelib.commands.stage_secrets import change_secret
from chalicelib.queue import Wake
from infrastructure.cli.options import stack_at
from infrastructure.cli.proofs import default_keys, read_place
from infrastructure.local.deploy.clients import Clients
from infrastructure.local.deploy.settings import KEYS
from infrastructure.local.deploy.settings import change_secret as change_local_secret
from infrastructure.local.stack.endpoints import aws_environment
from infrastructure.local.stack.state import exclusive_deployment

ANSWER_SECONDS = 10.0
# The projects that drain each kind of lanes.
_PROJECTS = {"texts": "applications"}


class LocalConnections:
    """The connections of the environment or of the local stack; see ``Connections``."""

    def __init__(self, options: ConnectionOptions) -> None:
        self._options = options
        self._stack = stack_at(options.directory)
        self.answer_seconds = ANSWER_SECONDS
        has_url = os.environ.get("REDIS_URL")
        self.advice = "check REDIS_URL" if has_url else "see `make status`"

    def count_shards(self) -> int:
        """Return the number of shards of the option, or of HIRELANE_SHARDS."""
        if self._options.shards:
            return self._options.shards
        text = os.environ.get("HIRELANE_SHARDS") or "1"
        try:
            return POSITIVE_NUMBER.convert(text, None, None)
        except click.BadParameter as error:
            raise QueueError(f"HIRELANE_SHARDS: {error.message}.") from None

    @contextmanager
    def redis(self) -> Iterator[Any]:
        """Connect to the Redis of REDIS_URL, or to that of the local stack."""
        url = os.environ.get("REDIS_URL") or self._stack.endpoint("valkey")
        try:
            client = connect_redis(
                url, answer_seconds=ANSWER_SECONDS, cluster=self._options.cluster
            )
        except (ValueError, TypeError):
            # Do not repeat the library's message: it may contain the password.
            raise QueueError(
                "REDIS_URL is not the address of a Redis, such as redis://127.0.0.1:6380/0."
            ) from None
        try:
            yield client
        finally:
            client.close()

    @contextmanager
    def database(self, seconds: float) -> Iterator[Database[dict[str, Any]]]:
        """Connect to the MongoDB of MONGODB_URI, or to that of the local stack."""
        uri = os.environ.get("MONGODB_URI") or self._stack.endpoint("mongodb")
        try:
            with connect_mongodb(uri, seconds=seconds) as client:
                yield client.get_default_database("hirelane")
        except PyMongoError as error:
            raise CommandError(f"Cannot reach MongoDB; check MONGODB_URI: {error}") from error

    def change_keys(self, change: Callable[[dict[str, Any]], None]) -> None:
        """Change the keys secret of the deployment stage, with the operator's own credentials."""
        stage = self._options.stage
        try:
            if stage == "local":
                secrets = Clients.of(self._stack.endpoints()).secrets
                with exclusive_deployment(self._stack.layout, click.echo):
                    change_local_secret(secrets, KEYS, self._stack.layout.keys_file, change)
            else:
                change_secret(secrets_client(), f"hirelane/{stage}/keys", change)
        except (BotoCoreError, ClientError) as error:
            raise CommandError(f"The secret cannot be changed: {error}") from error

    def read_link_secret(self) -> str:
        """Return the link secret of the deployment stage, with the operator's own credentials."""
        stage = self._options.stage
        try:
            if stage == "local":
                client = Clients.of(self._stack.endpoints()).secrets
            else:
                client = secrets_client()
            text = client.get_secret_value(SecretId=f"hirelane/{stage}/settings")["SecretString"]
            return str(json.loads(text)["link_secret"])
        except (BotoCoreError, ClientError, KeyError, ValueError) as error:
            raise CommandError(f"The secret with the settings cannot be read: {error}") from error

    def read_receipt_keys(self) -> str:
        """Return the public keys of receipts of the local stack."""
        return self.read_text(default_keys(self._stack))

    def read_text(self, place: str) -> str:
        """Return the content of a URL, a file or standard input."""
        return read_place(place)

    def start(self, wake: Wake) -> None:
        """Start a drain by an asynchronous invocation."""
        if "AWS_ENDPOINT_URL" not in os.environ and self._options.stage == "local":
            os.environ |= aws_environment(self._stack.endpoint("localstack"))
        project = _PROJECTS.get(wake.kind, wake.kind)
        function = f"hirelane-{project}-{self._options.stage}-drain"
        invoke_drain(lambda_client(answer_seconds=5, attempts=1), function, wake)

    def seconds_left(self) -> float:
        """Return that a command on the operator's machine has no time limit."""
        return inf
