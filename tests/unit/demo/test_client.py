"""The client of the demo, with a small test server."""

from __future__ import annotations

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from infrastructure.local.demo.client import Client
from infrastructure.local.demo.errors import DemoError
from tests.support.http_server import serving


class Handler(BaseHTTPRequestHandler):
    """Chooses the answer by the last part of the path."""

    def do_GET(self) -> None:
        match self.path.rpartition("/")[2]:
            case "problem":
                self.answer(409, json.dumps({"title": "No", "detail": "It closed\nyesterday."}))
            case "broken":
                self.answer(500, "<html>")
            case "page":
                self.answer(200, "<html>")
            case "silent":
                self.close_connection = True
            case _:
                self.answer(200, json.dumps({"token": self.headers["Authorization"]}))

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.answer(202, "{}", {"Location": "../../applications/7"})

    def answer(self, status: int, body: str, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def base() -> Iterator[str]:
    with serving(ThreadingHTTPServer(("127.0.0.1", 0), Handler)) as url:
        yield f"{url}/stage"


def test_location_is_relative_to_the_request(base: str) -> None:
    answer = Client(base).post("/v1/postings/5/applications", {})
    assert (answer.status, answer.location) == (202, f"{base}/v1/applications/7")
    assert answer.milliseconds > 0


def test_full_url_can_be_read(base: str) -> None:
    body = Client(base).get(f"{base}/v1/applications/7", "secret").body
    assert body == {"token": "Bearer secret"}


@pytest.mark.parametrize(
    ("path", "sentence"),
    [
        ("/problem", r"^GET /problem failed with status 409 \(It closed yesterday\): see `make"),
        ("/broken", "^GET /broken failed with status 500: see `make logs`.$"),
        ("/page", "^GET /page got no valid answer .*: see `make status` and `make logs`.$"),
        ("/silent", "^GET /silent got no valid answer .*: see `make status` and `make logs`.$"),
    ],
)
def test_failed_request_is_one_sentence(base: str, path: str, sentence: str) -> None:
    with pytest.raises(DemoError, match=sentence) as caught:
        Client(base).get(path)
    assert "\n" not in str(caught.value)


def test_missing_server_fails() -> None:
    with pytest.raises(DemoError, match="got no valid answer"):
        Client("http://127.0.0.1:1").get("/")
