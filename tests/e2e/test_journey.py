"""From sign-up to the confirmation, over HTTP, through the deployed system."""

from __future__ import annotations

import json
import statistics
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from pymongo.database import Database

from tests.e2e.steps import follow
from tests.support.assertions import wait_for
from tests.support.deployment import PASSWORD, Candidate, Deployment, Join, Publish
from tests.support.timing import stretch

FUNCTIONS = [
    "hirelane-api-local",
    "hirelane-api-local-prepare",
    "hirelane-applications-local-drain",
    "hirelane-applications-local-replacement",
    "hirelane-applications-local-sweep",
    "hirelane-mail-local-drain",
    "hirelane-mail-local-replacement",
    "hirelane-mail-local-sweep",
]
DRAINS = ["hirelane-applications-local-drain", "hirelane-mail-local-drain"]


def test_posting_is_found_by_its_words(deployed: Deployment, publish: Publish) -> None:
    posting_id = publish("Crème & caramel cook")
    found = deployed.call("GET", "/v1/postings?q=CREM%20caramel&workplace=on-site,remote&limit=5")
    assert [posting["id"] for posting in found.body["postings"]] == [posting_id]
    facets = deployed.call("GET", "/v1/postings/facets")
    assert "Yard & Sons" in [one["value"] for one in facets.body["employer"]]

    def repeat() -> tuple[int, Any]:
        known = {"If-None-Match": deployed.call("GET", "/v1/postings/facets").headers["etag"]}
        again = deployed.call("GET", "/v1/postings/facets", **known)
        return again.status, again.body

    # Other tests publish postings meanwhile.
    wait_for(repeat, lambda answer: answer == (304, None))


def test_application_of_new_account_is_stored_and_confirmed(
    deployed: Deployment, register: Join, publish: Publish, database: Database[dict[str, Any]]
) -> None:
    ada = register("<b>Ada</b> & Co")
    posting_id = publish("<script>alert(1)</script> builder")
    listed = deployed.call("GET", "/v1/postings")
    assert posting_id in [posting["id"] for posting in listed.body["postings"]]

    accepted = deployed.apply(ada, posting_id, cover_letter="Hello", links=["https://a.example"])
    assert accepted.status == 202
    application_id = accepted.body["id"]
    assert accepted.location == f"{deployed.api}/v1/applications/{application_id}"
    events = follow(deployed, ada, application_id)
    assert list(events) == ["accepted", "stored", "mailed"]
    assert list(events.values()) == sorted(events.values())
    progress = deployed.call("GET", accepted.location, token=ada.token)
    assert progress.body["status"] == "mailed"

    stored = database["applications"].find_one({"_id": application_id})
    assert stored is not None
    assert stored["candidate_id"] == ada.id
    assert stored["posting_id"] == posting_id
    assert (stored["cover_letter"], stored["links"]) == ("Hello", ["https://a.example"])

    [mail] = deployed.confirmations_to(ada.email)
    assert mail["Subject"] == (
        "We have your application: <script>alert(1)</script> builder at Yard & Sons"
    )
    text, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert text is not None
    assert html is not None
    assert "<script>" not in html.get_content()
    assert "&lt;b&gt;Ada&lt;/b&gt; &amp; Co" in html.get_content()
    assert "<b>Ada</b> & Co" in text.get_content()


def test_applications_of_a_candidate_are_stored_in_order(
    deployed: Deployment, join: Join, publish: Publish
) -> None:
    posting_ids = [publish() for _ in range(10)]
    candidates = [join() for _ in range(4)]

    def apply_to_all(candidate: Candidate) -> list[str]:
        return [deployed.apply(candidate, one).body["id"] for one in posting_ids]

    with ThreadPoolExecutor(len(candidates)) as pool:
        accepted = list(pool.map(apply_to_all, candidates))
    for candidate, ids in zip(candidates, accepted, strict=True):
        stored = [follow(deployed, candidate, one)["stored"] for one in ids]
        assert stored == sorted(stored)


