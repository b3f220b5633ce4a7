"""The API as a candidate's browser sees it: over HTTP, nothing else."""

import json
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin

from infrastructure.local.demo.errors import DemoError

PATIENCE_SECONDS = 30.0


@dataclass(frozen=True)
class Answer:
    """A successful answer, the URL it points to, and how long it took."""

    status: int
    body: Any
    location: str | None
    milliseconds: float


class Client:
    """Calls the API at a base URL."""

    def __init__(self, base: str) -> None:
        self._base = base

    def get(self, path: str, token: str | None = None) -> Answer:
        """Reads something."""
        return self._call("GET", path, None, token)

    def post(self, path: str, body: dict[str, Any], token: str | None = None) -> Answer:
        """Sends something.

        Raises:
            DemoError: the API refused it, or did not answer.
        """
        return self._call("POST", path, body, token)

    def _call(
        self, method: str, path: str, body: dict[str, Any] | None, token: str | None
    ) -> Answer:
        url = path if path.startswith("http://") else f"{self._base}{path}"
        headers = {"Content-Type": "application/json"}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(url, data, headers, method=method)  # noqa: S310
        began = time.perf_counter()
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE_SECONDS) as answer:  # noqa: S310
                content = json.load(answer)
                location = answer.headers.get("Location")
                return Answer(
                    answer.status,
                    content,
                    urljoin(url, location) if location else None,
                    (time.perf_counter() - began) * 1000,
                )
        except urllib.error.HTTPError as error:
            with error:
                said = error.read(500).decode(errors="replace")
            raise DemoError(
                f"{method} {path} was answered with {error.code} ({said}): see `make logs`."
            ) from error
        except (OSError, ValueError) as error:
            raise DemoError(
                f"{method} {path} got no proper answer ({error}): "
                "see `make status` and `make logs`."
            ) from error
