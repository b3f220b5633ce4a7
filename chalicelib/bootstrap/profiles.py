"""The parts of profiles of candidates."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from chalicelib.bootstrap.parts import DomainContainer

if TYPE_CHECKING:
    from chalicelib.recruiting.profiles.repository import ProfileRepository
    from chalicelib.recruiting.profiles.service import ProfileService


class ProfilesContainer(DomainContainer):
    """The services that the routes use (``ProfileServices``), and their parts."""

    @cached_property
    def profiles(self) -> ProfileRepository:
        from chalicelib.recruiting.profiles.repository import ProfileRepository

        return ProfileRepository(self._container.database)

    @cached_property
    def service(self) -> ProfileService:
        from chalicelib.recruiting.profiles.sent_contents import SentContentReader
        from chalicelib.recruiting.profiles.service import ProfileService

        sent = SentContentReader(self._container.recruiting.applications)
        return ProfileService(self.profiles, sent, self._container.auth.sessions)
