"""The errors a caller of the API can be told of, each a problem of RFC 9457.

Problem
|-- Malformed           400  the body is not JSON
|-- Unauthenticated     401  no, bad or expired token
|   |-- WrongCredentials     e-mail address and password do not match
|   `-- SessionOver          the refresh token is worth nothing: log in again
|-- Forbidden           403  not for this caller
|   |-- SecondFactorNeeded   the password is right, and a code is asked for
|   |-- WrongCode            the code is not right
|   `-- WrongPassword        the password that was asked for again is not right
|-- NotFound            404
|   |-- PostingNotFound
|   |-- ApplicationNotFound
|   |-- AccountNotFound
|   |-- ReceiptNotFound
|   `-- SessionNotFound
|-- MethodNotAllowed    405
|-- Conflict            409
|   |-- SecondFactorIsOn
|   `-- PostingClosed
|-- LinkOver            410  a mailed link was used, or is too old
|-- TooLarge            413
|-- UnsupportedMedia    415
|-- Invalid             422  fields are missing or wrong; names them
|   `-- WrongType       400  a field is of another type of JSON
|-- InternalError       500
`-- Unavailable         503  something that we need is down; says when to come back
"""

from __future__ import annotations

from typing import ClassVar

import msgspec
from chalice import ChaliceUnhandledError


class WrongField(msgspec.Struct, frozen=True):
    """A field of the body, or a parameter of the query, and what is wrong with it."""

    field: str
    detail: str


class ProblemDocument(msgspec.Struct, frozen=True, omit_defaults=True):
    """An answer other than success (RFC 9457). ``type`` says which kind; programs go by it."""

    type: str
    title: str
    status: int
    detail: str = ""
    errors: tuple[WrongField, ...] = ()


