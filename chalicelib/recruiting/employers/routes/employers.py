"""Routes of employers: create, read, change."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalicelib.auth.errors import SessionExpired
from chalicelib.auth.models import Role
from chalicelib.auth.routes.policies import only
from chalicelib.common.errors import TooManyRequests
from chalicelib.http.preconditions import versioned_response
from chalicelib.http.routing import Blueprint
from chalicelib.recruiting.employers.errors import SlugTaken
from chalicelib.recruiting.employers.models import (
    Employer,
    EmployerChange,
    EmployerDraft,
    MemberRole,
)
from chalicelib.recruiting.employers.policies import any_member, members

if TYPE_CHECKING:
    from chalice import Response

    from chalicelib.auth.models import Caller
    from chalicelib.common.versions import ExpectedVersions
    from chalicelib.recruiting.employers.models import Member
    from chalicelib.recruiting.employers.services import EmployerServices

blueprint = Blueprint(__name__)


@blueprint.post(
    "/v1/employers",
    policy=only(Role.CANDIDATE, on="own employers"),
    body=EmployerDraft,
    response={201: Employer},
    errors=(SessionExpired, SlugTaken, TooManyRequests),
)
def create_employer(body: EmployerDraft, caller: Caller, services: EmployerServices) -> Employer:
    """Create an employer; the caller becomes its owner."""
    return services.employer_service.create(caller, body)


@blueprint.get(
    "/v1/employers/{employer_id}",
    policy=any_member(on="the employer"),
    response={200: Employer},
    conditional=True,
)
def get_employer(employer_id: str, caller: Member, services: EmployerServices) -> Response:
    """Return an employer."""
    employer = services.employer_service.get(caller)
    return versioned_response(employer, employer.version)


@blueprint.patch(
    "/v1/employers/{employer_id}",
    policy=members(MemberRole.OWNER, on="the employer"),
    body=EmployerChange,
    response={200: Employer},
    errors=(SlugTaken,),
    versioned=True,
)
def change_employer(
    employer_id: str,
    body: EmployerChange,
    caller: Member,
    if_match: ExpectedVersions,
    services: EmployerServices,
) -> Response:
    """Change an employer: name, slug, text, delay of rejections, limit of applications."""
    changed = services.employer_service.change(caller, body, if_match)
    return versioned_response(changed, changed.version)
