"""FactService: reads what is certain in the text of a candidate's file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalicelib.common.ids import is_id
from chalicelib.recruiting.file_texts.function import FunctionUnavailable, ReadFailure
from chalicelib.recruiting.files.errors import FileNotFound, FileNotRead, FileReaderUnavailable
from chalicelib.recruiting.files.models import AttachedFile
from chalicelib.recruiting.profiles.text_facts import find_facts

if TYPE_CHECKING:
    from chalicelib.auth.accounts.repository import AccountRepository
    from chalicelib.auth.models import Caller
    from chalicelib.auth.rate_limits import AuthRateLimits
    from chalicelib.auth.sessions.refresh_tokens import SessionRepository
    from chalicelib.recruiting.file_texts.function import TextFunction
    from chalicelib.recruiting.files.bucket import FileBucket
    from chalicelib.recruiting.profiles.models import FileFacts

_REASONS = {
    "encrypted": "It has a password.",
    "active-content": "It contains scripts or other active content.",
    "macros": "It contains macros.",
    "too-complex": "It takes too long to read.",
    "too-large": "It is too large.",
    "no-text": "It contains no text.",
}


class FactService:
    """Has the function of files read a file while the candidate waits. Nothing is stored.

    Args:
        bucket: the files.
        function: reads a file. It must answer within the time that a request may take.
        accounts: the names of accounts.
        sessions: knows the sessions that have ended.
        rate_limits: limits how often a candidate may have files read.
    """

    def __init__(
        self,
        bucket: FileBucket,
        function: TextFunction,
        accounts: AccountRepository,
        sessions: SessionRepository,
        rate_limits: AuthRateLimits,
    ) -> None:
        self._bucket = bucket
        self._function = function
        self._accounts = accounts
        self._sessions = sessions
        self._rate_limits = rate_limits

    def find(self, caller: Caller, file_id: str) -> FileFacts:
        """Return what is certain in the text of a file of a caller.

        Raises:
            SessionExpired: the session has ended.
            FileNotFound: the candidate has no such file.
            FileNotRead: the file has no text, or it cannot be read.
            TooManyRequests: the candidate has too many files read.
            redis.exceptions.RedisError: the rate limit cannot be read.
            FilesUnavailable: the store of files cannot be reached.
            FileReaderUnavailable: the function of files cannot be reached.
        """
        self._sessions.require_active(caller)
        stored = self._bucket.find(caller.account_id, file_id) if is_id(file_id) else None
        if stored is None:
            raise FileNotFound
        self._rate_limits.take(facts_account=caller.account_id)
        about = stored.description
        file = AttachedFile(file_id, about.name, about.type, stored.bytes, about.sha256)
        try:
            extraction = self._function.read(caller.account_id, file)
        except (FunctionUnavailable, ReadFailure) as error:
            raise FileReaderUnavailable from error
        if extraction.refused == "missing":
            raise FileNotFound
        if extraction.refused:
            reason = _REASONS.get(extraction.refused, "It is damaged, or not what its name says.")
            raise FileNotRead(f"{reason} You can attach it all the same.")
        account = self._accounts.find_recipients([caller.account_id]).get(caller.account_id)
        return find_facts(extraction.text, account.name if account else "")
