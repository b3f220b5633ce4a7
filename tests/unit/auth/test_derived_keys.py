"""Derived keys and the tokens they sign."""

from __future__ import annotations

import base64
import re

import pytest
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand
from hypothesis import example, given
from hypothesis import strategies as st

from chalicelib.auth.credentials.derived_keys import DerivedKey, new_secret

SECRET = "a secret of more than thirty-two bytes"
KEY = DerivedKey(SECRET, "device")


def test_secret_has_32_random_bytes() -> None:
    made = {new_secret() for _ in range(100)}
    assert len(made) == 100
    for secret in made:
        assert re.fullmatch(r"[A-Za-z0-9_-]{43}", secret)
        assert len(base64.urlsafe_b64decode(secret + "=")) == 32


@pytest.mark.parametrize("purpose", ["", "device", "refresh token", "zweiter Faktor é"])
def test_key_equals_the_expand_step_of_hkdf(purpose: str) -> None:
    expected = HKDFExpand(SHA256(), 32, purpose.encode()).derive(SECRET.encode())
    assert DerivedKey(SECRET, purpose).bytes == expected


def test_signature_never_changes() -> None:
    """A different signature would invalidate all issued tokens."""
    assert (
        DerivedKey("secret", "purpose").sign("text")
        == "vPB6xj4lTuYdlewzMUHY8ho_Qrmb72rqxCH3RuONU-U"
    )


def test_signature_has_43_url_safe_characters() -> None:
    for number in range(200):
        assert re.fullmatch(r"[A-Za-z0-9_-]{43}", KEY.sign(str(number)))


@given(st.text(min_size=1))
@example("a.b.c")
@example(".")
@example("x" * 1000)
def test_token_gives_back_its_text(text: str) -> None:
    token = KEY.token(text)
    assert token == f"{text}.{KEY.sign(text)}"
    assert KEY.read(token) == text


def test_token_of_another_purpose_or_secret_is_invalid() -> None:
    for other in (DerivedKey(SECRET, "devic"), DerivedKey(SECRET, ""), DerivedKey("x", "device")):
        assert KEY.read(other.token("text")) is None
        assert other.read(KEY.token("text")) is None


@given(st.text())
@example("")
@example(".")
@example("x.")
@example(".x")
@example("é.é")
@example("x." + "A" * 43)
def test_junk_is_invalid(junk: str) -> None:
    assert KEY.read(junk) is None


def test_change_of_any_character_is_invalid() -> None:
    token = KEY.token("an-account.7")
    for at in range(len(token)):
        for other in "Aa0.-é":
            if other != token[at]:
                assert KEY.read(token[:at] + other + token[at + 1 :]) is None
        assert KEY.read(token[:at] + token[at + 1 :]) is None
    for more in ("A", "=", ".", " ", "\n"):
        assert KEY.read(token + more) is None
        assert KEY.read(more + token) is None


def test_token_without_text_is_invalid() -> None:
    assert KEY.read(KEY.token("")) is None
    assert KEY.read(KEY.sign("")) is None
