"""TextService: reads objects of the bucket, and refuses what no application can attach."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from chalicelib.files_worker.bucket import BucketReader
from chalicelib.files_worker.service import MOST_BYTES, TextService
from tests.unit.files_worker.hostile_files import MARK, docx, run

BUCKET = "files"


@pytest.fixture
def client() -> Iterator[Any]:
    with mock_aws():
        s3: Any = boto3.client("s3", region_name="us-east-1")
        s3.create_bucket(Bucket=BUCKET)
        yield s3


def read(client: Any, content: bytes | None, kind: str) -> dict[str, Any]:
    if content is not None:
        client.put_object(Bucket=BUCKET, Key="files/c/f", Body=content)
    service = TextService(BucketReader(BUCKET, lambda: client))
    return service.read_text({"key": "files/c/f", "type": kind})


@pytest.mark.parametrize(
    ("content", "kind", "reason"),
    [
        (None, "pdf", "missing"),
        (b"", "pdf", "not-readable"),
        (b"x" * (MOST_BYTES + 1), "txt", "too-large"),
        (b"MZ", "exe", "not-readable"),
    ],
)
def test_file_that_cannot_be_attached_is_refused(
    client: Any, content: bytes | None, kind: str, reason: str
) -> None:
    assert read(client, content, kind) == {"refused": reason}


def test_text_of_an_object_is_returned(client: Any) -> None:
    answer = read(client, docx(run(MARK)), "docx")
    assert answer == {"text": MARK, "truncated": False, "pages": 0}
    objects = client.list_objects_v2(Bucket=BUCKET)
    assert [one["Key"] for one in objects["Contents"]] == ["files/c/f"]


def test_caller_who_cannot_wait_long_gets_a_reason(client: Any) -> None:
    client.put_object(Bucket=BUCKET, Key="files/c/f", Body=b"I build boats.")
    service = TextService(BucketReader(BUCKET, lambda: client))
    event = {"key": "files/c/f", "type": "txt"}
    assert service.read_text({**event, "seconds": 0.001}) == {"refused": "too-complex"}
    assert "text" in service.read_text({**event, "seconds": 1000})
