"""Types of request fields: accepted and rejected values."""

from __future__ import annotations

import re
import string
import unicodedata
from typing import Any

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from chalicelib.auth.fields import (
    PASSWORD_MAX_LENGTH,
    PASSWORD_MIN_LENGTH,
    Code,
    Email,
    EnteredEmail,
    EnteredPassword,
    Name,
    NewPassword,
    RequiredToken,
    Token,
    normalize_email,
    parse_email,
)
from chalicelib.common.errors import InvalidField
from chalicelib.notifications.headers import mailbox


def accepts(kind: Any, text: str) -> bool:
    try:
        assert msgspec.json.decode(msgspec.json.encode(text), type=kind) == text
    except msgspec.ValidationError:
        return False
    return True


LOCAL = "a" * 64
# With a local part of 64 characters and "@" the address has 254 characters.
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
def test_valid_email_address_is_accepted(email: str) -> None:
    assert parse_email(email) == email.lower()


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
        "ada@example.com\r\nBcc: eve@example.com",
        "ada\0@example.com",
        "ada@example.com\0",
        "ada(x)@example.com",
        "ada,eve@example.com",
        "<ada@example.com>",
        "ada;@example.com",
        "ada:x@example.com",
        "ada\\@example.com",
        "ädä@example.com",
        "\u212aada@example.com",
        "ada\uff20example.com",
        "ada@b\u00fccher",
        "ada@b\u00fccher..example",
        "ada@b\u00fccher.example.",
        "ada@-b\u00fccher.example",
        "ada@b\u00fc_cher.example",
        "ada@xn--b\u00fccher.example",
        "ada@\u0301a.example",
        "ada@a\u2028\u00e9.example",
        f"ada@{'\u00fc' * 60}.example",
        "=?utf-8?q?x?=@example.com",
        "a=?b?=@example.com",
        f"{LOCAL}a@example.com",
        f"a@{'b' * 64}.com",
        f"{LOCAL}@{DOMAIN}e",
    ],
)
def test_invalid_email_address_is_rejected(email: str) -> None:
    with pytest.raises(InvalidField) as refused:
        parse_email(email)
    assert refused.value.field == "email"


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("Ada@Bücher.example", "ada@xn--bcher-kva.example"),
        ("ada@bu\u0308cher.example", "ada@xn--bcher-kva.example"),
        ("ada@XN--BCHER-KVA.example", "ada@xn--bcher-kva.example"),
        ("ada@faß.example", "ada@xn--fa-hia.example"),
        ("ada@例え。テスト", "ada@xn--r8jz45g.xn--zckzah"),
        ("ada@example\uff0e\uff43\uff4f\uff4d", "ada@example.com"),
        ("ada@example.c\u00f6m", "ada@example.xn--cm-fka"),
        ("ada@пример.рф", "ada@xn--e1afmkfd.xn--p1ai"),
        (" \t\u3000ada@example.com\n", "ada@example.com"),
        ("\ufeffada@example.com\u200b ", "ada@example.com"),
    ],
)
def test_typed_email_address_is_stored_in_one_form(typed: str, stored: str) -> None:
    assert parse_email(typed) == normalize_email(typed) == parse_email(stored) == stored


def test_email_address_of_255_characters_is_rejected() -> None:
    assert len(f"{LOCAL}@{DOMAIN}") == 254
    longer = f"{LOCAL}@{'b' * 63}.{'c' * 63}.{'d' * 62}"
    assert len(longer) == 255
    with pytest.raises(InvalidField):
        parse_email(longer)


ALNUM = set(string.ascii_letters + string.digits)
ATOM = ALNUM | set("!#$%&'*+/=?^_`{|}~-")


def is_email(text: str) -> bool:
    """Return whether a text is a dot-atom address (RFC 5322) at a domain of two or more labels."""
    local, _, domain = text.rpartition("@")
    atoms, labels = local.split("."), domain.split(".")
    return (
        len(text) <= 254
        and len(local) <= 64
        and all(atom and set(atom) <= ATOM for atom in atoms)
        # A mail program could decode it.
        and not re.search(r"=\?.*\?=", local)
        and len(labels) >= 2
        and all(0 < len(label) <= 63 and set(label) <= ALNUM | {"-"} for label in labels)
        and not any(label[0] == "-" or label[-1] == "-" for label in labels)
    )


EMAIL_PIECES = [
    "a", "Z", "9", ".", "@", "-", "_", "+", "!", "=?", "?=", "\0", "(", '"', ",", "[",
    "ada", "@example.com", "b" * 62, "c" * 63, ".d",
]  # fmt: skip


@settings(deadline=None, max_examples=300)
@given(st.lists(st.sampled_from(EMAIL_PIECES), max_size=9).map("".join))
@example("ada@example.com")
@example("=?utf-8?q?x?=@example.com")
def test_accepted_email_address_can_be_written_in_a_header(text: str) -> None:
    """The rules of addresses, and the renderer, accept the same ones."""
    try:
        email = parse_email(text)
    except InvalidField:
        assert not is_email(text)
    else:
        assert is_email(text)
        assert mailbox("To", "Ada", email).encode() == f"Ada <{email}>"


