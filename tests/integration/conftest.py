"""The integration tests use a real Valkey and a real MongoDB-protocol server."""

from tests.support.stores import database, mongo_client, redis, stores

__all__ = ["database", "mongo_client", "redis", "stores"]
