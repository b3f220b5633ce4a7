"""Bring a process back to its stores, after their addresses or passwords were wrong or changed."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chalicelib.bootstrap.container import Container

# An outage fails many requests, and each of them would read the secret.
RELOAD_SECONDS = 10.0
# A look at the servers of MongoDB's client takes a hundredth of an accept.
CHECK_SECONDS = 1.0


class StoreRecovery:
    """Creates the clients of a container again if they cannot recover by themselves."""

    def __init__(self, container: Container) -> None:
        self._container = container
        self._next_reload = 0.0
        self._next_check = 0.0

    def on_outage(self) -> None:
        """Read the settings again, because a store is unavailable. Never raises.

        Somebody may have corrected them since this process read them. At most one call in
        ``RELOAD_SECONDS`` has an effect.
        """
        now = time.monotonic()
        if now < self._next_reload:
            return
        self._next_reload = now + RELOAD_SECONDS
        container, logger = self._container, self._container.logger
        try:
            settings = container.reread_settings()
        except Exception as error:
            # Only the type, because the text may hold a part of the secret.
            logger.warning("settings not reloaded", error=type(error).__name__)
            return
        if settings != vars(container).get("settings") and not container.is_overridden("settings"):
            logger.info("settings reloaded")
            self._renew("settings", "api_secrets", "redis", "database")

    def replace_lost_client(self) -> None:
        """Create the client of MongoDB again if it knows no server any more.

        A client forgets a server that does not belong to the replica set. Without any server it
        asks nobody, so it stays without one for the life of the process. At most one call in
        ``CHECK_SECONDS`` looks.
        """
        now = time.monotonic()
        if now < self._next_check:
            return
        self._next_check = now + CHECK_SECONDS
        database = vars(self._container).get("database")
        if database is None or self._container.is_overridden("database"):
            return
        if not database.client.topology_description.server_descriptions():
            self._container.logger.warning("client of MongoDB replaced")
            self._renew("database")

    def _renew(self, *parts: str) -> None:
        """Create these parts again on their next use, and all parts that hold one of them."""
        container = self._container
        if "database" in vars(container) and not container.is_overridden("database"):
            container.database.client.close()
        container.drop(*parts)
        container.drop_domains()
