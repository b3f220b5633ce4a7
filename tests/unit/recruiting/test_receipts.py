"""Receipts: issue and verify, receipts of earlier versions, and changed texts."""

# ruff: noqa: S311 - the random numbers protect nothing

from __future__ import annotations

import hashlib
import random
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.auth.credentials.derived_keys import DerivedKey
from chalicelib.auth.models import SigningKey
from chalicelib.auth.sessions.key_rotation import rotate_receipt_keys
from chalicelib.auth.sessions.signed_claims import (
    ClaimsSigner,
    MacClaimsSigner,
    read_claims,
    read_jwks,
)
from chalicelib.auth.sessions.signing_keys import SigningKeys, generate_signing_key
from chalicelib.queue import AcceptedJob, Shards
from chalicelib.recruiting.applications.content_hashes import (
    canonical_json,
    hash_application,
    hash_document,
)
from chalicelib.recruiting.applications.contents import content_of
from chalicelib.recruiting.applications.errors import ReceiptNotFound
from chalicelib.recruiting.applications.jobs import Application
from chalicelib.recruiting.applications.models import (
    ApplicationDraft,
    TreeHead,
    VerifiedReceipt,
)
from chalicelib.recruiting.applications.receipts import (
    HMAC_LIFETIME,
    RECEIPT_TYPE,
    ReceiptService,
)
from chalicelib.recruiting.files.models import AttachedFile

