"""Device tokens: a browser that logged in to an account keeps one, and is known by it next time.

Whoever guesses at an account from elsewhere then does not keep its owner out, for the attempts of
known devices are counted by themselves. A token is good for a year, and until password or second
factor change; it proves nothing else.
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
    """Gives out and reads device tokens: account, device, seconds of Unix time, credentials."""

    key: DerivedKey
    clock: Callable[[], float] = time.time

    def issue(self, account: AccountDocument) -> str:
        """A token for a device that is new to an account."""
        now = int(self.clock())
        return self.key.token(
            f"{account['_id']}.{new_id()}.{now}.{credentials_fingerprint(account)}"
        )

    def find_device_id(self, account: AccountDocument | None, token: str) -> str | None:
        """The device of a token that is good for this account."""
        text = self.key.read(token)
        if account is None or text is None:
            return None
        account_id, device, since, credentials = text.split(".")
        good = (
            account_id == account["_id"]
            and credentials == credentials_fingerprint(account)
            and self.clock() < int(since) + LIFETIME_SECONDS
        )
        return device if good else None
