"""Lines of the log, and counts in CloudWatch's embedded metric format."""

from __future__ import annotations

import json
import logging
import time
from pathlib import Path
from typing import Any

import pytest
from aws_lambda_powertools.logging.formatter import LambdaPowertoolsFormatter
from aws_lambda_powertools.metrics import MetricUnit, single_metric

from chalicelib.common.observability import NAMESPACE, LineFormatter, count


@pytest.mark.parametrize("dimensions", [{}, {"kind": "mail", "reason": "Ωmega"}])
def test_count_writes_the_line_of_powertools(
    dimensions: dict[str, str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HIRELANE_STAGE", "prod")
    count("stored", 3, **dimensions)
    with single_metric("stored", MetricUnit.Count, 3, namespace=NAMESPACE) as metric:
        metric.add_dimension("stage", "prod")
        for name, value in dimensions.items():
            metric.add_dimension(name, value)
    ours, theirs = map(json.loads, capsys.readouterr().out.splitlines())
    times: list[Any] = [line["_aws"].pop("Timestamp") for line in (ours, theirs)]
    assert ours == theirs
    assert list(ours) == list(theirs)
    assert abs(times[0] - time.time() * 1000) < 10_000


@pytest.mark.parametrize(
    ("message", "arguments", "fields", "trace"),
    [
        ("request", (), {"status": 202, "cause": None, "file": Path("/x")}, ""),
        (
            "request",
            (),
            {"resource": "/v1/Ω\n"},
            "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=x",
        ),
        ("%s of %d", ("one", 2), {}, ""),
        ('{"read": "as JSON"}', (), {}, ""),
    ],
)
@pytest.mark.parametrize("failed", [False, True])
def test_line_is_that_of_powertools(
    message: str,
    arguments: tuple[Any, ...],
    fields: dict[str, Any],
    trace: str,
    failed: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("_X_AMZN_TRACE_ID", trace)
    error = ValueError("wrong") if failed else None
    raised = (type(error), error, None) if error else None
    record = logging.LogRecord("api", logging.INFO, __file__, 7, message, arguments, raised, "do")
    vars(record).update(fields)
    lines = []
    for formatter in (LineFormatter, LambdaPowertoolsFormatter):
        some = formatter(utc=True, use_rfc3339=True)
        some.append_keys(service="api", correlation_id="one", unset=None)
        lines.append(some.format(record))
    assert lines[0] == lines[1]
