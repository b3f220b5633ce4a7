"""An employer of the tests, whose owner writes postings over HTTP."""

from __future__ import annotations

from typing import Any

from chalice.test import Client, HTTPResponse

from chalicelib.bootstrap.container import Container
from chalicelib.common.ids import new_id
from chalicelib.recruiting.employers.models import MemberRole
from tests.integration.auth.api_requests import body_of, send
from tests.integration.auth.people import Person, create_person

COMPLETE: dict[str, Any] = {
    "title": "Boat builder",
    "description": "Build boats.\r\n\r\n- small ones",
    "workplace": "on-site",
    "employment": "part-time",
    "place": {"country": "NO", "region": "Vestland", "city": "Bergen", "countries": []},
    "pay": {"min": 40_000, "max": 50_000.5, "currency": "NOK", "period": "month"},
    "closes": {"date_time": "2099-11-30T23:59", "time_zone": "Europe/Oslo"},
}


class Yard:
    """An employer, whose owner sends requests."""

    def __init__(self, http: Client, parts: Container, owner: Person) -> None:
        self.http, self.parts, self.owner = http, parts, owner
        self.id = parts.employers.employers.create("yard", "Yard & Sons", "", owner.id).id
        self.path = f"/v1/employers/{self.id}/postings"

    def send(
        self,
        method: str,
        path: str = "",
        body: Any = None,
        *,
        by: Person | None = None,
        **more: str,
    ) -> HTTPResponse:
        token = (by or self.owner).token
        return send(self.http, method, f"{self.path}{path}", body, token, **more)

    def create(self, **values: Any) -> Any:
        return body_of(self.send("POST", "", {**COMPLETE, **values}), 201)

    def act(self, posting: Any, action: str, body: Any = None) -> Any:
        return body_of(self.send("POST", f"/{posting['id']}/{action}", body))

    def member(self, role: MemberRole) -> Person:
        person = create_person(self.parts, f"{role.value}@example.com")
        self.parts.employers.memberships.add(person.id, self.id, role)
        return person

    def get(self, path: str) -> HTTPResponse:
        """Return the answer to a visitor."""
        return send(self.http, "GET", path)

    def read_public(self, posting: Any) -> HTTPResponse:
        return send(self.http, "GET", f"/v1/postings/{posting['id']}")

    def listed(self) -> list[str]:
        page = body_of(send(self.http, "GET", "/v1/postings"))
        return [posting["id"] for posting in page["postings"]]

    def apply(self, posting: Any) -> int:
        candidate = create_person(self.parts, f"{new_id()}@example.com")
        path = f"/v1/postings/{posting['id']}/applications"
        return send(self.http, "POST", path, {}, candidate.token).status_code
