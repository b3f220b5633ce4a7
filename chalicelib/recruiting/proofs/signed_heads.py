"""Signed heads: the claims about the state of an accepted log."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from chalicelib.recruiting.proofs.tree_repository import LogName, StoredHead

HEAD_TYPE = "hirelane-tree-head+jwt"


def head_claims(
    issuer: str,
    name: LogName,
    size: int,
    root: bytes,
    at: datetime,
) -> dict[str, Any]:
    """Return the claims of a head."""
    return {
        "iss": issuer,
        "posting": name.posting_id,
        "log": name.log,
        "size": size,
        "root": root.hex(),
        "at": round(at.timestamp() * 1000),
    }


def is_claimed(head: StoredHead, claims: Mapping[str, Any] | None) -> bool:
    """Return whether the claims of the signed text of a head are those of its document."""
    return claims is not None and (
        claims.get("posting"),
        claims.get("log"),
        claims.get("size"),
        claims.get("root"),
    ) == (head.name.posting_id, head.name.log, head.size, head.root.hex())
