"""Structured logs and counts, the same in every function.

Logs are JSON lines. One correlation id connects the HTTP response, the lane, the worker and the
e-mail of a request. Logs hold ids, never names, addresses, bodies or tokens. Counts are log lines
in CloudWatch's embedded metric format.
"""

from __future__ import annotations

import logging
import os
import sys
import time

import msgspec
from aws_lambda_powertools import Logger
from aws_lambda_powertools.logging.formatter import LambdaPowertoolsFormatter

NAMESPACE = "Hirelane"

# The attributes of every log record. The others are the fields of the caller.
_RECORD = frozenset(vars(logging.makeLogRecord({})))
# The fields of a line that the record decides.
_FROM_RECORD = frozenset(("level", "location", "message", "timestamp"))
_JSON = msgspec.json.Encoder(enc_hook=str)


class LineFormatter(LambdaPowertoolsFormatter):
    """Formats lines as Powertools does, but a line without an exception in a quarter of the time.

    Formatting the line of a request was a third of the processor time of an accept.
    """

    def format(self, record: logging.LogRecord) -> str:
        """Return a log record as a line of JSON."""
        message = record.msg
        # Powertools parses a message that is JSON.
        is_plain = type(message) is str and message[:1].isalpha() and not record.args
        if not is_plain or record.exc_info:
            return super().format(record)
        line = {
            "level": record.levelname,
            "location": f"{record.funcName}:{record.lineno}",
            "message": message,
            "timestamp": self.formatTime(record),
        }
        for key, value in self.log_format.items():
            if value is not None and key not in _FROM_RECORD:
                line[key] = value
        for key, value in vars(record).items():
            if value is not None and key not in _RECORD:
                line[key] = value
        if trace_id := self._get_latest_trace_id():
            line["xray_trace_id"] = trace_id
        return _JSON.encode(line).decode()


def make_logger(service: str) -> Logger:
    """Return the logger of a function: ``api``, ``applications`` or ``mail``."""
    return Logger(
        service=service,
        level=os.environ.get("HIRELANE_LOG_LEVEL", "INFO"),
        logger_formatter=LineFormatter(utc=True, use_rfc3339=True),
        log_uncaught_exceptions=False,
    )


def count(name: str, value: int = 1, **dimensions: str) -> None:
    """Write a metric: a number of events (``stored``), or of jobs (``jobs_waiting``)."""
    named = {"stage": os.environ.get("HIRELANE_STAGE", "unknown"), **dimensions}
    line = {
        "_aws": {
            "Timestamp": time.time_ns() // 1_000_000,
            "CloudWatchMetrics": [
                {
                    "Namespace": NAMESPACE,
                    "Dimensions": [list(named)],
                    "Metrics": [{"Name": name, "Unit": "Count"}],
                }
            ],
        },
        **named,
        name: [float(value)],
    }
    # Powertools writes the same line, but that was a fifth of the processor time of an accept.
    sys.stdout.write(f"{msgspec.json.encode(line).decode()}\n")
