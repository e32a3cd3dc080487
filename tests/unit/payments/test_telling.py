"""What a webhook told is kept, and proves something of the very amount that was asked for only."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledgerline.base.money import Currency, Money
from ledgerline.payments.disputes import (
    DisputeEvent,
    DisputeKind,
    DisputeReading,
    DisputeReason,
    DisputeStage,
)
from ledgerline.payments.model import (
    ChargeKind,
    DeclineCategory,
    EvidenceKind,
    Outcome,
    Reading,
)
from ledgerline.payments.rules.telling import (
    dispute_retold,
    dispute_told,
    is_answer,
    is_of,
    is_other_amount,
    retold,
    told,
)

ASKED = Money(1_199, Currency("EUR"))


def _reading(outcome: Outcome, amount: Money | None) -> Reading:
    return Reading(
        outcome, EvidenceKind.WEBHOOK, psp_ref="8825", amount=amount, code="2",
        category=DeclineCategory.DO_NOT_HONOR, network_id="nt_1",
    )  # fmt: skip


@given(st.sampled_from(Outcome))
def test_what_is_told_of_the_amount_asked_for_is_read_as_it_was(outcome: Outcome) -> None:
    reading = _reading(outcome, ASKED)
    if outcome is Outcome.NOT_EXECUTED:  # no webhook says so but of what was ended
        reading = replace(reading, kind=EvidenceKind.VOID_CONFIRMED)
    assert retold(told(ChargeKind.CHARGE, reading), asked=ASKED) == reading


@pytest.mark.parametrize(
    "amount", [None, Money(1_198, Currency("EUR")), Money(1_199, Currency("USD"))]
)
def test_a_success_of_another_amount_proves_nothing(amount: Money | None) -> None:
    found = retold(told(None, _reading(Outcome.SUCCEEDED, amount)), asked=ASKED)
    code = "amount_mismatch" if amount else "amount_unsigned"
    assert (found.outcome, found.code) == (Outcome.UNKNOWN, code)
    assert is_other_amount(found, asked=ASKED) == (amount is not None)
    assert not is_other_amount(_reading(Outcome.DECLINED, amount), asked=ASKED)


@pytest.mark.parametrize("has_ended", [True, False])
def test_what_has_ended_is_looked_at_until_something_is_proven(has_ended: bool) -> None:
    for outcome in (Outcome.SUCCEEDED, Outcome.DECLINED, Outcome.NOT_EXECUTED):
        assert is_answer(_reading(outcome, None), None, has_ended=has_ended)
    for outcome in (Outcome.UNKNOWN, Outcome.ABSENT):
        assert not is_answer(_reading(outcome, None), None, has_ended=has_ended)
    for outcome in (Outcome.PENDING, Outcome.REQUIRES_ACTION):
        held = _reading(outcome, None)
        assert is_answer(held, None, has_ended=has_ended) != has_ended
        assert is_answer(held, _reading(Outcome.PENDING, None), has_ended=has_ended)


def test_a_refusal_needs_no_amount() -> None:
    found = retold(told(ChargeKind.CHARGE, _reading(Outcome.DECLINED, None)), asked=ASKED)
    assert (found.outcome, found.category) == (Outcome.DECLINED, DeclineCategory.DO_NOT_HONOR)


def test_what_is_told_of_a_refund_is_not_of_a_charge() -> None:
    reading = _reading(Outcome.SUCCEEDED, ASKED)
    for kind in ChargeKind:
        assert [other for other in ChargeKind if is_of(told(kind, reading), other)] == [kind]
        assert is_of(told(None, reading), kind)  # it did not say of what


def test_what_is_told_of_a_dispute_is_read_as_it_was_written() -> None:
    told = DisputeReading(
        event=DisputeEvent.OPENED,
        kind=DisputeKind.CARD,
        stage=DisputeStage.FORMAL,
        psp_ref="dp_1",
        charge_ref="pi_1",
        amount=Money(1099, Currency("EUR")),
        reason=DisputeReason.FRAUD,
        due_by=datetime(2026, 7, 8, tzinfo=UTC),
    )
    assert dispute_retold(dispute_told(told)) == told
