"""People who upload a file and apply before a deadline, each over HTTP, and their answers."""

from __future__ import annotations

import hashlib
import http.client
import json
import random
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import msgspec

from chalicelib.auth.accounts.repository import AccountRepository
from chalicelib.auth.credentials.derived_keys import DerivedKey
from chalicelib.auth.models import Caller, Role
from chalicelib.auth.sessions.access_tokens import AccessTokens
from chalicelib.auth.sessions.signing_keys import SigningKeys
from chalicelib.bootstrap.settings import ApiSecrets
from chalicelib.common.ids import new_id
from chalicelib.recruiting.files.bucket import FileBucket
from chalicelib.recruiting.files.models import FileDraft
from chalicelib.recruiting.files.scanner import NoScanner
from chalicelib.recruiting.files.tokens import FileTokenService
from chalicelib.recruiting.files.upload_service import UploadService
from infrastructure.local.deploy.files_bucket import BUCKET
from tests.support.deployment import Deployment
from tests.support.files import send_form

UPLOADS, CONNECTIONS = 6, 64
RETRY_SECONDS = 1.0


class _NoLimits:
    """Rate limits that limit nothing: uploads have a test of their own."""

    def take(self, **subjects: str) -> None:
        """Count nothing."""


@dataclass
class Person:
    """Somebody who applies with a file of their own, and the final answer.

    Args:
        id: the account.
        sha256: the digest of the file.
        file_token: the token with which the application names the file.
        sent_at: when the application was sent for the first time.
        answered_at: when the final answer was there.
        status: the status of the final answer.
        answer: its body.
    """

    id: str
    sha256: str = ""
    file_token: str = ""
    sent_at: datetime | None = None
    answered_at: datetime | None = None
    status: int = 0
    answer: dict[str, Any] = field(default_factory=dict)


class Rush:
    """Lets people apply for a posting within some seconds.

    Args:
        deployed: the deployed system.
        accounts: creates their accounts.
        people: how many people apply.
        file_bytes: the size of each file, which differs from all others.
    """

    def __init__(
        self, deployed: Deployment, accounts: AccountRepository, people: int, file_bytes: int
    ) -> None:
        self._deployed = deployed
        self._file_bytes = file_bytes
        secrets = msgspec.json.decode(deployed.stack.layout.keys_file.read_bytes(), type=ApiSecrets)
        self._tokens = AccessTokens(SigningKeys(lambda: secrets.signing_keys))
        s3 = deployed.aws("s3")
        self._bucket = FileBucket(lambda: s3, BUCKET)
        file_tokens = FileTokenService(DerivedKey(secrets.purpose_secret, "file"))
        limits: Any = _NoLimits()
        self._uploads = UploadService(self._bucket, file_tokens, NoScanner(), limits)
        self.people = [
            Person(accounts.create(f"{new_id()}@example.com", "Ada", "no password")["_id"])
            for _ in range(people)
        ]

    def upload(self) -> float:
        """Upload the file of each person with the form of S3, and have it checked.

        The check is done by the same service as in the API, but in this process: LocalStack calls
        some 40 functions a second, which are all left to the applications.

        Returns:
            How long it took, in seconds.
        """
        began = time.monotonic()
        with ThreadPoolExecutor(UPLOADS) as pool:
            list(pool.map(self._upload, self.people))
        return time.monotonic() - began

    def apply(self, posting_id: str, seconds: float) -> threading.Thread:
        """Let all people apply, evenly distributed over some seconds. Return the thread."""
        chance = random.Random(15)  # noqa: S311
        arrivals = sorted(chance.uniform(0, seconds) for _ in self.people)
        began = time.monotonic()

        def run() -> None:
            with ThreadPoolExecutor(CONNECTIONS) as pool:
                for person, at in zip(self.people, arrivals, strict=True):
                    time.sleep(max(0.0, began + at - time.monotonic()))
                    pool.submit(self._apply, person, posting_id)

        thread = threading.Thread(target=run, name="rush")
        thread.start()
        return thread

    def missing_files(self, stored: dict[str, dict[str, Any]]) -> list[str]:
        """Return the people whose stored application has not their file, in the bucket too.

        Args:
            stored: the documents of the applications, by candidate.
        """

        def is_missing(person: Person) -> bool:
            files = stored[person.id]["files"] if person.id in stored else []
            found = [self._bucket.find(person.id, one["id"]) for one in files]
            return [one.description.sha256 for one in found if one] != [person.sha256]

        applied = [one for one in self.people if one.status == 202]
        with ThreadPoolExecutor(UPLOADS) as pool:
            missing = list(pool.map(is_missing, applied))
        return [one.id for one, is_one in zip(applied, missing, strict=True) if is_one]

    def _upload(self, person: Person) -> None:
        content = f"I am {person.id}.\n".encode().ljust(self._file_bytes, b"x")
        person.sha256 = hashlib.sha256(content).hexdigest()
        draft = FileDraft("resume.txt", "txt", len(content), person.sha256)
        form = self._uploads.start(person.id, draft)
        assert send_form(msgspec.to_builtins(form), content) == 204
        person.file_token = self._uploads.complete(person.id, form.id).token

    def _apply(self, person: Person, posting_id: str) -> None:
        """Send an application with the same idempotency key until there is a final answer."""
        api = urlsplit(self._deployed.api)
        token = self._tokens.issue(Caller(person.id, Role.CANDIDATE, session_id=new_id()))
        headers = {
            "Authorization": f"Bearer {token}",
            "Content-Type": "application/json",
            "Idempotency-Key": new_id(),
        }
        body = json.dumps({"cover_letter": f"I am {person.id}.", "files": [person.file_token]})
        path = f"{api.path}/v1/postings/{posting_id}/applications"
        person.sent_at = datetime.now(UTC)
        while not person.status:
            with closing(http.client.HTTPConnection(api.netloc, timeout=60)) as connection:
                try:
                    connection.request("POST", path, body, headers)
                    answer = connection.getresponse()
                    content = json.loads(answer.read())
                except (OSError, http.client.HTTPException, ValueError):
                    time.sleep(RETRY_SECONDS)
                    continue
            if answer.status >= 429:
                time.sleep(RETRY_SECONDS)
                continue
            person.answered_at = datetime.now(UTC)
            person.status, person.answer = answer.status, content
