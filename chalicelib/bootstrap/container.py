"""The container of a process: shared parts, and one container for each domain.

Every part is created on its first use, so a function pays only for what it needs.
"""

from __future__ import annotations

import os
from functools import cached_property
from typing import TYPE_CHECKING, Any

from chalicelib.bootstrap import clients
from chalicelib.bootstrap.clients import API_TIMEOUTS, WORKER_TIMEOUTS
from chalicelib.bootstrap.domains import Domains
from chalicelib.bootstrap.settings import ApiSecrets, Settings, load_api_secrets, load_settings
from chalicelib.common.observability import make_logger

if TYPE_CHECKING:
    from collections.abc import Callable

    from aws_lambda_powertools import Logger
    from mypy_boto3_lambda import LambdaClient
    from pymongo.database import Database
    from redis import Redis

    from chalicelib.bootstrap.store_recovery import StoreRecovery
    from chalicelib.bootstrap.waker import LambdaWaker
    from chalicelib.queue import Shards, Wake


class Container(Domains):
    """The parts of one process.

    Args:
        service: ``api``, ``applications`` or ``mail``.
        read_secret: returns the text of a secret by its name; by default from Secrets Manager.
    """

    def __init__(self, service: str, read_secret: Callable[[str], str] | None = None) -> None:
        super().__init__()
        self.service = service
        self._read_secret = read_secret or clients.read_secret
        self._reread_secret = read_secret or clients.reread_secret
        self.timeouts = API_TIMEOUTS if service == "api" else WORKER_TIMEOUTS

    @cached_property
    def settings(self) -> Settings:
        return load_settings(os.environ, self._read_secret)

    @cached_property
    def api_secrets(self) -> ApiSecrets:
        return self.load_api_secrets()

    def reread_settings(self) -> Settings:
        """Return the settings as they are now, for a request that waits."""
        return load_settings(os.environ, self._reread_secret)

    @cached_property
    def recovery(self) -> StoreRecovery:
        from chalicelib.bootstrap.store_recovery import StoreRecovery

        return StoreRecovery(self)

    def load_api_secrets(self) -> ApiSecrets:
        """Read the secrets of the API again, because the signing keys in them rotate."""
        return load_api_secrets(self.settings.environment.keys_secret, self._read_secret)

    @cached_property
    def logger(self) -> Logger:
        return make_logger(self.service)

    @cached_property
    def redis(self) -> Redis:
        return clients.connect_redis(
            self.settings.secrets.redis_url,
            answer_seconds=self.timeouts.redis,
            cluster=self.settings.environment.redis_cluster,
        )

    @cached_property
    def database(self) -> Database[dict[str, Any]]:
        secrets = self.settings.secrets
        client = clients.connect_mongodb(secrets.mongodb_uri, seconds=self.timeouts.mongodb)
        return client.get_default_database("hirelane")

    @cached_property
    def lambda_client(self) -> LambdaClient:
        return clients.lambda_client(
            answer_seconds=self.timeouts.invoke, attempts=self.timeouts.invoke_attempts
        )

    @cached_property
    def waker(self) -> LambdaWaker:
        from chalicelib.bootstrap.waker import LambdaWaker

        return LambdaWaker(
            self.drain_functions, lambda: self.lambda_client, self._retire, self.logger
        )

    @property
    def drain_functions(self) -> dict[str, str]:
        environment = self.settings.environment
        applications = environment.applications_drain
        # The applications worker drains the texts of files, too.
        return {
            "applications": applications,
            "mail": environment.mail_drain,
            "texts": applications,
        }

    def lanes(self, kind: str) -> Shards:
        """Return the lanes of a kind: ``applications``, ``mail`` or ``texts``."""
        if kind == "texts":
            return self.file_texts.lanes
        return self.recruiting.lanes if kind == "applications" else self.notifications.lanes

    def _retire(self, wake: Wake) -> None:
        """Remove a drain from the running drains, because it did not start."""
        self.lanes(wake.kind)[wake.shard].retire(wake.drain_id)
