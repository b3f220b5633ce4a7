"""The cost model: the page shows what the command prints, and the sums follow the load."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path

from benchmarks.cost.model import LOADS, PRICES, STORES, USAGE, load_model, safe_and_cheapest
from benchmarks.cost.table import replaced, tables

PAGE = Path(__file__).resolve().parents[2] / "docs" / "cost.md"


def test_page_shows_what_the_command_prints() -> None:
    page = PAGE.read_text()
    assert replaced(page, tables(load_model(), json.loads(USAGE.read_text()))) == page


def test_each_price_has_a_source_and_says_whether_it_was_seen() -> None:
    prices = json.loads(PRICES.read_text())
    for name, (value, status, source) in prices["prices"].items():
        assert value > 0, name
        assert status in {"seen", "memory"}, name
        assert "/pricing" in source, name
    for kind, nodes in prices["nodes"].items():
        # The model takes the first that is large enough.
        for (_, less, cheaper, _), (_, more, dearer, _) in pairwise(nodes):
            assert less < more, kind
            assert cheaper < dearer, kind


def test_more_applications_cost_more_in_total_and_less_each() -> None:
    model = load_model()
    for store in STORES:
        totals = [sum(model.month(load, store).values()) for load in LOADS]
        each = [total / load.applications for total, load in zip(totals, LOADS, strict=True)]
        assert totals == sorted(totals)
        assert each == sorted(each, reverse=True)
    for load in LOADS:
        assert safe_and_cheapest(model, load).kind != "valkey-ec2"
