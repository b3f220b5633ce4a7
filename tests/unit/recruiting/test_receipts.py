"""Receipts: issue, verify, and forged texts."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.auth.credentials.derived_keys import DerivedKey
from chalicelib.queue import AcceptedJob
from chalicelib.recruiting.applications.errors import ReceiptNotFound
from chalicelib.recruiting.applications.models import VerifiedReceipt
from chalicelib.recruiting.applications.receipts import ReceiptService

IDS = st.uuids().map(str)
TIMES = st.datetimes(
    min_value=datetime(2020, 1, 1),
    max_value=datetime(2100, 1, 1),
    timezones=st.just(UTC),
).map(lambda at: at.replace(microsecond=at.microsecond // 1000 * 1000))
SERVICE = ReceiptService(DerivedKey("secret", "receipt"))


@given(IDS, IDS, TIMES, st.booleans())
def test_verify_returns_what_was_issued(
    application_id: str, posting_id: str, accepted_at: datetime, repeat: bool
) -> None:
    accepted = AcceptedJob(application_id, accepted_at, 3, repeated=False, is_duplicate=False)
    receipt = SERVICE.issue(posting_id, accepted, repeat=repeat)
    assert (receipt.id, receipt.position, receipt.repeat) == (application_id, 3, repeat)
    verified = SERVICE.verify(receipt.receipt)
    assert verified == VerifiedReceipt(application_id, posting_id, accepted_at)


@given(st.text())
def test_forged_receipt_is_not_found(text: str) -> None:
    with pytest.raises(ReceiptNotFound):
        SERVICE.verify(text)


def test_receipt_of_another_key_is_not_found() -> None:
    accepted = AcceptedJob("a", datetime.now(UTC), 1, repeated=False, is_duplicate=False)
    other = ReceiptService(DerivedKey("other secret", "receipt"))
    with pytest.raises(ReceiptNotFound):
        SERVICE.verify(other.issue("p", accepted, repeat=False).receipt)
