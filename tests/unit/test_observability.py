"""Counts: lines in CloudWatch's embedded metric format."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from aws_lambda_powertools.metrics import MetricUnit, single_metric

from chalicelib.common.observability import NAMESPACE, count


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