class Problem(ChaliceUnhandledError):
    """An answer other than success.

    Chalice hands this kind of error on to middleware, which renders it; see ``chalicelib.http``.
    ``detail`` is for the caller and holds nothing secret. ``errors`` are the fields that are wrong,
    ``headers`` go into the answer; every answer of a kind has those that ``sends`` names.
    """

    status: ClassVar[int] = 500
    slug: ClassVar[str] = "internal-error"
    title: ClassVar[str] = "Something went wrong on our side"
    sends: ClassVar[tuple[str, ...]] = ()

    def __init__(
        self,
        detail: str = "",
        *,
        errors: tuple[WrongField, ...] = (),
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(detail or self.title)
        self.detail = detail
        self.errors = errors
        self.headers = headers or {}

    @classmethod
    def uri(cls) -> str:
        """The ``type`` of the problem documents of this kind."""
        return f"urn:hirelane:problem:{cls.slug}"

    def document(self) -> ProblemDocument:
        """The problem document."""
        return ProblemDocument(self.uri(), self.title, self.status, self.detail, self.errors)


class Malformed(Problem):
    """The body cannot be read at all."""

    status = 400
    slug = "malformed-body"
    title = "The body is not valid JSON"


class Unauthenticated(Problem):
    """The caller did not prove who they are."""

    status = 401
    slug = "unauthenticated"
    title = "A valid access token is needed"
    sends = ("WWW-Authenticate",)

    def __init__(self, detail: str = "") -> None:
        super().__init__(detail, headers={"WWW-Authenticate": 'Bearer realm="hirelane"'})


class WrongCredentials(Unauthenticated):
    """Deliberately the same for an unknown account and a wrong password."""

    slug = "wrong-credentials"
    title = "E-mail address and password do not match"


class SessionOver(Unauthenticated):
    """The refresh token is none, or its session has ended."""

    slug = "session-over"
    title = "This session is over; log in again"


class Forbidden(Problem):
    """The caller is known and may not do this."""

    status = 403
    slug = "forbidden"
    title = "Your account may not do this"


class SecondFactorNeeded(Forbidden):
    """The password is right, and the account has a second factor."""

    slug = "second-factor-needed"
    title = "Send a code of your authenticator app too"


class WrongCode(Forbidden):
    """The code is not right, was used before, or is too old."""

    slug = "wrong-code"
    title = "This code is not right"


class WrongPassword(Forbidden):
    """The password that was asked for again is not right."""

    slug = "wrong-password"
    title = "This is not your password"


class NotFound(Problem):
    """There is no such thing, or not for this caller."""

    status = 404
    slug = "not-found"
    title = "There is nothing here"


class PostingNotFound(NotFound):
    """No posting has this id."""

    slug = "posting-not-found"
    title = "There is no such posting"


class ApplicationNotFound(NotFound):
    """No application of this candidate has this id."""

    slug = "application-not-found"
    title = "You have no such application"


class AccountNotFound(NotFound):
    """No account has this id or address, or no longer."""

    slug = "account-not-found"
    title = "There is no such account"


class SessionNotFound(NotFound):
    """The account has no session with this id."""

    slug = "session-not-found"
    title = "You have no such session"


class AssetNotFound(NotFound):
    """The web client's present version has no such file."""

    slug = "asset-not-found"
    title = "There is no such file"


class ReceiptNotFound(NotFound):
    """We did not sign this receipt."""

    slug = "receipt-not-found"
    title = "This receipt is not ours"


class MethodNotAllowed(Problem):
    """The path exists, not with this method."""

    status = 405
    slug = "method-not-allowed"
    title = "This method is not possible here"


class Conflict(Problem):
    """The state of things does not allow it."""

    status = 409
    slug = "conflict"
    title = "That is not possible as things are"


class SecondFactorIsOn(Conflict):
    """There is one already."""

    slug = "second-factor-is-on"
    title = "Your account has a second factor; remove it first"


class PostingClosed(Conflict):
    """The deadline of the posting is over."""

    slug = "posting-closed"
    title = "This posting takes no more applications"


class LinkOver(Problem):
    """A mailed link that is none, was used, or is too old; which of them is not told."""

    status = 410
    slug = "link-over"
    title = "This link was used, or is too old"


class TooLarge(Problem):
    """The body is larger than we read."""

    status = 413
    slug = "too-large"
    title = "The body is too large"


class UnsupportedMedia(Problem):
    """The body is not of a kind that we read."""

    status = 415
    slug = "unsupported-media-type"
    title = "The body must be application/json"


class Invalid(Problem):
    """The body was read and its fields are not as they must be."""

    status = 422
    slug = "invalid-fields"
    title = "Some fields are missing or wrong"

    def __init__(self, field: str, reason: str) -> None:
        where = f"{field}: {reason}" if field else reason
        super().__init__(where, errors=(WrongField(field, reason),))


class WrongType(Invalid):
    """A field is of another type than it must be, as an object where a text is wanted."""

    status = 400
    slug = "wrong-type"
    title = "A field is of the wrong type"


class KeyReused(Problem):
    """The same Idempotency-Key with another request."""

    status = 422
    slug = "idempotency-key-reused"
    title = "This Idempotency-Key was used for another request"


class InvalidKey(Problem):
    """The Idempotency-Key is not one."""

    status = 400
    slug = "invalid-idempotency-key"
    title = "The Idempotency-Key cannot be read"


class TooMany(Problem):
    """Too many requests of one caller. ``retry_after`` in seconds."""

    status = 429
    slug = "too-many-requests"
    title = "That was too often in a short time"
    sends = ("Retry-After",)

    def __init__(self, detail: str, retry_after: int) -> None:
        super().__init__(detail, headers={"Retry-After": str(max(1, retry_after))})


class InternalError(Problem):
    """A defect of ours. The logs tell more, by the correlation id."""


class Unavailable(Problem):
    """A server that we need cannot be reached. ``retry_after`` in seconds."""

    status = 503
    slug = "unavailable"
    title = "We cannot do this just now"
    sends = ("Retry-After",)

    def __init__(self, detail: str, retry_after: int = 2) -> None:
        super().__init__(detail, headers={"Retry-After": str(retry_after)})


BY_STATUS: dict[int, type[Problem]] = {
    400: Malformed,
    403: Forbidden,
    404: NotFound,
    405: MethodNotAllowed,
    413: TooLarge,
    415: UnsupportedMedia,
}
