"""UploadService: takes the files of candidates. S3 is the only store that it needs."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import msgspec

from chalicelib.common.ids import is_id, new_id
from chalicelib.recruiting.files.contents import check_content
from chalicelib.recruiting.files.errors import FileNotFound, FileRefused, UploadNotFound
from chalicelib.recruiting.files.models import MAX_BYTES
from chalicelib.recruiting.files.names import safe_name

if TYPE_CHECKING:
    from chalicelib.auth.rate_limits import AuthRateLimits
    from chalicelib.recruiting.files.bucket import FileBucket
    from chalicelib.recruiting.files.models import CompletedFile, FileDraft, FileLink, UploadForm
    from chalicelib.recruiting.files.objects import Description
    from chalicelib.recruiting.files.scanner import Scanner
    from chalicelib.recruiting.files.tokens import FileTokenService


class UploadService:
    """Takes files of candidates, and gives them back.

    An upload is checked before it becomes a file. Nobody can change a file afterwards.
    """

    def __init__(
        self,
        bucket: FileBucket,
        tokens: FileTokenService,
        scanner: Scanner,
        rate_limits: AuthRateLimits,
    ) -> None:
        self._bucket = bucket
        self._tokens = tokens
        self._scanner = scanner
        self._rate_limits = rate_limits

    def start(self, candidate_id: str, draft: FileDraft) -> UploadForm:
        """Return the form that uploads a file.

        Raises:
            TooManyRequests: the candidate uploads too many files.
            FilesUnavailable: there is no store of files.
            redis.exceptions.RedisError: the rate limit cannot be read.
        """
        self._rate_limits.take(upload_account=candidate_id)
        named = msgspec.structs.replace(draft, name=safe_name(draft.name, draft.type))
        return self._bucket.upload_form(candidate_id, new_id(), named)

    def complete(self, candidate_id: str, file_id: str) -> CompletedFile:
        """Check an upload, keep it, and return its token. Doing it again returns the same.

        Raises:
            UploadNotFound: nothing was uploaded, or too long ago.
            FileRefused: we do not accept the content. It was deleted.
            TooManyRequests: the candidate lets too many uploads be checked.
            redis.exceptions.RedisError: the rate limit cannot be read.
            FilesUnavailable: the store of files or the virus scanner cannot be reached.
        """
        if not is_id(file_id):
            raise UploadNotFound
        stored = self._bucket.find(candidate_id, file_id)
        if stored is None:
            # The same form can be sent again and again, and each check reads the whole content.
            self._rate_limits.take(completion_account=candidate_id)
            found = self._bucket.read_upload(candidate_id, file_id, MAX_BYTES)
            if found is None:
                raise UploadNotFound("Upload the file first.")
            upload, content = found
            try:
                scanned = self._check(content, upload.description)
            except FileRefused:
                self._bucket.delete_upload(candidate_id, file_id)
                raise
            description = msgspec.structs.replace(upload.description, scanned=scanned)
            self._bucket.write(candidate_id, file_id, content, description)
            # The description and the time of the first write count, if two requests did it.
            stored = self._bucket.find(candidate_id, file_id)
        self._bucket.delete_upload(candidate_id, file_id)
        completed = self._tokens.issue(candidate_id, file_id, stored) if stored else None
        if completed is None:
            raise UploadNotFound("It was uploaded too long ago. Upload the file again.")
        return completed

    def copy(self, candidate_id: str, file_id: str) -> CompletedFile:
        """Copy a file of a candidate within the store, so that another application can have it.

        Each application has files of its own, so that a file is deleted with its application.

        Raises:
            FileNotFound: the candidate has no such file.
            TooManyRequests: the candidate uploads or copies too many files.
            redis.exceptions.RedisError: the rate limit cannot be read.
            FilesUnavailable: the store of files cannot be reached.
        """
        if not is_id(file_id):
            raise FileNotFound
        self._rate_limits.take(upload_account=candidate_id)
        copy_id = new_id()
        if not self._bucket.copy(candidate_id, file_id, copy_id):
            raise FileNotFound
        stored = self._bucket.find(candidate_id, copy_id)
        completed = self._tokens.issue(candidate_id, copy_id, stored) if stored else None
        if completed is None:
            raise FileNotFound
        return completed

    def link(self, candidate_id: str, file_id: str) -> FileLink:
        """Return a link that downloads a file of a candidate.

        Raises:
            FileNotFound: the candidate has no such file.
            FilesUnavailable: the store of files cannot be reached.
        """
        stored = self._bucket.find(candidate_id, file_id) if is_id(file_id) else None
        if stored is None:
            raise FileNotFound
        return self._bucket.link(candidate_id, file_id, stored.description.name)

    def _check(self, content: bytes, announced: Description) -> bool:
        """Check a content. Return whether a virus scanner has read it.

        Raises:
            FileRefused, FilesUnavailable: see ``complete``.
        """
        if len(content) > MAX_BYTES:
            raise FileRefused("The file has more than 10 MB. Choose a smaller file.")
        check_content(content, announced.type)
        if hashlib.sha256(content).hexdigest() != announced.sha256:
            raise FileRefused("The upload was damaged on its way. Upload the file again.")
        return self._scanner.scan(content)
