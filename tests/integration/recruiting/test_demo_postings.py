"""The demo's postings on real stores."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime

from chalice.test import Client

from chalicelib.bootstrap.container import Container
from infrastructure.local.stack import Endpoints
from tests.integration.recruiting.steps import apply
from tests.support.demo_postings import demo_postings, publish_postings
from tests.support.stores import Stores


def test_demo_postings_are_listed_and_open(
    http: Client, parts: Container, stores: Stores, log_in: Callable[[str], str]
) -> None:
    endpoints = Endpoints(stores.redis_url, stores.mongodb_uri, "")
    published = publish_postings(endpoints)
    assert publish_postings(endpoints) == published  # publishing again replaces them
    page = json.loads(http.http.get("/v1/postings?limit=50").body)
    assert [posting["id"] for posting in page["postings"]] == published
    assert (page["total"], page["next"]) == (len(demo_postings(datetime.now(UTC))), None)
    token = log_in("ada@example.com")
    assert {apply(http, token, posting_id).status_code for posting_id in published} == {202}


def test_demo_locations_are_found_without_accents(
    http: Client, parts: Container, stores: Stores
) -> None:
    publish_postings(Endpoints(stores.redis_url, stores.mongodb_uri, ""))
    for q in ("tromso", "lodz", "zurich", "goteborg", "alesund", "gdansk"):
        assert json.loads(http.http.get(f"/v1/postings?q={q}").body)["total"] >= 1, q
