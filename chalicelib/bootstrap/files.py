"""The parts of files: the bucket, uploads, downloads and the sweep."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from chalicelib.bootstrap.parts import DomainContainer

if TYPE_CHECKING:
    from chalicelib.auth.sessions.revocations import SessionRevocations
    from chalicelib.recruiting.applications.attached_files import AttachedFileRepository
    from chalicelib.recruiting.employers.access import MemberAccess
    from chalicelib.recruiting.files.applicant_file_service import ApplicantFileService
    from chalicelib.recruiting.files.bucket import FileBucket
    from chalicelib.recruiting.files.scanner import Scanner
    from chalicelib.recruiting.files.sweeper import FileSweeper
    from chalicelib.recruiting.files.tokens import FileTokenService
    from chalicelib.recruiting.files.upload_service import UploadService


class FilesContainer(DomainContainer):
    """The services that the routes use (``FileServices``), and the sweeper of the worker.

    Loading boto3 takes longer than most requests, so only a request that needs S3 does.
    """

    @cached_property
    def member_access(self) -> MemberAccess:
        return self._container.employers.member_access

    @cached_property
    def revocations(self) -> SessionRevocations:
        return self._container.auth.revocations

    @cached_property
    def s3(self) -> Any:
        from chalicelib.bootstrap.clients import s3_client

        return s3_client(attempts=2)

    @cached_property
    def bucket(self) -> FileBucket:
        from chalicelib.recruiting.files.bucket import FileBucket

        return FileBucket(lambda: self.s3, self._container.settings.environment.files_bucket)

    @cached_property
    def tokens(self) -> FileTokenService:
        from chalicelib.auth.credentials.derived_keys import DerivedKey
        from chalicelib.recruiting.files.tokens import FileTokenService

        return FileTokenService(DerivedKey(self._container.api_secrets.purpose_secret, "file"))

    @cached_property
    def scanner(self) -> Scanner:
        from chalicelib.recruiting.files.scanner import ClamdScanner, NoScanner

        address = self._container.settings.environment.clamd_address
        return ClamdScanner(address) if address else NoScanner()

    @cached_property
    def upload_service(self) -> UploadService:
        from chalicelib.recruiting.files.upload_service import UploadService

        limits = self._container.auth.rate_limits
        return UploadService(self.bucket, self.tokens, self.scanner, limits)

    @cached_property
    def applicant_file_service(self) -> ApplicantFileService:
        from chalicelib.recruiting.files.applicant_file_service import ApplicantFileService

        return ApplicantFileService(self._container.recruiting.pipeline.applicants, self.bucket)

    @cached_property
    def attached(self) -> AttachedFileRepository:
        from chalicelib.recruiting.applications.attached_files import AttachedFileRepository

        return AttachedFileRepository(self._container.database)

    @cached_property
    def sweeper(self) -> FileSweeper:
        from chalicelib.recruiting.files.sweeper import FileSweeper

        recruiting, accounts = self._container.recruiting, self._container.auth.accounts
        references, progress = (self.attached.find_attached,), recruiting.pipeline.sweep_progress
        find_exports = self._container.data_exports.exports.find_existing
        return FileSweeper(
            self.bucket,
            references,
            recruiting.lanes,
            accounts,
            progress,
            find_exports=find_exports,
        )

    def erase(self, candidate_id: str) -> None:
        """Delete the files of a candidate."""
        self.bucket.erase(candidate_id)
