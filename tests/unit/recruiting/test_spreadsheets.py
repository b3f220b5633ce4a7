"""Cells of CSV files that spreadsheets open."""

from __future__ import annotations

import csv

import pytest

from chalicelib.recruiting.review.spreadsheets import csv_row


@pytest.mark.parametrize(
    "cell",
    [
        *("=1+1", "+49 30", "-2", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1", "\u200b=1"),
        *("\uff1d1", "\uff0b1", "\uff0d1", "\uff201", "\ufeff=1", "-"),
    ],
)
def test_cell_that_looks_like_a_formula_is_text(cell: str) -> None:
    [[read, after]] = csv.reader([csv_row([cell, "a"])])
    assert (read, after) == (f"'{cell}", "a")


@pytest.mark.parametrize("cell", ["", "a=b", "'=1", '"', 'a","b', "a\r\nb", "1-2", "مرحبا", "☕"])
def test_other_cell_stays_as_it_is(cell: str) -> None:
    row = csv_row([cell, cell])
    assert list(csv.reader(row.splitlines(keepends=True))) == [[cell, cell]]
    assert row.endswith('"\r\n')
