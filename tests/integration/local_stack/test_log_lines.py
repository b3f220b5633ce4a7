"""One readable line for each log event of a function."""

from __future__ import annotations

import json

import pytest

from infrastructure.local.stack.errors import StackError
from infrastructure.local.stack.function_logs import seconds, short_name
from infrastructure.local.stack.log_lines import render
from infrastructure.local.stack.status import duration, size

AT = 1_790_000_000_123


def test_json_line_starts_with_the_main_fields() -> None:
    entry = {
        "level": "WARNING",
        "location": "run:31",
        "message": "lane held back",
        "timestamp": "2026-09-21 14:13:20,123+0000",
        "service": "applications",
        "cold_start": True,
        "function_name": "hirelane-applications-local-drain",
        "xray_trace_id": "1-5759e988",
        "lane": "applications:c1",
        "retry_in": 2.5,
        "correlation_id": "01J",
    }
    assert render(json.dumps(entry) + "\n", AT) == (
        "14:13:20.123 WARNING  lane held back correlation_id=01J lane=applications:c1 retry_in=2.5"
    )


def test_plain_line_is_unchanged() -> None:
    assert render("START RequestId: 1\n", AT) == "14:13:20.123 START RequestId: 1"
    assert render("[1, 2]", AT) == "14:13:20.123 [1, 2]"


def test_traceback_stays_on_one_line() -> None:
    line = render(json.dumps({"level": "ERROR", "message": "x", "exception": "a\nb"}), AT)
    assert line == "14:13:20.123 ERROR    x exception=a\\nb"


def test_embedded_metrics_show_values() -> None:
    metrics = {
        "_aws": {"CloudWatchMetrics": [{"Metrics": [{"Name": "Accepted", "Unit": "Count"}]}]},
        "service": "api",
        "Accepted": [1.0],
    }
    assert render(json.dumps(metrics), AT) == "14:13:20.123 METRICS  Accepted=1.0"


@pytest.mark.parametrize(
    ("text", "expected"), [("30s", 30), ("10m", 600), ("2h", 7200), ("1d", 86400), ("5", 5)]
)
def test_duration_is_parsed(text: str, expected: float) -> None:
    assert seconds(text) == expected


def test_invalid_duration_is_rejected() -> None:
    with pytest.raises(StackError, match="--since soon is not a duration"):
        seconds("soon")


def test_function_name_is_shortened() -> None:
    assert short_name("/aws/lambda/hirelane-api-local-prepare") == "api-prepare"
    assert short_name("/aws/lambda/hirelane-api-local") == "api"


def test_uptime_and_size_fit_their_columns() -> None:
    assert [duration(value) for value in (5, 65, 7265, 180000)] == ["5s", "1m 5s", "2h 1m", "2d 2h"]
    assert [size(value) for value in (0, 999, 12_300, 4_100_000, 2_340_000_000)] == [
        "0 B",
        "999 B",
        "12 KB",
        "4 MB",
        "2.3 GB",
    ]
