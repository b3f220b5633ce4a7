"""RejectionSettingsService: members read and change the settings for rejections."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from chalicelib.common.errors import InvalidField, VersionConflict
from chalicelib.common.ids import new_id
from chalicelib.recruiting.rejections.errors import TemplateNotFound, TooManyTemplates
from chalicelib.recruiting.rejections.models import (
    MAX_TEMPLATES,
    RejectionReason,
    RejectionReasons,
    Template,
    Templates,
)
from chalicelib.recruiting.rejections.placeholders import check_placeholders
from chalicelib.recruiting.texts import clean_line, clean_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from chalicelib.common.versions import ExpectedVersions
    from chalicelib.recruiting.rejections.models import (
        ReasonDraft,
        RejectionSettings,
        TemplateChange,
        TemplateDraft,
    )
    from chalicelib.recruiting.rejections.repository import RejectionSettingsRepository

# Settings are edited rarely, so a write that was too late succeeds soon.
_ATTEMPTS = 10
_CONFLICT = "Somebody else has changed it. Read it again."


class RejectionSettingsService:
    """Reads and changes the reasons and the templates of an employer."""

    def __init__(self, settings: RejectionSettingsRepository) -> None:
        self._settings = settings

    def get_reasons(self, employer_id: str) -> RejectionReasons:
        """Return the reasons of an employer."""
        return _reasons(self._settings.get(employer_id))

    def set_reasons(
        self, employer_id: str, drafts: list[ReasonDraft], seen: ExpectedVersions
    ) -> RejectionReasons:
        """Replace the reasons of an employer.

        Raises:
            InvalidField: two reasons have the same id or the same words.
            VersionConflict: somebody else has changed them.
        """
        reasons = tuple(
            RejectionReason(one.id or new_id(), clean_line(one.words)) for one in drafts
        )
        if len({one.id for one in reasons}) < len(reasons):
            raise InvalidField("reasons", "Give each reason an id of its own")
        if len({one.words.casefold() for one in reasons}) < len(reasons):
            raise InvalidField("reasons", "Give each reason words of its own")

        def change(settings: RejectionSettings) -> RejectionSettings:
            if not seen.includes(settings.reasons_version):
                raise VersionConflict(_CONFLICT)
            return msgspec.structs.replace(
                settings, reasons=reasons, reasons_version=settings.reasons_version + 1
            )

        return _reasons(self._change(employer_id, change))

    def list_templates(self, employer_id: str) -> Templates:
        """Return the templates of an employer, oldest first."""
        return Templates(self._settings.get(employer_id).templates)

    def get_template(self, employer_id: str, template_id: str) -> Template:
        """Return a template.

        Raises:
            TemplateNotFound: the employer has no such template.
        """
        return _require(self._settings.get(employer_id), template_id)

    def create_template(self, employer_id: str, draft: TemplateDraft) -> Template:
        """Create a template.

        Raises:
            InvalidField: the message is blank or has an unknown placeholder.
            TooManyTemplates: the employer has 30 templates.
        """
        made = Template(
            new_id(), clean_line(draft.name), _clean_message(draft.message), draft.is_default
        )

        def change(settings: RejectionSettings) -> RejectionSettings:
            if len(settings.templates) >= MAX_TEMPLATES:
                raise TooManyTemplates(f"Delete one of the {MAX_TEMPLATES} templates first.")
            return _with_templates(settings, (*settings.templates, made), made)

        self._change(employer_id, change)
        return made

    def change_template(
        self, employer_id: str, template_id: str, changes: TemplateChange, seen: ExpectedVersions
    ) -> Template:
        """Change a template. As the default, it takes the place of the present default template.

        Raises:
            InvalidField: no field is given, or the message is blank or has an unknown placeholder.
            TemplateNotFound: the employer has no such template.
            VersionConflict: somebody else has changed it.
        """
        values = {
            name: value
            for name, value in msgspec.structs.asdict(changes).items()
            if value is not msgspec.UNSET
        }
        if not values:
            raise InvalidField("", "Send a name, a message or is_default.")
        if "name" in values:
            values["name"] = clean_line(values["name"])
        if "message" in values:
            values["message"] = _clean_message(values["message"])

        def change(settings: RejectionSettings) -> RejectionSettings:
            former = _require(settings, template_id, seen)
            new = msgspec.structs.replace(former, **values, version=former.version + 1)
            templates = tuple(new if one is former else one for one in settings.templates)
            return _with_templates(settings, templates, new)

        return _require(self._change(employer_id, change), template_id)

    def delete_template(self, employer_id: str, template_id: str, seen: ExpectedVersions) -> None:
        """Delete a template. E-mails that were written with it stay as they are.

        Raises:
            TemplateNotFound: the employer has no such template.
            VersionConflict: somebody else has changed it.
        """

        def change(settings: RejectionSettings) -> RejectionSettings:
            former = _require(settings, template_id, seen)
            kept = tuple(one for one in settings.templates if one is not former)
            return msgspec.structs.replace(settings, templates=kept)

        self._change(employer_id, change)

    def _change(
        self, employer_id: str, change: Callable[[RejectionSettings], RejectionSettings]
    ) -> RejectionSettings:
        """Read, change and write settings. Repeat that if somebody else has written meanwhile."""
        for _ in range(_ATTEMPTS):
            changed = change(self._settings.get(employer_id))
            if self._settings.replace(employer_id, changed):
                return changed
        raise VersionConflict(_CONFLICT)


def _clean_message(message: str) -> str:
    message = clean_text(message)
    if not message:
        raise InvalidField("message", "Write something")
    check_placeholders("message", message)
    return message


def _require(
    settings: RejectionSettings, template_id: str, seen: ExpectedVersions | None = None
) -> Template:
    """Return a template, which must have one of the versions ``seen``."""
    found = settings.find_template(template_id)
    if found is None:
        raise TemplateNotFound
    if seen is not None and not seen.includes(found.version):
        raise VersionConflict(_CONFLICT)
    return found


def _with_templates(
    settings: RejectionSettings, templates: tuple[Template, ...], written: Template
) -> RejectionSettings:
    """Return settings with new templates, of which only one stays the default."""
    if written.is_default:
        templates = tuple(
            msgspec.structs.replace(one, is_default=False, version=one.version + 1)
            if one.is_default and one is not written
            else one
            for one in templates
        )
    return msgspec.structs.replace(settings, templates=templates)


def _reasons(settings: RejectionSettings) -> RejectionReasons:
    return RejectionReasons(settings.reasons, settings.reasons_version)
