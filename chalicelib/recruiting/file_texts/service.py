"""FileTextService: returns the texts of an applicant's files to the members of an employer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalicelib.recruiting.file_texts.models import FileTexts
from chalicelib.recruiting.file_texts.repository import file_texts_of

if TYPE_CHECKING:
    from chalicelib.recruiting.file_texts.repository import FileTextRepository
    from chalicelib.recruiting.pipeline.applicants import ApplicantFinder, Viewer


class FileTextService:
    """Reads the texts of files for a member of an employer."""

    def __init__(self, texts: FileTextRepository, finder: ApplicantFinder) -> None:
        self._texts = texts
        self._finder = finder

    def get(self, viewer: Viewer, application_id: str) -> FileTexts:
        """Return the texts of the files of an application.

        Raises:
            ApplicantNotFound: the employer has no such application that the member may see.
        """
        document, _ = self._finder.find(viewer, application_id)
        texts = self._texts.find_texts(viewer.employer_id, application_id)
        return FileTexts(file_texts_of(document, texts))
