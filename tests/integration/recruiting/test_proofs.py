"""Receipts over HTTP, heads of accepted logs, proofs, and audits that name tampering."""

# ruff: noqa: S311 - the random numbers protect nothing

from __future__ import annotations

import hashlib
import json
import os
import random
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from chalice.test import Client
from redis import Redis

from chalicelib.auth.models import SigningKey
from chalicelib.auth.sessions.signed_claims import read_claims, read_jwks
from chalicelib.auth.sessions.signing_keys import SigningKeys, generate_signing_key
from chalicelib.bootstrap.container import Container
from chalicelib.common.ids import new_id
from chalicelib.recruiting.applications.models import ApplicationDraft
from chalicelib.recruiting.applications.receipts import RECEIPT_TYPE
from chalicelib.recruiting.equation import accepted_log
from chalicelib.recruiting.proofs import head_publisher
from chalicelib.recruiting.proofs.merkle import is_consistent, is_included, leaf_hash, root_of
from chalicelib.recruiting.proofs.posting_auditor import PostingAuditor
from chalicelib.recruiting.proofs.signed_heads import HEAD_TYPE
from chalicelib.recruiting.proofs.tree_repository import LogName
from infrastructure.cli.main import main as command_line
from tests.integration.recruiting.candidates import Candidate, drain_applications
from tests.integration.recruiting.equations import make_checker
from tests.integration.recruiting.steps import apply, get, problem, publish
from tests.support.lanes import RecordingWaker

TRIALS = int(os.environ.get("HIRELANE_TAMPER_TRIALS", "15"))


