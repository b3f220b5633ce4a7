"""Fixtures: one signing key, and forgers of tokens with and without it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.unit.auth.token_forger import TokenForger, make_access_tokens, make_key

if TYPE_CHECKING:
    from chalicelib.auth.models import SigningKey
    from chalicelib.auth.sessions.access_tokens import AccessTokens


@pytest.fixture(scope="session")
def key() -> SigningKey:
    return make_key()


@pytest.fixture(scope="session")
def forger(key: SigningKey) -> TokenForger:
    return TokenForger(key)


@pytest.fixture(scope="session")
def stranger() -> TokenForger:
    return TokenForger(make_key("of-a-stranger"))


@pytest.fixture
def tokens(key: SigningKey) -> AccessTokens:
    return make_access_tokens(key)
