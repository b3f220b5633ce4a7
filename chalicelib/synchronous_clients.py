"""Import the clients of Redis and MongoDB without their asynchronous halves.

``import redis`` also loads ``redis.asyncio``, and ``import pymongo`` its asynchronous client. No
function uses them, and they were a fifth of a cold start (ADR 58). This module makes the import
system find small modules in their place; the packages of the functions lack the files.
"""

from __future__ import annotations

import sys
from importlib.machinery import ModuleSpec
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import ModuleType

REDIS, MONGODB = "redis.asyncio", "pymongo.asynchronous.mongo_client"


class SynchronousClientFinder:
    """Finds a module without contents in place of each asynchronous client."""

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return the spec of a module that this finder replaces, else None."""
        del target
        if name not in (REDIS, MONGODB):
            return None
        spec = ModuleSpec(name, self, is_package=name == REDIS)  # type: ignore[arg-type]
        if name == REDIS:
            # The synchronous client imports ``redis.asyncio.observability``.
            spec.submodule_search_locations = [f"{folder}/asyncio" for folder in path or ()]
        return spec

    def create_module(self, spec: ModuleSpec) -> None:
        """Let Python create the module."""

    def exec_module(self, module: Any) -> None:
        """Give the module only the name that ``pymongo/__init__.py`` imports."""
        if module.__name__ == MONGODB:
            module.AsyncMongoClient = None


def install() -> None:
    """Leave out the asynchronous clients in this process, unless they are loaded already."""
    if not any(isinstance(finder, SynchronousClientFinder) for finder in sys.meta_path):
        sys.meta_path.insert(0, SynchronousClientFinder())
