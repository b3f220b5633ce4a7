"""A TCP proxy on loopback that breaks connections on command."""

from __future__ import annotations

import asyncio
import socket
import struct
import threading
from collections.abc import Coroutine
from contextlib import suppress
from types import TracebackType
from typing import Any

from tests.support.timing import PATIENCE_SECONDS

_READ_BYTES = 65536
# With this option, closing a socket sends RST instead of FIN, and drops data not sent yet.
_NO_LINGER = struct.pack("ii", 1, 0)


class Proxy:
    """Forwards connections to ``address``, from a port of its own."""

    def __init__(self, address: str) -> None:
        self.forward_to(address)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="proxy")
        self._writers: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._flows = asyncio.Event()
        self._flows.set()
        self._listener: socket.socket | None = None
        self._accepted: set[socket.socket] = set()
        self.port = 0
        self.broken = 0
        """How many connections were reset."""

    def __enter__(self) -> Proxy:
        self._thread.start()
        self._do(self._listen())
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._do(self._close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(PATIENCE_SECONDS)
        self._loop.close()

    @property
    def address(self) -> str:
        """The address at which it listens."""
        return f"127.0.0.1:{self.port}"

    def forward_to(self, address: str) -> None:
        """Forward new connections to this address, as a name does that moved to another server."""
        host, _, port = address.rpartition(":")
        self._target = (host, int(port))

    def reset(self) -> None:
        """Reset all connections; new ones are taken."""
        self._do(self._reset())

    def stall(self) -> None:
        """Forward nothing more, but take connections and what comes over them."""
        self._loop.call_soon_threadsafe(self._flows.clear)

    def flow(self) -> None:
        """Forward again."""
        self._loop.call_soon_threadsafe(self._flows.set)

    def refuse(self) -> None:
        """Reset all connections and refuse new ones, as if nobody listened."""
        self._do(self._stop_listening())

    def admit(self) -> None:
        """Take connections again, at the same port."""
        self._do(self._listen())

    def _do(self, what: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(what, self._loop).result(PATIENCE_SECONDS)

    async def _listen(self) -> None:
        # Not asyncio's server: it loses a connection that it accepts while it is closed.
        self._listener = socket.create_server(("127.0.0.1", self.port))
        self._listener.setblocking(False)
        self.port = self._listener.getsockname()[1]
        self._loop.add_reader(self._listener, self._accept, self._listener)

    async def _stop_listening(self) -> None:
        if self._listener:
            self._loop.remove_reader(self._listener)
            self._listener.close()
            self._listener = None
        await self._reset()

    async def _reset(self) -> None:
        # A connection that was just accepted can be reset in a moment.
        while self._accepted:
            await asyncio.sleep(0)
        for writer in list(self._writers):
            connection: socket.socket = writer.get_extra_info("socket")
            with suppress(OSError):
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
            writer.transport.abort()
            self.broken += 1

    async def _close(self) -> None:
        await self._stop_listening()
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _accept(self, listener: socket.socket) -> None:
        with suppress(BlockingIOError, ConnectionError):
            connection, _ = listener.accept()
            self._accepted.add(connection)
            task = asyncio.ensure_future(self._serve(connection))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _serve(self, connection: socket.socket) -> None:
        try:
            reader, writer = await asyncio.open_connection(sock=connection)
            self._writers.add(writer)
        finally:
            self._accepted.discard(connection)
        there: asyncio.StreamWriter | None = None
        try:
            answers, there = await asyncio.open_connection(*self._target)
            self._writers.add(there)
            pumps = [
                asyncio.ensure_future(self._pump(reader, there)),
                asyncio.ensure_future(self._pump(answers, writer)),
            ]
            try:
                await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for pump in pumps:
                    pump.cancel()
                await asyncio.gather(*pumps, return_exceptions=True)
        except (OSError, asyncio.CancelledError):
            # The server does not run, or the test has ended.
            pass
        finally:
            for end in (writer, there):
                if end:
                    self._writers.discard(end)
                    end.transport.abort()

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await reader.read(_READ_BYTES):
                await self._flows.wait()
                writer.write(data)
                await writer.drain()
