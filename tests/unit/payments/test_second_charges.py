"""One charge that its provider executed twice."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from ledgerline.payments.model import AttemptState, EvidenceKind, Outcome, Reading, RefundState
from ledgerline.payments.rules.exceptions import Reason
from ledgerline.payments.rules.settlement import (
    CLOSED,
    REFUND_PROVEN,
    Contradict,
    Ignore,
    is_second_refund,
    verdict,
)
from tests.unit.payments.test_settlement import FACTS

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize("attempt", sorted(CLOSED))
def test_success_under_another_name_than_that_of_the_money_is_a_second_charge(
    attempt: AttemptState,
) -> None:
    facts = replace(FACTS, attempt_state=attempt, captured_ref="ch_1")
    second = Reading(Outcome.SUCCEEDED, EvidenceKind.WEBHOOK, psp_ref="ch_2")
    twice = Contradict(Reason.CHARGED_TWICE, money_moved=False)
    for kind in (EvidenceKind.WEBHOOK, EvidenceKind.STATUS_QUERY, EvidenceKind.RESPONSE):
        assert verdict(facts, replace(second, kind=kind), now=NOW) == twice
    # the first one, one that nobody names, and a name that a file has for it are none
    line = EvidenceKind.SETTLEMENT_LINE
    for other in (
        replace(second, psp_ref="ch_1"), replace(second, psp_ref=None), replace(second, kind=line),
    ):  # fmt: skip
        assert verdict(facts, other, now=NOW) != twice
    assert verdict(replace(facts, captured_ref=None), second, now=NOW) != twice
    pending = replace(second, outcome=Outcome.PENDING)
    assert verdict(facts, pending, now=NOW) == Ignore()


@pytest.mark.parametrize("state", sorted(RefundState))
def test_success_under_another_name_than_that_of_a_refund_is_a_second_refund(
    state: RefundState,
) -> None:
    second = Reading(Outcome.SUCCEEDED, EvidenceKind.WEBHOOK, psp_ref="re_2")
    assert is_second_refund(state, "re_1", second) is (state in REFUND_PROVEN)
    # the same one, one that nobody names, a name that a file has for it, and a refusal are none
    for known, other in (
        ("re_2", second),
        (None, second),
        ("re_1", replace(second, psp_ref=None)),
        ("re_1", replace(second, kind=EvidenceKind.SETTLEMENT_LINE)),
        ("re_1", replace(second, outcome=Outcome.DECLINED)),
    ):
        assert not is_second_refund(state, known, other)
