"""Cells of CSV files that spreadsheets open."""

from __future__ import annotations

import csv
import io
import re
import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from chalicelib.recruiting.review.spreadsheets import csv_row

SIGNS = "=+-@\uff1d\uff0b\uff0d\uff20"
IGNORED = " \t\r\n\v\f\u00ad\u200b\u2060\ufeff"
# What separates cells, quotes them, or begins formulas, and few other characters.
texts = st.text(st.sampled_from(f",;|\"'ab1{SIGNS}{IGNORED}"), max_size=12)


@pytest.mark.parametrize(
    ("cell", "written"),
    [
        *((f"{sign}1", f"'{sign}1") for sign in SIGNS),
        *((f"{blank}=1", f"{blank}'=1") for blank in (" ", "\u200b", "\ufeff", '"')),
        ("\t=1", "'\t'=1"),
        ("\rab", "'\rab"),
        ("a;=1+1;b", "a;'=1+1;b"),
        ('a;"=1+1";b', 'a;"\'=1+1";b'),
        ("a,\t @SUM(A1)", "a,\t '@SUM(A1)"),
        ("Hello,\n\n- boats", "Hello,\n\n'- boats"),
        ("'=1", "''=1"),
    ],
)
def test_sign_of_a_formula_gets_an_apostrophe(cell: str, written: str) -> None:
    assert read(csv_row([cell, "a"])) == [[written, "a"]]


@pytest.mark.parametrize(
    "cell", ["", "a=b", '"', 'a","b', "a\r\nb", "1-2", "a - b", "Hi,\nI", "مرحبا", "☕", "'a"]
)
def test_other_cell_stays_as_it_is(cell: str) -> None:
    row = csv_row([cell, cell])
    assert read(row) == [[cell, cell]]
    assert row.endswith('"\r\n')


@given(st.lists(texts, min_size=1, max_size=3))
@example(["a;=1;", "b"])
@example(['a;""=1', "b\r\n=1"])
def test_no_parser_finds_a_formula(cells: list[str]) -> None:
    text = csv_row(["id", *cells]) * 2
    for separator in ",;\t|":
        for quoting in (csv.QUOTE_MINIMAL, csv.QUOTE_NONE):
            for skips_blanks in (False, True):
                lines = re.split(r"(?<=[\r\n\v\f\x85\u2028\u2029])", text)
                for split in (io.StringIO(text, newline=""), lines):
                    rows = csv.reader(
                        split,
                        delimiter=separator,
                        quoting=quoting,
                        skipinitialspace=skips_blanks,
                    )
                    for cell in (cell for row in rows for cell in row):
                        assert not cell.strip(IGNORED + '"').startswith(tuple(SIGNS))
    assert [read_back(cell) for cell in read(text)[0][1:]] == cells


def test_long_text_takes_linear_time() -> None:
    started = time.process_time()
    csv_row(["\n" * 200_000 + "a", "'" * 200_000, "\n'" * 100_000])
    assert time.process_time() - started < 2


def read(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text, newline="")))


def read_back(cell: str) -> str:
    """Return a cell as it was before it got apostrophes, by the rule in docs/api.md."""
    cell = re.sub(r"\A'(?='*[\t\r\n])", "", cell)
    blanks = r"\s\0- \u00ad\u200b-\u200f\u2060-\u206f\ufeff\""
    separators = r",;|\t\r\n\v\f\x85\u2028\u2029"
    before = rf"(\A[{blanks}]*|[{separators}][{blanks}{separators}]*)"
    return re.sub(rf"{before}'(?='*[{SIGNS.replace('-', '')}-])", r"\1", cell)
