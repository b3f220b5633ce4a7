"""Record the traffic and the messages of a browser context, to find faults that no test expects."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, ConsoleMessage, Request, Response, WebError

# The console does not show a violation of a report-only policy, so the page reports each one.
REPORT_VIOLATIONS = """
addEventListener("securitypolicyviolation", (event) =>
  reportViolation(`${event.effectiveDirective} ${event.blockedURI} ${event.sample}`));
"""


@dataclass
class Monitor:
    """Records what all pages of one context request and report.

    Args:
        origin: the only origin that pages may request.
    """

    origin: str
    requests: list[str] = field(default_factory=list)
    responses: list[Response] = field(default_factory=list)
    messages: list[str] = field(default_factory=list)
    pending: int = 0
    _expected: list[re.Pattern[str]] = field(default_factory=list)

    def attach(self, context: BrowserContext) -> None:
        """Start recording."""
        context.on("console", self._on_console)
        context.on("weberror", self._on_error)
        context.on("request", self._on_request)
        context.on("response", self._on_response)
        context.on("requestfinished", self._on_end)
        context.on("requestfailed", self._on_end)
        context.expose_binding("reportViolation", self._on_violation)
        context.add_init_script(REPORT_VIOLATIONS)

    def expect_failure(self, path: str, failure: str = "") -> None:
        """Expect that requests for a path fail, because the test makes them fail.

        Args:
            path: a part of the request's URL.
            failure: a part of Chromium's console message about it, which no script can prevent:
                "status of 401" or "net::ERR_FAILED", for example.
        """
        self._expected.append(re.compile(f"Failed to load resource: .*{failure}.*{path}"))

    def problems(self) -> list[str]:
        """Return the faults that the test did not expect."""
        found = [
            message
            for message in self.messages
            if not any(expected.search(message) for expected in self._expected)
        ]
        found += [
            f"request to a third party: {url}"
            for url in self.requests
            if not url.startswith((f"{self.origin}/", "data:image/"))
        ]
        return found

    def count_answers(self, method: str, path: str) -> int:
        """Return how many requests with this method and this part of a path were answered."""
        return sum(
            response.request.method == method and path in urlsplit(response.url).path
            for response in self.responses
        )

    def _on_console(self, message: ConsoleMessage) -> None:
        # "Verbose" messages are Chromium's advice, about password forms for example.
        if str(message.type) == "verbose":
            return
        self.messages.append(
            f"console {message.type}: {message.text} {message.location.get('url', '')}"
        )

    def _on_error(self, error: WebError) -> None:
        self.messages.append(f"uncaught: {error.error}")

    def _on_request(self, request: Request) -> None:
        self.requests.append(request.url)
        self.pending += 1

    def _on_response(self, response: Response) -> None:
        self.responses.append(response)

    def _on_end(self, request: Request) -> None:
        self.pending -= 1

    def _on_violation(self, source: object, text: str) -> None:
        self.messages.append(f"violation of the Content-Security-Policy: {text}")
