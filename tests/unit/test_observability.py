"""Lines of the log, and counts in CloudWatch's embedded metric format."""

from __future__ import annotations

import io
import json
import time
from datetime import datetime
from typing import Any

import pytest
from aws_lambda_powertools import Logger
from aws_lambda_powertools.metrics import MetricUnit, single_metric

from chalicelib.common import observability
from chalicelib.common.observability import (
    MOST_VALUES,
    NAMESPACE,
    count,
    log_jobs,
    log_request,
    make_logger,
    measure,
)


@pytest.mark.parametrize("dimensions", [{}, {"kind": "mail", "reason": "Ωmega"}])
def test_count_writes_the_line_of_powertools(
    dimensions: dict[str, str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HIRELANE_STAGE", "prod")
    # The cache of the process would keep the deployment stage for other tests.
    monkeypatch.setattr(observability, "_stage", observability._stage.__wrapped__)
    count("stored", 3, properties=None, **dimensions)
    with single_metric("stored", MetricUnit.Count, 3, namespace=NAMESPACE) as metric:
        metric.add_dimension("stage", "prod")
        for name, value in dimensions.items():
            metric.add_dimension(name, value)
    ours, theirs = map(json.loads, capsys.readouterr().out.splitlines())
    times: list[Any] = [line["_aws"].pop("Timestamp") for line in (ours, theirs)]
    assert ours == theirs
    assert list(ours) == list(theirs)
    assert abs(times[0] - time.time() * 1000) < 10_000


@pytest.mark.parametrize("level", ["INFO", "WARNING"])
@pytest.mark.parametrize("trace", ["", "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=x"])
def test_line_of_a_request_is_that_of_powertools(
    level: str, trace: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("_X_AMZN_TRACE_ID", trace)
    monkeypatch.setenv("HIRELANE_LOG_LEVEL", level)
    fields: dict[str, Any] = {"resource": "/v1/Ω\n", "status": 202, "milliseconds": 1.5, "no": None}
    logger = make_logger(f"{level} {trace}")
    logger.set_correlation_id("one")
    log_request(logger, **fields)
    logger.info("request", **fields)
    written = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert len(written) == (2 if level == "INFO" else 0)
    times = [line.pop("timestamp") for line in written]
    assert len(set(map(len, times))) <= 1
    for at in times:
        assert abs(datetime.fromisoformat(at).timestamp() - time.time()) < 10
    # The fields of our line are not those of the logger.
    locations = [line.pop("location") for line in written]
    assert [":" in location for location in locations] == [False, True][: len(written)]
    assert written[:1] == written[1:]


def test_values_are_spread_over_lines_that_cloudwatch_accepts(
    capsys: pytest.CaptureFixture[str],
) -> None:
    values = list(range(2 * MOST_VALUES + 1))
    measure({"stored": (7,), "job_latency": values}, properties={"shard": "3"}, kind="mail")
    lines = list(map(json.loads, capsys.readouterr().out.splitlines()))
    assert [len(line["job_latency"]) for line in lines] == [MOST_VALUES, MOST_VALUES, 1]
    assert [value for line in lines for value in line["job_latency"]] == values
    assert [line.get("stored") for line in lines] == [[7], None, None]
    for line in lines:
        [directive] = line["_aws"]["CloudWatchMetrics"]
        assert directive["Dimensions"] == [["stage", "kind"]]
        assert {one["Name"] for one in directive["Metrics"]} == line.keys() - {
            *("_aws", "stage", "kind", "shard")
        }
        assert line["shard"] == "3"


@pytest.mark.parametrize("trace", ["", "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=x"])
def test_lines_of_jobs_are_those_of_powertools(trace: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("_X_AMZN_TRACE_ID", trace)
    lines = io.StringIO()
    logger = Logger(service=f"jobs {trace}", stream=lines, utc=True, use_rfc3339=True)
    jobs = [{"job_id": one, "lane": 'mail:Ω"', "correlation_id": ""} for one in "ab"]
    log_jobs(logger, "stored", jobs)
    for job in jobs:
        logger.info("stored", extra=job)
    written = [json.loads(line) for line in lines.getvalue().splitlines()]
    for line in written:
        assert datetime.fromisoformat(line.pop("timestamp"))
    locations = [line.pop("location") for line in written]
    assert [":" in location for location in locations] == [False, False, True, True]
    assert written[:2] == written[2:]
    logger.setLevel("WARNING")
    log_jobs(logger, "stored", jobs)
    assert len(lines.getvalue().splitlines()) == 4
