"""The export of a posting's applicants over HTTP."""

from __future__ import annotations

import csv
import io
import re
from itertools import batched
from typing import Any

import pytest
from chalice.test import Client

from chalicelib.bootstrap.container import Container
from chalicelib.common import times
from chalicelib.common.ids import new_id
from chalicelib.recruiting.review import export_service
from tests.integration.auth.api_requests import send
from tests.integration.auth.people import Person
from tests.integration.employers.test_review import Applicants

LETTER = '=1+1\n"Quoted", and\r\nmore ☕'


@pytest.fixture
def applicants(http: Client, parts: Container, ada: Person) -> Applicants:
    return Applicants(http, parts, ada)


def export(applicants: Applicants, query: str = "") -> tuple[list[list[str]], list[int]]:
    """Return the lines of an export with their cells, and the sizes of its parts."""
    path = f"/v1/employers/{applicants.employer}/applications/export"
    following, parts = f"?posting_id={applicants.posting}{query}", []
    while following:
        answer = send(applicants.http, "GET", path + following, None, applicants.owner.token)
        assert answer.status_code == 200, answer.body
        assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
        parts.append(answer.body)
        link = re.fullmatch(r'<(\?.+)>; rel="next"', answer.headers.get("Link", ""))
        following = link[1] if link else ""
    text = b"".join(parts).decode()
    assert text.startswith("\ufeff")
    assert "\ufeff" not in text[1:]
    return list(csv.reader(io.StringIO(text[1:], newline=""))), [len(part) for part in parts]


def add(applicants: Applicants, count: int, **fields: Any) -> None:
    now = times.now()
    document = {
        "employer_id": applicants.employer,
        "posting_id": applicants.posting,
        "cover_letter": LETTER,
        "links": [],
        "active": True,
        "stage": "new",
        "version": 2,
        **dict.fromkeys(("entered_at", "accepted_at", "stored_at"), now),
        **fields,
    }
    added = [{**document, "_id": new_id(), "candidate_id": new_id()} for _ in range(count)]
    # A busy machine may need longer for all of them than the client waits.
    for batch in batched(added, 100):
        applicants.parts.recruiting.applications.insert(list(batch))


def test_export_has_a_row_for_each_application(applicants: Applicants) -> None:
    stored = applicants.parts.database["applications"]
    stored.delete_many({})
    total = 0
    for added in (0, 1, 14, 1, 484, 500):
        add(applicants, added)
        total += added
        # A part is read 100 by 100.
        for limit in (1000, 16) if total <= 16 else (1000, 500, 150):
            [head, *rows], _ = export(applicants, f"&limit={limit}")
            assert tuple(head) == (*export_service.COLUMNS, "burst")
            ids = [row[0] for row in rows]
            assert ids == sorted((one["_id"] for one in stored.find()), reverse=True)
            assert len(ids) == total
    assert all(row[-2] == f"'{LETTER}" for row in rows)


def test_export_follows_the_filters_and_limits_its_parts(
    applicants: Applicants, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, *rows = export(applicants)[0]
    assert [row[0] for row in rows] == applicants.ids[::-1]
    person = applicants.candidates[-1]
    assert rows[0][3:7] == ["Ada Lovelace", person.email, "new", "New"]
    assert [row[0] for row in export(applicants, "&stage=rejected")[0][1:]] == [applicants.ids[4]]
    assert export(applicants, "&withdrawn=true")[0][1:] == []
    monkeypatch.setattr(export_service, "MAX_BYTES", 500)
    assert export(applicants)[0][1:] == rows
    assert max(export(applicants)[1]) < 1500
