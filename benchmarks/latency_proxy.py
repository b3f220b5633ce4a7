"""A TCP proxy that adds latency, in its own process: `python -m benchmarks.latency_proxy`.

Each packet gets a time stamp when it is read and is sent on after the delay. So consecutive packets
are delayed at the same time, as on a real network, and not one after the other. Threads with
`time.sleep` are used instead of asyncio, whose timers round up to whole milliseconds.
"""

from __future__ import annotations

import contextlib
import queue
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator


def _pump(source: socket.socket, target: socket.socket, delay: float) -> None:
    """Forward one direction of one connection until either side closes."""
    pieces: queue.SimpleQueue[tuple[float, bytes]] = queue.SimpleQueue()

    def read() -> None:
        while True:
            try:
                data = source.recv(1 << 18)
            except OSError:
                data = b""
            pieces.put((time.perf_counter() + delay, data))
            if not data:
                return

    threading.Thread(target=read, daemon=True).start()
    while True:
        due, data = pieces.get()
        wait = due - time.perf_counter()
        if wait > 0:
            time.sleep(wait)
        try:
            if not data:
                target.shutdown(socket.SHUT_WR)
                return
            target.sendall(data)
        except OSError:
            return


def serve(target_port: int, delay: float) -> None:
    """Print the port, then forward connections to the target until terminated."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        print(listener.getsockname()[1], flush=True)
        while True:
            client, _ = listener.accept()
            server = socket.create_connection(("127.0.0.1", target_port))
            for end in (client, server):
                end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for pair in ((client, server), (server, client)):
                threading.Thread(target=_pump, args=(*pair, delay), daemon=True).start()


@contextlib.contextmanager
def latency_proxy(target_port: int, delay: float) -> Iterator[int]:
    """Run a proxy process that delays each way by ``delay`` (s). Yields its port."""
    command = [sys.executable, "-m", "benchmarks.latency_proxy", str(target_port), str(delay)]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, start_new_session=True
    ) as process:
        try:
            if process.stdout is None:
                raise RuntimeError("the proxy has no output")
            yield int(process.stdout.readline())
        finally:
            process.terminate()


if __name__ == "__main__":
    serve(int(sys.argv[1]), float(sys.argv[2]))
