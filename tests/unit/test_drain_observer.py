"""A drain logs each job and counts the outcomes as embedded metrics."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from aws_lambda_powertools import Logger

from chalicelib.bootstrap.drain_observer import LoggingObserver
from chalicelib.common import observability
from chalicelib.queue import ClaimedJob
from chalicelib.queue.worker import ClaimTimes, Dead, Done, Retry

TIMES = ClaimTimes(0.0, 0.1, 0.2, 0.3)


def job(number: int) -> ClaimedJob:
    meta = b'{"correlation_id":"request-%d"}' % number
    return ClaimedJob(f"job-{number}", "applications:ada", b"", attempts=number, meta=meta)


@pytest.fixture
def written() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def observer(written: io.StringIO) -> LoggingObserver:
    logger = Logger(service="applications", stream=written, level="INFO")
    return LoggingObserver(logger, "applications", "stored")


def lines(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def test_outcome_is_logged_with_the_correlation_id(
    observer: LoggingObserver, written: io.StringIO
) -> None:
    observer.on_settled(
        [(job(1), Done()), (job(2), Retry("secret words", 4.0)), (job(3), Dead("secret words"))],
        TIMES,
    )
    logged = {(line["message"], line["correlation_id"]) for line in lines(written.getvalue())}
    assert logged == {("stored", "request-1"), ("retried", "request-2"), ("dead", "request-3")}
    assert "secret words" not in written.getvalue()


def test_outcomes_are_counted_together(
    observer: LoggingObserver, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(observability, "_stage", lambda: "test")
    accepted = datetime.now(UTC) - timedelta(seconds=2)
    late = msgspec.structs.replace(job(2), created_at=accepted.isoformat().encode())
    observer.on_settled([(job(1), Done()), (late, Done()), (job(3), Retry(delay=1.0))], TIMES)
    [line] = lines(capsys.readouterr().out)
    [metrics] = line["_aws"]["CloudWatchMetrics"]
    assert metrics["Namespace"] == "Hirelane"
    assert (line["stage"], line["kind"]) == ("test", "applications")
    units = {metric["Name"]: metric["Unit"] for metric in metrics["Metrics"]}
    assert units == {"stored": "Count", "retried": "Count", "job_latency": "Milliseconds"}
    assert (line["stored"], line["retried"]) == ([2], [1])
    # The first job has no valid time.
    [latency] = line["job_latency"]
    assert 2000 <= latency < 60_000
