"""What the demo prints: at most 80 columns, in colour where a person reads it."""

import os
import sys
import textwrap

WIDTH = 78


def _coloured() -> bool:
    return sys.stdout.isatty() and "NO_COLOR" not in os.environ


def paint(text: str, code: str) -> str:
    """The text in a colour of the terminal, if it has any."""
    return f"\x1b[{code}m{text}\x1b[0m" if _coloured() else text


def say(text: str = "") -> None:
    """Prints a line at once, also into a pipe."""
    print(text, flush=True)


def title(text: str) -> None:
    """Begins a part of the demo."""
    say()
    say(paint(text, "1"))


def step(name: str, what: str, milliseconds: float | None = None) -> None:
    """One thing that happened, to whom, and how long it took."""
    took = "" if milliseconds is None else f"{milliseconds:,.0f} ms"
    room = WIDTH - 2 - 8 - 2 - len(took)
    say(f"  {paint(f'{name:<8}', '36')}  {what:<{room}.{room}}{paint(took, '2')}")


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
