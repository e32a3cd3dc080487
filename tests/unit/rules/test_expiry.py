"""Whom it concerns that a card expires, and when that is told."""

from datetime import UTC, date, datetime

import pytest

from ledgerline.base.ids import Bucket, PaymentMethodId, uuid7
from ledgerline.payments.rows.expiry import CardNoticeRow
from ledgerline.payments.rules.notices import Later, Never, Tell
from ledgerline.rules.expiry import decide, renewal_after
from ledgerline.subscriptions.model import Timing
from ledgerline.subscriptions.rows import SubscriptionRow
from tests.unit.rules.sold import YEARLY, sold
from tests.unit.rules.story import Story

EXPIRES = date(2026, 3, 1)


def _bought(plan: str = "plan", amount: int = 1000) -> Story:
    story = Story([sold("plan", amount), sold("year", 9900, cadence=YEARLY)])
    story.buy("2026-01-15", plan)
    return story


def _on(
    story: Story, expires_on: date = EXPIRES, *, row: SubscriptionRow | None = None
) -> date | None:
    row = row or story.subscription
    return renewal_after(row, story.items, story.book, expires_on=expires_on)


def test_the_first_renewal_on_or_after_the_day_is_the_one() -> None:
    assert _on(_bought()) == date(2026, 3, 15)
    assert _on(_bought(), date(2026, 3, 15)) == date(2026, 3, 15)
    assert _on(_bought(), date(2026, 2, 1)) == date(2026, 2, 15)
    assert _on(_bought("year")) == date(2027, 1, 15)


def test_another_rhythm_that_takes_over_counts() -> None:
    story = _bought()
    story.change("2026-01-20", "year", timing=Timing.PERIOD_END)
    assert _on(story) == date(2027, 2, 15)


def test_what_is_not_renewed_by_then_or_costs_nothing_concerns_nobody() -> None:
    story = _bought()
    row = story.subscription
    assert _on(story, row=row._replace(ends_on=date(2026, 3, 15))) is None
    assert _on(story, row=row._replace(ends_on=date(2026, 3, 16))) == date(2026, 3, 15)
    assert _on(story, row=row._replace(state="canceled")) is None
    assert _on(story, row=row._replace(state="past_due")) == date(2026, 3, 15)
    assert _on(story, row=row._replace(parked="price_missing")) is None
    assert _on(_bought(amount=0)) is None


@pytest.mark.parametrize(
    ("days", "now", "expected"),
    [
        (30, "2026-01-30", Tell()),
        (30, "2026-02-21", Tell()),
        (30, "2026-02-22", Never()),  # the nearer one is due
        (7, "2026-02-22", Tell()),
        (7, "2026-02-28", Tell()),
        (7, "2026-03-01", Never()),  # it has expired
    ],
)
def test_a_notice_is_told_until_a_nearer_one_is(
    days: int, now: str, expected: Tell | Never
) -> None:
    at = datetime.fromisoformat(now).replace(hour=9, tzinfo=UTC)
    renews = date(2026, 3, 15)
    assert decide(_notice(days), expires_on=EXPIRES, renews_on=renews, now=at) == expected


def test_a_renewed_card_is_never_told_of_and_an_idle_one_is_looked_at_daily() -> None:
    at = datetime(2026, 2, 1, 9, tzinfo=UTC)
    on = date(2026, 3, 15)
    assert decide(_notice(30), expires_on=date(2029, 1, 1), renews_on=on, now=at) == Never()
    assert decide(_notice(30), expires_on=None, renews_on=on, now=at) == Never()
    idle = decide(_notice(30), expires_on=EXPIRES, renews_on=None, now=at)
    assert idle == Later(datetime(2026, 2, 2, tzinfo=UTC))


def _notice(days: int) -> CardNoticeRow:
    return CardNoticeRow(
        bucket=Bucket(7),
        payment_method_id=PaymentMethodId(uuid7(1, Bucket(7), 3)),
        expires_on=EXPIRES,
        days=days,
        due_at=datetime(2026, 1, 30, tzinfo=UTC),
        told_at=None,
    )
