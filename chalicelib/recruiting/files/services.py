"""The services that the routes of files use."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from chalicelib.auth.sessions.revocations import SessionRevocations
    from chalicelib.recruiting.employers.access import MemberAccess
    from chalicelib.recruiting.files.applicant_file_service import ApplicantFileService
    from chalicelib.recruiting.files.upload_service import UploadService


class FileServices(Protocol):
    """The container of files, as the routes see it."""

    @property
    def member_access(self) -> MemberAccess:
        """Decides whether an account may act for an employer."""

    @property
    def revocations(self) -> SessionRevocations:
        """Knows the sessions that have ended."""

    @property
    def upload_service(self) -> UploadService:
        """Takes the files of candidates."""

    @property
    def applicant_file_service(self) -> ApplicantFileService:
        """Gives members the files of applicants."""
