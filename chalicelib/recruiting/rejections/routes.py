"""Routes of the settings for rejections: reasons, and templates of e-mails.

Everybody who may reject reads them. Owners and recruiters change them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalicelib.http.preconditions import versioned_response
from chalicelib.http.responses import json_response
from chalicelib.http.routing import Blueprint
from chalicelib.recruiting.employers.models import MemberRole
from chalicelib.recruiting.employers.policies import members
from chalicelib.recruiting.rejections.errors import TemplateNotFound, TooManyTemplates
from chalicelib.recruiting.rejections.models import (
    ReasonsDraft,
    RejectionReasons,
    Template,
    TemplateChange,
    TemplateDraft,
    Templates,
)

if TYPE_CHECKING:
    from chalice import Response

    from chalicelib.common.versions import ExpectedVersions
    from chalicelib.recruiting.employers.models import Member
    from chalicelib.recruiting.rejections.services import RejectionServices

blueprint = Blueprint(__name__)
_ON = "settings for rejections"
READERS = members(MemberRole.OWNER, MemberRole.RECRUITER, MemberRole.HIRING_MANAGER, on=_ON)
WRITERS = members(MemberRole.OWNER, MemberRole.RECRUITER, on=_ON)
REASONS = "/v1/employers/{employer_id}/rejection-reasons"
TEMPLATES = "/v1/employers/{employer_id}/templates"
TEMPLATE = f"{TEMPLATES}/{{template_id}}"


@blueprint.get(REASONS, policy=READERS, response={200: RejectionReasons}, conditional=True)
def get_rejection_reasons(
    employer_id: str, caller: Member, services: RejectionServices
) -> Response:
    """Return the reasons from which members choose when they reject."""
    found = services.settings_service.get_reasons(caller.employer_id)
    return versioned_response(found, found.version)


@blueprint.put(
    REASONS, policy=WRITERS, body=ReasonsDraft, response={200: RejectionReasons}, versioned=True
)
def set_rejection_reasons(
    employer_id: str,
    body: ReasonsDraft,
    caller: Member,
    if_match: ExpectedVersions,
    services: RejectionServices,
) -> Response:
    """Replace the reasons. Former rejections keep the words of a reason that is left out."""
    service = services.settings_service
    changed = service.set_reasons(caller.employer_id, body.reasons, if_match)
    return versioned_response(changed, changed.version)


@blueprint.get(TEMPLATES, policy=READERS, response={200: Templates})
def list_templates(employer_id: str, caller: Member, services: RejectionServices) -> Templates:
    """List the templates, oldest first."""
    return services.settings_service.list_templates(caller.employer_id)


@blueprint.post(
    TEMPLATES,
    policy=WRITERS,
    body=TemplateDraft,
    response={201: Template},
    errors=(TooManyTemplates,),
    headers={"Location": "The URL of the template, relative to this one"},
)
def create_template(
    employer_id: str, body: TemplateDraft, caller: Member, services: RejectionServices
) -> Response:
    """Create a template."""
    made = services.settings_service.create_template(caller.employer_id, body)
    # A relative URL is valid behind any deployment stage or domain.
    return json_response(made, status=201, headers={"Location": f"templates/{made.id}"})


@blueprint.get(
    TEMPLATE,
    policy=READERS,
    response={200: Template},
    errors=(TemplateNotFound,),
    conditional=True,
)
def get_template(
    employer_id: str, template_id: str, caller: Member, services: RejectionServices
) -> Response:
    """Return a template."""
    found = services.settings_service.get_template(caller.employer_id, template_id)
    return versioned_response(found, found.version)


@blueprint.patch(
    TEMPLATE,
    policy=WRITERS,
    body=TemplateChange,
    response={200: Template},
    errors=(TemplateNotFound,),
    versioned=True,
)
def change_template(
    employer_id: str,
    template_id: str,
    body: TemplateChange,
    caller: Member,
    if_match: ExpectedVersions,
    services: RejectionServices,
) -> Response:
    """Change a template. E-mails that were written with it stay as they are."""
    service = services.settings_service
    changed = service.change_template(caller.employer_id, template_id, body, if_match)
    return versioned_response(changed, changed.version)


@blueprint.delete(
    TEMPLATE,
    policy=WRITERS,
    response={204: None},
    errors=(TemplateNotFound,),
    versioned=True,
)
def delete_template(
    employer_id: str,
    template_id: str,
    caller: Member,
    if_match: ExpectedVersions,
    services: RejectionServices,
) -> None:
    """Delete a template. Without a default template, e-mails have Hirelane's own text."""
    services.settings_service.delete_template(caller.employer_id, template_id, if_match)
