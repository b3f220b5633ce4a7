"""The journey of the demo: four candidates apply, one of them three times."""

import secrets
import time
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from infrastructure.local.demo.accounts import (
    LOOK_EVERY_SECONDS,
    PATIENCE_SECONDS,
    Account,
    Mailbox,
    confirm,
    log_in,
    register,
)
from infrastructure.local.demo.client import Answer, Client
from infrastructure.local.demo.errors import DemoError
from infrastructure.local.demo.resume import upload_resume
from infrastructure.local.demo.screen import good, note, say, step, title, waiting

# The number of postings that are printed.
SHOWN = 8
# The postings of each candidate (indexes of the list), and the order of all applications.
CANDIDATES = {"Ada": [0, 4, 7], "Bela": [2], "Chidi": [5], "Dana": [3]}
TURNS = [("Ada", 0), ("Bela", 0), ("Ada", 1), ("Chidi", 0), ("Dana", 0), ("Ada", 2)]


@dataclass
class Application:
    """One application, and the events of its timeline that were seen so far."""

    id: str
    candidate: str
    title: str
    url: str
    accepted_at: datetime
    seen: list[str] = field(default_factory=lambda: ["accepted"])


@dataclass
class Candidate:
    """A candidate, with the applications that were sent."""

    name: str
    email: str
    password: str
    token: str
    applications: list[Application] = field(default_factory=list)


def run_journey(client: Client, posting_ids: list[str], mailbox: Mailbox) -> list[Candidate]:
    """Register candidates, apply, and follow the applications, all over HTTP.

    Args:
        client: The client of the API.
        posting_ids: The ids of the published postings, in the order of the list.
        mailbox: Returns the e-mails to an address.

    Returns:
        The candidates with their applications.

    Raises:
        DemoError: A step was refused or took too long.
    """
    title("Four candidates register, follow the link in their e-mail and log in")
    run = secrets.token_hex(3)
    accounts = {name: register(client, name, run) for name in CANDIDATES}
    with waiting("waiting for the e-mails"):
        candidates = {
            name: _join(client, name, account, mailbox) for name, account in accounts.items()
        }
    found, milliseconds = _postings(client)
    step("anyone", f"sees {len(found)} open postings", milliseconds)
    if missing := [one for one in posting_ids if one not in found]:
        raise DemoError(f"{len(missing)} published postings are not listed: see `make logs`.")
    postings = [found[one] for one in posting_ids]
    for posting in postings[:SHOWN]:
        say(f"  {offer_line(posting)}")
    say(f"  and {len(postings) - SHOWN} more")

    title("They upload resumes to S3; the API checks the content and signs a token")
    resumes = {name: _upload_resume(client, candidate) for name, candidate in candidates.items()}

    title("They apply; after the answer 202 an application is safe")
    note("posting, application id, position in the lane, time until the answer")
    for name, number in TURNS:
        posting = postings[CANDIDATES[name][number]]
        _apply(client, candidates[name], posting, resumes[name])
    _apply_again(client, candidates["Ada"], postings[CANDIDATES["Ada"][0]])

    title("Workers store each one and confirm it by e-mail (time since acceptance)")
    applications = [one for candidate in candidates.values() for one in candidate.applications]
    with waiting("waiting for the confirmations"):
        _follow(client, candidates, applications)
    return list(candidates.values())


def _postings(client: Client) -> tuple[dict[str, Any], float]:
    """Read all pages of open postings. Return them by id, and the time in milliseconds."""
    found: dict[str, Any] = {}
    milliseconds = 0.0
    following = ""
    while True:
        page = client.get(f"/v1/postings?limit=50{following}")
        milliseconds += page.milliseconds
        found |= {posting["id"]: posting for posting in page.body["postings"]}
        if page.body["next"] is None:
            return found, milliseconds
        following = f"&cursor={page.body['next']}"


def _join(client: Client, name: str, account: Account, mailbox: Mailbox) -> Candidate:
    confirming = confirm(client, account, mailbox)
    token, logging_in = log_in(client, account)
    step(name, account.email, confirming + logging_in)
    return Candidate(name, account.email, account.password, token)


