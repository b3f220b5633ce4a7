"""The proxy breaks connections on command."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from tests.support.proxy import Proxy
from tests.support.stores import Stores

PING, PONG = b"PING\r\n", b"+PONG\r\n"


@pytest.fixture
def proxy(stores: Stores) -> Iterator[Proxy]:
    with Proxy(urlsplit(stores.redis_url).netloc.partition("/")[0]) as proxy:
        yield proxy


@pytest.fixture
def connection(proxy: Proxy) -> Iterator[socket.socket]:
    with connect(proxy) as connection:
        yield connection


def connect(proxy: Proxy) -> socket.socket:
    return socket.create_connection(("127.0.0.1", proxy.port), timeout=5)


def ask(connection: socket.socket) -> bytes:
    connection.sendall(PING)
    return connection.recv(100)


def test_proxy_forwards_requests_and_answers(connection: socket.socket) -> None:
    assert ask(connection) == PONG


def test_reset_breaks_open_connections_and_takes_new_ones(
    proxy: Proxy, connection: socket.socket
) -> None:
    assert ask(connection) == PONG
    proxy.reset()
    with pytest.raises(ConnectionResetError):
        connection.recv(1)
    with connect(proxy) as again:
        assert ask(again) == PONG


def test_stalled_proxy_forwards_again_after_flow(proxy: Proxy, connection: socket.socket) -> None:
    assert ask(connection) == PONG
    proxy.stall()
    connection.settimeout(0.2)
    with pytest.raises(TimeoutError):
        ask(connection)
    proxy.flow()
    connection.settimeout(5)
    assert connection.recv(100) == PONG


def test_refused_connections_are_taken_again_after_admit(
    proxy: Proxy, connection: socket.socket
) -> None:
    assert ask(connection) == PONG
    proxy.refuse()
    with pytest.raises(ConnectionResetError):
        connection.recv(1)
    with pytest.raises(ConnectionRefusedError):
        connect(proxy)
    proxy.admit()
    with connect(proxy) as again:
        assert ask(again) == PONG
