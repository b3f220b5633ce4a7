"""Limits of an employer in the state machine: an owner changes it while candidates apply."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from unittest.mock import patch

from hypothesis import strategies as st
from hypothesis.stateful import rule

from chalicelib.common import times
from chalicelib.common.errors import TooManyRequests
from chalicelib.common.versions import ExpectedVersions
from chalicelib.recruiting.applications.errors import ApplicationLimitReached
from chalicelib.recruiting.applications.models import ApplicationDraft, Receipt
from chalicelib.recruiting.postings.publisher import PostingPublisher
from tests.integration.recruiting.killer import Killed
from tests.integration.recruiting.pipelines import EMPLOYER
from tests.integration.recruiting.two_sided.forms import TwoSidedWithForms
from tests.integration.recruiting.two_sided.machine import CANDIDATES


class TwoSidedWithLimits(TwoSidedWithForms):
    """Applications count from when the employer has a limit, for all of its postings together."""

    def __init__(self) -> None:
        super().__init__()
        self.limit: int | None = None
        self.counted: Counter[str] = Counter()

    @rule(candidate=CANDIDATES, limit=st.sampled_from((None, 1, 3, 6)), is_killed=st.booleans())
    def change_limit(self, candidate: int, limit: int | None, is_killed: bool) -> None:
        """An owner changes the limit, and a candidate applies and withdraws until it is reached.

        The process may die between the postings and their gates; then the sweep writes them.
        """
        self.write_limit(limit, is_killed=is_killed)
        for posting in (0, 1):
            receipt = self.apply_once(candidate, posting)
            self.work()
            if receipt:
                self.withdraw(self.candidates[candidate], receipt)

    def write_limit(self, limit: int | None, *, is_killed: bool) -> None:
        employers = self.parts.employers.employers
        shown = {"slug": "yard", "name": "Yard", "about": "", "created_at": times.now()}
        self.parts.database["employers"].update_one(
            {"_id": EMPLOYER}, {"$set": {**shown, "version": 1}}, upsert=True
        )
        value = {"count": limit, "days": 30} if limit else None
        employers.change(EMPLOYER, {"application_limit": value}, ExpectedVersions(None))
        writer = self.parts.postings.name_writer
        if is_killed:
            died = patch.object(PostingPublisher, "follow_rates", side_effect=Killed)
            with died, suppress(Killed):
                writer.write(EMPLOYER)
            self.parts.postings.gate_reconciler.run()
        else:
            writer.write(EMPLOYER)
        self.limit = limit

    def teardown(self) -> None:
        super().teardown()
        # The next example has the same postings.
        if self.limit is not None:
            self.write_limit(None, is_killed=False)

    def send_application(self, owner: str, posting: str, draft: ApplicationDraft) -> Receipt:
        is_reached = self.limit is not None and self.counted[owner] >= self.limit
        try:
            receipt = super().send_application(owner, posting, draft)
        except ApplicationLimitReached:
            assert is_reached
            self.seen["limit reached"] += 1
            raise TooManyRequests("the limit", 1) from None
        if not receipt.repeat:
            assert not is_reached
            self.counted[owner] += self.limit is not None
        return receipt
