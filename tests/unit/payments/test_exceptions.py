from datetime import UTC, datetime, timedelta

import pytest

from ledgerline.payments.refusals import ExceptionNotClosable
from ledgerline.payments.rules.exceptions import HANDLING, Reason, due_at, require_by_hand

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize("reason", list(Reason))
def test_every_exception_is_due_within_days_and_says_what_ends_it(reason: Reason) -> None:
    assert timedelta(0) < due_at(reason, NOON) - NOON <= timedelta(days=3)
    assert HANDLING[reason].ended_by


@pytest.mark.parametrize("reason", list(Reason))
def test_only_what_no_fact_of_ours_will_end_is_closed_by_hand(reason: Reason) -> None:
    by_a_fact = {
        Reason.ACCOUNT_REFUSES_US,
        Reason.REQUEST_REFUSED,
        Reason.UNKNOWN_TOO_LONG,
        Reason.DISPUTE_OPEN,
        Reason.DISPUTE_DUE,
    }
    if reason not in by_a_fact:
        require_by_hand(reason)
        return
    with pytest.raises(ExceptionNotClosable, match="it ends by itself"):
        require_by_hand(reason)
