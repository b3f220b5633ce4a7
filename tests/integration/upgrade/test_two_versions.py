"""The previous version and the present one work side by side on the same stores.

A deployment replaces the functions one after another, and a rollback does so in the other
direction. Meanwhile the API of one version and the workers of the other share Redis and MongoDB.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from typing import Any

import pytest
from pymongo.database import Database
from redis import Redis

from chalicelib.auth.sessions.signing_keys import generate_signing_key
from chalicelib.common.ids import new_id
from chalicelib.queue import Lanes
from chalicelib.queue.admin import Reconciler
from infrastructure.release.previous import NotFetchedError, PreviousVersion
from tests.integration.upgrade.conftest import ENVIRONMENT, REPOSITORY, SCHEDULE_EVENT
from tests.integration.upgrade.versions import MixedDeployment, Version
from tests.support.stores import Stores

PASSWORD = "sealing-wax and string"
OLD, NEW = "old", "new"


@pytest.fixture(scope="module")
def previous(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkout of the previous version."""
    checkout = tmp_path_factory.mktemp("previous")
    try:
        PreviousVersion.read().check_out(checkout)
    except NotFetchedError as error:
        if os.environ.get("CI"):
            raise
        pytest.skip(str(error))
    return checkout


@pytest.fixture(scope="module")
def versions(
    stores: Stores, previous: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Version]]:
    settings = {
        "redis_url": stores.redis_url,
        "mongodb_uri": stores.mongodb_uri,
        "link_secret": "a" * 43,
        "public_url": "https://hirelane.example",
    }
    keys = {
        "signing_keys": [generate_signing_key()],
        "receipt_keys": [generate_signing_key()],
        "purpose_secret": "b" * 43,
    }
    secrets = {"hirelane/test/settings": settings, "hirelane/test/keys": keys}
    environment = {
        **os.environ,
        **ENVIRONMENT,
        "HIRELANE_APPLICATIONS_DRAIN": "applications-drain",
        "HIRELANE_MAIL_DRAIN": "mail-drain",
        "HIRELANE_SHARDS": "1",
        "TEST_SECRETS": json.dumps(secrets),
    }
    logs = tmp_path_factory.mktemp("logs")
    with ExitStack() as stack:
        checkouts = {OLD: previous, NEW: REPOSITORY}
        yield {
            name: stack.enter_context(Version(name, path, environment, logs / name))
            for name, path in checkouts.items()
        }


@pytest.fixture(params=["old-api", "new-api", "mixed"])
def deployment(
    request: pytest.FixtureRequest,
    versions: dict[str, Version],
    redis: Redis,
    database: Database[dict[str, Any]],
) -> MixedDeployment:
    old, new = versions[OLD], versions[NEW]
    # As a deployment does, and a rollback after it.
    for version in (old, new, old):
        version.call("invoke", "api", "prepare", {})
    # In the mixed deployment each request, and each invocation, gets another version.
    apis, workers = {
        "old-api": ([old], [new]),
        "new-api": ([new], [old]),
        "mixed": ([old, new], [new, old, old, new]),
    }[request.param]
    return MixedDeployment((old, new), cycle(apis), cycle(workers))


@dataclass(frozen=True)
class Person:
    """A person with an account and a session."""

    email: str
    token: str


def register(deployment: MixedDeployment, name: str) -> Person:
    email = f"{name.lower()}-{new_id()}@example.com"
    deployment.ok("POST", "/v1/accounts", {"email": email, "name": name, "password": PASSWORD})
    [text] = deployment.mail_to(email)
    link = re.search(r"/#/register/(\S+)", text)
    assert link
    body = {"token": link[1], "password": PASSWORD}
    deployment.ok("POST", "/v1/accounts/confirmation", body)
    session = deployment.ok("POST", "/v1/sessions", {"email": email, "password": PASSWORD})
    return Person(email, session["access_token"])


