"""Routes of file texts: what members read of the files of an applicant."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalicelib.http.routing import Blueprint
from chalicelib.recruiting.file_texts.models import FileTexts
from chalicelib.recruiting.pipeline.applicants import viewer_of
from chalicelib.recruiting.pipeline.errors import ApplicantNotFound
from chalicelib.recruiting.pipeline.policies import APPLICANT_READERS, APPLICATION

if TYPE_CHECKING:
    from chalicelib.recruiting.employers.models import Member
    from chalicelib.recruiting.file_texts.services import FileTextServices

blueprint = Blueprint(__name__)


@blueprint.get(
    f"{APPLICATION}/file-texts",
    policy=APPLICANT_READERS,
    response={200: FileTexts},
    errors=(ApplicantNotFound,),
    conditional=True,
)
def get_file_texts(
    employer_id: str, application_id: str, caller: Member, services: FileTextServices
) -> FileTexts:
    """Return the texts of the files of an application, or why they cannot be read.

    Interviewers get none, because files have contact details.
    """
    return services.service.get(viewer_of(caller), application_id)
