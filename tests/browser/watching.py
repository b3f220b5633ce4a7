"""What a browser does beside what a test asks it: everything of it is watched in every test."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, ConsoleMessage, Request, Response, WebError

# Told by the page itself, since a violation of a policy that only reports is in no console.
VIOLATIONS = """
addEventListener("securitypolicyviolation", (event) =>
  reportViolation(`${event.effectiveDirective} ${event.blockedURI} ${event.sample}`));
"""


@dataclass
class Watch:
    """What one context, all its pages together, requested and complained of."""

    origin: str
    requests: list[str] = field(default_factory=list)
    responses: list[Response] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    _provoked: list[re.Pattern[str]] = field(default_factory=list)

    def attach(self, context: BrowserContext) -> None:
        """Begins to watch."""
        context.on("console", self._on_console)
        context.on("weberror", self._on_error)
        context.on("request", self._on_request)
        context.on("response", self._on_response)
        context.expose_binding("reportViolation", self._on_violation)
        context.add_init_script(VIOLATIONS)

    def provoke(self, path: str, failure: str = "") -> None:
        """Says that the test makes requests for a path fail, on purpose.

        Chromium writes each failed request to the console, and no script can stop it. `failure` is
        what it writes of it: "status of 401", for instance, or "net::ERR_FAILED".
        """
        self._provoked.append(re.compile(f"Failed to load resource: .*{failure}.*{path}"))

    def problems(self) -> list[str]:
        """What nobody provoked."""
        found = [
            text
            for text in self.complaints
            if not any(expected.search(text) for expected in self._provoked)
        ]
        found += [
            f"request to a third party: {url}"
            for url in self.requests
            if not url.startswith((f"{self.origin}/", "data:image/"))
        ]
        return found

    def api_calls(self, method: str, path: str) -> int:
        """How many answers of the API there were to a kind of request."""
        return sum(
            response.request.method == method and path in urlsplit(response.url).path
            for response in self.responses
        )

    def _on_console(self, message: ConsoleMessage) -> None:
        # Errors, warnings, and what a developer left in (log, info, debug). "Verbose" is what
        # Chromium advises, of a password's form for instance that does not say whose it is.
        if str(message.type) == "verbose":
            return
        self.complaints.append(
            f"console {message.type}: {message.text} {message.location.get('url', '')}"
        )

    def _on_error(self, error: WebError) -> None:
        self.complaints.append(f"uncaught: {error.error}")

    def _on_request(self, request: Request) -> None:
        self.requests.append(request.url)

    def _on_response(self, response: Response) -> None:
        self.responses.append(response)

    def _on_violation(self, source: object, text: str) -> None:
        self.complaints.append(f"against the Content-Security-Policy: {text}")
