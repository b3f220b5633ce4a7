"""ApplicantFileService: gives members of employers the files of applicants."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalicelib.recruiting.files.errors import FileNotFound

if TYPE_CHECKING:
    from chalicelib.recruiting.files.bucket import FileBucket
    from chalicelib.recruiting.files.models import FileLink
    from chalicelib.recruiting.pipeline.applicants import ApplicantFinder, Viewer


class ApplicantFileService:
    """Finds the files of the applications that a member may see."""

    def __init__(self, finder: ApplicantFinder, bucket: FileBucket) -> None:
        self._finder = finder
        self._bucket = bucket

    def link(self, viewer: Viewer, application_id: str, file_id: str) -> FileLink:
        """Return a link that downloads a file of an application.

        Raises:
            ApplicantNotFound: the employer has no such application that the member may see.
            FileNotFound: the application has no such file.
            FilesUnavailable: there is no store of files.
        """
        document, _ = self._finder.find(viewer, application_id)
        for file in document.get("files", ()):
            if file["id"] == file_id:
                return self._bucket.link(document["candidate_id"], file_id, file["name"])
        raise FileNotFound
