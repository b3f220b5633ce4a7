"""Start drains by an asynchronous invocation of a worker function.

A failed invocation loses nothing: the jobs stay in their lanes, and the next accepted job or the
schedule starts a drain. The drain that did not start is retired, because the queue would otherwise
count it as a running one.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import msgspec

from chalicelib.common.observability import count
from chalicelib.queue import REDIS_ERRORS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from aws_lambda_powertools import Logger
    from mypy_boto3_lambda import LambdaClient

    from chalicelib.queue import Wake


def invoke_drain(client: LambdaClient, function: str, wake: Wake) -> None:
    """Start a drain by an asynchronous invocation of its function.

    Raises:
        botocore.exceptions.BotoCoreError, botocore.exceptions.ClientError: it was not invoked.
    """
    payload = msgspec.json.encode(wake)
    client.invoke(FunctionName=function, InvocationType="Event", Payload=payload)


class LambdaWaker:
    """Starts drains by asynchronous invocations of their Lambda functions."""

    def __init__(
        self,
        functions: Mapping[str, str],
        client: Callable[[], LambdaClient],
        retire: Callable[[Wake], None],
        logger: Logger,
    ) -> None:
        self._functions = functions
        self._client = client
        self._retire = retire
        self._logger = logger

    def wake(self, wake: Wake) -> None:
        """Start a drain. Never raises, because the caller's own work is done already."""
        try:
            invoke_drain(self._client(), self._functions[wake.kind], wake)
        except Exception as error:
            # Not all errors are botocore's: a malformed AWS_ENDPOINT_URL is a ValueError.
            count("wake_failed", kind=wake.kind)
            self._logger.warning("wake failed", kind=wake.kind, error=type(error).__name__)
            with suppress(*REDIS_ERRORS):
                self._retire(wake)
