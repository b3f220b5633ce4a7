"""A TCP proxy in threads of this process that counts round trips.

A round trip is an answered request: data of the client that is the first, or that follows data of
the server. So a pipeline of many commands, a script, or a request in several packets is one.
"""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator


class CountingProxy:
    """Forwards connections to a port on loopback. ``round_trips`` is the count so far."""

    def __init__(self, target_port: int) -> None:
        self.round_trips = 0
        self._target_port = target_port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._counting = threading.Lock()
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """Accept no more connections."""
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            server = socket.create_connection(("127.0.0.1", self._target_port))
            for end in (client, server):
                end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            answered = threading.Event()
            answered.set()
            for arguments in ((client, server, answered, True), (server, client, answered, False)):
                threading.Thread(target=self._carry, args=arguments, daemon=True).start()

    def _carry(
        self,
        source: socket.socket,
        target: socket.socket,
        answered: threading.Event,
        is_request: bool,
    ) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(1 << 18):
                if not is_request:
                    answered.set()
                elif answered.is_set():
                    answered.clear()
                    with self._counting:
                        self.round_trips += 1
                target.sendall(data)
        with contextlib.suppress(OSError):
            target.shutdown(socket.SHUT_WR)


@contextlib.contextmanager
def counting_proxy(target_port: int) -> Iterator[CountingProxy]:
    """Run a proxy in front of the target during the block."""
    proxy = CountingProxy(target_port)
    try:
        yield proxy
    finally:
        proxy.close()
