"""Fields of postings: place, pay and stages, and the texts that are derived from them."""

from __future__ import annotations

import pytest

from chalicelib.common.errors import InvalidField
from chalicelib.recruiting.postings.pay import Amount, Pay, Salary, check_pay, yearly_salary
from chalicelib.recruiting.postings.places import Place, clean_place, describe_place
from chalicelib.recruiting.postings.stages import (
    DEFAULT_STAGES,
    StageDraft,
    StageKind,
    make_stages,
)

OPEN, HIRED, REJECTED = StageKind.OPEN, StageKind.HIRED, StageKind.REJECTED


def stage(kind: StageKind, stage_id: str | None = None) -> StageDraft:
    return StageDraft(name="A stage", candidate_words="In progress", kind=kind, id=stage_id)


@pytest.mark.parametrize(
    ("place", "remote", "text"),
    [
        (None, False, ""),
        (Place(), True, ""),
        (Place("NO", "Vestland", "Bergen"), False, "Bergen"),
        (Place("NO", "Vestland", "Bergen"), True, "Bergen"),
        (Place("NO", "Vestland"), False, "Vestland"),
        (Place("NO"), False, "Norway"),
        (Place("NO"), True, "Anywhere in Norway"),
        (Place(None, "Europe", countries=("DE", "AT")), True, "Anywhere in Europe"),
        (Place("NO", countries=("SE",)), False, "Norway"),
        (Place("NO", countries=("SE",)), True, "Anywhere in Norway or Sweden"),
        (Place("NO", countries=("SE", "DK")), True, "Anywhere in Norway, Sweden or Denmark"),
        (Place("NO", countries=("SE", "DK", "FI")), True, "Anywhere in 4 countries"),
    ],
)
def test_text_of_a_place(place: Place | None, remote: bool, text: str) -> None:
    assert describe_place(place, remote=remote) == text


def test_country_must_exist() -> None:
    assert clean_place(Place("NO", "\u202eVestland ", None)) == Place("NO", "Vestland")
    for place, field in ((Place("XX"), "country"), (Place(countries=("NO", "XX")), "countries")):
        with pytest.raises(InvalidField) as raised:
            clean_place(place)
        assert raised.value.field == f"place.{field}"


def test_country_is_named_once() -> None:
    place = clean_place(Place("NO", countries=("SE", "NO", "SE")))
    assert place == Place("NO", countries=("SE",))


@pytest.mark.parametrize(
    ("pay", "salary"),
    [
        (Pay(30_000, 40_000, "GBP", "year"), Salary("GBP", 30_000, 40_000)),
        (Pay(2_500.5, 3_000, "EUR", "month"), Salary("EUR", 30_006, 36_000)),
        (Pay(13.5, 15, "EUR", "hour"), None),
        (Pay(100, 100, "EUR", "day"), None),
        (Pay(500, 600, "EUR", "week"), None),
        (None, None),
    ],
)
def test_yearly_salary_of_a_pay(pay: Pay | None, salary: Salary | None) -> None:
    if pay:
        check_pay(pay)
    assert yearly_salary(pay) == salary


@pytest.mark.parametrize(
    ("least", "most", "currency", "field"),
    [
        (2, 1, "EUR", "pay.max"),
        (1.005, 2, "EUR", "pay.min"),
        (1, 2.001, "EUR", "pay.max"),
        (1, 2, "XXX", "pay.currency"),
    ],
)
def test_impossible_pay_names_its_field(
    least: Amount, most: Amount, currency: str, field: str
) -> None:
    with pytest.raises(InvalidField) as caught:
        check_pay(Pay(least, most, currency, "hour"))
    assert caught.value.field == field


def test_stage_keeps_its_id_and_a_new_one_gets_one() -> None:
    drafts = [stage(OPEN, "new"), stage(OPEN), stage(HIRED), stage(REJECTED)]
    made = make_stages(drafts, DEFAULT_STAGES, in_use=False)
    assert made[0].id == "new"
    assert len({one.id for one in made}) == len(made)


@pytest.mark.parametrize(
    "drafts",
    [
        [stage(HIRED), stage(OPEN), stage(REJECTED)],
        [stage(OPEN), stage(HIRED)],
        [stage(OPEN), stage(HIRED), stage(REJECTED), stage(REJECTED)],
        [stage(OPEN, "a"), stage(HIRED, "a"), stage(REJECTED)],
    ],
    ids=["first is not open", "none is rejected", "two are rejected", "ids are equal"],
)
def test_stages_that_are_no_pipeline_are_refused(drafts: list[StageDraft]) -> None:
    with pytest.raises(InvalidField, match="stages"):
        make_stages(drafts, (), in_use=False)


def test_stages_in_use_stay_with_their_kinds() -> None:
    present = make_stages(
        [stage(OPEN, "a"), stage(HIRED, "b"), stage(REJECTED, "c")], (), in_use=False
    )
    more = [stage(OPEN, "a"), stage(OPEN), stage(HIRED, "b"), stage(REJECTED, "c")]
    assert len(make_stages(more, present, in_use=True)) == 4
    for wrong in (
        [stage(OPEN), stage(HIRED, "b"), stage(REJECTED, "c")],
        [stage(OPEN, "a"), stage(REJECTED, "b"), stage(HIRED, "c")],
    ):
        make_stages(wrong, present, in_use=False)
        with pytest.raises(InvalidField, match="Keep all stages"):
            make_stages(wrong, present, in_use=True)
