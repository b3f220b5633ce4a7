"""People with an account and an open session."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from chalicelib.auth.accounts.repository import to_caller
from chalicelib.auth.credentials.passwords import hash_password
from chalicelib.auth.models import Role
from chalicelib.auth.sessions.refresh_tokens import OpenedSession
from chalicelib.bootstrap.container import Container
from chalicelib.common.ids import new_id

EMAIL = "ada@example.com"
NAME = "Ada Lovelace"
PASSWORD = "sealing-wax and string"
OTHER_PASSWORD = "ships & shoes, kings"


@dataclass(frozen=True)
class Person:
    """A person with an account and an open session."""

    id: str
    email: str
    role: Role
    token: str
    opened: OpenedSession

    @property
    def refresh_token(self) -> str:
        return self.opened.refresh_token

    @property
    def session_id(self) -> str:
        return self.opened.session.id


@cache
def _hashed(password: str) -> str:
    return hash_password(password)


def create_person(
    parts: Container,
    email: str = EMAIL,
    role: Role = Role.CANDIDATE,
    *,
    password: str = PASSWORD,
    name: str = NAME,
) -> Person:
    """Create an account with an open session. Password hashes are cached to save time."""
    account = parts.auth.accounts.create(email, name, _hashed(password))
    if role is not Role.CANDIDATE:
        parts.auth.accounts.set_role(account["_id"], role)
    account = parts.auth.accounts.get(account["_id"])
    opened = parts.auth.sessions.open(account["_id"], "Firefox on Linux", "198.51.100.7")
    token = parts.auth.access_tokens.issue(to_caller(account, opened.session.id))
    return Person(account["_id"], email, role, token, opened)


def unknown_id() -> str:
    """Return an id that nothing has."""
    return new_id()
