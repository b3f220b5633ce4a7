"""The lines of Lambda itself, the output buffer and the output pipe."""

import json
import os

import pytest
from localstack_process_executor import faults
from localstack_process_executor.logs import (
    MAX_OUTPUT_BYTES,
    Measurements,
    OutputBuffer,
    OutputPipe,
    PlatformLog,
)

MIB = 1024 * 1024


@pytest.fixture
def buffer() -> OutputBuffer:
    return OutputBuffer()


def test_lambda_line_begins_a_new_line(buffer: OutputBuffer) -> None:
    buffer.write(b"no newline")
    buffer.line("END")
    buffer.line("REPORT")
    assert buffer.peek() == "no newline\nEND\nREPORT\n"
    assert buffer.take() == "no newline\nEND\nREPORT\n"
    assert buffer.take() == ""


def test_long_output_is_truncated_with_a_note(buffer: OutputBuffer) -> None:
    for _ in range(20):
        buffer.write(b"x" * MIB)
    text = buffer.take()
    assert len(text) < MAX_OUTPUT_BYTES + MIB
    assert text.count("output truncated") == 1


def test_pipe_is_drained_while_its_writer_lives(buffer: OutputBuffer) -> None:
    pipe = OutputPipe(buffer)
    writer = os.dup(pipe.write_end)
    pipe.start()
    os.write(writer, b"now")
    pipe.drain()
    assert buffer.take() == "now"
    os.write(writer, b"then")
    pipe.close()
    assert buffer.take() == "then"
    os.close(writer)


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
    platform = PlatformLog(buffer, as_json=True)
    platform.init_failed("init", 12.3456, faults.exited("", 2))
    platform.start("id", "7")
    platform.end("id", Measurements(1.5, 128, MIB), faults.out_of_memory("id"))
    init, start, report = map(json.loads, buffer.take().splitlines())
    assert init["record"]["errorType"] == "Runtime.ExitError"
    assert init["record"]["metrics"] == {"durationMs": 12.346}
    assert start["record"] == {"requestId": "id", "version": "7"}
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
