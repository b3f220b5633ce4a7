"""The lines of Lambda itself."""

import json

import pytest
from localstack_process_executor import faults
from localstack_process_executor.faults import Fault
from localstack_process_executor.logs import Measurements, PlatformLog
from localstack_process_executor.output import OutputBuffer

MIB = 1024 * 1024


@pytest.fixture
def buffer() -> OutputBuffer:
    return OutputBuffer()


def test_report_of_a_first_invocation(buffer: OutputBuffer) -> None:
    measured = Measurements(3.014, 128, 36 * MIB - 5, init_ms=110.1)
    PlatformLog(buffer, as_json=False).end("id", measured, None)
    assert buffer.take() == (
        "END RequestId: id\n"
        "REPORT RequestId: id\tDuration: 3.01 ms\tBilled Duration: 114 ms\tMemory Size: 128 MB"
        "\tMax Memory Used: 36 MB\tInit Duration: 110.10 ms\t\n"
    )


def test_report_of_a_fault(buffer: OutputBuffer) -> None:
    platform = PlatformLog(buffer, as_json=False)
    platform.end("id", Measurements(1, 128, MIB), faults.exited("id", 1))
    platform.end("id", Measurements(1, 128, MIB), faults.timed_out("id", 3))
    lines = buffer.take().splitlines()
    assert lines[1].endswith(
        "\tMax Memory Used: 1 MB\tStatus: error\tError Type: Runtime.ExitError"
    )
    assert lines[3].endswith("\tMax Memory Used: 1 MB\tStatus: timeout")


def test_unknown_memory_is_omitted(buffer: OutputBuffer) -> None:
    PlatformLog(buffer, as_json=False).end("id", Measurements(1, 128, 0), None)
    assert "Max Memory Used" not in buffer.take()


def test_json_report(buffer: OutputBuffer) -> None:
    platform = PlatformLog(buffer, as_json=True, level="WARN")
    platform.init_end("init", 12.3456, faults.exited("", 2))
    platform.end("id", Measurements(1.5, 128, MIB), faults.out_of_memory("id"))
    _, init, _, report = map(json.loads, buffer.take().splitlines())
    assert init["record"]["errorType"] == "Runtime.ExitError"
    assert init["record"]["metrics"] == {"durationMs": 12.346}
    assert report["type"] == "platform.report"
    assert report["record"] == {
        "requestId": "id",
        "metrics": {
            "durationMs": 1.5,
            "billedDurationMs": 2,
            "memorySizeMB": 128,
            "maxMemoryUsedMB": 1,
        },
        "status": "error",
        "errorType": "Runtime.OutOfMemory",
    }


DEBUG = ["initStart", "initRuntimeDone", "initReport", "start", "runtimeDone", "report"]
FAILED = ["initRuntimeDone", "initReport", "runtimeDone", "report"]


@pytest.mark.parametrize(
    ("level", "fault", "expected"),
    [
        ("DEBUG", None, DEBUG),
        ("INFO", None, ["start", "report"]),
        ("WARN", None, []),
        ("DEBUG", faults.exited("id", 1), DEBUG),
        ("INFO", faults.exited("id", 1), ["initRuntimeDone", "initReport", "start", *FAILED[2:]]),
        ("WARN", faults.exited("id", 1), FAILED),
    ],
)
def test_system_log_level_filters_events(
    level: str, fault: Fault | None, expected: list[str], buffer: OutputBuffer
) -> None:
    platform = PlatformLog(buffer, as_json=True, level=level)
    platform.init_start("init")
    platform.init_end("init", 1, fault)
    platform.start("id", "7")
    platform.end("id", Measurements(1, 128, MIB), fault)
    events = [json.loads(line)["type"].removeprefix("platform.") for line in buffer.take().records]
    assert events == expected


def test_init_report_of_provisioned_environments_is_info(buffer: OutputBuffer) -> None:
    platform = PlatformLog(buffer, as_json=True, initialization_type="provisioned-concurrency")
    platform.init_end("init", 1, None)
    [event] = map(json.loads, buffer.take().records)
    assert event["type"] == "platform.initReport"
    assert event["record"]["initializationType"] == "provisioned-concurrency"