def publish(deployment: MixedDeployment, owner: Person) -> tuple[str, str]:
    """Publish a posting with a question. Return the path of the employer and the posting's id."""
    employer = deployment.ok("POST", "/v1/employers", {"name": "Yard & Sons"}, owner.token)
    path = f"/v1/employers/{employer['id']}"
    draft = {
        "state": "published",
        "title": "Boat builder",
        "description": "Build boats.",
        "workplace": "on-site",
        "employment": "full-time",
        "place": {"country": "NO", "city": "Bergen"},
    }
    return path, deployment.ok("POST", f"{path}/postings", draft, owner.token)["id"]


def status_of(deployment: MixedDeployment, person: Person, application: str) -> str:
    return str(
        deployment.ok("GET", f"/v1/applications/{application}", token=person.token)["status"]
    )


def test_two_versions_share_one_queue(deployment: MixedDeployment, redis: Redis) -> None:
    owner, ada, bob = (register(deployment, name) for name in ("Edda", "Ada", "Bob"))
    employer, posting = publish(deployment, owner)
    apply = f"/v1/postings/{posting}/applications"

    receipt = deployment.ok(
        "POST", apply, {"cover_letter": "Hello"}, ada.token, Idempotency_Key="1"
    )
    assert status_of(deployment, ada, receipt["id"]) == "mailed"
    for version in deployment.versions:
        headers = {
            "Authorization": f"Bearer {ada.token}",
            "Content-Type": "application/json",
            "Idempotency-Key": "1",
        }
        again = version.call("request", "POST", apply, headers, {"cover_letter": "Hello"})
        assert (again["status"], again["body"]["id"]) == (202, receipt["id"])
        proof = version.call("request", "GET", f"/v1/receipts/{receipt['receipt']}", {}, None)
        assert proof["status"] == 200
    deployment.ok(
        "POST", f"/v1/applications/{receipt['id']}/amendment", {"cover_letter": "Better"}, ada.token
    )
    assert status_of(deployment, ada, receipt["id"]) == "mailed"

    withdrawn = deployment.ok("POST", apply, {}, bob.token)
    deployment.ok("POST", f"/v1/applications/{withdrawn['id']}/withdrawal", token=bob.token)
    assert status_of(deployment, bob, withdrawn["id"]) == "withdrawn"
    anew = deployment.ok("POST", apply, {}, bob.token)
    assert anew["id"] != withdrawn["id"]

    applicant = f"{employer}/applications/{receipt['id']}"
    move = {"expected_stage": "new", "stage": "review"}
    deployment.ok("POST", f"{applicant}/move", move, owner.token)
    reject = {"expected_stage": "review", "send_after_minutes": 0, "message": "Thank you, {name}."}
    deployment.ok("POST", f"{applicant}/rejection", reject, owner.token)
    shown = deployment.ok("GET", applicant, token=owner.token)
    assert (shown["stage"], shown["cover_letter"]) == ("rejected", "Better")

    deployment.ok("POST", f"/v1/applications/{anew['id']}/erasure", token=bob.token)
    for version in deployment.versions:
        for project in ("applications", "mail"):
            version.call("invoke", project, "sweep", SCHEDULE_EVENT)
    assert status_of(deployment, ada, receipt["id"]) == "rejected"
    mails = deployment.mail_to(ada.email)
    assert sum(receipt["id"] in text for text in mails) == 1
    assert sum("Thank you, Ada." in text for text in mails) == 1

    equation = deployment.ok("GET", f"{employer}/postings/{posting}/equation", token=owner.token)
    assert equation["balanced"], equation
    # Each version carried out what the other one had accepted or enqueued.
    assert {(OLD, NEW), (NEW, OLD)} & deployment.served
    for kind in ("applications", "mail"):
        census = Reconciler(Lanes(redis, kind)).run()
        assert census
        assert (census.repaired, census.dead, census.jobs) == (0, 0, census.done), kind
