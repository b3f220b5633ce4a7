"""Structured logs and counts, the same in every function.

Logs are JSON lines. One correlation id connects the HTTP response, the lane, the worker and the
e-mail of a request. Logs hold ids, never names, addresses, bodies or tokens. Counts are log lines
in CloudWatch's embedded metric format.
"""

from __future__ import annotations

import os

from aws_lambda_powertools import Logger
from aws_lambda_powertools.metrics import MetricUnit, single_metric

NAMESPACE = "Hirelane"


def make_logger(service: str) -> Logger:
    """Return the logger of a function: ``api``, ``applications`` or ``mail``."""
    return Logger(
        service=service,
        level=os.environ.get("HIRELANE_LOG_LEVEL", "INFO"),
        utc=True,
        use_rfc3339=True,
        log_uncaught_exceptions=False,
    )


def count(name: str, value: int = 1, **dimensions: str) -> None:
    """Write a metric: a number of events (``stored``), or of jobs (``jobs_waiting``)."""
    stage = os.environ.get("HIRELANE_STAGE", "unknown")
    with single_metric(
        name=name, unit=MetricUnit.Count, value=value, namespace=NAMESPACE
    ) as metric:
        metric.add_dimension("stage", stage)
        for dimension, text in dimensions.items():
            metric.add_dimension(dimension, text)
