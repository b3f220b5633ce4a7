"""Postings over HTTP: search terms, filters, pages, facets and conditional requests."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from chalice.test import Client, HTTPResponse

from chalicelib.bootstrap.container import Container
from chalicelib.common.ids import new_id
from chalicelib.recruiting.postings import catalogue
from chalicelib.recruiting.postings.models import Posting
from chalicelib.recruiting.postings.pay import Salary

Offer = Callable[..., str]

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.fixture
def offer(parts: Container) -> Offer:
    """Return a function that publishes a posting, each an hour older, and returns its id."""
    published = 0

    def offer(title: str = "Boat builder", **fields: Any) -> str:
        nonlocal published
        posting = Posting(
            **{
                "id": new_id(),
                "title": title,
                "employer": "Yard & Sons",
                "location": "Bergen",
                "description": "Build boats.",
                "published_at": NOW - timedelta(hours=published),
                **fields,
            }
        )
        published += 1
        parts.recruiting.postings.publish(posting)
        return posting.id

    return offer


def ask(http: Client, path: str = "", *, known: str = "", **query: Any) -> HTTPResponse:
    text = f"?{urlencode(query)}" if query else ""
    headers = {"If-None-Match": known} if known else {}
    return http.http.get(f"/v1/postings{path}{text}", headers=headers)


def found(http: Client, **query: Any) -> dict[str, Any]:
    answer = ask(http, **query)
    assert answer.status_code == 200, answer.body
    page: dict[str, Any] = json.loads(answer.body)
    return page


def titles(http: Client, **query: Any) -> list[str]:
    page = found(http, **query)
    assert page["total"] >= len(page["postings"])
    return [posting["title"] for posting in page["postings"]]


def refused_field(answer: HTTPResponse) -> str:
    problem = json.loads(answer.body)
    assert answer.status_code == 422, problem
    assert problem["type"] == "urn:hirelane:problem:invalid-fields"
    assert "ETag" not in answer.headers
    return str(problem["errors"][0]["field"])


def test_list_has_an_excerpt_in_place_of_the_description(http: Client, offer: Offer) -> None:
    description = "You build boats.\n\n- small ones\n- large ones\n\n" + "And then some more. " * 20
    closes_at = datetime.now(UTC).replace(microsecond=0) + timedelta(days=3)
    posting_id = offer(
        description=description,
        salary=Salary("NOK", 500_000, 600_000),
        closes_at=closes_at,
        workplace="hybrid",
        employment="part-time",
    )
    [listed] = found(http)["postings"]
    beginning = listed.pop("excerpt")
    assert beginning.startswith("You build boats. - small ones - large ones And then some")
    assert beginning.endswith("…")
    assert 140 < len(beginning) <= 160
    whole = json.loads(ask(http, f"/{posting_id}").body)
    assert whole.pop("description") == description
    assert [whole.pop(one) for one in ("state", "place", "time_zone")] == ["published", None, None]
    assert whole.pop("form_version") == 0
    assert whole.pop("application_limit") is None
    assert listed == whole
    assert whole == {
        "id": posting_id,
        "title": "Boat builder",
        "employer": "Yard & Sons",
        "location": "Bergen",
        "published_at": "2026-11-20T12:00:00Z",
        "salary": {"currency": "NOK", "least": 500_000, "most": 600_000},
        "closes_at": closes_at.isoformat().replace("+00:00", "Z"),
        "workplace": "hybrid",
        "employment": "part-time",
        "employer_id": None,
        "employer_slug": None,
        "pay": None,
    }


def test_without_postings_the_page_is_empty(http: Client) -> None:
    assert found(http) == {"postings": [], "next": None, "total": 0}


@pytest.mark.parametrize(
    ("q", "expected"),
    [
        ("", ["高级软件工程师", "Crème chef", "Boat builder", "Ferry captain"]),
        ("  ", ["高级软件工程师", "Crème chef", "Boat builder", "Ferry captain"]),
        ("boat", ["Boat builder", "Ferry captain"]),  # in the title, in the description
        ("BOA buil", ["Boat builder"]),  # prefixes, in any order
        ("buil boa", ["Boat builder"]),
        ("oat", []),  # not a prefix
        ("boat chef", []),  # one term does not match
        ("creme", ["Crème chef"]),
        ("CRÈME", ["Crème chef"]),
        ("tromso", ["Ferry captain"]),  # in the location
        ("Tromsø fjord", ["Ferry captain"]),  # and in the employer
        ("b bo boa boat", ["Boat builder", "Ferry captain"]),
        ("bistro-amélie", ["Crème chef"]),
        ("C++", []),
        ("工程师", ["高级软件工程师"]),  # a part of a text without spaces
    ],
)
def test_search_terms_match_the_beginnings_of_words(
    http: Client, offer: Offer, q: str, expected: list[str]
) -> None:
    offer("高级软件工程师", description="嵌入式系统")
    offer("Crème chef", employer="Bistro Amélie", location="Lyon", description="Cook.")
    offer("Boat builder", description="Build them.")
    offer("Ferry captain", employer="Fjord Lines", location="Tromsø", description="Steer boats.")
    assert titles(http, q=q) == expected


@pytest.mark.parametrize(
    "q", [".*", "b.*", "^b", "[a-z]", "$where", "{'$gt': ''}", "bo|zz", "(boat", "\\", "\x00", "…"]
)
def test_operators_in_a_query_are_plain_text(http: Client, offer: Offer, q: str) -> None:
    offer("Welder", employer="Yard", description="Weld.", location="Cork")
    assert found(http, q=q) == {"postings": [], "next": None, "total": 0}


def test_operator_in_a_posting_is_found_as_text(http: Client, offer: Offer) -> None:
    offer("Database person", description="Knows why nobody uses $where in public.")
    assert titles(http, q="$where") == ["Database person"]


FILTERED = [
    ({"workplace": "remote"}, "ace"),
    ({"workplace": "remote,hybrid"}, "abce"),
    ({"workplace": "on-site"}, "d"),
    ({"employment": "internship"}, "b"),
    ({"employment": "internship,temporary"}, "bc"),
    ({"employment": "full-time"}, "ad"),
    ({"location": "Cork"}, "ad"),
    ({"location": "cork"}, ""),
    ({"location": "Cor"}, ""),
    ({"location": "Cork, Ghent"}, "e"),
    ({"employer": "Yard & Sons"}, "abd"),
    ({"employer": "Yard"}, ""),
    ({"employer": ".*"}, ""),
    ({"workplace": "", "employment": "", "location": "", "employer": "", "q": ""}, "abcde"),
    ({"workplace": "remote", "employment": "full-time"}, "a"),
    ({"workplace": "remote", "location": "Cork", "employer": "Yard & Sons"}, "a"),
    ({"workplace": "remote,hybrid", "employment": "internship,part-time", "q": "boat"}, "be"),
    ({"workplace": "on-site", "employment": "internship"}, ""),
]


@pytest.mark.parametrize(("query", "expected"), FILTERED)
def test_filters_narrow_the_page_and_the_total(
    http: Client, offer: Offer, query: dict[str, str], expected: str
) -> None:
    offer("a boat", location="Cork", workplace="remote")
    offer("b boat", workplace="hybrid", employment="internship")
    offer("c raft", workplace="remote", employment="temporary", employer="Mill", description="Row.")
    offer("d boat", location="Cork")
    offer("e boat", location="Cork, Ghent", workplace="remote", employment="part-time", employer="")
    page = found(http, **query)
    assert "".join(posting["title"][0] for posting in page["postings"]) == expected
    assert page["total"] == len(expected)


def test_closed_postings_are_neither_found_nor_counted(http: Client, offer: Offer) -> None:
    now = datetime.now(UTC)
    offer("closed", closes_at=now - timedelta(seconds=1), location="Cork")
    offer("closing", closes_at=now + timedelta(minutes=5))
    offer("open")
    assert titles(http) == ["closing", "open"]
    assert found(http)["total"] == 2
    assert found(http, q="closed")["total"] == 0
    facets = json.loads(ask(http, "/facets").body)
    assert facets["location"] == [{"value": "Bergen", "count": 2}]


def test_pages_continue_until_next_is_null(http: Client, offer: Offer) -> None:
    expected = [offer(str(n)) for n in range(7)]
    seen: list[str] = []
    cursor = ""
    sizes = []
    while True:
        page = found(http, limit=3, cursor=cursor)
        assert page["total"] == 7
        sizes.append(len(page["postings"]))
        seen += [posting["id"] for posting in page["postings"]]
        if not (cursor := page["next"] or ""):
            break
    assert (seen, sizes) == (expected, [3, 3, 1])


def test_full_last_page_has_no_next(http: Client, offer: Offer) -> None:
    for n in range(4):
        offer(str(n))
    second = found(http, limit=2, cursor=found(http, limit=2)["next"])
    assert (len(second["postings"]), second["next"]) == (2, None)


def test_default_page_has_twenty_postings(http: Client, offer: Offer) -> None:
    for n in range(51):
        offer(str(n))
    assert len(found(http)["postings"]) == 20
    assert len(found(http, limit=50)["postings"]) == 50


def test_total_is_counted_up_to_a_maximum(
    http: Client, offer: Offer, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert catalogue.MAX_TOTAL == 1000
    monkeypatch.setattr(catalogue, "MAX_TOTAL", 3)
    for _ in range(4):
        offer()
    assert found(http, q="boat")["total"] == 3


def test_postings_of_the_same_time_are_ordered_by_id(http: Client, offer: Offer) -> None:
    ids = [offer(published_at=NOW) for _ in range(5)]
    first = found(http, limit=2)
    second = found(http, limit=2, cursor=first["next"])
    third = found(http, limit=2, cursor=second["next"])
    pages = [[posting["id"] for posting in page["postings"]] for page in (first, second, third)]
    assert pages == [ids[:2:-1], ids[2:0:-1], ids[:1]]


def test_published_and_closed_postings_shift_no_page(
    http: Client, offer: Offer, parts: Container
) -> None:
    ids = [offer(f"boat {n}") for n in range(6)]
    first = found(http, q="boat", limit=2)
    offer("newer boat", published_at=NOW + timedelta(minutes=1))
    last_shown = parts.recruiting.postings.get(ids[1])
    parts.database["postings"].delete_one({"_id": last_shown.id})  # the very one the cursor is of
    second = found(http, q="boat", limit=2, cursor=first["next"])
    offer("another boat", published_at=NOW + timedelta(minutes=2))
    third = found(http, q="boat", limit=2, cursor=second["next"])
    pages = [[posting["id"] for posting in page["postings"]] for page in (first, second, third)]
    assert pages == [ids[:2], ids[2:4], ids[4:]]
    assert third["next"] is None


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"cursor": "nonsense"}, "cursor"),
        ({"cursor": "{'$gt': ''}"}, "cursor"),
        ({"cursor": "A" * 201}, "cursor"),
        ({"limit": "0"}, "limit"),
        ({"limit": "51"}, "limit"),
        ({"limit": "many"}, "limit"),
        ({"limit": ""}, "limit"),
        ({"workplace": "moon"}, "workplace"),
        ({"workplace": "remote,moon"}, "workplace"),
        ({"employment": "Full-Time"}, "employment"),
        ({"q": "x" * 201}, "q"),
        ({"q": " ".join(f"a{n}" for n in range(21))}, "q"),
        ({"location": "x" * 201}, "location"),
        ({"page": "2"}, "page"),
        ({"q[$ne]": "x"}, "q[$ne]"),
        ({"$where": "1"}, "$where"),
    ],
)
def test_invalid_query_names_the_field(http: Client, query: dict[str, str], field: str) -> None:
    assert refused_field(ask(http, **query)) == field


def test_repeated_search_term_counts_once(http: Client, offer: Offer) -> None:
    posting_id = offer("boat")
    [posting] = found(http, q="boat " * 21)["postings"]
    assert posting["id"] == posting_id


def test_repeated_parameter_is_refused(http: Client) -> None:
    assert refused_field(http.http.get("/v1/postings?q=boat&q=raft")) == "q"


def test_facets_refuse_parameters(http: Client) -> None:
    assert refused_field(ask(http, "/facets", q="boat")) == "q"


def test_facets_are_sorted_by_count_then_name(http: Client, offer: Offer) -> None:
    offer(location="Cork")
    offer(location="Galway", workplace="remote", employment="internship")
    offer(location="Cork", workplace="remote", employer="Mill")
    offer(location="Bergen", workplace="hybrid")
    assert json.loads(ask(http, "/facets").body) == {
        "workplace": [
            {"value": "remote", "count": 2},
            {"value": "hybrid", "count": 1},
            {"value": "on-site", "count": 1},
        ],
        "employment": [
            {"value": "full-time", "count": 3},
            {"value": "internship", "count": 1},
        ],
        "location": [
            {"value": "Cork", "count": 2},
            {"value": "Bergen", "count": 1},
            {"value": "Galway", "count": 1},
        ],
        "employer": [
            {"value": "Yard & Sons", "count": 3},
            {"value": "Mill", "count": 1},
        ],
    }


def test_facets_have_at_most_fifty_values(http: Client, offer: Offer) -> None:
    for n in range(52):
        offer(location=f"Town {n:02}")
    offer(location="Town 51")
    locations = [one["value"] for one in json.loads(ask(http, "/facets").body)["location"]]
    assert locations == ["Town 51", *(f"Town {n:02}" for n in range(49))]


def test_without_postings_facets_are_empty(http: Client) -> None:
    assert json.loads(ask(http, "/facets").body) == {
        "workplace": [],
        "employment": [],
        "location": [],
        "employer": [],
    }


@pytest.mark.parametrize("what", ["list", "facets", "posting"])
def test_matching_etag_gets_304_until_the_answer_changes(
    http: Client, offer: Offer, parts: Container, what: str
) -> None:
    posting_id = offer()
    path = {"list": "", "facets": "/facets", "posting": f"/{posting_id}"}[what]
    first = ask(http, path)
    assert first.headers["Cache-Control"] == "public, max-age=0, s-maxage=5"
    again = ask(http, path, known=first.headers["ETag"])
    assert (again.status_code, again.body) == (304, b"")
    assert again.headers["ETag"] == first.headers["ETag"]
    assert again.headers["Cache-Control"] == first.headers["Cache-Control"]
    parts.recruiting.postings.publish(
        Posting(posting_id, "Raft builder", "Yard", "Cork", "Build rafts.", NOW)
    )
    changed = ask(http, path, known=first.headers["ETag"])
    assert changed.status_code == 200
    assert changed.headers["ETag"] != first.headers["ETag"]


def test_unknown_posting_is_not_cached(http: Client) -> None:
    answer = ask(http, f"/{new_id()}")
    assert (answer.status_code, answer.headers["Cache-Control"]) == (404, "no-store")


def store_as_older_version(parts: Container, posting_id: str) -> None:
    """Remove the fields that postings lacked, and add the search terms that they had."""
    absent = {"workplace": "", "employment": ""}
    parts.database["postings"].update_one(
        {"_id": posting_id}, {"$unset": absent, "$set": {"words": ["boat"]}}
    )
    parts.database["posting_catalogue"].update_many({}, {"$unset": {"texts": ""}})


def test_postings_of_older_versions_have_defaults(
    http: Client, offer: Offer, parts: Container
) -> None:
    posting_id = offer()
    store_as_older_version(parts, posting_id)
    [listed] = found(http)["postings"]
    assert (listed["workplace"], listed["employment"]) == ("on-site", "full-time")
    whole = json.loads(ask(http, f"/{posting_id}").body)
    assert (whole["workplace"], whole["employment"]) == ("on-site", "full-time")


def test_deployment_makes_older_postings_searchable(
    http: Client, offer: Offer, parts: Container
) -> None:
    newer = offer("Boat mender", workplace="remote")
    older = offer("Boat builder", location="北京市", published_at=NOW - timedelta(days=3))
    store_as_older_version(parts, older)
    parts.operations.prepare()
    query = {"q": "boat 京", "workplace": "on-site", "employment": "full-time"}
    assert titles(http, **query) == ["Boat builder"]
    assert not parts.database["postings"].count_documents({"words": {"$exists": True}})
    assert parts.recruiting.postings.get(older).published_at == NOW - timedelta(days=3)
    assert parts.recruiting.postings.get(newer).workplace == "remote"
    [whole, *_] = json.loads(ask(http, "/facets").body)["employment"]
    assert whole == {"value": "full-time", "count": 2}


def test_publishing_again_replaces_the_search_terms(
    http: Client, parts: Container, offer: Offer
) -> None:
    posting_id = offer("Boat builder")
    parts.recruiting.postings.publish(Posting(posting_id, "Roofer", "Mill", "Cork", "Roofs.", NOW))
    assert titles(http, q="boat") == []
    assert titles(http, q="roof") == ["Roofer"]
