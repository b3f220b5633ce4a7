"""The files of exports in the bucket, and the files of candidates that they contain."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from chalicelib.recruiting.files.errors import FilesUnavailable
from chalicelib.recruiting.files.multipart import MultipartUpload
from chalicelib.recruiting.files.objects import (
    DESCRIPTION,
    EXPORTS,
    FILES,
    Description,
    export_name,
    object_key,
)
from chalicelib.recruiting.files.s3_errors import or_none, s3_outages

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from chalicelib.recruiting.files.bucket import FileBucket
    from chalicelib.recruiting.files.models import FileLink

_CHUNK_BYTES = 1024 * 1024


class UploadedFile(NamedTuple):
    """A file of a candidate.

    Args:
        id: its id.
        description: what the bucket knows of it.
        chunks: its content, which is read once.
    """

    id: str
    description: Description
    chunks: Iterable[bytes]


class ExportFiles:
    """Reads and writes the files of exports: ``exports/<account>/<export>.zip``.

    Args:
        bucket: the bucket with all files.
    """

    def __init__(self, bucket: FileBucket) -> None:
        self._bucket = bucket

    def require_bucket(self) -> None:
        """Check that there is a bucket.

        Raises:
            FilesUnavailable: there is none.
        """
        if not self._bucket.name:
            raise FilesUnavailable("There is no store for files.")

    def write(self, account_id: str, export_id: str) -> MultipartUpload:
        """Return a file to which an export is written. It replaces the file of an earlier attempt.

        Raises:
            FilesUnavailable: there is no bucket.
        """
        key = object_key(EXPORTS, account_id, export_name(export_id))
        return MultipartUpload(self._bucket.s3(), self._bucket.name, key)

    def delete(self, account_id: str, export_id: str) -> None:
        """Delete the file of an export; a missing one is no error.

        Raises:
            FilesUnavailable: S3 cannot be reached, or the file may still exist.
        """
        self._bucket.delete([object_key(EXPORTS, account_id, export_name(export_id))])

    def link(self, account_id: str, export_id: str, name: str) -> FileLink:
        """Return a link that downloads the file of an export under a name.

        Raises:
            FilesUnavailable: there is no bucket.
        """
        return self._bucket.link(account_id, export_name(export_id), name, prefix=EXPORTS)

    def read_uploaded(self, candidate_id: str) -> Iterator[UploadedFile]:
        """Yield the files of a candidate whose content was checked.

        Raises:
            FilesUnavailable: S3 cannot be reached, or refuses the operation.
        """
        after, prefix = "", object_key(FILES, candidate_id, "")
        while page := self._bucket.page(prefix, after):
            for one in page:
                with s3_outages():
                    found = or_none(
                        self._bucket.s3().get_object, Bucket=self._bucket.name, Key=one.key
                    )
                # A sweep may have deleted it meanwhile.
                if found is not None:
                    with found["Body"] as body:
                        described = Description.from_text(found["Metadata"][DESCRIPTION])
                        chunks = iter(partial(body.read, _CHUNK_BYTES), b"")
                        yield UploadedFile(one.file_id, described, chunks)
            after = page[-1].key
