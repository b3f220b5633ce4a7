"""The output of the demo fits into 80 columns."""

from __future__ import annotations

import io
from datetime import UTC, datetime

import msgspec
import pytest

from infrastructure.local.demo import screen
from infrastructure.local.demo.journey import SHOWN, offer_line
from tests.support.demo_postings import demo_postings

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)
LONG = "word " * 60


class Terminal(io.StringIO):
    """A stream that claims to be a terminal."""

    def isatty(self) -> bool:
        return True


def on_terminal(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """Replace stdout by a terminal; not a fixture, because pytest replaces stdout later."""
    stream = Terminal()
    monkeypatch.setattr("sys.stdout", stream)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    return stream


def test_long_lines_fit_80_columns(capsys: pytest.CaptureFixture[str]) -> None:
    screen.step("Bartholomew", LONG, 1234.5)
    screen.good(LONG)
    screen.note(LONG)
    screen.block(f"{LONG}\n    {LONG}")
    with screen.waiting("it"):
        pass
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= 80
    assert "\x1b" not in "".join(lines)


def test_terminal_gets_colours(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = on_terminal(monkeypatch)
    screen.good("Fine.")
    assert terminal.getvalue() == "\r\x1b[K  \x1b[32mok\x1b[0m Fine.\n"


@pytest.mark.parametrize(("name", "value"), [("NO_COLOR", "1"), ("TERM", "dumb")])
def test_unwanted_colours_are_omitted(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    terminal = on_terminal(monkeypatch)
    monkeypatch.setenv(name, value)
    screen.good("Fine.")
    assert terminal.getvalue().endswith("  ok Fine.\n")


def test_clock_line_is_cleared(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = on_terminal(monkeypatch)
    monkeypatch.setattr(screen, "TICK_SECONDS", 0.0)
    with pytest.raises(KeyError), screen.waiting("deploying"):
        raise KeyError
    screen.say("done")
    assert terminal.getvalue().endswith("\x1b[K\r\x1b[Kdone\n")


def test_printed_postings_are_not_truncated() -> None:
    postings = demo_postings(NOW)[:SHOWN]
    lines = [offer_line(posting) for posting in msgspec.to_builtins(postings)]
    for posting, line in zip(postings, lines, strict=True):
        assert posting.title in line
        assert posting.employer in line
        assert len(line) <= 78
