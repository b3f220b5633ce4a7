"""Waking worker functions: an asynchronous invoke that costs the caller little and may fail.

A failed wake loses nothing: the jobs are in their lanes, and the next accept or the schedule wakes
the worker. So that it can, the drain that did not start is taken off the list of running ones.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import msgspec
from botocore.exceptions import BotoCoreError, ClientError
from redis.exceptions import RedisError

from chalicelib.observability import count

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from aws_lambda_powertools import Logger
    from mypy_boto3_lambda import LambdaClient


class Waker:
    """Invokes the drain function of a kind of lanes."""

    def __init__(
        self,
        functions: Mapping[str, str],
        client: Callable[[], LambdaClient],
        retire: Callable[[str, str], None],
        logger: Logger,
    ) -> None:
        self._functions = functions
        self._client = client
        self._retire = retire
        self._logger = logger

    def __call__(self, kind: str, drain_id: str) -> None:
        """Ask for a drain of these lanes, under this id. Never raises for a failed invoke."""
        try:
            self._client().invoke(
                FunctionName=self._functions[kind],
                InvocationType="Event",
                Payload=msgspec.json.encode({"drain_id": drain_id}),
            )
        except (BotoCoreError, ClientError) as error:
            count("wake_failed", kind=kind)
            self._logger.warning("wake failed", kind=kind, error=type(error).__name__)
            with suppress(RedisError):
                self._retire(kind, drain_id)
