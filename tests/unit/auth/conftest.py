"""A stage with one signing key, and someone who signs by hand with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.unit.auth.forging import Mint, make_key, verifier

if TYPE_CHECKING:
    from chalicelib.auth.sessions.access_tokens import AccessTokens
    from chalicelib.bootstrap.settings import SigningKey


@pytest.fixture(scope="session")
def key() -> SigningKey:
    return make_key()


@pytest.fixture(scope="session")
def ours(key: SigningKey) -> Mint:
    return Mint(key)


@pytest.fixture(scope="session")
def stranger() -> Mint:
    return Mint(make_key("of-a-stranger"))


@pytest.fixture
def tokens(key: SigningKey) -> AccessTokens:
    return verifier(key)
