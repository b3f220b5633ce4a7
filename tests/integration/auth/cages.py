"""SecretScanner: finds known secrets and personal data in texts."""

from __future__ import annotations

from typing import Any

from chalice.test import Client, HTTPResponse

from chalicelib.bootstrap.container import Container
from tests.integration.auth.examples import allowed, request
from tests.integration.auth.steps import NAME, ask

CANARY_EMAIL = "canary.address@example.com"
CANARY_NAME = "Canary Bird"
CANARY_PASSWORD = "canary pässword"
NEW_PASSWORD = "canary pa$$word two"


class Cage:
    """Known secrets, and the error answers that must not contain them."""

    def __init__(self, http: Client) -> None:
        self._http = http
        self.canaries = [CANARY_EMAIL, CANARY_NAME, CANARY_PASSWORD, NEW_PASSWORD]
        self.failures: list[HTTPResponse] = []

    def keep(self, secret: str) -> str:
        """Add a secret. The signature of a token counts as a secret of its own."""
        self.canaries.append(secret)
        signature = secret.rpartition(".")[2]
        if len(signature) > 40:
            self.canaries.append(signature)
        return secret

    def ask(self, *what: Any, **headers: str) -> HTTPResponse:
        answer = ask(self._http, *what, **headers)
        if answer.status_code >= 400:
            self.failures.append(answer)
        return answer

    def escaped_in(self, text: str) -> list[str]:
        return [canary for canary in self.canaries if canary.lower() in text.lower()]


def valid(cage: Cage, parts: Container, name: str) -> tuple[str, str, Any, str]:
    """Return the valid request of a route, and add its contents as secrets."""
    set_up = allowed(parts, name)
    method, path, body = request(name, set_up, set_up.me)
    for secret in (set_up.me.token, set_up.me.refresh_token, set_up.me.email, NAME):
        cage.keep(secret)
    for value in (body or {}).values():
        if isinstance(value, str) and len(value) > 10:
            cage.keep(value)
    return method, path, body, set_up.me.token
