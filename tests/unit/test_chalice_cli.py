"""Chalice's command line for the local stack."""

from __future__ import annotations

import botocore.session
import pytest
from chalice.awsclient import TypedAWSClient
from moto import mock_aws

from infrastructure.local.deploy.chalice_cli import connect_rule_once, keep_rule


def test_schedule_gets_a_timer_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """LocalStack adds a timer each time a rule is connected, and keeps it until it is deleted."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    timers: list[str] = []
    function = "arn:aws:lambda:us-east-1:1:function:sweep"
    with mock_aws():
        client = TypedAWSClient(botocore.session.get_session())
        events = client._client("events").meta.events
        events.register("after-call.eventbridge.PutTargets", lambda **_: timers.append("timer"))
        events.register("after-call.eventbridge.DeleteRule", lambda **_: timers.clear())
        for rate in ("rate(1 minute)", "rate(1 minute)", "rate(2 minutes)", "rate(2 minutes)"):
            arn = keep_rule(client, "sweep", schedule_expression=rate)
            assert arn.endswith(":rule/sweep")
            connect_rule_once(client, "sweep", function)
            assert timers == ["timer"]
