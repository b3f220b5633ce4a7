"""The parts of bursts: origins of applications, and the sweep that flags them."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from chalicelib.bootstrap.parts import DomainContainer

if TYPE_CHECKING:
    from chalicelib.recruiting.bursts.origins import OriginHasher
    from chalicelib.recruiting.bursts.repository import OriginRepository
    from chalicelib.recruiting.bursts.sweeper import BurstSweeper


class BurstsContainer(DomainContainer):
    """The API uses ``hasher``, the applications worker ``sweeper``."""

    @cached_property
    def hasher(self) -> OriginHasher:
        from chalicelib.auth.credentials.derived_keys import DerivedKey
        from chalicelib.recruiting.bursts.origins import OriginHasher

        key = DerivedKey(self._container.api_secrets.purpose_secret, "origin")
        return OriginHasher(key, behind_cdn=self._container.settings.environment.behind_cdn)

    @cached_property
    def origins(self) -> OriginRepository:
        from chalicelib.recruiting.bursts.repository import OriginRepository

        return OriginRepository(self._container.database)

    @cached_property
    def sweeper(self) -> BurstSweeper:
        from chalicelib.recruiting.bursts.sweeper import BurstSweeper

        return BurstSweeper(self.origins, self._container.settings.environment.burst_size)
