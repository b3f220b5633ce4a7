"""An application that a new environment of the API function accepts.

A token was issued and a posting opened before. The environment reads its secrets and wakes a drain
by boto3, from a server that answers at once, because AWS's own time is not ours.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from uuid import uuid4

import msgspec
from redis import Redis

from benchmarks.contestants.environment import ENVIRONMENT, api_event
from benchmarks.servers import Servers
from chalicelib.auth.credentials.derived_keys import new_secret
from chalicelib.auth.models import Caller, Role, SigningKey
from chalicelib.auth.sessions.access_tokens import AccessTokens
from chalicelib.auth.sessions.signing_keys import SigningKeys, generate_signing_key
from chalicelib.common.ids import new_id
from chalicelib.queue import Lanes

PREFIX = ENVIRONMENT["RQ_KEY_PREFIX"]


@dataclass(frozen=True)
class FirstAccept:
    """What a new environment needs to accept an application, and new events for it."""

    variables: dict[str, str]
    tokens: AccessTokens
    servers: Servers

    def event(self) -> dict[str, Any]:
        """Return a request of a new candidate for a new posting."""
        posting = new_id()
        with Redis.from_url(self.servers.redis_url) as redis:
            Lanes(redis, "applications", prefix=PREFIX).open_gate(posting)
        return api_event(
            "POST",
            "/v1/postings/{posting_id}/applications",
            self.tokens.issue(Caller(new_id(), Role.CANDIDATE, new_id())),
            path={"posting_id": posting},
            body={"cover_letter": "x" * 300, "links": []},
            Idempotency_Key=str(uuid4()),
        )


class _Aws(ThreadingHTTPServer):
    """Answers the calls to Secrets Manager and Lambda that an accept makes."""

    daemon_threads = True

    def __init__(self, secrets: dict[str, Any]) -> None:
        super().__init__(("127.0.0.1", 0), _AwsHandler)
        self.secrets = secrets


class _AwsHandler(BaseHTTPRequestHandler):
    server: _Aws
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_POST(self) -> None:
        """Return a secret, or accept an asynchronous invocation."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        status, answer = 202, b""
        if self.headers.get("X-Amz-Target") == "secretsmanager.GetSecretValue":
            secret = self.server.secrets[json.loads(body)["SecretId"]]
            status, answer = 200, json.dumps({"SecretString": json.dumps(secret)}).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *arguments: object) -> None:
        """Write nothing."""


@contextmanager
def first_accept(servers: Servers) -> Iterator[FirstAccept]:
    """Run the server for the calls of the function."""
    signing_key = generate_signing_key()
    settings = {
        "redis_url": servers.redis_url,
        "mongodb_uri": servers.mongodb_uri,
        "link_secret": new_secret(),
    }
    keys = {
        "signing_keys": [signing_key],
        "receipt_keys": [generate_signing_key()],
        "purpose_secret": new_secret(),
    }
    with _Aws({"settings": settings, "keys": keys}) as aws:
        threading.Thread(target=aws.serve_forever, daemon=True).start()
        variables = ENVIRONMENT | {
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{aws.server_port}",
            "HIRELANE_APPLICATIONS_DRAIN": "drain",
            "HIRELANE_MAIL_DRAIN": "drain",
        }
        signing_keys = (msgspec.convert(signing_key, SigningKey),)
        yield FirstAccept(variables, AccessTokens(SigningKeys(lambda: signing_keys)), servers)
        aws.shutdown()