def _upload_resume(client: Client, candidate: Candidate) -> str:
    """Upload the resume of a candidate. Return its token."""
    file, milliseconds = upload_resume(client, candidate.name, candidate.token)
    step(candidate.name, f"{file['name']} ({file['bytes']:,} bytes)", milliseconds)
    token: str = file["token"]
    return token


def _apply(client: Client, candidate: Candidate, posting: dict[str, Any], resume: str) -> None:
    answer = client.post(
        f"/v1/postings/{posting['id']}/applications",
        {
            "cover_letter": f"I would like to be your {posting['title'].lower()}.",
            "links": ["https://example.com/boats"],
            "files": [resume],
            **_answers(client, posting["id"]),
        },
        candidate.token,
    )
    receipt = answer.body
    if answer.status != 202 or answer.location is None:
        raise DemoError(
            f"An application was answered with status {answer.status}: see `make logs`."
        )
    candidate.applications.append(
        Application(
            id=receipt["id"],
            candidate=candidate.name,
            title=posting["title"],
            url=answer.location,
            accepted_at=datetime.fromisoformat(receipt["accepted_at"]),
        )
    )
    _print_receipt(candidate, posting, answer, f"#{receipt['position']}")


def _answers(client: Client, posting_id: str) -> dict[str, Any]:
    """Return answers to the questions of a posting, if it asks any, and their version."""
    form = client.get(f"/v1/postings/{posting_id}/form").body
    if not form["version"]:
        return {}
    answers = {one["id"]: _answer(one) for one in form["questions"]}
    return {"form_version": form["version"], "answers": answers}


def _answer(question: dict[str, Any]) -> Any:
    match question["kind"]:
        case "choice":
            return question["choices"][-1]["id"]
        case "choices":
            return [question["choices"][0]["id"]]
        case "number":
            return question.get("min", 3)
        case "date":
            return "2027-01-04"
    return "Ask me about it."


def _apply_again(client: Client, candidate: Candidate, posting: dict[str, Any]) -> None:
    first = candidate.applications[0]
    answer = client.post(f"/v1/postings/{posting['id']}/applications", {}, candidate.token)
    if answer.body["id"] != first.id:
        raise DemoError(
            f"{candidate.name} applied twice for one posting and got two applications: "
            "see `make logs`."
        )
    _print_receipt(candidate, posting, answer, "")
    good(f"{candidate.name} applied for {posting['title']} again and got the same application.")


def _print_receipt(
    candidate: Candidate, posting: dict[str, Any], answer: Answer, place: str
) -> None:
    what = f"{posting['title']:<18.18} {answer.body['id']} {place}"
    step(candidate.name, what, answer.milliseconds)


def _follow(
    client: Client, candidates: dict[str, Candidate], applications: list[Application]
) -> None:
    ends = time.monotonic() + PATIENCE_SECONDS
    pending = list(applications)
    while pending:
        if time.monotonic() > ends:
            raise DemoError(
                f"{len(pending)} applications are not confirmed after {PATIENCE_SECONDS:.0f} s: "
                "see `make logs`."
            )
        news = [
            one
            for application in pending
            for one in _look(client, candidates[application.candidate].token, application)
        ]
        for at, application, event in sorted(news, key=lambda one: one[0]):
            since = (at - application.accepted_at).total_seconds() * 1000
            step(application.candidate, f"{event:<7} {application.title}", since)
        pending = [one for one in pending if "mailed" not in one.seen]
        time.sleep(LOOK_EVERY_SECONDS)


def _look(
    client: Client, token: str, application: Application
) -> list[tuple[datetime, Application, str]]:
    """Return the new events in the timeline of an application: time, application, event."""
    news = []
    for entry in client.get(application.url, token).body["timeline"]:
        event, at = entry["event"], datetime.fromisoformat(entry["at"])
        if event not in application.seen:
            application.seen.append(event)
            news.append((at, application, event))
    return news


def offer_line(posting: dict[str, Any]) -> str:
    """Return a posting on one line: title, employer, salary, closing date."""
    salary, closes_at = posting["salary"], posting["closes_at"]
    pay = f"{salary['currency']} {salary['least']:,}-{salary['most']:,}" if salary else ""
    until = f"until {datetime.fromisoformat(closes_at):%d %b}" if closes_at else ""
    return f"{posting['title']:<19.19}{posting['employer']:<21.21}{pay:<20}{until}".rstrip()
