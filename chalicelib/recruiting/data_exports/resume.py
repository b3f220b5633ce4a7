"""The resume of an account as a document of JSON Resume (https://jsonresume.org/schema)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chalicelib.recruiting.profiles.resume import SCHEMA, SCHEMA_VERSION

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def resume_of(
    name: str, email: str, links: Sequence[str], profile: Mapping[str, Any] | None
) -> dict[str, Any]:
    """Return the resume of an account.

    Args:
        name: the name of the account.
        email: its address.
        links: the links of its newest application, for an account without a profile.
        profile: its profile, as ``ProfileService.resume`` returns it.
    """
    account = {"name": name, "email": email}
    if profile is not None:
        return {**profile, "basics": {**account, **profile.get("basics", {})}}
    return {
        "$schema": SCHEMA,
        "basics": {**account, "profiles": [{"url": link} for link in links]},
        "meta": {"version": SCHEMA_VERSION},
    }
