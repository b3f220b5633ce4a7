"""The base of containers: parts that are created on first use, and that tests can override."""

from __future__ import annotations

from contextlib import ExitStack
from functools import cached_property
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from chalicelib.bootstrap.container import Container


class Parts:
    """Parts of a process, each a ``cached_property``."""

    def __init__(self) -> None:
        self._overridden: frozenset[str] = frozenset()

    def override(self, **parts: Any) -> ExitStack:
        """Replace parts, for tests. The parts of all domains are created again on their next use.

        Args:
            parts: the replacements by name.

        Returns:
            A context manager that takes the replacements back. Without ``with`` they stay.

        Raises:
            AttributeError: there is no part with this name.
        """
        for name in parts:
            if not isinstance(getattr(type(self), name, None), cached_property):
                raise AttributeError(f"{type(self).__name__} has no part {name!r}")
        former, created = self._overridden, dict(vars(self))
        vars(self).update(parts)
        self._overridden = former | parts.keys()
        self.drop_domains()

        def restore() -> None:
            for name in parts:
                del vars(self)[name]
                if name in created:
                    vars(self)[name] = created[name]
            self._overridden = former
            self.drop_domains()

        stack = ExitStack()
        stack.callback(restore)
        return stack

    def is_overridden(self, name: str) -> bool:
        """Return whether a test has replaced this part."""
        return name in self._overridden

    def drop(self, *names: str) -> None:
        """Drop these parts, or all, so that they are created again; keep overrides."""
        for name in names or list(vars(self)):
            part = getattr(type(self), name, None)
            if isinstance(part, cached_property) and name not in self._overridden:
                vars(self).pop(name, None)

    def drop_domains(self) -> None:
        """Drop the parts of all domains, because they may hold a replaced part."""
        raise NotImplementedError


class DomainContainer(Parts):
    """The parts of one domain, created from the shared ones and from those of other domains."""

    def __init__(self, container: Container) -> None:
        super().__init__()
        self._container = container

    def drop_domains(self) -> None:
        self._container.drop_domains()
