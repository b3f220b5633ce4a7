"""Routes of files: candidates upload and download theirs, members download those of applicants."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalicelib.auth.models import Role
from chalicelib.auth.routes.policies import only
from chalicelib.common.errors import TooManyRequests
from chalicelib.common.observability import count
from chalicelib.http.routing import Blueprint
from chalicelib.recruiting.files.errors import FileNotFound, FileRefused, UploadNotFound
from chalicelib.recruiting.files.models import CompletedFile, FileDraft, FileLink, UploadForm
from chalicelib.recruiting.pipeline.applicants import viewer_of
from chalicelib.recruiting.pipeline.errors import ApplicantNotFound
from chalicelib.recruiting.pipeline.policies import APPLICANT_READERS, APPLICATION

if TYPE_CHECKING:
    from chalicelib.auth.models import Caller
    from chalicelib.recruiting.employers.models import Member
    from chalicelib.recruiting.files.services import FileServices

blueprint = Blueprint(__name__)
CANDIDATE = only(Role.CANDIDATE, on="own files")
# What they store counts for an account that may be gone.
UPLOADER = only(Role.CANDIDATE, on="own files", checks_session=True)


@blueprint.post(
    "/v1/files",
    policy=UPLOADER,
    body=FileDraft,
    response={201: UploadForm},
    errors=(TooManyRequests,),
)
def start_upload(body: FileDraft, caller: Caller, services: FileServices) -> UploadForm:
    """Return a form that uploads a file to the store of files, for 15 minutes."""
    return services.upload_service.start(caller.account_id, body)


@blueprint.post(
    "/v1/files/{file_id}/completion",
    policy=UPLOADER,
    response={200: CompletedFile},
    errors=(UploadNotFound, FileRefused, TooManyRequests),
)
def complete_upload(file_id: str, caller: Caller, services: FileServices) -> CompletedFile:
    """Check the content of an upload, and return the token with which applications attach it.

    A repeated request gets the same token. A file that no application has is deleted after a day.
    """
    try:
        completed = services.upload_service.complete(caller.account_id, file_id)
    except FileRefused:
        count("file_refused")
        raise
    count("file_completed")
    return completed


@blueprint.post(
    "/v1/files/{file_id}/copy",
    policy=UPLOADER,
    response={201: CompletedFile},
    errors=(FileNotFound, TooManyRequests),
)
def copy_file(file_id: str, caller: Caller, services: FileServices) -> CompletedFile:
    """Copy a file of the candidate, and return the token with which applications attach the copy.

    A copy that no application has is deleted after a day, as an upload is.
    """
    copied = services.upload_service.copy(caller.account_id, file_id)
    count("file_copied")
    return copied


@blueprint.get(
    "/v1/files/{file_id}/content",
    policy=CANDIDATE,
    response={200: FileLink},
    errors=(FileNotFound,),
)
def get_file(file_id: str, caller: Caller, services: FileServices) -> FileLink:
    """Return a link that downloads a file of the candidate, for 60 seconds."""
    return services.upload_service.link(caller.account_id, file_id)


@blueprint.get(
    f"{APPLICATION}/files/{{file_id}}/content",
    policy=APPLICANT_READERS,
    response={200: FileLink},
    errors=(ApplicantNotFound, FileNotFound),
)
def get_applicant_file(
    employer_id: str,
    application_id: str,
    file_id: str,
    caller: Member,
    services: FileServices,
) -> FileLink:
    """Return a link that downloads a file of an application, for 60 seconds.

    Interviewers get none, because files have contact details.
    """
    return services.applicant_file_service.link(viewer_of(caller), application_id, file_id)