@pytest.fixture(autouse=True)
def small_chunks(parts: Container, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make logs of several chunks, and wake no drain."""
    monkeypatch.setattr(accepted_log, "CHUNK", 4)
    parts.override(waker=RecordingWaker())
    parts.equation.checker.begin()


@pytest.fixture
def posting(parts: Container) -> str:
    return publish(parts)


def accept(parts: Container, posting: str, count: int) -> list[str]:
    """Accept applications of new candidates for a posting, and store them. Return their ids."""
    ids = []
    for number in range(count):
        candidate = new_id()
        parts.database["accounts"].insert_one(
            {"_id": candidate, "name": "Ada", "email": f"{candidate}@example.com"}
        )
        receipt, _ = parts.recruiting.apply_service.apply(
            candidate, posting, ApplicationDraft(f"Hello {number}"), "-"
        )
        ids.append(receipt.id)
    drain_applications(parts)
    return ids


def publish_heads(parts: Container) -> None:
    """Do what the schedules of a minute do: move the logs, and publish heads."""
    parts.equation.log_mover.move(5)
    report = parts.proofs.head_publisher.run()
    assert report.rewritten == []


def claims_of(parts: Container, receipt: str) -> dict[str, Any]:
    """Return the claims of a receipt, or of the one that an interim receipt is exchanged for."""
    receipt = parts.proofs.receipts.verify(receipt).receipt or receipt
    keys = read_jwks(parts.proofs.receipts.public_keys())
    claims = read_claims(receipt, RECEIPT_TYPE, keys.get)
    assert claims
    return claims


def read_json(http: Client, path: str, token: str = "") -> Any:
    answer = get(http, path, token)
    assert answer.status_code == 200, answer.body
    return json.loads(answer.body)


def test_receipt_claims_what_was_accepted(
    http: Client, ada: Candidate, parts: Container, posting: str
) -> None:
    accept(parts, posting, 2)
    publish_heads(parts)
    draft = {"cover_letter": "Hello", "links": ["https://example.com"]}
    first = json.loads(apply(http, ada.token, posting, key="k", **draft).body)
    claims = claims_of(parts, first["receipt"])
    text = '{"cover_letter":"Hello","links":["https://example.com"]}'
    head = read_json(http, f"/v1/postings/{posting}/log")["heads"][0]
    assert claims == {
        "iss": "https://hirelane.example",
        "jti": first["id"],
        "sub": ada.id,
        "posting": posting,
        "accepted_at": claims["accepted_at"],
        "log": "0",
        "sequence": 3,
        "revision": 1,
        "hashes": {
            "text": hashlib.sha256(text.encode()).hexdigest(),
            "answers": hashlib.sha256(b"{}").hexdigest(),
            "files": hashlib.sha256(b"[]").hexdigest(),
        },
        "head": {"size": 2, "root": head["root"]},
    }
    publish_heads(parts)
    # The same key gets the same receipt, although there is a newer head.
    assert json.loads(apply(http, ada.token, posting, key="k", **draft).body) == first
    # Another text, which was not accepted, is not claimed.
    other = json.loads(apply(http, ada.token, posting, cover_letter="Changed").body)
    assert other["repeat"]
    without = {name: claims[name] for name in claims.keys() - {"hashes", "revision", "head"}}
    assert claims_of(parts, other["receipt"]) == without
    # The complete receipt, before and after the application is stored.
    path = f"/v1/applications/{first['id']}/receipt"
    newer = {"size": 3, "root": root_of(map(leaf_hash, log_of(parts, posting))).hex()}
    for _ in range(2):
        receipt = read_json(http, path, ada.token)["receipt"]
        assert claims_of(parts, receipt) == {**claims, "head": newer}
        drain_applications(parts)
    assert problem(get(http, f"/v1/applications/{new_id()}/receipt", ada.token))[0] == 404


def log_of(parts: Container, posting: str) -> list[str]:
    return [one for _, ids in parts.equation.accepted_log.read(posting) for one in ids]


def test_sequence_continues_after_redis_lost_its_memory(
    http: Client, ada: Candidate, parts: Container, posting: str, redis: Redis
) -> None:
    accept(parts, posting, 5)
    publish_heads(parts)
    redis.flushall()
    receipt = json.loads(apply(http, ada.token, posting).body)["receipt"]
    assert claims_of(parts, receipt)["sequence"] == 6
    drain_applications(parts)
    publish_heads(parts)
    assert log_of(parts, posting)[5] == claims_of(parts, receipt)["jti"]


def test_proofs_lead_to_the_signed_heads(
    http: Client, ada: Candidate, bob: Candidate, parts: Container, posting: str
) -> None:
    application = ada.apply(posting)
    path = f"/v1/applications/{application}/log-proof"
    assert problem(get(http, path, ada.token)) == (409, "proof-not-ready")
    for count in (3, 1, 6):
        accept(parts, posting, count)
        publish_heads(parts)
    page = read_json(http, f"/v1/postings/{posting}/log?log=0&limit=2")
    assert [one["size"] for one in page["heads"]] == [11, 5]
    rest = read_json(http, f"/v1/postings/{posting}/log?log=0&cursor={page['next']}")
    assert [one["size"] for one in rest["heads"]] == [4]
    keys = read_jwks(read_json(http, "/v1/receipts/keys"))
    for head in page["heads"] + rest["heads"]:
        claims = read_claims(head["signed"], HEAD_TYPE, keys.get)
        assert claims
        assert (claims["size"], claims["root"]) == (head["size"], head["root"])
    proof = read_json(http, path, ada.token)
    assert is_included(
        leaf_hash(application),
        proof["sequence"] - 1,
        proof["head"]["size"],
        [bytes.fromhex(one) for one in proof["path"]],
        bytes.fromhex(page["heads"][0]["root"]),
    )
    assert problem(get(http, path, bob.token)) == (404, "application-not-found")
    consistency = f"/v1/postings/{posting}/log/consistency?log=0"
    for first, second in ((4, 5), (5, 11), (4, 11), (11, 11)):
        proof = read_json(http, f"{consistency}&first={first}&second={second}")
        assert is_consistent(
            first,
            bytes.fromhex(proof["first"]["root"]),
            second,
            bytes.fromhex(proof["second"]["root"]),
            [bytes.fromhex(one) for one in proof["path"]],
        )
    for query in ("&first=3&second=5", "&first=5&second=4", "&first=0&second=5"):
        assert problem(get(http, consistency + query, "")) == (422, "invalid-fields")
    assert problem(get(http, f"/v1/postings/{posting}/log?log=9", "")) == (422, "invalid-fields")


def test_new_head_reads_only_new_entries(
    parts: Container, posting: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    accept(parts, posting, 30)
    publish_heads(parts)
    hashed: list[str] = []

    def record(entry: str) -> bytes:
        hashed.append(entry)
        return leaf_hash(entry)

    monkeypatch.setattr(head_publisher, "leaf_hash", record)
    new = accept(parts, posting, 3)
    publish_heads(parts)
    # One more: the last entry of the head before it.
    assert len(hashed) == 4
    assert hashed[-3:] == new
    publish_heads(parts)
    assert len(hashed) == 4


def rewrite(parts: Container, posting: str, change: Callable[[list[str]], None]) -> None:
    """Change the accepted log of a posting behind our back."""
    ids = log_of(parts, posting)
    change(ids)
    chunks = parts.database["accepted_log"]
    chunks.delete_many({"_id": {"$regex": f"^{posting}"}})
    for start in range(0, len(ids), 4):
        part = ids[start : start + 4]
        chunks.insert_one(
            {
                "_id": f"{posting}:0:{start // 4:08}",
                "ids": part,
                "count": len(part),
                "last": part[-1],
            }
        )


def remove(one: str, ids: list[str]) -> None:
    ids.remove(one)


def replace(place: int, ids: list[str]) -> None:
    ids[place] = new_id()


@pytest.mark.parametrize("what", ["last entry", "first entry", "shorter", "head", "newest head"])
def test_rewritten_log_is_an_alarm_and_is_not_signed(
    parts: Container, posting: str, what: str, capsys: pytest.CaptureFixture[str]
) -> None:
    for _ in range(2):
        accept(parts, posting, 6)
        publish_heads(parts)
    heads = parts.database["tree_heads"]
    if what == "head":
        heads.update_one({"size": 12}, {"$set": {"root": b"0" * 32}})
    elif what == "newest head":
        heads.delete_one({"size": 12})
    elif what == "shorter":
        rewrite(parts, posting, lambda ids: ids.__delitem__(-1))
    else:
        place = 0 if what == "first entry" else -1
        rewrite(parts, posting, partial(replace, place))
    before = heads.count_documents({})
    if what == "first entry":
        # The hourly check of the whole log finds it.
        parts.database["tree_schedule"].update_many({}, {"$unset": {"check_at": ""}})
    parts.proofs.trees.mark_changed([LogName(posting, "0")])
    capsys.readouterr()
    assert parts.proofs.publish() == 0
    assert '"accepted_log_rewritten":[1.0]' in capsys.readouterr().out
    assert heads.count_documents({}) == before


def make_auditor(parts: Container) -> PostingAuditor:
    keys = read_jwks(parts.proofs.receipts.public_keys())
    return PostingAuditor(
        parts.equation.accepted_log,
        parts.proofs.trees,
        make_checker(parts),
        parts.equation.stored,
        parts.recruiting.applications,
        parts.equation.removed,
        lambda text: read_claims(text, HEAD_TYPE, keys.get),
        lambda text: read_claims(text, RECEIPT_TYPE, keys.get),
    )


def test_tampering_is_found_and_named(parts: Container, posting: str) -> None:
    chosen = random.Random(5)
    for count in (5, 4, 8, 3):
        accept(parts, posting, count)
        publish_heads(parts)
    ids = log_of(parts, posting)
    receipts = {one: receipt_of(parts, one) for one in ids}
    auditor = make_auditor(parts)
    clean = auditor.audit(posting, list(receipts.values()))
    assert (clean.findings, clean.accepted, clean.heads, clean.receipts) == ([], 20, 4, 20)
    applications, log = parts.database["applications"], parts.database["accepted_log"]
    chunks = list(log.find())
    for number in range(TRIALS):
        victim = chosen.choice(ids)
        place = ids.index(victim)
        document = applications.find_one({"_id": victim})
        assert document
        way = number % 5
        if way in (0, 1, 2):
            applications.delete_one({"_id": victim})
        if way in (1, 3):
            rewrite(parts, posting, partial(remove, victim))
        if way in (2, 4):
            rewrite(parts, posting, partial(replace, place))
        with_receipt = [receipts[victim]] if way in (1, 2) else []
        audit = auditor.audit(posting, with_receipt)
        assert victim in audit.names, (way, place, audit.findings)
        if way:
            disagreeing = [size for size in (5, 9, 17, 20) if size > place]
            words = f"The log contradicts {len(disagreeing)} of 4 published heads."
            assert any(words in one for one in audit.findings), audit.findings
            numbered = f"Entry {place + 1} is no longer in its place"
            assert any(numbered in one for one in audit.findings), audit.findings
        applications.replace_one({"_id": victim}, document, upsert=True)
        log.delete_many({})
        log.insert_many(chunks)
        parts.database["removed_applications"].delete_many({})
    assert auditor.audit(posting).findings == []
    applications.update_one({"_id": ids[3]}, {"$set": {"cover_letter": "Changed"}})
    [finding] = auditor.audit(posting, [receipts[ids[3]]]).findings
    assert f"the stored text of application {ids[3]} was changed" in finding


def receipt_of(parts: Container, application: str) -> str:
    found = parts.database["applications"].find_one({"_id": application})
    assert found
    return parts.proofs.proof_service.get_receipt(found["candidate_id"], application).receipt


def test_command_verifies_a_receipt_without_a_network(
    parts: Container, posting: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    [application] = accept(parts, posting, 1)
    receipt, rotated = receipt_of(parts, application), generate_signing_key()
    # The key that signed the receipt is not the newest any more.
    old = parts.api_secrets.receipt_keys
    ring = SigningKeys(lambda: [SigningKey(rotated["kid"], rotated["private_key"]), *old]).ring
    keys, file = tmp_path / "keys.json", tmp_path / "receipt.txt"
    keys.write_text(json.dumps(ring.jwks()))
    file.write_text(f"{receipt}\n")
    command = ["proofs", "receipt", str(file), "--keys", str(keys)]
    capsys.readouterr()
    assert command_line(command) == 0
    out = capsys.readouterr().out
    assert "The receipt is genuine:\n  issued by   https://hirelane.example" in out
    assert f"application {application}" in out
    assert max(map(len, out.splitlines())) <= 80
    candidate = new_id()
    answer, _ = parts.recruiting.apply_service.apply(candidate, posting, ApplicationDraft(), "-")
    for wrong, words in (
        (f"{receipt[:60]}x{receipt[61:]}", "not valid"),
        ("x", "three parts"),
        (answer.receipt, "Exchange it"),
    ):
        file.write_text(wrong)
        assert command_line(command) == 1
        assert words in capsys.readouterr().out


def test_command_names_a_deleted_document(
    parts: Container,
    posting: str,
    tmp_path: Path,
    stores: Any,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    ids = accept(parts, posting, 3)
    publish_heads(parts)
    keys = tmp_path / "keys.json"
    keys.write_text(json.dumps(parts.proofs.receipts.public_keys()))
    monkeypatch.setenv("REDIS_URL", stores.redis_url)
    monkeypatch.setenv("MONGODB_URI", stores.mongodb_uri)
    monkeypatch.setattr("chalicelib.recruiting.equation.checker.GRACE_SECONDS", 0)
    command = ["proofs", "posting", posting, "--keys", str(keys)]
    assert command_line(command) == 0
    assert "nothing is missing" in capsys.readouterr().out
    parts.database["applications"].delete_one({"_id": ids[1]})
    assert command_line(command) == 1
    assert (
        f"Application {ids[1]} was accepted, but its document is gone." in capsys.readouterr().out
    )


def test_each_revision_has_a_receipt_of_its_own(
    http: Client, ada: Candidate, parts: Container, posting: str
) -> None:
    first = json.loads(apply(http, ada.token, posting, cover_letter="one").body)
    drain_applications(parts)
    path = f"/v1/applications/{first['id']}"
    sent = [claims_of(parts, first["receipt"])]
    for text in ("two", "three"):
        answer, _ = parts.amendments.service.amend(
            ada.id, first["id"], ApplicationDraft(text), "-", None
        )
        sent.append(claims_of(parts, answer.receipt))
        drain_applications(parts)
    for n, claims in enumerate(sent, 1):
        receipt = read_json(http, f"{path}/receipt?revision={n}", ada.token)["receipt"]
        found = claims_of(parts, receipt)
        assert (found["revision"], found["sequence"]) == (n, 1)
        assert found["hashes"] == claims["hashes"]
        assert found["accepted_at"] == claims["accepted_at"]
    assert claims_of(parts, read_json(http, f"{path}/receipt", ada.token)["receipt"]) == found
    assert problem(get(http, f"{path}/receipt?revision=4", ada.token))[0] == 404
