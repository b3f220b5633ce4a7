"""Tokens of files: they prove that the content of a file was checked. Nothing is stored."""

from __future__ import annotations

import base64
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import msgspec

from chalicelib.common import times
from chalicelib.common.errors import InvalidField
from chalicelib.recruiting.files.models import AttachedFile, CompletedFile, FileType

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from chalicelib.auth.credentials.derived_keys import DerivedKey
    from chalicelib.recruiting.files.objects import StoredObject

# The sweep deletes unattached files after a day. Until then no application may still attach one.
TOKEN_LIFETIME = timedelta(hours=23)


class _Statement(msgspec.Struct, frozen=True, array_like=True):
    """What a token states."""

    id: str
    owner: str
    name: str
    type: FileType
    bytes: int
    sha256: str
    expires_at: datetime


class FileTokenService:
    """Issues and reads tokens of files.

    Args:
        key: signs the tokens.
        clock: returns the current time.
    """

    def __init__(self, key: DerivedKey, clock: Callable[[], datetime] = times.now) -> None:
        self._key = key
        self._clock = clock

    def issue(self, candidate_id: str, file_id: str, stored: StoredObject) -> CompletedFile | None:
        """Return a file with its token, or None if it was checked too long ago.

        The token expires at the same time however often it is issued.
        """
        expires_at = stored.stored_at + TOKEN_LIFETIME
        if expires_at <= self._clock():
            return None
        about = stored.description
        parts = (about.name, about.type, stored.bytes, about.sha256)
        statement = _Statement(file_id, candidate_id, *parts, expires_at)
        encoded = base64.urlsafe_b64encode(msgspec.json.encode(statement)).decode()
        token = self._key.token(encoded)
        return CompletedFile(file_id, *parts, about.scanned, token, expires_at)

    def read(
        self, candidate_id: str, tokens: Sequence[str], answers: Mapping[str, str]
    ) -> tuple[AttachedFile, ...]:
        """Return the files of tokens without asking a server.

        Args:
            candidate_id: the candidate who sent the tokens.
            tokens: those of files that answer no question. Their files are the first ones.
            answers: those of files that answer questions, by question id. Their files follow in
                the order of the ids.

        Raises:
            InvalidField: a token is not ours, is for another candidate, has expired, or is there
                twice.
        """
        sent = [(f"files[{index}]", "", token) for index, token in enumerate(tokens)]
        sent += [(f"file_answers.{one}", one, answers[one]) for one in sorted(answers)]
        files: dict[str, AttachedFile] = {}
        for field, question_id, token in sent:
            statement = self._statement(token)
            if statement is None or statement.owner != candidate_id:
                raise InvalidField(field, "It is not the token of a file that you uploaded")
            if statement.expires_at <= self._clock():
                raise InvalidField(field, "It has expired, so upload the file again")
            if statement.id in files:
                raise InvalidField(field, "It is there twice")
            files[statement.id] = AttachedFile(
                statement.id,
                statement.name,
                statement.type,
                statement.bytes,
                statement.sha256,
                question_id,
            )
        return tuple(files.values())

    def _statement(self, token: str) -> _Statement | None:
        text = self._key.read(token)
        if text is None:
            return None
        return msgspec.json.decode(base64.urlsafe_b64decode(text), type=_Statement)
