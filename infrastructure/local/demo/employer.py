"""The employers' side of the demo: an account creates employers and publishes their postings."""

import secrets
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from infrastructure.local.demo.accounts import Account, Mailbox, confirm, log_in, register
from infrastructure.local.demo.client import Client
from infrastructure.local.demo.errors import RefusedError
from infrastructure.local.demo.postings import DemoPosting, demo_postings
from infrastructure.local.stack.layout import make_private


def publish_postings(
    client: Client, mailbox: Mailbox, directory: Path
) -> tuple[Account, list[str]]:
    """Publish the postings of the demo over the API, except those of an earlier run.

    Args:
        client: The client of the API.
        mailbox: Returns the e-mails to an address.
        directory: Keeps the account for the next run, because the data of a stack outlives a run.

    Returns:
        The account that owns the employers, and the ids of the postings, newest first.

    Raises:
        DemoError: A step was refused or took too long.
    """
    account, token = _open_account(client, mailbox, directory / "employer.json")
    employers = _Employers(client, token)
    now = datetime.now(UTC)
    # The oldest first, so that the list of the API has the order of the file.
    ids = [employers.publish(posting, now) for posting in reversed(demo_postings())]
    return account, ids[::-1]


def _open_account(client: Client, mailbox: Mailbox, file: Path) -> tuple[Account, str]:
    """Log in with the account of the last run, or with a new one. Return it with a token."""
    with suppress(FileNotFoundError, msgspec.MsgspecError, RefusedError):
        account = msgspec.json.decode(file.read_bytes(), type=Account)
        return account, log_in(client, account)[0]
    account = register(client, "Edda", secrets.token_hex(3))
    confirm(client, account, mailbox)
    make_private(file.parent)
    file.write_bytes(msgspec.json.encode(account))
    return account, log_in(client, account)[0]


class _Employers:
    """The employers of an account, and their open postings."""

    def __init__(self, client: Client, token: str) -> None:
        self._client = client
        self._token = token
        self._suffix = ""
        answer = client.get("/v1/account/memberships", token)
        self._ids: dict[str, str] = {
            one["name"]: one["employer_id"] for one in answer.body["memberships"]
        }
        self._published: dict[tuple[str, str], str] = {
            (name, posting["title"]): posting["id"]
            for name, employer_id in self._ids.items()
            for posting in self._open_postings(employer_id)
        }

    def _open_postings(self, employer_id: str) -> list[dict[str, str]]:
        path = f"/v1/employers/{employer_id}/postings?state=published&limit=100"
        page = self._client.get(path, self._token)
        return [posting for posting in page.body["postings"] if posting["is_open"]]

    def publish(self, posting: DemoPosting, now: datetime) -> str:
        """Publish a posting, unless it is open already. Return its id."""
        known = self._published.get((posting.employer, posting.title))
        if known is not None:
            return known
        path = f"/v1/employers/{self._employer(posting.employer)}/postings"
        made = self._client.post(path, posting.to_request(now), self._token)
        posting_id: str = made.body["id"]
        if posting.questions:
            questions = {"questions": msgspec.to_builtins(posting.questions)}
            self._client.put(f"{path}/{posting_id}/form", questions, 0, self._token)
        return posting_id

    def _employer(self, name: str) -> str:
        """Return the id of an employer, which is created if the account does not have it."""
        if name not in self._ids:
            if not self._suffix:
                try:
                    return self._create({"name": name})
                except RefusedError:
                    # The account of an earlier run, which is lost, has the addresses. An account
                    # may not try to create many employers, so the others are not tried.
                    self._suffix = f"-{secrets.token_hex(3)}"
            slug = f"{name.lower().replace(' ', '-')}{self._suffix}"
            return self._create({"name": name, "slug": slug})
        return self._ids[name]

    def _create(self, draft: dict[str, str]) -> str:
        made = self._client.post("/v1/employers", draft, self._token)
        employer_id: str = made.body["id"]
        self._ids[draft["name"]] = employer_id
        return employer_id