def test_long_text_is_rejected_quickly() -> None:
    for text in ("a." * 100_000, "a@" + "a-" * 100_000, "a@" + "a." * 100_000, "@" * 100_000):
        with pytest.raises(InvalidField):
            parse_email(text)
        assert not accepts(Name, "\t" + text)


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
        "x" * 200,
        "<b>Ada</b>",
        "\u0301x",
        # Joiners and marks of direction are part of names in some scripts.
        "\u0646\u06cc\u200c\u0627\u0632",
        "\u0d05\u0d28\u0d3f\u0d7d",
        "\u200fאדה",
        "ᄒᆞᆫ",
    ],
)
def test_valid_name_is_accepted(name: str) -> None:
    assert accepts(Name, name)


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
        "\x80",
        "Ada\x85Bcc: x",
        "\x9b31mAda",
        "Ada\u2028Bcc: x",
        # These show nothing.
        "\u200b",
        "\u3164",
        "\uffa0\u115f\u1160",
        "\u00ad\u034f",
        "\ufeff \u2060",
        "\u2800\u3000",
        "\u202e\u2066",
        "\ufe0f",
        "\U000e0041\U000e007f",
        "\U0001d159",
    ],
)
def test_invalid_name_is_rejected(name: str) -> None:
    assert not accepts(Name, name)


CONTROL = {chr(code) for code in (*range(0x20), *range(0x7F, 0xA0), 0x2028, 0x2029)}
# Drawn empty, although their categories are those of letters and symbols.
EMPTY = set("\u115f\u1160\u2800\u3164\uffa0\U0001d159")


def is_visible(character: str) -> bool:
    """Return whether a letter, digit, punctuation mark or symbol is drawn."""
    return unicodedata.category(character)[0] in "LNPS" and character not in EMPTY


@settings(deadline=None)
@given(
    st.text(max_size=210)
    | st.text(alphabet=[*sorted(CONTROL), *sorted(EMPTY), " ", "a", "\u200b"], max_size=3)
)
def test_name_needs_a_visible_and_no_control_character(text: str) -> None:
    if len(text) > 200 or CONTROL & set(text):
        assert not accepts(Name, text)
    elif any(map(is_visible, text)):
        assert accepts(Name, text)


def test_formats_and_spaces_alone_are_no_name() -> None:
    formats = [chr(code) for code in range(0x110000) if unicodedata.category(chr(code)) == "Cf"]
    # Signs that surround a number in Arabic, Syriac and Kaithi, and that join hieroglyphs.
    drawn = {"Arabic", "Syriac", "Kaithi", "Egyptian"}
    for character in [*formats, *EMPTY]:
        name = unicodedata.name(character, "")
        if not drawn & set(name.title().split()) or "LETTER MARK" in name:
            assert not accepts(Name, f" {character}\u00a0"), name


@pytest.mark.parametrize("code", sorted(CONTROL))
def test_name_with_control_character_is_rejected(code: str) -> None:
    for name in (f"{code}Ada", f"A{code}da", f"Ada{code}"):
        assert not accepts(Name, name)


@pytest.mark.parametrize(
    ("kind", "least", "most"),
    [
        (NewPassword, 8, 128),
        (EnteredPassword, 0, 128),
        (Email, 0, 320),
        (EnteredEmail, 0, 320),
        (Token, 0, 512),
        (RequiredToken, 1, 512),
        (Code, 0, 64),
    ],
    ids=[
        "NewPassword",
        "EnteredPassword",
        "Email",
        "EnteredEmail",
        "Token",
        "RequiredToken",
        "Code",
    ],
)
def test_field_length_limits(kind: Any, least: int, most: int) -> None:
    assert accepts(kind, "x" * least)
    assert accepts(kind, "x" * most)
    assert not accepts(kind, "x" * (most + 1))
    if least:
        assert not accepts(kind, "x" * (least - 1))


@pytest.mark.parametrize("kind", [NewPassword, EnteredPassword])
@settings(deadline=None)
@given(st.text(min_size=8, max_size=128))
@example(" " * 8)
@example("\n\t\0\x7f1234")
@example("🔑" * 128)
def test_password_may_have_any_characters(kind: Any, password: str) -> None:
    assert accepts(kind, password)


def test_password_length_limits() -> None:
    assert (PASSWORD_MIN_LENGTH, PASSWORD_MAX_LENGTH) == (8, 128)


@pytest.mark.parametrize(
    "kind", [Email, Name, NewPassword, EnteredPassword, EnteredEmail, Token, Code]
)
@pytest.mark.parametrize("other", [None, 1, 1.5, True, [], ["x"], {}, {"$ne": ""}])
def test_field_of_another_type_is_rejected(kind: Any, other: Any) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(msgspec.json.encode(other), type=kind)


@settings(deadline=None)
@given(st.from_regex(r"[A-Za-z0-9. @]*", fullmatch=True), st.sampled_from(["", " ", "\n", "  \t"]))
@example("Ada@Example.COM", "  ")
@example("a b@example.com", "\n")
def test_email_address_is_normalized(email: str, space: str) -> None:
    stored = normalize_email(f"{space}{email}{space}")
    assert stored == email.strip().lower()
    assert normalize_email(stored) == normalize_email(email.upper()) == stored
