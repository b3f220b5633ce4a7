"""Waking worker functions: an asynchronous invoke that costs the caller little and may fail.

A failed wake loses nothing: the jobs are in their lanes, the next accept or the schedule wakes
the worker.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.observability import count

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from aws_lambda_powertools import Logger
    from mypy_boto3_lambda import LambdaClient


class Waker:
    """Invokes the drain function of a kind of lanes."""

    def __init__(
        self, functions: Mapping[str, str], client: Callable[[], LambdaClient], logger: Logger
    ) -> None:
        self._functions = functions
        self._client = client
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
