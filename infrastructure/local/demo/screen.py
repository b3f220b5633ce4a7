"""What the demo prints: at most 80 columns, in colour where a person reads it."""

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
# Between the clock and what is said meanwhile.
_writing = threading.Lock()


def _is_terminal() -> bool:
    return sys.stdout.isatty() and os.environ.get("TERM") != "dumb"


def _coloured() -> bool:
    return _is_terminal() and not os.environ.get("NO_COLOR")


def paint(text: str, code: str) -> str:
    """The text in a colour of the terminal, if it has any."""
    return f"\x1b[{code}m{text}\x1b[0m" if _coloured() else text


def say(text: str = "") -> None:
    """Prints a line at once, also into a pipe."""
    with _writing:
        print(f"{_CLEAR_LINE if _is_terminal() else ''}{text}", flush=True)


@contextmanager
def waiting(what: str) -> Iterator[None]:
    """On a terminal, shows below the other lines what is waited for, and how long already."""
    if not _is_terminal():
        yield
        return
    over = threading.Event()
    clock = threading.Thread(target=_tick, args=(what, over), daemon=True)
    clock.start()
    try:
        yield
    finally:
        over.set()
        clock.join()


def _tick(what: str, over: threading.Event) -> None:
    began = time.monotonic()
    while not over.wait(TICK_SECONDS):
        line = paint(f"  {what} ... {time.monotonic() - began:.0f} s", "2")
        with _writing:
            print(f"{_CLEAR_LINE}{line}", end="", flush=True)
    with _writing:
        print(_CLEAR_LINE, end="", flush=True)


def title(text: str) -> None:
    """Begins a part of the demo."""
    say()
    say(paint(text, "1"))


def step(name: str, what: str, milliseconds: float | None = None) -> None:
    """One thing that happened, to whom, and how long it took."""
    took = "" if milliseconds is None else f"{milliseconds:,.0f} ms"
    room = WIDTH - 2 - 8 - 2 - len(took)
    say(f"  {paint(f'{name:<8.8}', '36')}  {what:<{room}.{room}}{paint(took, '2')}")


def note(text: str) -> None:
    """Explains, in as many lines as it takes."""
    for line in textwrap.wrap(text, WIDTH - 2):
        say(f"  {paint(line, '2')}")


def good(text: str) -> None:
    """Something that had to be so, and is."""
    lines = textwrap.wrap(text, WIDTH - 5)
    say(f"  {paint('ok', '32')} {lines[0]}")
    for line in lines[1:]:
        say(f"     {line}")


def block(text: str) -> None:
    """A longer text as it is, set in; lines that are too long are wrapped."""
    for line in text.splitlines():
        for part in textwrap.wrap(line, WIDTH - 4, drop_whitespace=False) or [""]:
            say(f"    {part}".rstrip())
