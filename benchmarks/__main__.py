"""`python -m benchmarks`: run all measures. `--help` lists the options."""

from __future__ import annotations

import argparse
import platform
import signal
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType

import msgspec
import psutil

from benchmarks.bench import Bench, say
from benchmarks.contest import ContestError
from benchmarks.plot import plot
from benchmarks.row import Row
from benchmarks.rows import MEASURES, Measure
from benchmarks.servers import PERSISTENCE, ServerError, running
from benchmarks.table import page, table

FOLDER = Path(__file__).resolve().parent
RESULTS = FOLDER / "results.json"
PAGE = FOLDER.parent / "docs" / "benchmarks.md"
PICTURE = PAGE.with_suffix(".svg")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the chosen measures. Returns the exit code: 0 if all of them ran."""
    options = _options(arguments)
    chosen = _chosen(options.only, is_long=options.long)
    signal.signal(signal.SIGTERM, _interrupt)
    rows: list[Row] = []
    failures: list[str] = []
    try:
        with running(options.persistence) as servers:
            bench = Bench(servers, options.rounds, options.quick)
            for measure in chosen:
                _make(bench, measure, rows, failures)
    except KeyboardInterrupt:
        say("Interrupted; nothing is written.")
        return 130
    except ServerError as error:
        say(str(error))
        return 1
    print(f"{_conditions(options)}\n\n{table(rows)}")
    if options.only:
        print(
            "".join(f"\n{row.measure}: {msgspec.json.encode(row.detail).decode()}" for row in rows)
        )
    elif not options.quick:
        _write(rows, _conditions(options))
    for failure in failures:
        say(f"\nFAILED: {failure}")
    return 1 if failures else 0


def _make(bench: Bench, measure: Measure, rows: list[Row], failures: list[str]) -> None:
    """Add the rows of one measure. A failure does not stop the other measures."""
    began = time.monotonic()
    say(f"{', '.join(measure.rows[:2])}{' ...' if len(measure.rows) > 2 else ''}")
    try:
        rows.extend(measure.make(bench))
    except ContestError as error:
        failures.append(f"{measure.rows[0]}: {error}")
        say(f"    failed: {error}")
    say(f"    {time.monotonic() - began:.0f} s")


def _write(new: Sequence[Row], conditions: str) -> None:
    """Write the results and the page: the new rows, and the earlier ones of other measures."""
    for row in new:
        row.conditions = conditions
    measured = {row.measure for row in new}
    earlier = msgspec.json.decode(RESULTS.read_bytes(), type=list[Row])
    order = {name: n for n, name in enumerate(n for one in MEASURES for n in one.rows)}
    rows = sorted(
        [*new, *(row for row in earlier if row.measure not in measured)],
        key=lambda row: order.get(row.measure, len(order)),
    )
    json = msgspec.json.format(msgspec.json.encode(rows), indent=2)
    RESULTS.write_bytes(json + b"\n")
    PICTURE.write_text(
        plot([row for row in rows if row.conditions == rows[0].conditions], rows[0].conditions)
    )
    PAGE.write_text(page(rows, PICTURE.name))
    written = ", ".join(str(path.relative_to(FOLDER.parent)) for path in (RESULTS, PAGE, PICTURE))
    say(f"Written: {written}")


def _conditions(options: argparse.Namespace) -> str:
    """Return the conditions of the run in one line."""
    quick = " (quick: these sizes mean little)" if options.quick else ""
    rounds = "round" if options.rounds == 1 else "rounds"
    return (
        f"{datetime.now(UTC):%Y-%m-%d}, {psutil.cpu_count()} cores {platform.machine()},"
        f" Python {platform.python_version()}, Valkey {options.persistence},"
        f" {options.rounds} {rounds}{quick}"
    )


def _chosen(only: str | None, *, is_long: bool) -> list[Measure]:
    chosen = [
        measure
        for measure in MEASURES
        if (only is None and measure.is_long == is_long)
        or (only is not None and any(only in name for name in measure.rows))
    ]
    if not chosen:
        names = "\n  ".join(name for measure in MEASURES for name in measure.rows)
        raise SystemExit(f"No measure has {only!r} in its name. There are:\n  {names}")
    return chosen


def _at_least_one(text: str) -> int:
    number = int(text)
    if number < 1:
        raise ValueError("at least one round")
    return number


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__)
    parser.add_argument("--rounds", type=_at_least_one, default=3, help="default: 3")
    parser.add_argument("--only", metavar="NAME", help="only measures with this in a row's name")
    parser.add_argument(
        "--long",
        action="store_true",
        help="only the measures that take many minutes, which other runs leave out",
    )
    parser.add_argument(
        "--quick", action="store_true", help="small sizes, to try it out; nothing is written"
    )
    parser.add_argument(
        "--persistence",
        choices=list(PERSISTENCE),
        default="aof off",
        help="how safely Valkey keeps what it acknowledged; default: 'aof off'",
    )
    return parser.parse_args(arguments)


def _interrupt(number: int, frame: FrameType | None) -> None:
    """End the run on SIGTERM like on Ctrl-C, so that the servers are stopped."""
    raise KeyboardInterrupt


sys.exit(main())
