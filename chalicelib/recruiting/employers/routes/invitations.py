"""Routes of invitations."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalicelib.auth.errors import AccountNotFound, LinkExpired, SessionExpired
from chalicelib.auth.models import Role
from chalicelib.auth.routes.policies import only
from chalicelib.common.errors import TooManyRequests
from chalicelib.http.responses import json_response
from chalicelib.http.routing import Blueprint
from chalicelib.recruiting.employers.errors import (
    AlreadyMember,
    InvitationExpired,
    InvitationForAnotherAddress,
    InvitationNotFound,
    InvitationRevoked,
    InvitationUsed,
)
from chalicelib.recruiting.employers.invitation_models import (
    Invitation,
    InvitationAcceptance,
    InvitationDraft,
    Invitations,
)
from chalicelib.recruiting.employers.models import MemberRole, Membership
from chalicelib.recruiting.employers.policies import members

if TYPE_CHECKING:
    from chalice import Response
    from chalice.app import Request

    from chalicelib.auth.models import Caller
    from chalicelib.recruiting.employers.models import Member
    from chalicelib.recruiting.employers.services import EmployerServices

blueprint = Blueprint(__name__)
OWNER = members(MemberRole.OWNER, on="invitations of the employer")


@blueprint.post(
    "/v1/employers/{employer_id}/invitations",
    policy=OWNER,
    body=InvitationDraft,
    response={201: Invitation},
    errors=(AlreadyMember, TooManyRequests),
)
def invite(
    employer_id: str,
    body: InvitationDraft,
    caller: Member,
    request: Request,
    services: EmployerServices,
) -> Response:
    """E-mail an invitation, which replaces an earlier one to the same address."""
    made = services.invitation_service.invite(caller, body, services.visitor(request))
    return json_response(made, 201)


@blueprint.get("/v1/employers/{employer_id}/invitations", policy=OWNER, response={200: Invitations})
def list_invitations(employer_id: str, caller: Member, services: EmployerServices) -> Invitations:
    """List the latest 200 invitations of an employer, newest first."""
    return services.invitation_service.list(caller)


@blueprint.delete(
    "/v1/employers/{employer_id}/invitations/{invitation_id}",
    policy=OWNER,
    response={204: None},
    errors=(InvitationNotFound, InvitationUsed),
)
def revoke_invitation(
    employer_id: str, invitation_id: str, caller: Member, services: EmployerServices
) -> None:
    """Revoke an invitation that was not accepted."""
    services.invitation_service.revoke(caller, invitation_id)


@blueprint.post(
    "/v1/invitations/acceptance",
    policy=only(Role.CANDIDATE, on="the invitation of the e-mail link"),
    body=InvitationAcceptance,
    response={200: Membership},
    errors=(
        SessionExpired,
        AccountNotFound,
        LinkExpired,
        InvitationForAnotherAddress,
        InvitationExpired,
        InvitationRevoked,
        InvitationUsed,
    ),
)
def accept_invitation(
    body: InvitationAcceptance, caller: Caller, services: EmployerServices
) -> Membership:
    """Accept an invitation that was e-mailed to the caller's address."""
    return services.invitation_service.accept(caller, body.token)
