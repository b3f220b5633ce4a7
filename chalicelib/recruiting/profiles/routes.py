"""Routes of profiles: a candidate reads, changes and deletes their own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from chalicelib.auth.errors import SessionExpired
from chalicelib.auth.models import Role
from chalicelib.auth.routes.policies import only
from chalicelib.common.errors import TooManyRequests
from chalicelib.common.observability import count
from chalicelib.http.preconditions import versioned_response
from chalicelib.http.routing import Blueprint
from chalicelib.recruiting.files.errors import FileNotFound, FileNotRead, ImportRefused
from chalicelib.recruiting.files.routes import CANDIDATE as FILE_OWNER
from chalicelib.recruiting.profiles.models import (
    FileFacts,
    ImportedResume,
    ImportRequest,
    LastSent,
    Profile,
    ProfileDraft,
)

if TYPE_CHECKING:
    from chalice import Response

    from chalicelib.auth.models import Caller
    from chalicelib.common.versions import ExpectedVersions
    from chalicelib.recruiting.profiles.fact_service import FactService
    from chalicelib.recruiting.profiles.import_service import ImportService
    from chalicelib.recruiting.profiles.service import ProfileService

blueprint = Blueprint(__name__)
CANDIDATE = only(Role.CANDIDATE, on="own profile")
PROFILE = "/v1/account/profile"
# 500 kB in base64, and the names of the fields.
IMPORT_BODY_BYTES = 700_000


class ProfileServices(Protocol):
    """The container of profiles, as the routes see it."""

    @property
    def service(self) -> ProfileService:
        """Reads, changes and deletes profiles."""

    @property
    def import_service(self) -> ImportService:
        """Reads resumes that other programs wrote."""

    @property
    def fact_service(self) -> FactService:
        """Reads what is certain in the text of a file."""


@blueprint.get(PROFILE, policy=CANDIDATE, response={200: Profile}, conditional=True)
def get_profile(caller: Caller, services: ProfileServices) -> Response:
    """Return the profile. If nothing is stored yet, it is empty and has the version 0."""
    found = services.service.get(caller.account_id)
    return versioned_response(found, found.version)


@blueprint.get(f"{PROFILE}/last-sent", policy=CANDIDATE, response={200: LastSent})
def get_last_sent(caller: Caller, services: ProfileServices) -> LastSent:
    """Return the links and files that were sent last, to send them again."""
    return services.service.last_sent(caller.account_id)


@blueprint.put(
    PROFILE,
    policy=CANDIDATE,
    body=ProfileDraft,
    response={200: Profile},
    errors=(SessionExpired,),
    versioned=True,
)
def replace_profile(
    body: ProfileDraft, caller: Caller, if_match: ExpectedVersions, services: ProfileServices
) -> Response:
    """Replace the profile. Fields that JSON Resume does not have are refused."""
    changed = services.service.replace(caller, body, if_match)
    return versioned_response(changed, changed.version)


@blueprint.delete(
    PROFILE,
    policy=CANDIDATE,
    response={204: None},
    errors=(SessionExpired,),
    versioned=True,
)
def delete_profile(caller: Caller, if_match: ExpectedVersions, services: ProfileServices) -> None:
    """Delete the profile. What was sent with applications stays with them."""
    services.service.delete(caller, if_match)


@blueprint.post(
    f"{PROFILE}/import",
    policy=CANDIDATE,
    body=ImportRequest,
    body_limit=IMPORT_BODY_BYTES,
    response={200: ImportedResume},
    errors=(SessionExpired, ImportRefused, TooManyRequests),
)
def import_resume(body: ImportRequest, caller: Caller, services: ProfileServices) -> ImportedResume:
    """Return the resume of a file of another program, at most 500 kB. Nothing is stored.

    The candidate confirms it by replacing the profile.
    """
    found = services.import_service.read(caller, body)
    count("resume_imported", format=body.format)
    return found


@blueprint.post(
    "/v1/files/{file_id}/facts",
    policy=FILE_OWNER,
    response={200: FileFacts},
    errors=(SessionExpired, FileNotFound, FileNotRead, TooManyRequests),
)
def find_facts(file_id: str, caller: Caller, services: ProfileServices) -> FileFacts:
    """Return what is certain about the candidate in the text of their file. Nothing is stored.

    503 if the file cannot be read within 5 seconds for a reason that is not the file.
    """
    found = services.fact_service.find(caller, file_id)
    count("facts_read")
    return found
