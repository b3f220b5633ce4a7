"""What people may send in the fields of a body."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from chalicelib.auth.fields import (
    PASSWORD_MAX_LENGTH,
    PASSWORD_MIN_LENGTH,
    Code,
    Email,
    EmployerId,
    EnteredEmail,
    EnteredPassword,
    Name,
    NewPassword,
    Token,
    normalize_email,
)


def taken(kind: Any, text: str) -> bool:
    try:
        assert msgspec.json.decode(msgspec.json.encode(text), type=kind) == text
    except msgspec.ValidationError:
        return False
    return True


LOCAL = "a" * 64
# 63 and 63 and 57 characters and two dots: with 64 and "@" before them, 254 in all.
DOMAIN = f"{'b' * 63}.{'c' * 63}.{'d' * 61}"


@pytest.mark.parametrize(
    "email",
    [
        "a@b.c",
        "ada@example.com",
        "Ada.Lovelace@Example.COM",
        "a.b.c@example.com",
        "ada+jobs@example.com",
        "!#$%&'*+/=?^_`{|}~-@example.com",
        "0@0.0",
        "-@example.com",
        "ada@a-b.example.co.uk",
        "ada@xn--bcher-kva.example",
        f"{LOCAL}@example.com",
        f"a@{'b' * 63}.com",
        f"{LOCAL}@{DOMAIN}",
    ],
)
def test_an_email_address(email: str) -> None:
    assert taken(Email, email)


@pytest.mark.parametrize(
    "email",
    [
        "",
        "@",
        "ada",
        "ada@",
        "@example.com",
        "ada@example",
        "ada@localhost",
        "ada@@example.com",
        "ada@b@example.com",
        ".ada@example.com",
        "ada.@example.com",
        "a..b@example.com",
        "ada@.example.com",
        "ada@example.com.",
        "ada@example..com",
        "ada@-example.com",
        "ada@example-.com",
        "ada@example.-com",
        "ada@example.com-",
        "ada@exa_mple.com",
        "ada@[127.0.0.1]",
        '"ada"@example.com',
        "ada lovelace@example.com",
        "ada@example .com",
        " ada@example.com",
        "ada@example.com ",
        "ada@example.com\n",
        "ada@example.com\r\nBcc: eve@example.com",
        "\nada@example.com",
        "ada\0@example.com",
        "ada@example.com\0",
        "ada(x)@example.com",
        "ada,eve@example.com",
        "<ada@example.com>",
        "ada;@example.com",
        "ada:x@example.com",
        "ada\\@example.com",
        "ädä@example.com",
        "ada@exämple.com",
        "ada@example.c\u00f6m",
        "ada\uff20example.com",
        "ada@example\u3002com",
        f"{LOCAL}a@example.com",
        f"a@{'b' * 64}.com",
        f"{LOCAL}@{DOMAIN}e",
    ],
)
def test_no_email_address(email: str) -> None:
    assert not taken(Email, email)


def test_an_email_address_has_254_characters_at_most() -> None:
    assert len(f"{LOCAL}@{DOMAIN}") == 254
    longer = f"{LOCAL}@{'b' * 63}.{'c' * 63}.{'d' * 62}"
    assert len(longer) == 255
    assert not taken(Email, longer)


def test_a_long_text_is_refused_in_no_time() -> None:
    for text in ("a." * 100_000, "a@" + "a-" * 100_000, "a@" + "a." * 100_000, "@" * 100_000):
        assert not taken(Email, text)
        assert not taken(Name, "\t" + text)


@pytest.mark.parametrize(
    "name",
    [
        "A",
        "Ada Lovelace",
        "O'Brien",
        "Ænima Ωmega",
        "李小龍",
        "🔑",
        " Ada",
        "Ada ",
        "a\u00a0b",
        "\x80x",
        "x" * 200,
        "<b>Ada</b>",
        "\u0301x",
    ],
)
def test_a_name(name: str) -> None:
    assert taken(Name, name)


@pytest.mark.parametrize(
    "name",
    [
        "",
        " ",
        "   ",
        "\u00a0",
        "\u2003",
        "\n",
        "Ada\n",
        "\nAda",
        "Ada\r\nBcc: x",
        "Ada\0",
        "\x1f",
        "Ada\x7f",
        "\x7f",
        "A\tda",
        "Ada\x1fx",
        "x" * 201,
    ],
)
def test_no_name(name: str) -> None:
    assert not taken(Name, name)


@pytest.mark.parametrize("code", [*range(0x20), 0x7F])
def test_a_name_has_no_control_character(code: int) -> None:
    for name in (f"{chr(code)}Ada", f"A{chr(code)}da", f"Ada{chr(code)}"):
        assert not taken(Name, name)


@pytest.mark.parametrize(
    ("kind", "least", "most"),
    [
        (NewPassword, 8, 128),
        (EnteredPassword, 0, 128),
        (EnteredEmail, 0, 254),
        (Token, 0, 512),
        (Code, 0, 64),
        (EmployerId, 1, 64),
    ],
    ids=["NewPassword", "GivenPassword", "GivenEmail", "Token", "Code", "EmployerId"],
)
def test_how_long_a_field_may_be(kind: Any, least: int, most: int) -> None:
    assert taken(kind, "x" * least)
    assert taken(kind, "x" * most)
    assert not taken(kind, "x" * (most + 1))
    if least:
        assert not taken(kind, "x" * (least - 1))


@pytest.mark.parametrize("kind", [NewPassword, EnteredPassword])
def test_a_password_is_of_any_characters(kind: Any) -> None:
    for password in (" " * 8, "\n\t\0\x7f1234", "🔑" * 128, "é" * 8):
        assert taken(kind, password)


def test_the_lengths_of_passwords() -> None:
    assert (PASSWORD_MIN_LENGTH, PASSWORD_MAX_LENGTH) == (8, 128)


@pytest.mark.parametrize("employer_id", ["a", "A-9", "-", "01a20000-0000-7000-8000-000000000001"])
def test_an_employer_id(employer_id: str) -> None:
    assert taken(EmployerId, employer_id)


@pytest.mark.parametrize(
    "employer_id", ["", "a\n", "\na", "a b", "a_b", "a.b", "a/b", "../x", "é", "$ne", "a\0"]
)
def test_no_employer_id(employer_id: str) -> None:
    assert not taken(EmployerId, employer_id)


@pytest.mark.parametrize(
    "kind", [Email, Name, NewPassword, EnteredPassword, EnteredEmail, Token, Code]
)
@pytest.mark.parametrize("other", [None, 1, 1.5, True, [], ["x"], {}, {"$ne": ""}])
def test_a_field_is_a_text(kind: Any, other: Any) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(msgspec.json.encode(other), type=kind)


@pytest.mark.parametrize(
    ("email", "stored"),
    [
        ("ada@example.com", "ada@example.com"),
        ("Ada@Example.COM", "ada@example.com"),
        ("  ada@example.com\n", "ada@example.com"),
        ("a b@example.com", "a b@example.com"),
        ("", ""),
    ],
)
def test_an_address_is_compared_in_small_letters(email: str, stored: str) -> None:
    assert normalize_email(email) == stored
