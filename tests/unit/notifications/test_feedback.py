"""Reports of SES about e-mails: which of them end the e-mails to an address."""

from __future__ import annotations

import copy
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.notifications.feedback import FeedbackHandler
from chalicelib.notifications.ledger import LedgerEntry, MailLedger
from chalicelib.notifications.models import SuppressionReason
from chalicelib.notifications.suppressions import SuppressionRepository
from tests.support.feedback import TOPIC, bounce, complaint, event, mail

SENT_AT = datetime(2026, 11, 5, 16, 59, tzinfo=UTC)
KEY = "k" * 43
MAIL = mail("mail-1", "ses-1", KEY)


class KnownLedger(MailLedger):
    """A ledger with one e-mail that SES has answered, and one that it has not."""

    def __init__(self) -> None:
        pass

    def find_begun(self, mail_id: str) -> LedgerEntry | None:
        known = {"mail-1": LedgerEntry(SENT_AT, "ses-1"), "mail-2": LedgerEntry(SENT_AT, None)}
        return known.get(mail_id)


class RecordingSuppressions(SuppressionRepository):
    def __init__(self) -> None:
        self.added: list[tuple[str, SuppressionReason, datetime]] = []

    def add(self, key: str, reason: SuppressionReason, sent_at: datetime) -> bool:
        self.added.append((key, reason, sent_at))
        return True


def handle(given: Any) -> tuple[dict[str, int], list[tuple[str, SuppressionReason, datetime]]]:
    suppressions = RecordingSuppressions()
    return FeedbackHandler(KnownLedger(), suppressions, TOPIC).handle(given), suppressions.added


@pytest.mark.parametrize(
    ("message", "result", "reason"),
    [
        (bounce(MAIL), "bounce", SuppressionReason.BOUNCE),
        (bounce(mail("mail-2", "any", KEY)), "bounce", SuppressionReason.BOUNCE),
        (complaint(MAIL), "complaint", SuppressionReason.COMPLAINT),
        (complaint(MAIL, None), "complaint", SuppressionReason.COMPLAINT),
        (complaint(MAIL, "not-spam"), "ignored", None),
        (complaint(MAIL, "auth-failure"), "ignored", None),
        # A full mailbox, a message that is too large, an answer that SES does not understand.
        (bounce(MAIL, "Transient"), "ignored", None),
        (bounce(MAIL, "Undetermined"), "ignored", None),
        ({"eventType": "Delivery", "mail": MAIL, "delivery": {}}, "ignored", None),
        ({"eventType": "Bounce", "mail": MAIL}, "ignored", None),
        # Nothing that we sent.
        (bounce(mail("mail-3", "ses-1", KEY)), "refused", None),
        (bounce(mail("mail-1", "ses-2", KEY)), "refused", None),
        (bounce(mail("mail-1", "ses-1", "ada@example.com")), "refused", None),
        (bounce(mail('{"$gt": ""}', "ses-1", KEY)), "refused", None),
        (bounce({**MAIL, "tags": {}}), "refused", None),
        (bounce({**MAIL, "tags": {**MAIL["tags"], "mail": []}}), "refused", None),
        (bounce({**MAIL, "tags": {"mail": {"$ne": 1}}}), "refused", None),
        ("Successfully validated SNS topic", "refused", None),
        ("[" * 100_000, "refused", None),
        ("\ud800", "refused", None),
        (" " * 300_000, "refused", None),
    ],
    ids=lambda value: str(value)[:30] if isinstance(value, str) else "",
)
def test_report_decides_about_the_address(
    message: Any, result: str, reason: SuppressionReason | None
) -> None:
    added = [(KEY, reason, SENT_AT)] if reason else []
    assert handle(event(message)) == ({result: 1}, added)


@pytest.mark.parametrize(
    "wrong",
    [
        event(bounce(MAIL), topic="another-topic"),
        event(bounce(MAIL), source="aws:s3"),
        {},
        {"Records": None},
        {"Records": [None]},
        {"Records": [{"EventSource": "aws:sns", "Sns": []}]},
    ],
)
def test_event_of_another_source_is_refused(wrong: dict[str, Any]) -> None:
    assert handle(wrong) == ({"refused": 1}, [])


def test_without_a_topic_every_event_is_refused() -> None:
    suppressions = RecordingSuppressions()
    handler = FeedbackHandler(KnownLedger(), suppressions, "")
    assert handler.handle(event(bounce(MAIL), topic="")) == {"refused": 1}
    assert suppressions.added == []


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner),
    max_leaves=8,
)


@given(st.data())
def test_no_changed_report_ends_the_mail_of_another_address(data: st.DataObject) -> None:
    """Only the tag of our own e-mail can be suppressed, whatever stands elsewhere."""
    report: Any = event(bounce(MAIL))["Records"][0]
    message = bounce(copy.deepcopy(MAIL))
    parts: Any = data.draw(st.sampled_from([report, report["Sns"], message, message["mail"]]))
    changed = {**parts, data.draw(st.sampled_from(sorted(parts))): data.draw(JSON)}
    if parts is report:
        given: Any = {"Records": [changed]}
    elif parts is report["Sns"]:
        given = {"Records": [{**report, "Sns": changed}]}
    else:
        given = event(changed if parts is message else {**message, "mail": changed})
    results, added = handle(given)
    assert sum(results.values()) == 1
    assert added in ([], [(KEY, SuppressionReason.BOUNCE, SENT_AT)])
