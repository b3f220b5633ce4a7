"""MultipartUpload: writes an object of the bucket whose size is not known before."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chalicelib.recruiting.files.s3_errors import s3_outages

if TYPE_CHECKING:
    from collections.abc import Buffer
    from types import TracebackType

# S3 requires at least 5 MB for each part but the last, and at most 10,000 parts: 80 GB.
PART_BYTES = 8 * 1024 * 1024


class MultipartUpload:
    """A file to write to. Its object appears when ``complete`` is called, and not before.

    It keeps at most one part in memory. As a context manager it aborts what was not completed.

    Args:
        client: the client of S3.
        bucket: the name of the bucket.
        key: the key of the object.
    """

    def __init__(self, client: Any, bucket: str, key: str) -> None:
        self._client = client
        self._object = {"Bucket": bucket, "Key": key}
        self._buffer = bytearray()
        self._parts: list[dict[str, Any]] = []
        self._upload_id = ""
        self.size = 0

    def __enter__(self) -> MultipartUpload:
        with s3_outages():
            started = self._client.create_multipart_upload(
                **self._object, ContentType="application/zip"
            )
        self._upload_id = started["UploadId"]
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._upload_id:
            with s3_outages():
                self._client.abort_multipart_upload(**self._object, UploadId=self._upload_id)

    def write(self, content: Buffer) -> int:
        """Write bytes behind the others. Return their number.

        Raises:
            FilesUnavailable: S3 cannot be reached, or the upload was aborted.
        """
        view = memoryview(content).cast("B")
        self.size += len(view)
        for start in range(0, len(view), PART_BYTES):
            self._buffer += view[start : start + PART_BYTES]
            while len(self._buffer) >= PART_BYTES:
                self._send(PART_BYTES)
        return len(view)

    def flush(self) -> None:
        """Do nothing: parts have a least size."""

    def complete(self) -> None:
        """Make the object of what was written.

        Raises:
            FilesUnavailable: S3 cannot be reached, or the upload was aborted.
        """
        self._send(len(self._buffer))
        with s3_outages():
            self._client.complete_multipart_upload(
                **self._object, UploadId=self._upload_id, MultipartUpload={"Parts": self._parts}
            )
        self._upload_id = ""

    def _send(self, count: int) -> None:
        number = len(self._parts) + 1
        with s3_outages():
            answer = self._client.upload_part(
                **self._object,
                UploadId=self._upload_id,
                PartNumber=number,
                Body=bytes(self._buffer[:count]),
            )
        del self._buffer[:count]
        self._parts.append({"PartNumber": number, "ETag": answer["ETag"]})


def abort_uploads(client: Any, bucket: str, prefix: str) -> None:
    """Abort the uploads of objects whose keys have a prefix. A process that writes one fails then.

    Raises:
        FilesUnavailable: S3 cannot be reached, or an upload may remain.
    """
    with s3_outages():
        found = client.list_multipart_uploads(Bucket=bucket, Prefix=prefix)
        for one in found.get("Uploads", ()):
            client.abort_multipart_upload(Bucket=bucket, Key=one["Key"], UploadId=one["UploadId"])