def test_repeated_and_concurrent_calls_make_one_application(
    deployed: Deployment, join: Join, publish: Publish, database: Database[dict[str, Any]]
) -> None:
    ada, posting_id = join(), publish()
    with ThreadPoolExecutor(5) as pool:
        answers = list(pool.map(lambda _: deployed.apply(ada, posting_id), range(5)))
    answers.append(deployed.apply(ada, posting_id))
    assert {answer.status for answer in answers} == {202}
    [application_id] = {answer.body["id"] for answer in answers}
    follow(deployed, ada, application_id)
    assert database["applications"].count_documents({"candidate_id": ada.id}) == 1
    assert len(deployed.confirmations_to(ada.email)) == 1


@pytest.mark.timed
def test_median_application_is_stored_in_1_s_and_mailed_in_2_s(
    deployed: Deployment,
    join: Join,
    publish: Publish,
    record_property: Callable[[str, object], None],
) -> None:
    ada = join()
    follow(deployed, ada, deployed.apply(ada, publish()).body["id"])  # warm
    stored, mailed = [], []
    for _ in range(20):
        answer = deployed.apply(ada, publish())
        events = follow(deployed, ada, answer.body["id"])
        stored.append((events["stored"] - events["accepted"]).total_seconds())
        mailed.append((events["mailed"] - events["accepted"]).total_seconds())
    record_property("median seconds to stored", statistics.median(stored))
    record_property("median seconds to mailed", statistics.median(mailed))
    print(f"median to stored {statistics.median(stored)} s, mailed {statistics.median(mailed)} s")
    assert statistics.median(stored) < stretch(1)
    assert statistics.median(mailed) < stretch(2)


def test_one_correlation_id_links_the_answer_to_the_mail(
    deployed: Deployment, join: Join, publish: Publish
) -> None:
    ada = join("Canary Nightingale")
    accepted = deployed.apply(ada, publish(), cover_letter="canary-letter-7f3a")
    follow(deployed, ada, accepted.body["id"])
    correlation = accepted.headers["x-correlation-id"]

    def messages() -> dict[str, list[str]]:
        return {
            function: [
                line["message"]
                for line in map(json.loads, filter(_is_json, deployed.log_lines(function)))
                if line.get("correlation_id") == correlation
            ]
            for function in ["hirelane-api-local", *DRAINS]
        }

    expected = {
        "hirelane-api-local": ["request"],
        "hirelane-applications-local-drain": ["stored"],
        "hirelane-mail-local-drain": ["mailed"],
    }
    # The lines of a function arrive when its invocation ends, and a drain stays for the mail.
    wait_for(messages, lambda lines: lines == expected)

    everything = "\n".join(line for name in FUNCTIONS for line in _lines(deployed, name))
    for canary in (ada.email, "Nightingale", "canary-letter-7f3a", ada.token, PASSWORD):
        assert canary not in everything


def test_functions_count_accepted_stored_and_mailed(
    deployed: Deployment, join: Join, publish: Publish
) -> None:
    ada = join()
    follow(deployed, ada, deployed.apply(ada, publish()).body["id"])

    def counted() -> set[str]:
        names = set()
        for function in ["hirelane-api-local", *DRAINS]:
            for line in map(json.loads, filter(_is_json, deployed.log_lines(function))):
                for metrics in line.get("_aws", {}).get("CloudWatchMetrics", []):
                    assert metrics["Namespace"] == "Hirelane"
                    names |= {metric["Name"] for metric in metrics["Metrics"]}
        return names

    wait_for(counted, lambda names: {"accepted", "stored", "mailed"} <= names)


def _is_json(line: str) -> bool:
    return line.startswith("{")


def _lines(deployed: Deployment, function: str) -> list[str]:
    groups = deployed.aws("logs").describe_log_groups(logGroupNamePrefix="/aws/lambda/hirelane-")
    if f"/aws/lambda/{function}" not in [group["logGroupName"] for group in groups["logGroups"]]:
        return []
    return deployed.log_lines(function)
