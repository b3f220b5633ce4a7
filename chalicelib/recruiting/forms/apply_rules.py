"""ApplyRulesReader: what applications for postings must satisfy, in the memory of a process."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import msgspec

from chalicelib.queue import REDIS_ERRORS
from chalicelib.recruiting.forms.models import ApplyRules

if TYPE_CHECKING:
    from collections.abc import Callable

    from chalicelib.queue import Gates
    from chalicelib.recruiting.forms.repository import FormRepository

# Of typical forms some megabytes.
MAX_RULES = 1000


class ApplyRulesReader:
    """Reads the rules of each version once: from Redis, or from MongoDB if Redis lacks them.

    A version never changes, so its rules stay in memory without expiry, up to ``MAX_RULES``.

    Args:
        gates: the gates of the queue, which has the present versions.
        forms: returns the forms, so that a process connects to MongoDB only if it needs it.
    """

    def __init__(self, gates: Gates, forms: Callable[[], FormRepository]) -> None:
        self._gates = gates
        self._forms = forms
        self._known: dict[tuple[str, int], ApplyRules] = {}

    def find(self, posting_id: str, version: int) -> ApplyRules | None:
        """Return the rules of a version of the form of a posting, or None if it does not exist.

        Raises:
            pymongo.errors.PyMongoError: MongoDB cannot be reached, and Redis lacks the rules.
        """
        key = posting_id, version
        rules = self._known.pop(key, None) or self._read(posting_id, version)
        if rules is not None:
            if len(self._known) >= MAX_RULES:
                # Each use moves rules to the end, so the first ones were unused for longest.
                del self._known[next(iter(self._known))]
            self._known[key] = rules
        return rules

    def _read(self, posting_id: str, version: int) -> ApplyRules | None:
        # Without Redis nobody can apply, but people can read the questions.
        with suppress(*REDIS_ERRORS):
            if stored := self._gates.read_rules(posting_id, str(version)):
                return msgspec.json.decode(stored, type=ApplyRules)
        form = self._forms().find(posting_id, version)
        return form.to_rules() if form else None
