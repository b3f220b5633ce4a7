"""Erasure reaches everything that MongoDB, Redis, the bucket and the logs hold of a person."""

from __future__ import annotations

import io
import re

import pytest
from chalice.test import Client

from chalicelib.bootstrap.container import Container
from chalicelib.recruiting.applicant_index import indexer
from tests.integration.auth.api_requests import body_of, send
from tests.integration.auth.people import PASSWORD
from tests.integration.auth.store_scanner import StoreScanner
from tests.integration.employers.canary import WORD, CanaryScene
from tests.integration.employers.yard import Yard


@pytest.fixture
def scene(yard: Yard, http: Client, monkeypatch: pytest.MonkeyPatch) -> CanaryScene:
    yard.parts.operations.prepare()
    monkeypatch.setattr(indexer, "LEAST_WAITING", 1)
    return CanaryScene(yard, http)


def test_deleted_account_leaves_no_word_in_any_store(
    scene: CanaryScene, parts: Container, log: io.StringIO, capfd: pytest.CaptureFixture[str]
) -> None:
    scene.do_everything()
    candidate = scene.candidate
    words, ids = StoreScanner(parts, WORD), StoreScanner(parts, candidate.id)
    for scanner in (words, ids):
        kinds = {re.sub("[0-9a-f]{8}-.*", "", place) for place in scanner.places()}
        assert kinds > {"accounts", "applications", "revisions", "files/", "{hl0}:job:"}
    assert words.places() > {"applicant_blocks", "employers", "guest_applications", "operations"}
    body = {"password": PASSWORD}
    body_of(send(scene.http, "POST", "/v1/account/deletion", body, candidate.token), 204)
    scene.sweep()
    assert words.places() == set()
    # The audit log names accounts. Redis refuses the tokens of the account until they expire.
    revoked = f"{{hl0}}:revoked:applications:{candidate.id}"
    assert ids.places() == {"account_events", revoked, f"{revoked}:{candidate.session_id}"}
    assert parts.redis.ttl(revoked) > 0
    written = capfd.readouterr()
    for text in (log.getvalue(), written.out, written.err):
        assert '"stored"' in text or not text
        assert not words.holds(text)
