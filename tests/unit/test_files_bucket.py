"""The bucket of the local stack: its files survive a restart of LocalStack."""

from __future__ import annotations

from pathlib import Path

import boto3
import pytest
from moto import mock_aws

from infrastructure.local.deploy.files_bucket import (
    BUCKET,
    ensure_bucket,
    restore_files,
    save_files,
)


def test_files_survive_a_restart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    folder = tmp_path / "files"
    with mock_aws():
        s3 = boto3.client("s3", region_name="us-east-1")
        ensure_bucket(s3, "http://127.0.0.1:1/api")
        for key in ("files/ada/1", "files/bob/2"):
            s3.put_object(Bucket=BUCKET, Key=key, Body=key.encode(), Metadata={"a": "b"})
        assert save_files(s3, folder) == 2
        s3.delete_object(Bucket=BUCKET, Key="files/bob/2")
        assert save_files(s3, folder) == 1
    with mock_aws():
        s3 = boto3.client("s3", region_name="us-east-1")
        ensure_bucket(s3, "http://127.0.0.1:1/api")
        assert restore_files(s3, folder) == 1
        assert restore_files(s3, folder) == 0
        found = s3.get_object(Bucket=BUCKET, Key="files/ada/1")
        assert (found["Body"].read(), found["Metadata"]) == (b"files/ada/1", {"a": "b"})
        assert "Contents" not in s3.list_objects_v2(Bucket=BUCKET, Prefix="files/bob")
