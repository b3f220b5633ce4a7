"""The store of files: objects in a private bucket of S3, which is also their only state.

An upload is at ``uploads/<candidate>/<file>`` until its content is checked. The checked content is
written to ``files/<candidate>/<file>``, where no candidate can write. So nobody can exchange the
content of a file after its check.
"""

from __future__ import annotations

import base64
import hashlib
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from chalicelib.common import times
from chalicelib.recruiting.files.errors import FilesUnavailable
from chalicelib.recruiting.files.models import FileLink, UploadForm
from chalicelib.recruiting.files.multipart import abort_uploads
from chalicelib.recruiting.files.names import content_disposition
from chalicelib.recruiting.files.objects import (
    DESCRIPTION,
    EXPORTS,
    FILES,
    SAVED_TYPE,
    UPLOADED_TYPES,
    UPLOADS,
    Description,
    StoredObject,
    listed_object,
    object_key,
    stored_object,
)
from chalicelib.recruiting.files.s3_errors import is_taken, or_none, s3_outages

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from chalicelib.recruiting.files.models import FileDraft
    from chalicelib.recruiting.files.objects import ListedObject

UPLOAD_LIFETIME = timedelta(minutes=15)
LINK_LIFETIME = timedelta(seconds=60)
_PAGE = 1000


