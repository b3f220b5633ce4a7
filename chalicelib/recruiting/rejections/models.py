"""Models of the settings for rejections: reasons, and templates of e-mails."""

from __future__ import annotations

from typing import Annotated

import msgspec

from chalicelib.auth.fields import Name, PlainText

MAX_REASONS = 50
MAX_TEMPLATES = 30
MAX_MESSAGE_LENGTH = 5000

ReasonId = Annotated[
    str,
    msgspec.Meta(
        pattern=r"^[a-z0-9-]{1,36}$(?!\n)",
        description="An id of at most 36 small letters, digits and dashes",
    ),
]
TemplateMessage = Annotated[
    PlainText,
    msgspec.Meta(
        min_length=1,
        max_length=MAX_MESSAGE_LENGTH,
        description="Plain text, in which a blank line separates paragraphs. {name} is replaced by "
        "the name of the candidate, {title} by that of the posting, {employer} by that of the "
        "employer",
    ),
]


class RejectionReason(msgspec.Struct, frozen=True):
    """A reason for which members reject applications. Candidates never see it."""

    id: str
    words: str


class ReasonDraft(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A reason as a member writes it. A reason without an id is a new one."""

    words: Name
    id: ReasonId | None = None


class ReasonsDraft(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The new list of reasons, in the order in which members choose from it."""

    reasons: Annotated[list[ReasonDraft], msgspec.Meta(max_length=MAX_REASONS)]


class RejectionReasons(msgspec.Struct, frozen=True):
    """The reasons of an employer. ``version`` grows with each change; it is also the ETag."""

    reasons: tuple[RejectionReason, ...]
    version: int


class Template(msgspec.Struct, frozen=True):
    """A template for the e-mail of a rejection.

    At most one template of an employer is the default. ``version`` grows with each change, also
    when another template becomes the default; it is also the ETag.
    """

    id: str
    name: str
    message: str
    is_default: bool = False
    version: int = 1


class TemplateDraft(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A new template. As the default, it takes the place of the present default template."""

    name: Name
    message: TemplateMessage
    is_default: bool = False


class TemplateChange(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """New values of a template; an absent field stays."""

    name: Name | msgspec.UnsetType = msgspec.UNSET
    message: TemplateMessage | msgspec.UnsetType = msgspec.UNSET
    is_default: bool | msgspec.UnsetType = msgspec.UNSET


class Templates(msgspec.Struct, frozen=True):
    """The templates of an employer, oldest first."""

    templates: tuple[Template, ...]


# The reasons of a new employer. Events store the ids, so these must keep their meaning.
DEFAULT_REASONS = (
    RejectionReason("experience", "Not enough experience"),
    RejectionReason("skills", "Skills do not match"),
    RejectionReason("other-candidate", "Another candidate fits better"),
    RejectionReason("pay", "Pay expectations do not match"),
    RejectionReason("location", "Place of work does not match"),
    RejectionReason("availability", "Not available in time"),
    RejectionReason("incomplete", "Application is incomplete"),
    RejectionReason("filled", "The position is filled"),
    RejectionReason("other", "Another reason"),
)


class RejectionSettings(msgspec.Struct, frozen=True):
    """The settings of an employer for rejections, as they are stored.

    ``revision`` grows with each write; 0 means that nothing is stored yet.
    """

    reasons: tuple[RejectionReason, ...] = DEFAULT_REASONS
    reasons_version: int = 1
    templates: tuple[Template, ...] = ()
    revision: int = 0

    def find_reason(self, reason_id: str) -> RejectionReason | None:
        """Return a reason by its id, or None."""
        return next((one for one in self.reasons if one.id == reason_id), None)

    def find_template(self, template_id: str) -> Template | None:
        """Return a template by its id, or None."""
        return next((one for one in self.templates if one.id == template_id), None)

    @property
    def default_message(self) -> str:
        """The message of the default template; empty if there is none."""
        return next((one.message for one in self.templates if one.is_default), "")
