"""Device tokens: recognize a browser that has logged in to an account before.

Login attempts from a known device have a rate limit of their own. Someone who guesses a password
from elsewhere therefore cannot lock the owner out. A token is valid for a year, or until password
or second factor change. It never replaces a password or a code.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from chalicelib.auth.accounts.repository import credentials_fingerprint
from chalicelib.common.ids import new_id

if TYPE_CHECKING:
    from collections.abc import Callable

    from chalicelib.auth.accounts.repository import AccountDocument
    from chalicelib.auth.credentials.derived_keys import DerivedKey

LIFETIME_SECONDS = 365 * 86400


@dataclass(frozen=True, slots=True)
class DeviceTokens:
    """Issues and reads device tokens.

    A token is ``<account>.<device>.<issued at>.<credentials fingerprint>.<signature>``.

    Args:
        key: signs the tokens.
        clock: returns the current time in seconds since 1970.
    """

    key: DerivedKey
    clock: Callable[[], float] = time.time

    def issue(self, account: AccountDocument) -> str:
        """Return a token for a device that is new to an account."""
        now = int(self.clock())
        return self.key.token(
            f"{account['_id']}.{new_id()}.{now}.{credentials_fingerprint(account)}"
        )

    def find_device_id(self, account: AccountDocument | None, token: str) -> str | None:
        """Return the device of a token, or None if the token is not valid for this account."""
        text = self.key.read(token)
        if account is None or text is None:
            return None
        account_id, device_id, issued_at, fingerprint = text.split(".")
        valid = (
            account_id == account["_id"]
            and fingerprint == credentials_fingerprint(account)
            and self.clock() < int(issued_at) + LIFETIME_SECONDS
        )
        return device_id if valid else None
