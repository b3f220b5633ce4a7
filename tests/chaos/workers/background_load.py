"""Applications that keep coming in while a store is down."""

from __future__ import annotations

import itertools
import threading
from types import TracebackType

from tests.chaos.workers.load_generator import LoadGenerator

# Between two applications. The stores are much faster, but some applications at any moment suffice.
PACE_SECONDS = 0.02


class BackgroundLoad:
    """Sends one application after the other, from each candidate in turn, until the block ends."""

    def __init__(self, load: LoadGenerator) -> None:
        self._load = load
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="background load")
        self._error: BaseException | None = None

    def __enter__(self) -> BackgroundLoad:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._ended.set()
        self._thread.join()
        if self._error:
            raise self._error

    def _run(self) -> None:
        try:
            for posting, candidate in itertools.product(self._load.postings, self._load.candidates):
                self._load.apply(candidate, posting)
                if self._ended.wait(PACE_SECONDS):
                    return
        except BaseException as error:
            self._error = error
