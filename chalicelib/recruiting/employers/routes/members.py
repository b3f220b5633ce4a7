"""Routes of the members of an employer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalicelib.auth.errors import SessionExpired
from chalicelib.auth.routes.policies import any_account
from chalicelib.http.routing import Blueprint
from chalicelib.recruiting.employers.errors import EmployerNotFound, LastOwner, MemberNotFound
from chalicelib.recruiting.employers.models import MemberRole, Memberships, RoleChange, Team
from chalicelib.recruiting.employers.policies import any_member, members

if TYPE_CHECKING:
    from chalicelib.auth.models import Caller
    from chalicelib.recruiting.employers.models import Member
    from chalicelib.recruiting.employers.services import EmployerServices

blueprint = Blueprint(__name__)
OWNER = members(MemberRole.OWNER, on="members of the employer")
MEMBERSHIPS = any_account(on="own memberships")


@blueprint.get(
    "/v1/employers/{employer_id}/members",
    policy=any_member(on="members of the employer"),
    response={200: Team},
)
def list_members(employer_id: str, caller: Member, services: EmployerServices) -> Team:
    """List the members of an employer; who joined first comes first."""
    return services.team_service.list_members(caller)


@blueprint.put(
    "/v1/employers/{employer_id}/members/{account_id}/role",
    policy=OWNER,
    body=RoleChange,
    response={200: Team},
    errors=(MemberNotFound, LastOwner),
)
def change_member_role(
    employer_id: str,
    account_id: str,
    body: RoleChange,
    caller: Member,
    services: EmployerServices,
) -> Team:
    """Change the role of a member; an employer keeps at least one owner."""
    return services.team_service.change_role(caller, account_id, body.role)


@blueprint.delete(
    "/v1/employers/{employer_id}/members/{account_id}",
    policy=OWNER,
    response={204: None},
    errors=(MemberNotFound, LastOwner),
)
def remove_member(
    employer_id: str, account_id: str, caller: Member, services: EmployerServices
) -> None:
    """Remove a member, who has no access from then on; an employer keeps at least one owner."""
    services.team_service.remove(caller, account_id)


@blueprint.get("/v1/account/memberships", policy=MEMBERSHIPS, response={200: Memberships})
def list_memberships(caller: Caller, services: EmployerServices) -> Memberships:
    """List the employers that the caller is a member of."""
    return services.employer_service.list_memberships(caller)


@blueprint.delete(
    "/v1/account/memberships/{employer_id}",
    policy=MEMBERSHIPS,
    response={204: None},
    errors=(SessionExpired, EmployerNotFound, LastOwner),
)
def leave_employer(employer_id: str, caller: Caller, services: EmployerServices) -> None:
    """Leave an employer; its last owner cannot."""
    services.team_service.leave(caller, employer_id)
