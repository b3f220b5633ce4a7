"""ImportService: reads a resume that another program wrote. Nothing is stored."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from chalicelib.recruiting.file_texts.function import FunctionUnavailable, ReadFailure
from chalicelib.recruiting.files.errors import FileReaderUnavailable, ImportRefused
from chalicelib.recruiting.profiles.models import ImportedResume, LeftOut
from chalicelib.recruiting.profiles.resume import Resume
from chalicelib.recruiting.profiles.resume_fitter import MOST_LEFT_OUT, fit_resume

if TYPE_CHECKING:
    from chalicelib.auth.models import Caller
    from chalicelib.auth.rate_limits import AuthRateLimits
    from chalicelib.auth.sessions.refresh_tokens import SessionRepository
    from chalicelib.recruiting.file_texts.function import TextFunction
    from chalicelib.recruiting.profiles.models import ImportRequest

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_NO_JSON = "It is not JSON in UTF-8. Save it again as JSON."
_NO_RESUME = "It has no part of a JSON Resume, such as basics or work."
_REASONS = {
    "declarations": "It has a document type or entities, which we do not read.",
    "not-europass": "It is XML, but not of Europass.",
    "too-complex": "It has too many elements, or takes too long to read.",
    "too-large": "It is larger than 500 kB.",
    "not-readable": "It is not complete XML in the encoding that it names. Download it again.",
}


class ImportService:
    """Turns files of other programs into resumes, which the candidate confirms.

    JSON is decoded here. XML is read only by the function of files, which has no keys.
    """

    def __init__(
        self, function: TextFunction, sessions: SessionRepository, rate_limits: AuthRateLimits
    ) -> None:
        self._function = function
        self._sessions = sessions
        self._rate_limits = rate_limits

    def read(self, caller: Caller, request: ImportRequest) -> ImportedResume:
        """Return the resume of a file, and what could not be taken.

        Raises:
            SessionExpired: the session has ended.
            ImportRefused: the file is not of this format, or it cannot be read.
            TooManyRequests: the candidate imports too much.
            redis.exceptions.RedisError: the rate limit cannot be read.
            FileReaderUnavailable: the function of files cannot be reached.
        """
        self._sessions.require_active(caller)
        self._rate_limits.take(import_account=caller.account_id)
        unread: list[str] = []
        if request.format == "json-resume":
            document = _decode(request.content)
        else:
            document, unread = self._read_xml(request.content)
        resume, left_out = fit_resume(document)
        if resume == Resume():
            raise ImportRefused(_NO_RESUME)
        left_out += [LeftOut(path[:200], "A resume has no place for it") for path in unread]
        return ImportedResume(resume, left_out[:MOST_LEFT_OUT])

    def _read_xml(self, content: bytes) -> tuple[Any, list[str]]:
        try:
            found = self._function.read_resume(content)
        except (FunctionUnavailable, ReadFailure) as error:
            raise FileReaderUnavailable from error
        if found.refused:
            raise ImportRefused(_REASONS.get(found.refused, _REASONS["not-readable"]))
        return found.resume, found.left_out


def _decode(content: bytes) -> Any:
    try:
        # The document is of a stranger, so it may be nested deeper than Python's stack.
        document = msgspec.json.decode(content.removeprefix(_BYTE_ORDER_MARK))
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise ImportRefused(_NO_JSON) from error
    if not isinstance(document, dict):
        raise ImportRefused(_NO_RESUME)
    return document
