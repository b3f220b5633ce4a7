"""The routes of the API by path, whose modules are imported when a request needs them."""

from __future__ import annotations

import threading
from collections import defaultdict
from typing import TYPE_CHECKING, Any, override

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping


class RouteTable(defaultdict[str, dict[str, Any]]):
    """The routes of an app, as Chalice reads them: entries by method, by path.

    A process serves few of the routes before it ends, and the declarations of all of them were a
    third of a cold start (ADR 59). Looking up a path registers the routes of its modules. Whatever
    reads all paths, as ``chalice deploy`` does, registers all modules.

    Args:
        modules_by_path: the names of the modules that declare the routes of a path. The modules of
            a path that is missing are found too, but only by registering all modules.
        modules: the names of all modules with routes.
        register: imports a module and registers its routes with the app.
        on_complete: called when all modules are registered.
    """

    def __init__(
        self,
        modules_by_path: Mapping[str, Collection[str]],
        modules: Collection[str],
        register: Callable[[str], None],
        on_complete: Callable[[], None],
    ) -> None:
        super().__init__(dict)
        self._modules_by_path = dict(modules_by_path)
        self._missing = dict.fromkeys(modules)
        self._register = register
        self._on_complete = on_complete
        # Reentrant, because Chalice looks up each path that it registers.
        self._lock = threading.RLock()
        self._is_registering = False
        self._is_complete = False

    def register_all(self) -> None:
        """Register the routes of all modules. A call after one that failed does what is left."""
        with self._lock:
            if self._is_complete or self._is_registering:
                return
            self._register_modules(list(self._missing))
            self._modules_by_path.clear()
            # Before the call, which reads all paths.
            self._is_complete = True
            try:
                self._on_complete()
            except BaseException:
                self._is_complete = False
                raise

    def _register_path(self, path: str) -> None:
        """Register the modules of a path, or all modules if those are not known."""
        if path not in self._modules_by_path and super().__contains__(path):
            return
        with self._lock:
            if self._is_registering:
                return
            modules = self._modules_by_path.get(path)
            if modules is None:
                self.register_all()
            else:
                self._register_modules(modules)
                # Only now, so that other threads wait until all routes of the path are there.
                del self._modules_by_path[path]

    def _register_modules(self, modules: Collection[str]) -> None:
        self._is_registering = True
        try:
            for module in modules:
                if module in self._missing:
                    self._register_module(module)
                    del self._missing[module]
        finally:
            self._is_registering = False

    def _register_module(self, module: str) -> None:
        """Register all routes of a module or none, because Chalice refuses one that is there."""
        before = {path: dict(entries) for path, entries in super().items()}
        try:
            self._register(module)
        except BaseException:
            self.clear()
            self.update(before)
            raise

    @override
    def __getitem__(self, path: str) -> dict[str, Any]:
        self._register_path(path)
        return super().__getitem__(path)

    @override
    def get(self, path: str, default: Any = None) -> Any:
        self._register_path(path)
        return super().get(path, default)

    @override
    def __contains__(self, path: object) -> bool:
        self._register_path(str(path))
        return super().__contains__(path)

    @override
    def __iter__(self) -> Iterator[str]:
        self.register_all()
        return super().__iter__()

    @override
    def __len__(self) -> int:
        self.register_all()
        return super().__len__()

    @override
    def keys(self) -> Any:
        self.register_all()
        return super().keys()

    @override
    def values(self) -> Any:
        self.register_all()
        return super().values()

    @override
    def items(self) -> Any:
        self.register_all()
        return super().items()
