from datetime import UTC, datetime, timedelta

import pytest

from ledgerline.payments.model import PaymentState
from ledgerline.payments.rules.notices import (
    Later,
    Never,
    Notice,
    NoticeKind,
    Tell,
    decide,
    notices_of,
)

BEGAN = datetime(2026, 3, 1, 12, tzinfo=UTC)
NOW = datetime(2026, 3, 8, 8, tzinfo=UTC)
PROCESSING = PaymentState.PROCESSING
HOUR = timedelta(hours=1)


def decided(
    kind: NoticeKind = NoticeKind.REMINDER,
    state: PaymentState = PROCESSING,
    *,
    next_try_at: datetime | None = NOW + timedelta(days=6),
    awaits_payer: bool = False,
) -> Tell | Later | Never:
    return decide(kind, state, next_try_at=next_try_at, awaits_payer=awaits_payer, now=NOW)


def test_a_payer_hears_at_once_then_on_some_mornings_and_before_service_ends() -> None:
    found = notices_of(
        BEGAN, reminder_days=(3, 7, 10), grace_days=14, zone="Europe/Berlin", spread=1
    )
    assert found == [
        Notice(NoticeKind.FAILED, 0, BEGAN),
        Notice(NoticeKind.REMINDER, 3, datetime(2026, 3, 4, 8, 15, tzinfo=UTC)),
        Notice(NoticeKind.REMINDER, 7, datetime(2026, 3, 8, 8, 15, tzinfo=UTC)),
        Notice(NoticeKind.REMINDER, 10, datetime(2026, 3, 11, 8, 15, tzinfo=UTC)),
        Notice(NoticeKind.LAST_WARNING, 13, datetime(2026, 3, 14, 8, 15, tzinfo=UTC)),
    ]
    # service that ends the next day leaves no time to warn
    short = notices_of(BEGAN, reminder_days=(), grace_days=1, zone="UTC", spread=0)
    assert [one.kind for one in short] == [NoticeKind.FAILED]


@pytest.mark.parametrize("state", sorted(set(PaymentState) - {PROCESSING}))
def test_nothing_is_told_of_what_is_mended_or_over(state: PaymentState) -> None:
    for kind in set(NoticeKind) - {NoticeKind.ENDED}:
        assert decided(kind, state, next_try_at=None) == Never()


def test_the_end_is_told_of_what_has_ended_and_of_nothing_else() -> None:
    assert decided(NoticeKind.ENDED, PaymentState.FAILED, next_try_at=None) == Tell()
    assert decided(NoticeKind.ENDED, PaymentState.SUCCEEDED, next_try_at=None) == Never()


@pytest.mark.parametrize("kind", [NoticeKind.REMINDER, NoticeKind.LAST_WARNING])
def test_reminders_keep_a_day_from_the_next_try_and_come_after_it(kind: NoticeKind) -> None:
    assert decided(kind, next_try_at=NOW + 24 * HOUR) == Tell()
    assert decided(kind, next_try_at=NOW + 23 * HOUR) == Later(NOW + 24 * HOUR)
    assert decided(kind, next_try_at=NOW) == Later(NOW + HOUR)
    # a try that is under way may bring the money
    assert decided(kind, next_try_at=None) == Later(NOW + HOUR)
    # where nothing is tried any more, nothing is waited for
    assert decided(kind, next_try_at=NOW + HOUR, awaits_payer=True) == Tell()


def test_that_a_payment_failed_is_told_whenever_it_is_tried_next() -> None:
    assert decided(NoticeKind.FAILED, next_try_at=NOW + HOUR) == Tell()
