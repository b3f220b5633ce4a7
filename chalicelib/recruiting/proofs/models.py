"""Models of the requests and answers of the API for proofs."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec

from chalicelib.recruiting.applications.models import TreeHead

_Size = Annotated[int, msgspec.Meta(ge=1, le=1_000_000_000)]


class PublicKey(msgspec.Struct, frozen=True):
    """A public key that verifies receipts and tree heads (RFC 7517, RFC 8037)."""

    kty: str
    crv: str
    x: str
    kid: str
    use: str
    alg: str


class PublicKeySet(msgspec.Struct, frozen=True):
    """The public keys that verify receipts and tree heads."""

    keys: list[PublicKey]


class ReceiptQuery(msgspec.Struct, frozen=True):
    """Which revision of an application a receipt is for; 0 for the newest one."""

    revision: Annotated[int, msgspec.Meta(ge=0, le=1_000_000)] = 0


class SignedReceipt(msgspec.Struct, frozen=True):
    """A receipt with all that it can claim."""

    receipt: str


class HeadsQuery(msgspec.Struct, frozen=True):
    """Which heads to list: those of one log, or the newest of each log if ``log`` is blank."""

    log: str = ""
    limit: Annotated[int, msgspec.Meta(ge=1, le=50)] = 20
    cursor: str = ""


class PublishedHead(msgspec.Struct, frozen=True):
    """A published head of the accepted log of a posting.

    ``size`` is the number of accepted applications in the log, and ``root`` the root of their
    Merkle tree (hexadecimal). ``signed`` has the same as a signed text (JWS).
    """

    log: str
    size: int
    root: str
    at: datetime
    signed: str


class Heads(msgspec.Struct, frozen=True):
    """Heads, the largest first. ``next`` is the cursor of the next page, or null."""

    heads: list[PublishedHead]
    next: str | None


class InclusionProof(msgspec.Struct, frozen=True):
    """A proof that an accepted log has an application (RFC 9162, section 2.1.3).

    ``leaf`` is SHA-256(0x00, application id), and ``path`` leads from it to the root of ``head``.
    ``sequence`` counts from 1; the index of RFC 9162 is one less.
    """

    application_id: str
    posting_id: str
    sequence: int
    leaf: str
    path: list[str]
    head: PublishedHead


class ConsistencyQuery(msgspec.Struct, frozen=True):
    """Two published sizes of a log, ``first`` at most ``second``."""

    log: str
    first: _Size
    second: _Size


class ConsistencyProof(msgspec.Struct, frozen=True):
    """A proof that entries were only appended between two heads (RFC 9162, section 2.1.4)."""

    log: str
    first: TreeHead
    second: TreeHead
    path: list[str]
