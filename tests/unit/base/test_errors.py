"""The three kinds of failure."""

from typing import ClassVar

from ledgerline.base.errors import OutcomeUnknown, Rejected, Unavailable


class PlanNotSold(Rejected):
    """A refusal for these tests."""

    code: ClassVar[str] = "plan_not_sold"


def test_refusal_carries_its_sentence_and_its_facts() -> None:
    refusal = PlanNotSold("not sold in this market", plan="family", market="de")
    assert refusal.code == "plan_not_sold"
    assert refusal.detail == "not sold in this market"
    assert refusal.facts == {"plan": "family", "market": "de"}
    assert str(refusal) == "plan_not_sold: not sold in this market"


def test_refusal_without_a_sentence_reads_as_its_code() -> None:
    assert str(PlanNotSold()) == "plan_not_sold"
    assert PlanNotSold().facts == {}


def test_detail_is_a_possible_fact() -> None:
    assert PlanNotSold("a sentence", detail=3).facts == {"detail": 3}


def test_unknown_outcome_is_not_swallowed_by_a_clause_that_retries() -> None:
    assert not issubclass(OutcomeUnknown, Unavailable)
    assert not issubclass(OutcomeUnknown, Rejected)
    assert not issubclass(Unavailable, Rejected)
