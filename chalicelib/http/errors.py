"""Errors of the HTTP layer itself. ``chalicelib.http.problems`` maps them, like domain errors."""

from __future__ import annotations

from chalicelib.common.errors import InvalidField


class HttpError(Exception):
    """A request that does not reach a domain, or gets no answer from it.

    Args:
        detail: what happened, as a sentence for the caller. It must not hold secrets.
    """

    def __init__(self, detail: str = "") -> None:
        super().__init__(detail)
        self.detail = detail


class MalformedBody(HttpError):
    """The body is not JSON in UTF-8."""


class InvalidFieldType(InvalidField):
    """A field has the wrong JSON type, for example an object instead of a string."""


class InvalidIdempotencyKey(HttpError):
    """The Idempotency-Key header cannot be read."""


class NotFound(HttpError):
    """No route has this path."""


class AssetNotFound(HttpError):
    """This version of the web client has no such file."""


class MethodNotAllowed(HttpError):
    """The path exists, but not with this method."""


class BodyTooLarge(HttpError):
    """The body is larger than the API accepts."""


class UnsupportedMediaType(HttpError):
    """The body has another content type than JSON."""


class PreconditionRequired(HttpError):
    """A change of a versioned document lacks the If-Match header (RFC 6585)."""


class ForeignOrigin(HttpError):
    """A page of another website made a browser send the request."""


class DirectRequest(HttpError):
    """The request did not come through the content delivery network."""


class InternalError(HttpError):
    """An unexpected error. The logs hold it under the correlation id of the answer."""


class ServiceUnavailable(HttpError):
    """Redis or MongoDB cannot be reached, or cannot write.

    Args:
        detail: what happened.
        retry_after: seconds to wait before the next attempt.
    """

    def __init__(self, detail: str, retry_after: int = 2) -> None:
        super().__init__(detail)
        self.retry_after = retry_after