IDS = st.uuids().map(str)
TIMES = st.datetimes(
    min_value=datetime.now() - timedelta(days=700),
    max_value=datetime(2100, 1, 1),
    timezones=st.just(UTC),
).map(lambda at: at.replace(microsecond=at.microsecond // 1000 * 1000))
FORMER_KEY = DerivedKey("secret", "receipt")
INTERIM_KEY = DerivedKey("secret", "interim-receipt")
HASHES = hash_application(Application("ada", "p", ApplicationDraft("Hello")))


def make_keys(*stored: dict[str, Any]) -> SigningKeys:
    return SigningKeys(lambda: [SigningKey(**one) for one in stored])


def make_service(keys: SigningKeys, interim_key: DerivedKey = INTERIM_KEY) -> ReceiptService:
    lanes = Shards(None, "applications")  # type: ignore[arg-type]
    signer = ClaimsSigner(keys, RECEIPT_TYPE)
    interim = MacClaimsSigner(interim_key, RECEIPT_TYPE)
    return ReceiptService(signer, interim, FORMER_KEY, lanes, lambda: "https://hirelane.example")


KEY = generate_signing_key()
SERVICE = make_service(make_keys(KEY))
ACCEPTED = AcceptedJob(
    "a", datetime(2026, 11, 1, tzinfo=UTC), 1, False, False, number=4, log_head=f"3:{'0' * 64}"
)
INTERIM = SERVICE.issue("ada", "p", ACCEPTED, HASHES, repeat=False).receipt
RECEIPT = SERVICE.verify(INTERIM).receipt


@given(IDS, IDS, IDS, TIMES, st.booleans())
def test_verify_returns_what_was_issued(
    application_id: str, candidate_id: str, posting_id: str, accepted_at: datetime, repeat: bool
) -> None:
    accepted = AcceptedJob(application_id, accepted_at, 3, False, False, number=7)
    content = None if repeat else HASHES
    receipt = SERVICE.issue(candidate_id, posting_id, accepted, content, repeat=repeat)
    assert (receipt.id, receipt.position, receipt.repeat) == (application_id, 3, repeat)
    verified = SERVICE.verify(receipt.receipt)
    content_of_receipt = VerifiedReceipt(
        *(application_id, posting_id, accepted_at, candidate_id, "0", 7),
        revision=0 if repeat else 1,
        hashes=content,
    )
    assert verified == msgspec.structs.replace(content_of_receipt, receipt=verified.receipt)
    # The receipt that is exchanged for it claims the same, and anyone can check it.
    assert SERVICE.verify(verified.receipt) == content_of_receipt
    keys = read_jwks(SERVICE.public_keys())
    assert read_claims(verified.receipt, RECEIPT_TYPE, keys.get)
    assert read_claims(receipt.receipt, RECEIPT_TYPE, keys.get) is None


def test_receipt_names_the_newest_head() -> None:
    assert SERVICE.verify(RECEIPT).head == TreeHead(3, "0" * 64)
    # What is signed again for a repeated idempotency key is the same.
    assert SERVICE.issue("ada", "p", ACCEPTED, HASHES, repeat=False).receipt == INTERIM
    assert SERVICE.verify(INTERIM).receipt == RECEIPT


@given(st.text())
def test_forged_receipt_is_not_found(text: str) -> None:
    with pytest.raises(ReceiptNotFound):
        SERVICE.verify(text)


def test_no_receipt_with_a_changed_bit_verifies() -> None:
    keys = read_jwks(SERVICE.public_keys())
    assert read_claims(RECEIPT, RECEIPT_TYPE, keys.get)
    chosen = random.Random(7)
    for number in range(2000):
        receipt = INTERIM if number % 2 else RECEIPT
        place, bit = chosen.randrange(len(receipt)), chosen.randrange(8)
        changed = bytearray(receipt.encode())
        changed[place] ^= 1 << bit
        text = changed.decode("latin-1")
        assert read_claims(text, RECEIPT_TYPE, keys.get) is None, (place, bit)
        with pytest.raises(ReceiptNotFound):
            SERVICE.verify(text)


def test_receipt_of_another_key_or_kind_is_not_found() -> None:
    other = make_service(make_keys(generate_signing_key()), DerivedKey("other", "interim-receipt"))
    interim = other.issue("ada", "p", ACCEPTED, HASHES, repeat=False).receipt
    for receipt in (interim, other.verify(interim).receipt):
        with pytest.raises(ReceiptNotFound):
            SERVICE.verify(receipt)
    with pytest.raises(ReceiptNotFound):
        SERVICE.verify(ClaimsSigner(make_keys(KEY), "hirelane-tree-head+jwt").sign({"jti": "a"}))


def test_receipt_of_before_rotations_verifies() -> None:
    stored: list[dict[str, Any]] = [dict(KEY)]
    for _ in range(3):
        stored = rotate_receipt_keys(stored, clock=time.time)
    after = make_service(SigningKeys(lambda: [SigningKey(**one) for one in stored]))
    assert after.verify(RECEIPT) == SERVICE.verify(RECEIPT)
    # Offline, with nothing but the published keys.
    assert read_claims(RECEIPT, RECEIPT_TYPE, read_jwks(after.public_keys()).get)
    # An interim receipt of before is exchanged for one of the new key.
    newest = after.verify(INTERIM).receipt
    assert newest.partition(".")[0] != RECEIPT.partition(".")[0]


def test_receipts_with_hmac_expire_after_two_years() -> None:
    now = datetime.now(UTC).replace(microsecond=0)
    for age, is_known in ((timedelta(days=1), True), (HMAC_LIFETIME + timedelta(days=1), False)):
        at = now - age
        former = FORMER_KEY.token(f"a.p.{round(at.timestamp() * 1000)}")
        accepted = AcceptedJob("a", at, 1, False, False)
        interim = SERVICE.issue("ada", "p", accepted, None, repeat=False).receipt
        if is_known:
            assert SERVICE.verify(former) == VerifiedReceipt("a", "p", at)
            assert SERVICE.verify(interim).accepted_at == at
            continue
        for receipt in (former, interim):
            with pytest.raises(ReceiptNotFound):
                SERVICE.verify(receipt)


def test_hashes_do_not_depend_on_where_the_content_is() -> None:
    draft = ApplicationDraft(
        "Grüße \u2028\x00", ["https://a.example"], form_version=2, answers={"q": 1, "a": ["x"]}
    )
    files = tuple(AttachedFile("f", "a.txt", "txt", 3, one * 64) for one in "ba")
    of_job = hash_application(Application("ada", "p", draft, files=files))
    stored = content_of(draft, files=files)
    assert hash_document(stored) == of_job
    assert of_job.answers == hashlib.sha256(b'{"a":["x"],"q":1}').hexdigest()
    assert hash_document({**stored, "files": stored["files"][::-1]}) != of_job
    # Documents of earlier versions have no answers; a tombstone has no content.
    empty = {"cover_letter": "", "links": []}
    assert hash_document(empty) == hash_application(Application("ada", "p", ApplicationDraft()))
    assert hash_document({"withdrawn_at": 1}) is None
    assert canonical_json({"b": "ä\n", "a": [1]}) == '{"a":[1],"b":"ä\\n"}'.encode()