class FileBucket:
    """Reads and writes the objects of the bucket.

    Args:
        client: returns the client of S3; called when the first object is read or written.
        name: the name of the bucket.
    """

    def __init__(self, client: Callable[[], Any], name: str) -> None:
        self._client = client
        self.name = name

    def upload_form(self, candidate_id: str, file_id: str, draft: FileDraft) -> UploadForm:
        """Return the form with which a browser uploads a file, and nothing else.

        Raises:
            FilesUnavailable: there is no bucket.
        """
        digest = base64.b64encode(bytes.fromhex(draft.sha256)).decode()
        fields = {
            "Content-Type": UPLOADED_TYPES[draft.type],
            "x-amz-checksum-sha256": digest,
            f"x-amz-meta-{DESCRIPTION}": Description(
                draft.name, draft.type, draft.sha256
            ).to_text(),
        }
        conditions = [{name: value} for name, value in fields.items()]
        expires_at = times.now() + UPLOAD_LIFETIME
        with s3_outages():
            # boto3 adds the conditions that key and bucket are these.
            form = self.s3().generate_presigned_post(
                self.name,
                object_key(UPLOADS, candidate_id, file_id),
                Fields=fields,
                Conditions=[*conditions, ["content-length-range", draft.bytes, draft.bytes]],
                ExpiresIn=round(UPLOAD_LIFETIME.total_seconds()),
            )
        return UploadForm(file_id, form["url"], form["fields"], expires_at)

    def link(self, candidate_id: str, file_id: str, name: str, *, prefix: str = FILES) -> FileLink:
        """Return a link that downloads a file under a name, for 60 seconds.

        Raises:
            FilesUnavailable: there is no bucket.
        """
        expires_at = times.now() + LINK_LIFETIME
        with s3_outages():
            url = self.s3().generate_presigned_url(
                "get_object",
                Params={
                    "Bucket": self.name,
                    "Key": object_key(prefix, candidate_id, file_id),
                    "ResponseContentDisposition": content_disposition(name),
                    "ResponseContentType": SAVED_TYPE,
                    "ResponseCacheControl": "no-store",
                },
                ExpiresIn=round(LINK_LIFETIME.total_seconds()),
            )
        return FileLink(url, expires_at)

    def find(self, candidate_id: str, file_id: str) -> StoredObject | None:
        """Return a file whose content was checked, or None.

        Raises:
            FilesUnavailable: S3 cannot be reached, or refuses the operation.
        """
        key = object_key(FILES, candidate_id, file_id)
        with s3_outages():
            found = or_none(self.s3().head_object, Bucket=self.name, Key=key)
        return stored_object(found) if found else None

    def read_upload(
        self, candidate_id: str, file_id: str, most: int
    ) -> tuple[StoredObject, bytes] | None:
        """Return an upload with its content, or None if there is none.

        Args:
            candidate_id: its owner.
            file_id: its id.
            most: read only the beginning of a larger content: this many bytes and one.

        Raises:
            FilesUnavailable: S3 cannot be reached, or refuses the operation.
        """
        key = object_key(UPLOADS, candidate_id, file_id)
        with s3_outages():
            found = or_none(self.s3().get_object, Bucket=self.name, Key=key)
            if found is None:
                return None
            with found["Body"] as body:
                return stored_object(found), body.read(most + 1)

    def write(
        self, candidate_id: str, file_id: str, content: bytes, description: Description
    ) -> None:
        """Write a file whose content was checked, unless there is one.

        Raises:
            FilesUnavailable: S3 cannot be reached, or refuses the operation.
        """
        digest = base64.b64encode(hashlib.sha256(content).digest()).decode()
        with s3_outages():
            try:
                self.s3().put_object(
                    Bucket=self.name,
                    Key=object_key(FILES, candidate_id, file_id),
                    Body=content,
                    ContentType=SAVED_TYPE,
                    Metadata={DESCRIPTION: description.to_text()},
                    ChecksumSHA256=digest,
                    IfNoneMatch="*",
                )
            except ClientError as error:
                if not is_taken(error):
                    raise

    def copy(self, candidate_id: str, file_id: str, copy_id: str) -> bool:
        """Copy a file whose content was checked. Return False if there is none.

        Raises:
            FilesUnavailable: S3 cannot be reached, or refuses the operation.
        """
        keys = [object_key(FILES, candidate_id, one) for one in (file_id, copy_id)]
        source = {"Bucket": self.name, "Key": keys[0]}
        with s3_outages():
            copied = or_none(
                self.s3().copy_object, Bucket=self.name, Key=keys[1], CopySource=source
            )
        return copied is not None

    def delete_upload(self, candidate_id: str, file_id: str) -> None:
        """Delete an upload, if there is one.

        Raises:
            FilesUnavailable: S3 cannot be reached, or refuses the operation.
        """
        with s3_outages():
            self.s3().delete_object(
                Bucket=self.name, Key=object_key(UPLOADS, candidate_id, file_id)
            )

    def page(self, prefix: str, after: str, count: int = _PAGE) -> list[ListedObject]:
        """Return the next objects in the order of their keys.

        Args:
            prefix: the beginning of their keys.
            after: return only objects with greater keys; empty for no bound.
            count: how many to return at most, up to 1000.

        Raises:
            FilesUnavailable: S3 cannot be reached, or refuses the operation.
        """
        bound = {"StartAfter": after} if after else {}
        with s3_outages():
            found = self.s3().list_objects_v2(
                Bucket=self.name, Prefix=prefix, MaxKeys=count, **bound
            )
        return [listed_object(one["Key"], one["LastModified"]) for one in found.get("Contents", ())]

    def delete(self, keys: Iterable[str]) -> None:
        """Delete objects by their keys, at most 1000; missing ones are no error.

        Raises:
            FilesUnavailable: S3 cannot be reached, or an object may still exist.
        """
        objects = [{"Key": key} for key in keys]
        if not objects:
            return
        with s3_outages():
            answer = self.s3().delete_objects(
                Bucket=self.name, Delete={"Objects": objects, "Quiet": True}
            )
        if answer.get("Errors"):
            raise FilesUnavailable("The store of files did not delete all files.")

    def erase(self, candidate_id: str) -> int:
        """Delete all objects of a candidate, also exports. Return how many there were.

        Raises:
            FilesUnavailable: S3 cannot be reached, or an object may still exist.
        """
        if not self.name:
            return 0
        erased = 0
        abort_uploads(self.s3(), self.name, object_key(EXPORTS, candidate_id, ""))
        for prefix in (UPLOADS, FILES, EXPORTS):
            # Repeat until none is left, because more may have been written meanwhile.
            while page := self.page(object_key(prefix, candidate_id, ""), ""):
                self.delete(one.key for one in page)
                erased += len(page)
        return erased

    def s3(self) -> Any:
        """Return the client of S3.

        Raises:
            FilesUnavailable: there is no bucket.
        """
        if not self.name:
            raise FilesUnavailable("There is no store for files.")
        return self._client()
