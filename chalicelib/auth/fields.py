"""Types of request fields, each as narrow as its purpose allows.

A pattern has a description, which the refusal of a value contains instead of the pattern.
"""

from __future__ import annotations

import re
from typing import Annotated

import msgspec

from chalicelib.common.errors import InvalidField

# The domain may be international, and blanks may surround the address; ``parse_email`` checks it.
Email = Annotated[
    str,
    msgspec.Meta(
        max_length=320,
        description="An e-mail address such as ada@example.com",
        extra_json_schema={"format": "idn-email"},
    ),
]
_MAX_EMAIL_LENGTH = 254
# A local part that needs no quotes in an e-mail header (dot-atom, RFC 5322) and a domain name of
# two or more labels: SES accepts no others. The pattern does not prove that e-mail arrives.
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_ADDRESS = re.compile(rf"(?=[^@]{{1,64}}@){_ATOM}(?:\.{_ATOM})*@{_LABEL}(?:\.{_LABEL})+")
# Invisible characters that come with a copied address: zero-width spaces and direction marks.
_INVISIBLE = "\u200b\u200e\u200f\u2060\ufeff"
# E-mails and pages show the name. It has no control characters (C0, DEL, C1) and no separators of
# lines, so that it cannot break a header or a line.
_CONTROL = r"\x00-\x1f\x7f-\x9f\u2028\u2029"
# Characters that show nothing: Default_Ignorable_Code_Point of Unicode 16, and four that are drawn
# empty: U+2800 (Braille), U+FFF9 to U+FFFB (annotations), U+16FE4 (Khitan), U+1D159 (music).
# Characters beyond U+FFFF are written as they are, because JSON Schema has no escape for them.
_NOT_DRAWN = (
    r"\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e"
    r"\u2060-\u206f\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb"
    + "".join(map(chr, (0x16FE4, 0x1BCA0, 0x1BCA1, 0x1BCA2, 0x1BCA3, 0x1D159)))
    + f"{chr(0x1D173)}-{chr(0x1D17A)}{chr(0xE0000)}-{chr(0xE0FFF)}"
)
Name = Annotated[
    str,
    msgspec.Meta(
        pattern=rf"^[^{_CONTROL}]*[^\s{_CONTROL}{_NOT_DRAWN}][^{_CONTROL}]*$(?!\n)",
        max_length=200,
        description="A name with a visible character and without control characters",
    ),
]
# A text of several lines, such as a description. It has no control characters but tabs and ends of
# lines.
PlainText = Annotated[
    str,
    msgspec.Meta(
        pattern=r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*$(?!\n)",
        description="A text without control characters",
    ),
]
# Any characters, without rules about their mix (OWASP ASVS 5, section 6.2).
PASSWORD_MIN_LENGTH, PASSWORD_MAX_LENGTH = 8, 128
NewPassword = Annotated[
    str, msgspec.Meta(min_length=PASSWORD_MIN_LENGTH, max_length=PASSWORD_MAX_LENGTH)
]
# Values that are only compared with stored ones. Their limits are wide, so that a refusal reveals
# nothing about the stored value.
EnteredPassword = Annotated[str, msgspec.Meta(max_length=PASSWORD_MAX_LENGTH)]
EnteredEmail = Annotated[str, msgspec.Meta(max_length=320)]
Token = Annotated[str, msgspec.Meta(max_length=512)]
RequiredToken = Annotated[str, msgspec.Meta(min_length=1, max_length=512)]
Code = Annotated[str, msgspec.Meta(max_length=64)]


def parse_email(text: str) -> str:
    """Return an address that somebody typed, in the form in which it is stored.

    Raises:
        InvalidField: no e-mail can be sent to it.
    """
    email = normalize_email(text)
    try:
        if len(email) > _MAX_EMAIL_LENGTH or not _ADDRESS.fullmatch(email):
            raise ValueError
        # Imported here, because few requests need it and the import takes time.
        from chalicelib.notifications.headers import check_address

        check_address(email)
    except ValueError:
        reason = "Expected an e-mail address such as ada@example.com"
        raise InvalidField("email", reason) from None
    return email


def normalize_email(text: str) -> str:
    """Return an address in the form in which it is stored and compared.

    Blanks around it are removed, and an international domain becomes its A-labels (RFC 5890), which
    are the only form that SES accepts. A text that is not an address has no account, so it may stay
    as it is.
    """
    text = text.strip().strip(_INVISIBLE).strip()
    local, at, domain = text.rpartition("@")
    if not local.isascii():
        # Case mapping could turn it into another address: the Kelvin sign becomes a "k".
        return text
    return f"{local.lower()}{at}{_to_a_labels(domain)}"


def _to_a_labels(domain: str) -> str:
    if domain.isascii():
        return domain.lower()
    # Imported here, because the tables of Unicode take time to load.
    import idna

    try:
        # Mapped as browsers do (UTS 46), so that the case and the width of letters do not matter.
        return idna.encode(domain, uts46=True, std3_rules=True).decode()
    except UnicodeError:
        return domain
