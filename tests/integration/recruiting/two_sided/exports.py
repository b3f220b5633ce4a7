"""Exports in the state machine: they have all of a candidate, and nothing that a member wrote."""

from __future__ import annotations

import msgspec

from chalicelib.bootstrap.container import Container
from tests.integration.recruiting.pipelines import EMAIL, RECRUITER
from tests.integration.recruiting.two_sided.model import Model


def check_export(parts: Container, model: Model, candidate: str) -> None:
    """Compare the applications in an export with those of the model; no job may wait."""
    exported = {one.id: one for one in parts.data_exports.applications.read(candidate)}
    expected = {
        one: application
        for one, application in model.applications.items()
        if application.candidate == candidate
    }
    assert exported.keys() >= expected.keys()
    for one, application in expected.items():
        content = exported[one].content
        assert (content["status"] == "withdrawn") == application.withdrawn
        if application.is_tombstone:
            # The job that would have stored it may be dead-lettered.
            continue
        letters = [revision["cover_letter"] for revision in content["revisions"]]
        assert letters == application.texts
    for one in exported.keys() - expected.keys():
        # It was dead-lettered, and is still what the candidate sent.
        assert [revision["cover_letter"] for revision in exported[one].content["revisions"]]
    text = msgspec.json.encode([one.content for one in exported.values()]).decode()
    assert EMAIL.message not in text
    assert RECRUITER.account_id not in text
