"""The parts of operations: preparation and health."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from chalicelib.bootstrap.clients import API_TIMEOUTS, control_plane_client
from chalicelib.bootstrap.parts import DomainContainer
from chalicelib.bootstrap.settings import SettingsError
from chalicelib.common.outages import store_errors
from chalicelib.operations.probes import probe_mongodb, probe_redis

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from chalicelib.operations.durability import DurabilityProbe
    from chalicelib.queue.admin import ShardCount


class OperationsContainer(DomainContainer):
    """The parts that a deployment and the health routes use (``OperationsServices``)."""

    def prepare(self) -> None:
        """Check all settings, create the indexes and build the catalogue; safe to repeat.

        Raises:
            SettingsError, ValueError: a setting is missing or invalid, or the queue has another
                number of shards.
        """
        self.check_settings()
        self._register_shards()
        auth, recruiting = self._container.auth, self._container.recruiting
        for repository in (auth.accounts, auth.sessions, auth.email_links, auth.audit_log):
            repository.create_indexes()
        self._container.notifications.suppressions.create_indexes()
        employers = self._container.employers
        employers.employers.create_indexes()
        employers.invitations.create_indexes()
        employers.migration.run()
        recruiting.postings.create_indexes()
        recruiting.postings.remove_old_search()
        recruiting.postings.build_catalogue()
        recruiting.pipeline.create_indexes()
        self._container.recruiting.guest_applications.guests.create_indexes()
        self._container.bulk.operations.create_indexes()
        self._container.amendments.revisions.create_indexes()
        self._container.erasure.retention.create_indexes()
        self._container.equation.prepare()
        self._container.proofs.prepare()
        self._container.review.applicants.create_indexes()
        self._container.review.waiting.create_indexes()
        self._container.review.blocks.create_indexes()
        self._container.interviewers.assigned.create_indexes()
        self._container.files.attached.create_indexes()
        self._container.consents.notices.create_indexes()
        self._container.data_exports.exports.create_indexes()
        self._container.bursts.origins.create_indexes()
        # The last one: its index shows that all are there.
        recruiting.applications.create_indexes()

    def _register_shards(self) -> None:
        count = self._container.settings.environment.shards
        stored = self._shard_count.register(count)
        if stored != count:
            raise SettingsError(
                f"HIRELANE_SHARDS is {count}, but the queue has {stored} shards: see"
                " docs/operations.md, Several shards"
            )

    @property
    def _shard_count(self) -> ShardCount:
        from chalicelib.queue.admin import ShardCount

        return ShardCount(self._container.redis)

    def check_settings(self) -> None:
        """Read every setting of the API, also those that only later requests need.

        Raises:
            SettingsError, ValueError: a setting is missing or invalid.
        """
        behind_cdn = self._container.settings.environment.behind_cdn
        if behind_cdn and not self._container.api_secrets.origin_secrets:
            raise SettingsError("secret: origin_secret_a or origin_secret_b is missing")
        self._container.recruiting.read_rates()
        self._container.notifications.read_rate()
        _ = self._container.files.scanner
        self._container.auth.read_limits()

    def probes(self) -> Mapping[str, Callable[[], object]]:
        """Return the probes of the readiness check: calls that raise if a dependency fails."""
        return {
            "settings": self.check_settings,
            "signing_keys": lambda: self._container.auth.signing_keys.ring.signing_key,
            "receipt_keys": lambda: self._container.auth.receipt_keys.ring.signing_key,
            "redis": lambda: self._probe_store(self._probe_redis),
            "durability": lambda: self._durability.check(),
            "mongodb": lambda: self._probe_store(self._probe_mongodb),
        }

    @cached_property
    def _durability(self) -> DurabilityProbe:
        from chalicelib.operations.durability import DurabilityProbe

        settings = self._container.settings
        return DurabilityProbe(
            settings.environment.store,
            lambda: self._container.redis,
            urlsplit(settings.secrets.redis_url).hostname or "",
            control_plane_client,
        )

    def is_intake_paused(self) -> bool:
        """Return whether an operator has paused the intake of new applications."""
        from chalicelib.queue.admin import Pauses

        return Pauses(self._container.recruiting.lanes).find("intake") is not None

    def _probe_store(self, probe: Callable[[], None]) -> None:
        try:
            probe()
        except store_errors():
            self._container.recovery.on_outage()
            raise

    def _probe_redis(self) -> None:
        from redis.exceptions import ResponseError

        from chalicelib.auth.rate_limits import PREFIX

        count, stored = self._container.settings.environment.shards, self._shard_count.read()
        if stored not in {None, count}:
            # As accept.lua answers.
            raise ResponseError(f"SHARDS the queue has {stored} shards, not {count}")
        prefixes = [lanes.keys.prefix for lanes in self._container.recruiting.lanes]
        probe_redis(self._container.redis, [*prefixes, PREFIX])

    def _probe_mongodb(self) -> None:
        probe_mongodb(self._container.database, API_TIMEOUTS.mongodb)
