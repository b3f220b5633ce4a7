"""Forms in the state machine: members change the questions while candidates answer them."""

from __future__ import annotations

from collections import Counter, defaultdict
from contextlib import suppress
from typing import ClassVar
from unittest.mock import patch

import msgspec
from hypothesis import strategies as st
from hypothesis.stateful import rule

from chalicelib.common.errors import TooManyRequests
from chalicelib.common.versions import ExpectedVersions
from chalicelib.recruiting.applications.answer_types import Answer
from chalicelib.recruiting.applications.errors import FormChanged
from chalicelib.recruiting.applications.models import ApplicationDraft
from chalicelib.recruiting.forms.models import Choice, FormDraft, Question
from chalicelib.recruiting.postings.publisher import PostingPublisher
from tests.integration.recruiting.killer import Killed
from tests.integration.recruiting.pipelines import EMPLOYER
from tests.integration.recruiting.two_sided.bulk import TwoSidedWithBulk
from tests.integration.recruiting.two_sided.machine import CANDIDATES
from tests.support.files import file_token

WHY = Question("why", "text", "Why?", required=True)
NIGHTS = Question(
    "nights",
    "choice",
    "Nights?",
    choices=(Choice("yes", "Yes"), Choice("no", "No", knock_out=True)),
)
RESUME = Question("resume", "file", "Resume?", required=True, file_types=("pdf",))
ANSWERS: dict[str, Answer] = {"why": "Because", "nights": "no"}
FORMS = st.sampled_from(((), (WHY,), (NIGHTS, RESUME), (WHY, NIGHTS), (RESUME,)))
POSTINGS = st.integers(0, 1)


def answers_to(questions: tuple[Question, ...]) -> dict[str, Answer]:
    return {one.id: ANSWERS[one.id] for one in questions if one != RESUME}


class TwoSidedWithForms(TwoSidedWithBulk):
    """An application is accepted only if it answers the present version of the form."""

    # How often what happened, in all examples.
    seen: ClassVar[Counter[str]] = Counter()
    # By posting; they stay in the postings from example to example.
    present: ClassVar[defaultdict[str, int]] = defaultdict(int)
    asked: ClassVar[defaultdict[str, dict[int, tuple[Question, ...]]]] = defaultdict(
        lambda: {0: ()}
    )

    @rule(candidate=CANDIDATES, posting=POSTINGS, questions=FORMS, is_killed=st.booleans())
    def change_form(
        self, candidate: int, posting: int, questions: tuple[Question, ...], is_killed: bool
    ) -> None:
        """A member changes the questions while a candidate answers the former ones.

        The member may die before the queue knows the new ones.
        """
        target = self.postings[posting]
        former = self.apply_once(candidate, posting)
        self.work()
        if former:
            self.withdraw(self.candidates[candidate], former)
        version = self.present[target]
        service, changed = self.parts.forms.form_service, FormDraft(questions)
        if is_killed:
            with patch.object(PostingPublisher, "follow", side_effect=Killed), suppress(Killed):
                service.put(EMPLOYER, target, changed, ExpectedVersions(None), "grace")
            self.parts.postings.gate_reconciler.run()
        form = service.put(EMPLOYER, target, changed, ExpectedVersions(None), "grace")
        assert form.questions == questions
        self.present[target] = form.version if questions else 0
        assert self.asked[target].setdefault(self.present[target], questions) == questions
        self.answer_version(candidate, posting, version)
        self.answer_version(candidate, posting, self.present[target])

    def draft_for(self, candidate: str, posting: str) -> ApplicationDraft:
        return self.draft_of(candidate, posting, self.present[posting])

    def draft_of(self, candidate: str, posting: str, version: int) -> ApplicationDraft:
        questions = self.asked[posting][version]
        draft = ApplicationDraft("Hello", form_version=version, answers=answers_to(questions))
        if RESUME not in questions:
            return draft
        token = file_token(self.parts, candidate, "resume.pdf")
        return msgspec.structs.replace(draft, file_answers={RESUME.id: token})

    def answer_version(self, candidate: int, posting: int, version: int) -> None:
        """A candidate applies with answers to a version of the form."""
        owner, target = self.candidates[candidate], self.postings[posting]
        try:
            receipt = self.send_application(owner, target, self.draft_of(owner, target, version))
        except TooManyRequests:
            self.seen["limited"] += 1
            return
        except FormChanged:
            assert version != self.present[target]
            self.seen["form changed"] += 1
            return
        self.seen["repeat" if receipt.repeat else "answered"] += 1
        if not receipt.repeat:
            assert version == self.present[target]
            self.model.accept(receipt.id, owner, target)

    def compare(self) -> None:
        super().compare()
        for document in self.parts.database["applications"].find({"stored_at": {"$exists": True}}):
            if "answers" not in document:
                continue
            questions = self.asked[document["posting_id"]][document["form_version"]]
            assert document["answers"] == answers_to(questions)
            # Amendments keep the file, although they send none.
            files = [one["question_id"] for one in document["files"]]
            assert files == [RESUME.id] * (RESUME in questions)
            assert document["knock_outs"] == ["nights"] * (NIGHTS in questions)
