"""Candidates who go on applying while something is broken."""

from __future__ import annotations

import itertools
import threading
from types import TracebackType

from tests.chaos.crowd import Crowd

# Between two applications. The stores are much faster: it is enough to have some at any moment.
PACE_SECONDS = 0.02


class Traffic:
    """One application after the other, of all candidates in turn, until the block ends."""

    def __init__(self, crowd: Crowd) -> None:
        self._crowd = crowd
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="traffic")
        self._error: BaseException | None = None

    def __enter__(self) -> Traffic:
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
            for posting, candidate in itertools.product(
                self._crowd.postings, self._crowd.candidates
            ):
                self._crowd.apply(candidate, posting)
                if self._ended.wait(PACE_SECONDS):
                    return
        except BaseException as error:
            self._error = error
