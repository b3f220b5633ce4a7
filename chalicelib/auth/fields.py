"""Types of request fields, each as narrow as its purpose allows.

A pattern has a description, which the refusal of a value contains instead of the pattern.
"""

from __future__ import annotations

from typing import Annotated

import msgspec

# A local part that needs no quotes in an e-mail header (dot-atom, RFC 5322) and a domain name of
# two or more labels: SES accepts no others. The pattern does not prove that e-mail arrives.
# "$" alone would allow a line break after the address.
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
Email = Annotated[
    str,
    msgspec.Meta(
        pattern=rf"^(?=[^@]{{1,64}}@){_ATOM}(?:\.{_ATOM})*@{_LABEL}(?:\.{_LABEL})+$(?!\n)",
        max_length=254,
        description="An e-mail address such as ada@example.com",
    ),
]
# E-mails and pages show the name. It has no control characters, so that it cannot break a header.
Name = Annotated[
    str,
    msgspec.Meta(
        pattern=r"^[^\x00-\x1f\x7f]*[^\s\x00-\x1f\x7f][^\x00-\x1f\x7f]*$(?!\n)",
        max_length=200,
        description="A name with a visible character and without control characters",
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
EnteredEmail = Annotated[str, msgspec.Meta(max_length=254)]
Token = Annotated[str, msgspec.Meta(max_length=512)]
RequiredToken = Annotated[str, msgspec.Meta(min_length=1, max_length=512)]
Code = Annotated[str, msgspec.Meta(max_length=64)]
EmployerId = Annotated[
    str,
    msgspec.Meta(
        pattern=r"^[A-Za-z0-9-]{1,64}$(?!\n)",
        description="An id of at most 64 letters, digits and dashes",
    ),
]


def normalize_email(email: str) -> str:
    """Return an address in the form in which it is stored and compared."""
    return email.strip().lower()
