"""SecretScanner: finds known secrets and personal data in texts."""

from __future__ import annotations

from typing import Any

from chalice.test import Client, HTTPResponse

from chalicelib.bootstrap.container import Container
from tests.integration.auth.api_requests import send
from tests.integration.auth.people import NAME
from tests.integration.auth.route_examples import example_request, make_allowed_scene

CANARY_EMAIL = "canary.address@example.com"
CANARY_NAME = "Canary Bird"
CANARY_PASSWORD = "canary pässword"
NEW_PASSWORD = "canary pa$$word two"


class SecretScanner:
    """Known secrets, and the error answers that must not contain them."""

    def __init__(self, http: Client) -> None:
        self._http = http
        self.secrets = [CANARY_EMAIL, CANARY_NAME, CANARY_PASSWORD, NEW_PASSWORD]
        self.failures: list[HTTPResponse] = []

    def add(self, secret: str) -> str:
        """Add a secret. The signature of a token counts as a secret of its own."""
        self.secrets.append(secret)
        signature = secret.rpartition(".")[2]
        if len(signature) > 40:
            self.secrets.append(signature)
        return secret

    def send(self, *request: Any, **headers: str) -> HTTPResponse:
        """Send a request, and remember an error answer."""
        answer = send(self._http, *request, **headers)
        if answer.status_code >= 400:
            self.failures.append(answer)
        return answer

    def find_in(self, text: str) -> list[str]:
        """Return the secrets that a text contains."""
        return [secret for secret in self.secrets if secret.lower() in text.lower()]


def prepare_request(
    scanner: SecretScanner, parts: Container, name: str
) -> tuple[str, str, Any, str]:
    """Return the valid request of a route, and add its contents as secrets."""
    scene = make_allowed_scene(parts, name)
    method, path, body = example_request(name, scene, scene.me)
    for secret in (scene.me.token, scene.me.refresh_token, scene.me.email, NAME):
        scanner.add(secret)
    for value in (body or {}).values():
        if isinstance(value, str) and len(value) > 10:
            scanner.add(value)
    return method, path, body, scene.me.token
