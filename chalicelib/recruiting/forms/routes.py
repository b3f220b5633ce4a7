"""Routes of forms: for the members of an employer, and for everyone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalicelib.http.preconditions import versioned_response
from chalicelib.http.routing import Blueprint
from chalicelib.recruiting.forms.models import EmployerForm, FormDraft, PublicForm
from chalicelib.recruiting.postings.errors import PostingIncomplete, PostingNotFound
from chalicelib.recruiting.postings.routes.employer import POSTING, READERS, team_member_of
from chalicelib.recruiting.postings.routes.public import PUBLISHED

if TYPE_CHECKING:
    from chalice import Response

    from chalicelib.common.versions import ExpectedVersions
    from chalicelib.recruiting.employers.models import Member
    from chalicelib.recruiting.forms.services import FormServices

blueprint = Blueprint(__name__)


@blueprint.get(
    f"{POSTING}/form",
    policy=READERS,
    response={200: EmployerForm},
    errors=(PostingNotFound,),
    conditional=True,
)
def get_employer_form(
    employer_id: str, posting_id: str, caller: Member, services: FormServices
) -> Response:
    """Return the form of a posting, with its knock-outs."""
    form = services.form_service.get(caller.employer_id, posting_id, team_member_of(caller))
    return versioned_response(form, form.version)


@blueprint.put(
    f"{POSTING}/form",
    policy=READERS,
    body=FormDraft,
    response={200: EmployerForm},
    errors=(PostingNotFound, PostingIncomplete),
    versioned=True,
)
def put_form(
    employer_id: str,
    posting_id: str,
    body: FormDraft,
    caller: Member,
    if_match: ExpectedVersions,
    services: FormServices,
) -> Response:
    """Replace the questions of a posting. A change makes a new version of the form."""
    form = services.form_service.put(
        caller.employer_id, posting_id, body, if_match, caller.account_id, team_member_of(caller)
    )
    return versioned_response(form, form.version)


@blueprint.get(
    "/v1/postings/{posting_id}/form",
    policy=PUBLISHED,
    response={200: PublicForm},
    errors=(PostingNotFound,),
    conditional=True,
)
def get_form(posting_id: str, services: FormServices) -> PublicForm:
    """Return the questions of a posting."""
    return services.form_service.get_public(posting_id)
