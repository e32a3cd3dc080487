from datetime import UTC, datetime, timedelta

import pytest

from ledgerline.base.ids import Bucket, bucket_of, instant_of, reference_id
from ledgerline.payments.refusals import ExceptionNotClosable, ExceptionNotDecidable
from ledgerline.payments.rows.exceptions import ExceptionRow
from ledgerline.payments.rules.exceptions import (
    HANDLING,
    Reason,
    due_at,
    exception_id,
    overdue_before,
    require_adoptable,
    require_by_hand,
    require_refundable,
)

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize("reason", list(Reason))
def test_every_exception_is_due_within_days_and_says_what_ends_it(reason: Reason) -> None:
    assert timedelta(0) < due_at(reason, NOON) - NOON <= timedelta(days=3)
    assert HANDLING[reason].ended_by


@pytest.mark.parametrize("reason", list(Reason))
def test_only_what_no_fact_of_ours_will_end_is_closed_by_hand(reason: Reason) -> None:
    by_a_fact = {
        Reason.ACCOUNT_REFUSES_US, Reason.REQUEST_REFUSED, Reason.UNKNOWN_TOO_LONG,
        Reason.REFUND_STRANDED, Reason.DISPUTE_OPEN, Reason.DISPUTE_DUE,
    }  # fmt: skip
    if reason not in by_a_fact:
        require_by_hand(reason)
        return
    with pytest.raises(ExceptionNotClosable, match="it ends by itself"):
        require_by_hand(reason)


def _row(reason: Reason, opened_at: datetime, *, bucket: int = 7) -> ExceptionRow:
    subject = reference_id("psp_account", "aster")
    return ExceptionRow(
        bucket=Bucket(bucket), subject_id=subject, reason=reason, detail="", opened_at=opened_at
    )


def test_an_exception_is_named_by_what_it_is_and_sorts_by_when_it_was_opened() -> None:
    first = exception_id(_row(Reason.PROVIDER_TOLD, NOON))
    assert first == exception_id(_row(Reason.PROVIDER_TOLD, NOON))
    assert first != exception_id(_row(Reason.LATE_SUCCESS, NOON))
    assert first != exception_id(_row(Reason.PROVIDER_TOLD, NOON, bucket=8))
    assert first < exception_id(_row(Reason.PROVIDER_TOLD, NOON + timedelta(seconds=1)))
    assert bucket_of(first) == 7
    assert instant_of(first) == NOON.timestamp() * 1000


@pytest.mark.parametrize("reason", list(Reason))
def test_what_is_overdue_was_opened_before_its_time(reason: Reason) -> None:
    opened = overdue_before(NOON)[reason]
    assert due_at(reason, opened) == NOON


@pytest.mark.parametrize("reason", list(Reason))
def test_a_refusal_to_adopt_or_refund_says_what_ends_it_instead(reason: Reason) -> None:
    for require, possible in (
        (require_adoptable, {"late_success", "provider_told", "line_unmatched"}),
        (require_refundable, {"late_success"}),
    ):
        if reason in possible:
            require(reason)
            continue
        with pytest.raises(ExceptionNotDecidable) as refused:
            require(reason)
        assert HANDLING[reason].ended_by in str(refused.value)
