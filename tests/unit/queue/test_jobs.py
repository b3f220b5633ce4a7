"""Encoding and decoding of jobs. Nothing is ever unpickled."""

from __future__ import annotations

import json
import pickle
import zlib

import pytest

from chalicelib.queue import ClaimedJob, NewJob, UnreadableJob


def claimed(data: bytes) -> ClaimedJob:
    return ClaimedJob("1", "applications:ada", data, meta=b"")


@pytest.mark.parametrize("text", ["", "short", "ünï" * 2000], ids=["empty", "short", "long"])
def test_arguments_survive_encoding(text: str) -> None:
    job = NewJob("1", "package.function", {"text": text, "n": 1}, "description")
    assert claimed(job.encode()[1]).kwargs() == {"text": text, "n": 1}


def test_long_data_is_compressed_as_rq_does() -> None:
    job = NewJob("1", "package.function", {"text": "a" * 5000}, "")
    assert json.loads(zlib.decompress(job.encode()[1]))[0] == "package.function"


@pytest.mark.parametrize(
    "data",
    [
        pickle.dumps(("f", None, (), {})),
        zlib.compress(pickle.dumps(("f", None, (), {}))),
        b"",
        b"{}",
        b'["f", null, [], []]',
        zlib.compress(b'["f", null, [], {}]' + b" " * 5_000_000),
        zlib.compress(b'["f", null, [], {}]')[:-3],
    ],
    ids=["pickle", "compressed pickle", "empty", "object", "no kwargs", "too large", "truncated"],
)
def test_data_other_than_json_is_rejected(data: bytes) -> None:
    with pytest.raises(UnreadableJob):
        claimed(data).kwargs()


def test_correlation_id_is_empty_without_metadata() -> None:
    assert claimed(b"").correlation_id == ""
    assert ClaimedJob("1", "a", b"", meta=b'{"correlation_id":"c"}').correlation_id == "c"
