"""A client that uses the API over HTTP only, like the browser of a candidate."""

import json
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPException
from types import MappingProxyType
from typing import Any
from urllib.parse import urljoin

from infrastructure.local.demo.errors import DemoError, RefusedError

PATIENCE_SECONDS = 30.0

# Without a proxy, because the servers are on this machine.
_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))
_BOUNDARY = "hirelane-demo-form"


@dataclass(frozen=True)
class Answer:
    """A successful answer, the URL in its Location header, and its duration."""

    status: int
    body: Any
    location: str | None
    milliseconds: float


class Client:
    """Sends requests to the API at a base URL."""

    def __init__(self, base: str) -> None:
        self._base = base

    def get(self, path: str, token: str | None = None) -> Answer:
        """Send a GET request to a path below the base URL, or to a full URL.

        Raises:
            RefusedError: The API refused the request.
            DemoError: The API did not answer.
        """
        return self._call("GET", path, None, token)

    def post(self, path: str, body: dict[str, Any] | None, token: str | None = None) -> Answer:
        """Send a POST request with a JSON body, or without a body.

        Raises:
            RefusedError: The API refused the request.
            DemoError: The API did not answer.
        """
        return self._call("POST", path, body, token)

    def send_form(self, url: str, fields: dict[str, str], content: bytes) -> Answer:
        """Send a form with a file to a full URL, as a browser does.

        Raises:
            RefusedError, DemoError: See ``get``.
        """
        parts: list[tuple[str, str | bytes]] = [*fields.items(), ("file", content)]
        body = b"".join(
            f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"'.encode()
            + (b'; filename="file"' if name == "file" else b"")
            + b"\r\n\r\n"
            + (value if isinstance(value, bytes) else value.encode())
            + b"\r\n"
            for name, value in parts
        )
        media_type = f"multipart/form-data; boundary={_BOUNDARY}"
        return self._call("POST", url, body + f"--{_BOUNDARY}--\r\n".encode(), None, media_type)

    def put(self, path: str, body: dict[str, Any], version: int, token: str) -> Answer:
        """Send a PUT request with a JSON body, which replaces a version of an object.

        Raises:
            RefusedError: The API refused the request.
            DemoError: The API did not answer.
        """
        return self._call("PUT", path, body, token, more={"If-Match": f'"{version}"'})

    def _call(
        self,
        method: str,
        path: str,
        body: dict[str, Any] | bytes | None,
        token: str | None,
        media_type: str = "application/json",
        more: Mapping[str, str] = MappingProxyType({}),
    ) -> Answer:
        url = path if path.startswith(("http://", "https://")) else f"{self._base}{path}"
        request_line = f"{method} {url.removeprefix(self._base)}"
        headers = {"Content-Type": media_type, **more}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        data = json.dumps(body).encode() if isinstance(body, dict) else body
        request = urllib.request.Request(url, data, headers, method=method)  # noqa: S310
        began = time.perf_counter()
        try:
            with _OPENER.open(request, timeout=PATIENCE_SECONDS) as answer:
                text = answer.read()
                milliseconds = (time.perf_counter() - began) * 1000
                location = answer.headers.get("Location")
                return Answer(
                    answer.status,
                    json.loads(text) if text else None,
                    urljoin(url, location) if location else None,
                    milliseconds,
                )
        except urllib.error.HTTPError as error:
            with error:
                reason = _reason(error.read())
            raise RefusedError(
                f"{request_line} failed with status {error.code}{reason}: see `make logs`."
            ) from error
        except (OSError, ValueError, HTTPException) as error:
            raise DemoError(
                f"{request_line} got no valid answer ({' '.join(str(error).split())}):"
                " see `make status` and `make logs`."
            ) from error


def _reason(body: bytes) -> str:
    """Return the reason in a problem document (RFC 9457), or of API Gateway, in parentheses."""
    try:
        document = json.loads(body)
    except ValueError:
        return ""
    if not isinstance(document, dict):
        return ""
    reason = document.get("detail") or document.get("title") or document.get("message") or ""
    return f" ({' '.join(str(reason).split()).rstrip('.')})" if reason else ""
