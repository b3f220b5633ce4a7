"""The present code processes the jobs and accepts the tokens of an earlier version."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pyotp

from chalicelib.queue.admin import DeadLetters, Reconciler
from tests.integration.upgrade.conftest import UpgradedDeployment

# The final state of each application of the backlog.
STORED = {
    "ada scripts", "ada anew", "ada old posting",
    "bob stored", "bob half done", "bob behind",
    "cem retried", "cem behind", "cem last",
    "dmitri stored", "dmitri mail begun",
    "mei stored", "mei mail dead", "mei confirmed by a killed drain", "mei mail waits",
}  # fmt: skip
WITHDRAWN = {"ada stored", "ada taken back", "bob withdrawn", "dmitri tombstone"}
ALIAS_OF = {"bob alias": "bob stored"}
DEAD = {"dmitri dead"}
ACCOUNT_DELETED = {"eve deleted"}
# The mails that the earlier version had queued, or had to queue, and not sent.
CONFIRMED = [
    "ada scripts", "ada anew", "ada old posting",
    "bob half done", "bob behind",
    "cem retried", "cem behind", "cem last",
    "dmitri mail begun", "mei mail waits",
]  # fmt: skip
ABOUT_ACCOUNTS = {
    "ada@example.com": ["second factor"],
    "bob@example.com": ["an account"],
    "cem@example.com": ["another e-mail address"],
    "cem2@example.com": ["confirm your new e-mail address"],
    "dmitri@example.com": ["new password"],
    "eve@example.com": ["deleted"],
    "new@example.com": ["confirm your e-mail address"],
    "ren@example.com": ["password was changed"],
}


def stored(upgraded: UpgradedDeployment) -> dict[str, dict[str, Any]]:
    """Return the documents of applications by the names that the backlog gives them."""
    names = {
        known["receipt"]["id"]: name for name, known in upgraded.issued["applications"].items()
    }
    found = {names[one["_id"]]: one for one in upgraded.database["applications"].find()}
    assert len(found) == upgraded.database["applications"].count_documents({})
    return found


def text_of(mail: Any) -> str:
    return str(mail.get_body(("plain",)).get_content())


def recipient_of(mail: Any) -> str:
    return str(mail["To"].addresses[0].addr_spec)


def confirmations(upgraded: UpgradedDeployment) -> Counter[str]:
    """Count the confirmations sent for each application, each to its candidate with its text."""
    sent: Counter[str] = Counter()
    for mail in upgraded.sent_mail():
        for name, known in upgraded.issued["applications"].items():
            if known["receipt"]["id"] in text_of(mail):
                person = upgraded.issued["people"][known["candidate"]]
                posting = upgraded.issued["postings"][known["posting"]]
                assert recipient_of(mail) == person["email"], name
                assert posting["title"] in text_of(mail), name
                assert posting["employer"] in text_of(mail), name
                assert f"Hello {person['name']}," in text_of(mail), name
                sent[name] += 1
    return sent


def link_to(upgraded: UpgradedDeployment, page: str, address: str) -> str:
    """Return the token of the one link to a page that was mailed to an address."""
    [text] = [
        text_of(mail)
        for mail in upgraded.sent_mail()
        if recipient_of(mail) == address and f"/#/{page}/" in text_of(mail)
    ]
    return text.partition(f"https://hirelane.example/#/{page}/")[2].split()[0]


def test_workers_store_each_application_once(drained: UpgradedDeployment) -> None:
    found = stored(drained)
    assert set(found) == STORED | WITHDRAWN | set(ALIAS_OF)
    for name, document in found.items():
        known = drained.issued["applications"][name]
        assert document["candidate_id"] == drained.issued["people"][known["candidate"]]["id"]
        if name not in ALIAS_OF:
            assert document["posting_id"] == known["receipt"]["posting_id"]
        assert document.get("active", False) is (name in STORED), name
        assert ("withdrawn_at" in document) is (name in WITHDRAWN), name
        if name in STORED:
            assert document["cover_letter"] == known["draft"].get("cover_letter", ""), name
            assert document["links"] == known["draft"].get("links", []), name
    for alias, name in ALIAS_OF.items():
        assert found[alias]["duplicate_of"] == drained.receipt(name)["id"]


def test_workers_keep_the_order_of_each_lane(drained: UpgradedDeployment) -> None:
    # Filtered here, because the order of insertion is only that of a query without a filter.
    in_order = [
        document
        for document in drained.database["applications"].find().sort("$natural", 1)
        if "stored_at" in document
    ]
    for name, person in drained.issued["people"].items():
        own = [document for document in in_order if document["candidate_id"] == person["id"]]
        accepted = [document["accepted_at"] for document in own]
        assert accepted == sorted(accepted), name
        stored_at = [document["stored_at"] for document in own]
        assert stored_at == sorted(stored_at), name


def test_workers_send_each_mail_once(drained: UpgradedDeployment) -> None:
    sent = confirmations(drained)
    # It may have been confirmed before the worker came to its withdrawal.
    assert sent.pop("ada taken back", 0) <= 1
    assert sent == Counter(CONFIRMED)
    about_accounts: dict[str, list[str]] = {}
    for mail in drained.sent_mail():
        if "Reference" not in text_of(mail):
            about_accounts.setdefault(recipient_of(mail), []).append(mail["Subject"].lower())
    assert set(about_accounts) == set(ABOUT_ACCOUNTS)
    for address, subjects in ABOUT_ACCOUNTS.items():
        for subject, found in zip(subjects, about_accounts[address], strict=True):
            assert subject in found
    drained.drain()
    assert sum(confirmations(drained).values()) in (len(CONFIRMED), len(CONFIRMED) + 1)


def test_nothing_is_left_in_the_lanes(drained: UpgradedDeployment) -> None:
    for kind in ("applications", "mail"):
        lanes = drained.parts.lanes(kind)[0]
        for place in (lanes.ring, lanes.keys.leases(kind), lanes.keys.delayed(kind)):
            assert drained.redis.zcard(place) == 0, place
        census = Reconciler(lanes).run()
        assert census
        assert census.repaired == 0
        assert census.jobs == census.done + census.dead
        letters = DeadLetters(lanes).newest()
        dead = set(drained.issued["dead_letters"][kind])
        if kind == "applications":
            # Its withdrawal was carried out: the dead letter itself stays.
            dead.add(drained.receipt("dmitri tombstone")["id"])
        assert {letter.id for letter in letters} == dead
        assert all(letter.error for letter in letters)


def test_dead_letters_can_be_redriven(drained: UpgradedDeployment) -> None:
    for kind, job_ids in drained.issued["dead_letters"].items():
        redriven, _ = DeadLetters(drained.parts.lanes(kind)[0]).redrive(job_ids)
        assert redriven == len(job_ids)
    drained.drain()
    assert set(stored(drained)) == STORED | WITHDRAWN | set(ALIAS_OF) | DEAD
    sent = confirmations(drained)
    assert (sent["dmitri dead"], sent["mei mail dead"]) == (1, 1)


def test_waiting_applications_are_shown_to_their_candidates(upgraded: UpgradedDeployment) -> None:
    status = {}
    for person in ("ada", "bob", "cem", "dmitri", "mei"):
        token = upgraded.log_in(person)
        code, page = upgraded.call("GET", "/v1/applications?limit=50", token=token)
        assert code == 200
        shown = {one["id"]: one["status"] for one in page["applications"]}
        for name, known in upgraded.issued["applications"].items():
            if known["candidate"] == person and name not in ALIAS_OF:
                status[name] = shown.pop(known["receipt"]["id"])
        assert shown == {}
    assert status == {
        "ada stored": "withdrawing", "ada scripts": "accepted", "ada anew": "accepted",
        "ada taken back": "withdrawing", "ada old posting": "accepted",
        "bob stored": "mailed", "bob withdrawn": "withdrawn", "bob half done": "stored",
        "bob behind": "stored",
        "cem retried": "accepted", "cem behind": "accepted", "cem last": "accepted",
        "dmitri stored": "mailed", "dmitri dead": "accepted", "dmitri tombstone": "withdrawn",
        "dmitri mail begun": "stored",
        "mei stored": "mailed", "mei mail dead": "stored", "mei mail waits": "stored",
        "mei confirmed by a killed drain": "mailed",
    }  # fmt: skip


def test_repeated_apply_gets_the_first_receipt(upgraded: UpgradedDeployment) -> None:
    def repeat_all() -> None:
        for person in ("ada", "mei"):
            token = tokens[person]
            for name, known in upgraded.issued["applications"].items():
                if known["candidate"] == person and "idempotency_key" in known:
                    path = f"/v1/postings/{known['receipt']['posting_id']}/applications"
                    key = known["idempotency_key"]
                    answer = upgraded.call("POST", path, known["draft"], token, Idempotency_Key=key)
                    # The receipt is signed anew, in the form of this version.
                    new = {"receipt": answer[1]["receipt"]}
                    assert answer == (202, known["receipt"] | new), name
                    other = {"cover_letter": "something else"}
                    status, _ = upgraded.call("POST", path, other, token, Idempotency_Key=key)
                    assert status == 422, name

    tokens = {person: upgraded.log_in(person) for person in ("ada", "mei")}
    repeat_all()
    upgraded.drain()
    repeat_all()


def test_second_application_for_a_posting_is_a_repeat(drained: UpgradedDeployment) -> None:
    token = drained.log_in("cem")
    for name in ("cem retried", "cem behind", "cem last"):
        receipt = drained.receipt(name)
        path = f"/v1/postings/{receipt['posting_id']}/applications"
        status, again = drained.call("POST", path, {}, token)
        new = {"repeat": True, "receipt": again["receipt"]}
        assert (status, again) == (202, receipt | new)
    before = len(stored(drained))
    drained.drain()
    assert len(stored(drained)) == before


def test_withdrawn_application_can_be_sent_again(drained: UpgradedDeployment) -> None:
    token = drained.log_in("dmitri")
    posting = drained.receipt("dmitri tombstone")["posting_id"]
    status, receipt = drained.call("POST", f"/v1/postings/{posting}/applications", {}, token)
    assert (status, receipt["repeat"]) == (202, False)


def test_alias_leads_to_its_application(upgraded: UpgradedDeployment) -> None:
    token = upgraded.log_in("bob")
    alias = upgraded.receipt("bob alias")["id"]
    status, progress = upgraded.call("GET", f"/v1/applications/{alias}", token=token)
    assert (status, progress["id"]) == (200, upgraded.receipt("bob stored")["id"])
    status, withdrawal = upgraded.call("POST", f"/v1/applications/{alias}/withdrawal", token=token)
    assert (status, withdrawal["id"]) == (202, upgraded.receipt("bob stored")["id"])
    upgraded.drain()
    assert stored(upgraded)["bob stored"]["active"] is False


def test_receipts_are_still_verified(upgraded: UpgradedDeployment) -> None:
    for known in upgraded.issued["applications"].values():
        receipt = known["receipt"]
        status, verified = upgraded.call("GET", f"/v1/receipts/{receipt['receipt']}")
        assert status == 200
        assert verified["id"] == receipt["id"]
        assert verified["posting_id"] == receipt["posting_id"]


def test_old_sessions_are_refreshed(upgraded: UpgradedDeployment) -> None:
    for name, person in upgraded.issued["people"].items():
        refresh = {"refresh_token": person["refresh_token"]}
        status, tokens = upgraded.call("POST", "/v1/sessions/refresh", refresh)
        assert status == (401 if name == "eve" else 200), name
        if status == 200:
            _, account = upgraded.call("GET", "/v1/account", token=tokens["access_token"])
            assert account["id"] == person["id"]
            assert account["name"] == person["name"]
            assert account["role"] == "candidate"
            assert account["second_factor"] is (name == "ada")
            _, found = upgraded.call("GET", "/v1/account/memberships", token=tokens["access_token"])
            former = [person["employer_id"]] if "employer_id" in person else []
            assert [one["slug"] for one in found["memberships"]] == former
            assert all(one["role"] == "recruiter" for one in found["memberships"])


def test_reused_refresh_token_ends_its_session(upgraded: UpgradedDeployment) -> None:
    person = upgraded.issued["people"]["mei"]
    for token in (person["stolen_refresh_token"], person["refresh_token"]):
        status, _ = upgraded.call("POST", "/v1/sessions/refresh", {"refresh_token": token})
        assert status == 401


def test_old_second_factor_is_asked_for(upgraded: UpgradedDeployment) -> None:
    person = upgraded.issued["people"]["ada"]
    credentials = {"email": person["email"], "password": person["password"]}
    status, _ = upgraded.call("POST", "/v1/sessions", credentials)
    assert status == 403
    code = pyotp.TOTP(person["totp_secret"]).now()
    status, _ = upgraded.call("POST", "/v1/sessions", {**credentials, "code": code})
    assert status == 200
    recovery = person["recovery_codes"].pop()
    for expected in (200, 403):
        status, _ = upgraded.call("POST", "/v1/sessions", {**credentials, "code": recovery})
        assert status == expected


def test_links_mailed_before_and_after_the_upgrade_work(drained: UpgradedDeployment) -> None:
    cems = drained.log_in("cem")
    late = drained.issued["mailed_link"]
    fresh = link_to(drained, "register", "new@example.com")
    # The password is the one with which the address was registered.
    password = drained.issued["people"]["ada"]["password"]
    for token in (late["token"], fresh):
        body = {"token": token, "password": password}
        status, _ = drained.call("POST", "/v1/accounts/confirmation", body)
        assert status == 201
    reset = {
        "token": link_to(drained, "reset-password", "dmitri@example.com"),
        "password": "tar & feathers",
    }
    status, _ = drained.call("POST", "/v1/passwords/reset", reset)
    assert status == 204
    changed = {"token": link_to(drained, "change-email", "cem2@example.com")}
    status, _ = drained.call("POST", "/v1/account/email/confirmation", changed, cems)
    assert status == 204
    _, account = drained.call("GET", "/v1/account", token=cems)
    assert account["email"] == "cem2@example.com"


def test_old_posting_is_readable_and_found(upgraded: UpgradedDeployment) -> None:
    known = upgraded.issued["postings"]["old"]
    status, posting = upgraded.call("GET", f"/v1/postings/{known['id']}")
    assert status == 200
    assert posting["title"] == known["title"]
    assert (posting["workplace"], posting["employment"]) == ("on-site", "full-time")
    for query in ("q=brulee", "q=galley", "employment=full-time&q=cook"):
        status, page = upgraded.call("GET", f"/v1/postings?{query}")
        assert [one["id"] for one in page["postings"]] == [known["id"]], query


def test_closed_posting_takes_no_applications(upgraded: UpgradedDeployment) -> None:
    token = upgraded.log_in("cem")
    posting = upgraded.issued["postings"]["closed"]["id"]
    status, _ = upgraded.call("POST", f"/v1/postings/{posting}/applications", {}, token)
    assert status == 409
