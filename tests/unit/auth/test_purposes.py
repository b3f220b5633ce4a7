"""Keys of one purpose each, from one secret."""

from __future__ import annotations

import base64
import re

import pytest
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from chalicelib.auth.credentials.derived_keys import DerivedKey, new_secret

SECRET = "a secret of more than thirty-two bytes"
KEY = DerivedKey(SECRET, "device")


def test_a_secret_has_32_random_bytes() -> None:
    made = {new_secret() for _ in range(100)}
    assert len(made) == 100
    for secret in made:
        assert re.fullmatch(r"[A-Za-z0-9_-]{43}", secret)
        assert len(base64.urlsafe_b64decode(secret + "=")) == 32


@pytest.mark.parametrize("purpose", ["", "device", "refresh token", "zweiter Faktor é"])
def test_a_key_is_what_the_expanding_step_of_hkdf_makes(purpose: str) -> None:
    expected = HKDFExpand(SHA256(), 32, purpose.encode()).derive(SECRET.encode())
    assert DerivedKey(SECRET, purpose).bytes == expected


def test_a_signature_stays_what_it_is() -> None:
    """A change would end all sessions."""
    assert (
        DerivedKey("secret", "purpose").sign("text")
        == "vPB6xj4lTuYdlewzMUHY8ho_Qrmb72rqxCH3RuONU-U"
    )


def test_a_signature_has_43_url_safe_characters() -> None:
    for number in range(200):
        assert re.fullmatch(r"[A-Za-z0-9_-]{43}", KEY.sign(str(number)))


@pytest.mark.parametrize("text", ["x", "a.b.c", ".", "é", "x" * 1000, "\n"])
def test_a_token_is_read_back(text: str) -> None:
    token = KEY.token(text)
    assert token == f"{text}.{KEY.sign(text)}"
    assert KEY.read(token) == text


def test_a_token_of_another_purpose_or_secret_is_none() -> None:
    for other in (DerivedKey(SECRET, "devic"), DerivedKey(SECRET, ""), DerivedKey("x", "device")):
        assert KEY.read(other.token("text")) is None
        assert other.read(KEY.token("text")) is None


@pytest.mark.parametrize("junk", ["", ".", "x", "x.", ".x", "x.y", "é.é", "x." + "A" * 43, "🔑"])
def test_junk_is_none(junk: str) -> None:
    assert KEY.read(junk) is None


def test_each_character_counts() -> None:
    token = KEY.token("an-account.7")
    for at in range(len(token)):
        for other in "Aa0.-é":
            if other != token[at]:
                assert KEY.read(token[:at] + other + token[at + 1 :]) is None
        assert KEY.read(token[:at] + token[at + 1 :]) is None
    for more in ("A", "=", ".", " ", "\n"):
        assert KEY.read(token + more) is None
        assert KEY.read(more + token) is None


def test_a_signature_alone_is_no_token() -> None:
    assert KEY.read(KEY.token("")) is None
    assert KEY.read(KEY.sign("")) is None
