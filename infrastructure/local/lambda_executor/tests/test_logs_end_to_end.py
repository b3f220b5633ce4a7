"""START, END and REPORT lines, the tail of an invocation, and CloudWatch Logs."""

import json
import re
import time

import pytest
from localstack_harness import PATIENCE_SECONDS, Deploy, Function

UUID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"


def events(function: Function, count: int) -> list[str]:
    """The messages in CloudWatch Logs, once there are `count` of them."""
    logs = function.stack.service("logs")
    deadline = time.monotonic() + PATIENCE_SECONDS
    messages: list[str] = []
    while time.monotonic() < deadline and len(messages) < count:
        time.sleep(0.1)
        try:
            found = logs.filter_log_events(logGroupName=f"/aws/lambda/{function.name}")
        except logs.exceptions.ResourceNotFoundException:
            continue
        messages = [event["message"].rstrip("\n") for event in found["events"]]
    return messages


def test_invocation_logs_its_lines(deploy: Deploy) -> None:
    function = deploy(
        """
        import logging, sys, time
        print("during init")
        def handler(event, context):
            print("to stdout")
            print("to stderr", file=sys.stderr)
            logging.getLogger().warning("a warning")
            time.sleep(0.15)
        """
    )
    began = time.monotonic()
    answer = function()
    took_ms = (time.monotonic() - began) * 1000
    lines = answer.log.splitlines()
    assert lines[0] == "during init"
    request = re.fullmatch(rf"START RequestId: ({UUID}) Version: \$LATEST", lines[1])[1]
    assert lines[2:4] == ["to stdout", "to stderr"]
    assert re.fullmatch(rf"\[WARNING\]\t\S+Z\t{request}\ta warning", lines[4])
    assert lines[5] == f"END RequestId: {request}"
    report = re.fullmatch(
        rf"REPORT RequestId: {request}\tDuration: ([\d.]+) ms\tBilled Duration: (\d+) ms"
        r"\tMemory Size: 256 MB\tMax Memory Used: (\d+) MB\tInit Duration: ([\d.]+) ms\t",
        lines[6],
    )
    duration, billed, _, init = map(float, report.groups())
    assert duration >= 150
    assert init > 10
    assert duration + init < took_ms
    assert billed == int(duration + init) + 1
    assert events(function, 7) == [line for line in answer.log.split("\n") if line]


def test_failures_reach_cloudwatch_logs(deploy: Deploy) -> None:
    function = deploy("import no_such_module")
    function()
    messages = events(function, 6)
    assert any("No module named 'no_such_module'" in message for message in messages)
    assert messages[-1].endswith("Error Type: Runtime.ImportModuleError")


def test_log_format_json_logs_json(deploy: Deploy) -> None:
    function = deploy(
        """
        import logging
        def handler(event, context):
            logging.getLogger().warning("as json")
        """,
        LoggingConfig={
            "LogFormat": "JSON",
            "ApplicationLogLevel": "INFO",
            "SystemLogLevel": "INFO",
        },
    )
    rows = [json.loads(line) for line in function().log.splitlines()]
    assert [row.get("type") or row.get("message") for row in rows] == [
        "platform.start",
        "as json",
        "platform.report",
    ]
    assert rows[2]["record"]["status"] == "success"
    assert rows[2]["record"]["metrics"]["initDurationMs"] > 0


@pytest.mark.parametrize("log_format", ["Text", "JSON"])
def test_record_is_one_event(log_format: str, deploy: Deploy) -> None:
    function = deploy(
        """
        import logging
        logger = logging.getLogger()
        def handler(event, context):
            print("unfinished", end="")
            logger.error("two\\nlines")
            for handler in logger.handlers:
                handler.setFormatter(logging.Formatter("%(message)s"))
            logger.error("no line break")
            print("line")
            logger.error("after the line")
            raise ValueError("broken")
        """,
        LoggingConfig={"LogFormat": log_format},
    )
    answer = function()
    assert "\r" not in answer.log
    messages = events(function, 7 if log_format == "JSON" else 9)
    own = [message for message in messages if "START" not in message and "platform" not in message]
    assert own[0] == "unfinished"
    assert "two\nlines" in own[1] or r"two\nlines" in own[1]
    assert own[2:5] == ["no line break", "line", "after the line"]
    assert "ValueError" in own[5]
    assert "raise ValueError" in own[5]


def test_crash_after_much_output_shows_its_reason(deploy: Deploy) -> None:
    answer = deploy(
        """
        import os
        def handler(event, context):
            for _ in range(20):
                os.write(1, b"x" * 1_000_000 + b"\\n")
            os.write(2, b"the reason\\n")
            os._exit(1)
        """
    )()
    assert answer.value["errorType"] == "Runtime.ExitError"
    assert "x\nthe reason\nEND" in answer.log
