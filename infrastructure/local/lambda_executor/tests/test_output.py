"""The output of a function: its records, its limit, its pipe."""

import os
import time

import pytest
from localstack_process_executor.output import MAX_OUTPUT_BYTES, OutputBuffer, OutputPipe

MIB = 1024 * 1024


def frame(message: str) -> bytes:
    """The bytes that the runtime client writes for a log record."""
    data = message.encode()
    now = time.time_ns() // 1000
    return b"\xa5\x5a\x00\x17" + len(data).to_bytes(4, "big") + now.to_bytes(8, "big") + data


OUTPUT = [b"one\ntw", b"o", frame("a record\nof two lines\n"), frame("another"), b"\nend"]
RECORDS = ("one", "two", "a record\nof two lines", "another", "", "end")


@pytest.fixture
def buffer() -> OutputBuffer:
    return OutputBuffer()


@pytest.mark.parametrize("size", [1, 2, 3, 7, 16, 1000])
def test_records_do_not_depend_on_the_pieces(size: int, buffer: OutputBuffer) -> None:
    data = b"".join(OUTPUT)
    for start in range(0, len(data), size):
        buffer.write(data[start : start + size])
    buffer.line("END")
    assert buffer.peek().records == (*RECORDS, "END")
    text = buffer.take()
    assert text == "".join(f"{record}\n" for record in (*RECORDS, "END"))
    assert text.split("\n") == [*RECORDS, "END"]
    assert buffer.take() == ""


@pytest.mark.parametrize(
    "data",
    [b"\xa5\x5a", b"\xa5\x5a\x00", b"\xa5\x5a\x00\x03" * 9, frame("cut")[:-1]],
    # A frame contains the time, but all workers of a run must collect the same names.
    ids=["start", "no length", "other type", "cut"],
)
def test_bytes_that_are_no_frame_are_text(data: bytes, buffer: OutputBuffer) -> None:
    buffer.write(data)
    assert buffer.take() == data.decode(errors="replace") + "\n"
    buffer.write(b"next")
    assert buffer.take() == "next\n"


def test_long_output_keeps_its_beginning_and_end(buffer: OutputBuffer) -> None:
    buffer.write(b"first")
    for _ in range(20 * 16):
        buffer.write(b"x" * (MIB // 16))
    buffer.write(frame("the reason of a crash"))
    text = buffer.take()
    assert text.startswith("firstx")
    assert text.endswith("x\nthe reason of a crash\n")
    assert text.count("output truncated") == 1
    assert len(text) < MAX_OUTPUT_BYTES + 100


def test_pipe_is_drained_while_its_writer_lives(buffer: OutputBuffer) -> None:
    pipe = OutputPipe(buffer)
    writer = os.dup(pipe.write_end)
    pipe.start()
    os.write(writer, b"now")
    pipe.drain()
    assert buffer.take() == "now\n"
    os.write(writer, b"then")
    pipe.close()
    assert buffer.take() == "then\n"
    os.close(writer)


def test_output_of_many_small_writes_is_joined_once() -> None:
    # To join them one by one would copy 500 GB.
    buffer = OutputBuffer()
    for _ in range(100_000):
        buffer.write(b"x" * 99 + b"\n")
    assert len(buffer.take().records) == 100_000
