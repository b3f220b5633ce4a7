"""Problem documents (RFC 9457): the one place that maps errors to HTTP."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import msgspec

from chalicelib.auth.errors import (
    AccountInUse,
    AccountNotFound,
    EmailRetryRefused,
    Forbidden,
    LinkExpired,
    SecondFactorEnabled,
    SecondFactorRequired,
    SessionExpired,
    SessionNotFound,
    Unauthenticated,
    WrongCode,
    WrongCredentials,
    WrongPassword,
)
from chalicelib.common.errors import DomainError, InvalidField, TooManyRequests, VersionConflict
from chalicelib.http.errors import (
    AssetNotFound,
    BodyTooLarge,
    DirectRequest,
    ForeignOrigin,
    HttpError,
    InternalError,
    InvalidFieldType,
    InvalidIdempotencyKey,
    MalformedBody,
    MethodNotAllowed,
    NotFound,
    PreconditionRequired,
    ServiceUnavailable,
    UnsupportedMediaType,
)
from chalicelib.recruiting.applications.errors import (
    AccountCannotApply,
    AmendmentRefused,
    ApplicationLimitReached,
    ApplicationNotFound,
    FormChanged,
    IdempotencyKeyReused,
    IntakePaused,
    InvalidAnswers,
    ProofNotReady,
    ReceiptNotFound,
    RevisionNotFound,
)
from chalicelib.recruiting.bulk.errors import OperationNotFound, SelectionChanged
from chalicelib.recruiting.consents.errors import NoticeNotFound
from chalicelib.recruiting.data_exports.errors import ExportNotFound
from chalicelib.recruiting.employers.errors import (
    AlreadyMember,
    EmployerNotFound,
    InvitationExpired,
    InvitationForAnotherAddress,
    InvitationNotFound,
    InvitationRevoked,
    InvitationUsed,
    LastOwner,
    MemberNotFound,
    SlugTaken,
)
from chalicelib.recruiting.erasure.errors import LegalHold
from chalicelib.recruiting.files.errors import (
    FileNotFound,
    FileNotRead,
    FileRefused,
    ImportRefused,
    UploadNotFound,
)
from chalicelib.recruiting.interviewers.errors import MemberWithoutAccess, TooManyInterviewers
from chalicelib.recruiting.pipeline.errors import (
    ApplicantNotFound,
    CommandNotFound,
    NoEmailToCancel,
)
from chalicelib.recruiting.postings.errors import (
    PostingClosed,
    PostingIncomplete,
    PostingNotFound,
    WrongPostingState,
)
from chalicelib.recruiting.rejections.errors import TemplateNotFound, TooManyTemplates
from chalicelib.recruiting.review.errors import NoteNotFound, TooManyNotes, TooManyScorecards

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

AnyError = DomainError | HttpError
_CHALLENGE, _WAIT = "WWW-Authenticate", "Retry-After"


class ProblemType(NamedTuple):
    """How one class of errors appears in HTTP.

    Args:
        status: the status code.
        slug: names the problem for programs. It is public: never change or reuse one.
        title: the same text for all problems of this type.
        header: name of a header that every answer of this type has.
    """

    status: int
    slug: str
    title: str
    header: str = ""

    @property
    def uri(self) -> str:
        """The ``type`` member of the problem document."""
        return f"urn:hirelane:problem:{self.slug}"


_TABLE: Mapping[type[AnyError], tuple[int, str, str] | tuple[int, str, str, str]] = {
    MalformedBody: (400, "malformed-body", "The body is not valid JSON"),
    InvalidFieldType: (400, "wrong-type", "A field has the wrong type"),
    InvalidIdempotencyKey: (400, "invalid-idempotency-key", "The Idempotency-Key is invalid"),
    Unauthenticated: (401, "unauthenticated", "A valid access token is required", _CHALLENGE),
    WrongCredentials: (401, "wrong-credentials", "E-mail or password is wrong", _CHALLENGE),
    SessionExpired: (401, "session-expired", "Your session has expired", _CHALLENGE),
    Forbidden: (403, "forbidden", "Your account does not allow this"),
    DirectRequest: (403, "direct-request", "Requests must come through the website"),
    ForeignOrigin: (403, "foreign-origin", "Another website sent this request"),
    SecondFactorRequired: (403, "second-factor-required", "A second-factor code is required"),
    WrongCode: (403, "wrong-code", "The code is wrong"),
    WrongPassword: (403, "wrong-password", "The password is wrong"),
    InvitationForAnotherAddress: (
        403,
        "invitation-for-another-address",
        "The invitation is for another address",
    ),
    AccountCannotApply: (403, "account-cannot-apply", "The account of the address cannot apply"),
    NotFound: (404, "not-found", "There is nothing at this address"),
    PostingNotFound: (404, "posting-not-found", "The posting does not exist"),
    ApplicationNotFound: (404, "application-not-found", "You have no such application"),
    RevisionNotFound: (404, "revision-not-found", "The application has no such revision"),
    CommandNotFound: (404, "command-not-found", "The application has no such command"),
    AccountNotFound: (404, "account-not-found", "The account does not exist"),
    SessionNotFound: (404, "session-not-found", "You have no such session"),
    EmployerNotFound: (404, "employer-not-found", "You are not a member of such an employer"),
    MemberNotFound: (404, "member-not-found", "The employer has no such member"),
    InvitationNotFound: (404, "invitation-not-found", "The employer has no such invitation"),
    AssetNotFound: (404, "asset-not-found", "The file does not exist"),
    ReceiptNotFound: (404, "receipt-not-found", "We did not issue this receipt"),
    ApplicantNotFound: (404, "applicant-not-found", "The employer has no such application"),
    NoticeNotFound: (404, "notice-not-found", "There is no such privacy notice"),
    ExportNotFound: (404, "export-not-found", "You have no such export"),
    FileNotFound: (404, "file-not-found", "There is no such file"),
    UploadNotFound: (404, "upload-not-found", "There is no such upload"),
    NoteNotFound: (404, "note-not-found", "You wrote no such note"),
    OperationNotFound: (404, "operation-not-found", "The employer has no such operation"),
    TemplateNotFound: (404, "template-not-found", "The employer has no such template"),
    MethodNotAllowed: (405, "method-not-allowed", "The method is not allowed here"),
    SecondFactorEnabled: (409, "second-factor-enabled", "A second factor is already enabled"),
    EmailRetryRefused: (409, "email-retry-refused", "We cannot send to this address again"),
    AccountInUse: (409, "account-in-use", "Other people depend on your account"),
    AlreadyMember: (409, "already-member", "A member has this address"),
    InvitationUsed: (409, "invitation-used", "The invitation was accepted before"),
    MemberWithoutAccess: (409, "member-without-access", "The member may not see the application"),
    TooManyInterviewers: (409, "too-many-interviewers", "It has too many interviewers"),
    SlugTaken: (409, "slug-taken", "The address is taken"),
    LastOwner: (409, "last-owner", "An employer needs an owner"),
    NoEmailToCancel: (409, "no-email-to-cancel", "There is no e-mail to cancel"),
    PostingClosed: (409, "posting-closed", "The posting is closed"),
    ApplicationLimitReached: (409, "application-limit-reached", "You reached the employer's limit"),
    FormChanged: (409, "form-changed", "The questions of the posting have changed"),
    ProofNotReady: (409, "proof-not-ready", "The application is not in a published head yet"),
    LegalHold: (409, "legal-hold", "The employer must keep the application"),
    AmendmentRefused: (409, "amendment-refused", "The application can no longer be changed"),
    WrongPostingState: (409, "wrong-posting-state", "The state of the posting does not allow this"),
    TooManyNotes: (409, "too-many-notes", "The application has too many notes"),
    SelectionChanged: (409, "selection-changed", "The preview is out of date"),
    TooManyScorecards: (409, "too-many-scorecards", "The application has too many scorecards"),
    TooManyTemplates: (409, "too-many-templates", "The employer has too many templates"),
    LinkExpired: (410, "link-expired", "The link has expired or was already used"),
    InvitationExpired: (410, "invitation-expired", "The invitation has expired"),
    InvitationRevoked: (410, "invitation-revoked", "The invitation is no longer valid"),
    VersionConflict: (412, "precondition-failed", "It has changed since you read it"),
    BodyTooLarge: (413, "too-large", "The body is too large"),
    UnsupportedMediaType: (415, "unsupported-media-type", "The body must be application/json"),
    InvalidField: (422, "invalid-fields", "Some fields are missing or invalid"),
    InvalidAnswers: (422, "invalid-answers", "Some answers are missing or invalid"),
    PostingIncomplete: (422, "posting-incomplete", "The posting is not complete"),
    ImportRefused: (422, "import-refused", "The resume cannot be imported"),
    FileNotRead: (422, "file-not-read", "The text of the file cannot be read"),
    FileRefused: (422, "file-refused", "We do not accept the file"),
    IdempotencyKeyReused: (422, "idempotency-key-reused", "The Idempotency-Key was reused"),
    PreconditionRequired: (428, "precondition-required", "The If-Match header is required"),
    TooManyRequests: (429, "too-many-requests", "Too many requests", _WAIT),
    InternalError: (500, "internal-error", "An unexpected error occurred"),
    IntakePaused: (503, "intake-paused", "We take no applications for a short time", _WAIT),
    ServiceUnavailable: (503, "unavailable", "Our service is temporarily unavailable", _WAIT),
}
PROBLEMS = {error: ProblemType(*row) for error, row in _TABLE.items()}


class FieldError(msgspec.Struct, frozen=True):
    """A field of the body or a parameter of the query, and why it is invalid."""

    field: str
    detail: str


class ProblemDocument(msgspec.Struct, frozen=True, omit_defaults=True):
    """The body of an error (RFC 9457). Programs identify the error by ``type``."""

    type: str
    title: str
    status: int
    detail: str = ""
    errors: tuple[FieldError, ...] = ()


class Problem(NamedTuple):
    """An error as HTTP: its document, and the headers of its type."""

    document: ProblemDocument
    headers: dict[str, str]


def problem_for(error: AnyError) -> Problem:
    """Return the problem of an error.

    Raises:
        KeyError: the class of the error is not in the table.
    """
    kind = PROBLEMS[type(error)]
    errors = tuple(FieldError(*each) for each in _invalid_fields(error))
    document = ProblemDocument(kind.uri, kind.title, kind.status, error.detail, errors)
    headers = {}
    if kind.header == _CHALLENGE:
        headers[_CHALLENGE] = 'Bearer realm="hirelane"'
    elif isinstance(error, TooManyRequests | IntakePaused | ServiceUnavailable):
        headers[_WAIT] = str(error.retry_after)
    return Problem(document, headers)


def _invalid_fields(error: AnyError) -> Iterable[tuple[str, str]]:
    """Return the fields that an error names, each with the reason."""
    if isinstance(error, InvalidField):
        return [(error.field, error.reason)]
    if isinstance(error, PostingIncomplete | InvalidAnswers):
        return error.problems.items()
    return ()
