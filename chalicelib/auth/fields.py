"""What people send: the types of the fields, and nothing wider than it need be."""

from __future__ import annotations

from typing import Annotated

import msgspec

# What can stand unquoted in a mail's header (dot-atom, RFC 5322) at a domain name of two labels or
# more; SES takes no others. Whether mail arrives is not for a pattern to say. "$" alone would let a
# line break follow.
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
Email = Annotated[
    str,
    msgspec.Meta(
        pattern=rf"^(?=[^@]{{1,64}}@){_ATOM}(?:\.{_ATOM})*@{_LABEL}(?:\.{_LABEL})+$(?!\n)",
        max_length=254,
    ),
]
# A name is shown in mail and pages: no control characters, so it cannot break a header.
Name = Annotated[
    str,
    msgspec.Meta(
        pattern=r"^[^\x00-\x1f\x7f]*[^\s\x00-\x1f\x7f][^\x00-\x1f\x7f]*$(?!\n)", max_length=200
    ),
]
# Any character, and no rules of composition (OWASP ASVS 5, 6.2).
PASSWORD_MIN_LENGTH, PASSWORD_MAX_LENGTH = 8, 128
NewPassword = Annotated[
    str, msgspec.Meta(min_length=PASSWORD_MIN_LENGTH, max_length=PASSWORD_MAX_LENGTH)
]
# The limits of what is only compared are wide, so that an answer tells nothing.
EnteredPassword = Annotated[str, msgspec.Meta(max_length=PASSWORD_MAX_LENGTH)]
EnteredEmail = Annotated[str, msgspec.Meta(max_length=254)]
Token = Annotated[str, msgspec.Meta(max_length=512)]
RequiredToken = Annotated[str, msgspec.Meta(min_length=1, max_length=512)]
Code = Annotated[str, msgspec.Meta(max_length=64)]
EmployerId = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9-]{1,64}$(?!\n)")]


def normalize_email(email: str) -> str:
    """An address as it is stored and compared."""
    return email.strip().lower()
