"""Tests that pause, stop or kill servers and workers, on servers that no other tests use."""

from tests.support.stores import mongo_client, redis, stores

__all__ = ["mongo_client", "redis", "stores"]
