"""A logger of Powertools that is created when it is needed."""

from __future__ import annotations

import logging
import os
import sys
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from aws_lambda_powertools import Logger


class StandardOutput:
    """The standard output of the process at the time of each write.

    The logger is created late, maybe while a test has replaced the standard output for a moment.
    """

    def write(self, text: str) -> int:
        """Write a text."""
        return sys.stdout.write(text)

    def flush(self) -> None:
        """Write what is buffered."""
        sys.stdout.flush()


_OUTPUT = StandardOutput()


class LazyLogger:
    """A logger of Powertools, which is imported and created when a line needs its formatter.

    The import takes a tenth of a cold start, and most environments of the API log only requests,
    which ``chalicelib.common.observability`` formats itself from the fields of this class.

    Args:
        service: the name of the function.
    """

    def __init__(self, service: str) -> None:
        self._service = service
        # In the order of Powertools.
        self._fields: dict[str, Any] = {
            **dict.fromkeys(("level", "location", "message", "timestamp")),
            "service": service,
        }
        self._level = _configured_level()
        self._logger: Logger | None = None

    @property
    def log_level(self) -> int:
        """The level from which on lines are written."""
        return self._level if self._logger is None else self._logger.log_level

    @property
    def registered_handler(self) -> Any:
        """The handler, whose ``stream`` gets the lines."""
        if self._logger is None:
            return SimpleNamespace(stream=_OUTPUT)
        return self._logger.registered_handler

    def get_current_keys(self) -> dict[str, Any]:
        """Return the fields that each line has."""
        return dict(self._fields) if self._logger is None else self._logger.get_current_keys()

    def set_correlation_id(self, value: str | None) -> None:
        """Set the correlation id of the next lines."""
        self._fields["correlation_id"] = value
        if self._logger is not None:
            self._logger.set_correlation_id(value)

    def get_correlation_id(self) -> str | None:
        """Return the correlation id of the next lines."""
        correlation_id: str | None = self._fields.get("correlation_id")
        return correlation_id

    def __getattr__(self, name: str) -> Any:
        """Return a method of Powertools' logger."""
        if self._logger is None:
            from aws_lambda_powertools import Logger

            self._logger = Logger(
                service=self._service,
                level=self._level,
                stream=_OUTPUT,  # type: ignore[arg-type]
                utc=True,
                use_rfc3339=True,
                log_uncaught_exceptions=False,
            )
            if correlation_id := self.get_correlation_id():
                self._logger.set_correlation_id(correlation_id)
        return getattr(self._logger, name)


def _configured_level() -> int:
    """Return the level of the function's settings in Lambda, or else of the variable."""
    name = os.environ.get("AWS_LAMBDA_LOG_LEVEL") or os.environ.get("HIRELANE_LOG_LEVEL", "INFO")
    return logging.getLevelNamesMapping().get(name.upper(), logging.INFO)
