"""The two secrets of which CloudFront sends one with each request (docs/edge.md)."""

from __future__ import annotations

from typing import Any

from chalicelib.commands.errors import CommandError

SLOTS = ("a", "b")
# The member of the keys secret with the slots that CloudFront may send. Each deployment of the part
# `edge` writes it, because the function `ops` may not ask CloudFront.
SENT = "origin_secrets_sent"


def replace_origin_secret(keys: dict[str, Any], slot: str, new: str) -> None:
    """Replace one of the secrets of CloudFront.

    Args:
        keys: the content of the keys secret.
        slot: ``a`` or ``b``.
        new: the new value.

    Raises:
        CommandError: CloudFront may send it, so the API would refuse all visitors.
    """
    if SENT not in keys:
        raise CommandError(
            "The secret does not say what CloudFront sends: run `make deploy` with the part edge,"
            " then repeat this command."
        )
    if slot in keys[SENT]:
        [other] = set(SLOTS) - {slot}
        raise CommandError(
            f"CloudFront sends the secret {slot}, so the API would refuse all visitors: set"
            f" OriginSecretSlot of the part edge to {other}, run `make deploy`, then repeat this"
            " command."
        )
    keys[f"origin_secret_{slot}"] = new
