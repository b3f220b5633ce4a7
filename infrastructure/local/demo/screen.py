"""The output of the demo: at most 80 columns, in colour on a terminal."""

import os
import sys
import textwrap
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

WIDTH = 78
TICK_SECONDS = 0.2

_CLEAR_LINE = "\r\x1b[K"
# Held while a line is written, because the clock writes from another thread.
_writing = threading.Lock()


def _is_terminal() -> bool:
    return sys.stdout.isatty() and os.environ.get("TERM") != "dumb"


def _coloured() -> bool:
    return _is_terminal() and not os.environ.get("NO_COLOR")


def paint(text: str, code: str) -> str:
    """Return the text with a colour code, if the terminal has colours."""
    return f"\x1b[{code}m{text}\x1b[0m" if _coloured() else text


def say(text: str = "") -> None:
    """Print a line at once, also into a pipe."""
    with _writing:
        print(f"{_CLEAR_LINE if _is_terminal() else ''}{text}", flush=True)


@contextmanager
def waiting(what: str) -> Iterator[None]:
    """Show below the other lines of a terminal what the demo waits for, and how long."""
    if not _is_terminal():
        yield
        return
    done = threading.Event()
    clock = threading.Thread(target=_tick, args=(what, done), daemon=True)
    clock.start()
    try:
        yield
    finally:
        done.set()
        clock.join()


def _tick(what: str, done: threading.Event) -> None:
    began = time.monotonic()
    while not done.wait(TICK_SECONDS):
        line = paint(f"  {what} ... {time.monotonic() - began:.0f} s", "2")
        with _writing:
            print(f"{_CLEAR_LINE}{line}", end="", flush=True)
    with _writing:
        print(_CLEAR_LINE, end="", flush=True)


def title(text: str) -> None:
    """Print the title of a part of the demo."""
    say()
    say(paint(text, "1"))


def step(name: str, what: str, milliseconds: float | None = None) -> None:
    """Print one event: the name of the person, what happened, and the duration."""
    took = "" if milliseconds is None else f"{milliseconds:,.0f} ms"
    room = WIDTH - 2 - 8 - 2 - len(took)
    say(f"  {paint(f'{name:<8.8}', '36')}  {what:<{room}.{room}}{paint(took, '2')}")


def note(text: str) -> None:
    """Print an explanation, on as many lines as necessary."""
    for line in textwrap.wrap(text, WIDTH - 2):
        say(f"  {paint(line, '2')}")


def good(text: str) -> None:
    """Print a check that succeeded."""
    lines = textwrap.wrap(text, WIDTH - 5)
    say(f"  {paint('ok', '32')} {lines[0]}")
    for line in lines[1:]:
        say(f"     {line}")


def block(text: str) -> None:
    """Print a longer text, indented; lines that are too long are wrapped."""
    for line in text.splitlines():
        for part in textwrap.wrap(line, WIDTH - 4, drop_whitespace=False) or [""]:
            say(f"    {part}".rstrip())
