"""The parts of profiles of candidates."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from chalicelib.bootstrap.parts import DomainContainer

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient

    from chalicelib.recruiting.file_texts.function import TextFunction
    from chalicelib.recruiting.profiles.fact_service import FactService
    from chalicelib.recruiting.profiles.import_service import ImportService
    from chalicelib.recruiting.profiles.repository import ProfileRepository
    from chalicelib.recruiting.profiles.service import ProfileService

# A candidate waits for the answer. The function stops reading before nobody waits any more.
ANSWER_SECONDS = 5.0
READING_SECONDS = 4.0


class ProfilesContainer(DomainContainer):
    """The services that the routes use (``ProfileServices``), and their parts."""

    @cached_property
    def profiles(self) -> ProfileRepository:
        from chalicelib.recruiting.profiles.repository import ProfileRepository

        return ProfileRepository(self._container.database)

    @cached_property
    def lambda_client(self) -> LambdaClient:
        from chalicelib.bootstrap import clients

        return clients.lambda_client(answer_seconds=ANSWER_SECONDS, attempts=1)

    @cached_property
    def function(self) -> TextFunction:
        from chalicelib.recruiting.file_texts.function import TextFunction

        name = self._container.settings.environment.files_text
        return TextFunction(lambda: self.lambda_client, name, READING_SECONDS)

    @cached_property
    def fact_service(self) -> FactService:
        from chalicelib.recruiting.profiles.fact_service import FactService

        auth, bucket = self._container.auth, self._container.files.bucket
        return FactService(bucket, self.function, auth.accounts, auth.sessions, auth.rate_limits)

    @cached_property
    def import_service(self) -> ImportService:
        from chalicelib.recruiting.profiles.import_service import ImportService

        auth = self._container.auth
        return ImportService(self.function, auth.sessions, auth.rate_limits)

    @cached_property
    def service(self) -> ProfileService:
        from chalicelib.recruiting.profiles.sent_contents import SentContentReader
        from chalicelib.recruiting.profiles.service import ProfileService

        sent = SentContentReader(self._container.recruiting.applications)
        return ProfileService(self.profiles, sent, self._container.auth.sessions)
