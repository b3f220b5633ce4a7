"""The container of this process."""

from __future__ import annotations

from contextlib import ExitStack

from chalicelib.bootstrap.container import Container

_containers: dict[str, Container] = {}


def get_container(service: str) -> Container:
    """Return the container of this process, configured by its environment.

    Call this for each request, because a client that lost its servers is replaced here.
    """
    container = find_container(service)
    container.recovery.replace_lost_client()
    return container


def find_container(service: str) -> Container:
    """Return the container as it is, for parts of it that use no server."""
    container = _containers.get(service)
    if container is None:
        container = _containers[service] = Container(service)
    return container


def use_container(container: Container) -> ExitStack:
    """Make ``get_container`` return this container, for tests.

    Returns:
        A context manager that restores the former one. Without ``with`` the container stays.
    """
    former = dict(_containers)
    _containers[container.service] = container
    stack = ExitStack()
    stack.callback(_containers.update, former)
    if container.service not in former:
        stack.callback(_containers.pop, container.service)
    return stack
