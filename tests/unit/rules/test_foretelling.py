"""When a renewal is told of, and when it is not."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from ledgerline.base.money import Currency
from ledgerline.catalog.model import Market, TaxBehavior
from ledgerline.catalog.rows import MarketRow
from ledgerline.payments.rules.notices import Later, Never, Tell
from ledgerline.rules.foretelling import decide, wanted_of
from ledgerline.subscriptions.rows import RenewalNoticeRow
from tests.unit.rules.sold import YEARLY, sold
from tests.unit.rules.story import Story

NOON = datetime(2026, 12, 20, 12, tzinfo=UTC)


def _decided(
    *,
    days: int = 30,
    total: int | None = 9900,
    due: tuple[int, ...] = (30,),
    state: str = "active",
    through: date = date(2027, 1, 15),
    now: datetime = NOON,
) -> Tell | Later | Never:
    story = Story([sold("year", 9900, cadence=YEARLY)])
    story.buy("2026-01-15", "year")
    row = story.subscription._replace(billed_through=through, state=state)
    notice = RenewalNoticeRow(
        bucket=row.bucket, subscription_id=row.id, renews_on=date(2027, 1, 15), days=days,
        due_at=now, told_at=None,
    )  # fmt: skip
    return decide(notice, row, total_minor=total, due_days=due, now=now)


def test_a_renewal_that_costs_something_is_told_until_its_day() -> None:
    assert _decided() == Tell()
    assert _decided(now=datetime(2027, 1, 14, 12, tzinfo=UTC)) == Tell()
    assert _decided(now=datetime(2027, 1, 15, 12, tzinfo=UTC)) == Never()


def test_what_came_late_gives_way_to_what_is_nearer() -> None:
    assert _decided(due=(30, 7)) == Never()
    assert _decided(days=7, due=(30, 7)) == Tell()


def test_another_period_than_was_planned_for_is_not_told() -> None:
    assert _decided(through=date(2027, 2, 1)) == Never()


@pytest.mark.parametrize(("total", "state"), [(None, "active"), (0, "active"), (None, "trialing")])
def test_what_ends_or_costs_nothing_is_looked_at_again_each_day(
    total: int | None, state: str
) -> None:
    decided = _decided(total=total, state=state)
    assert isinstance(decided, Later)
    assert 0 < (decided.at - NOON).total_seconds() <= 24 * 3600


def test_the_end_of_a_trial_is_told_whatever_follows_it() -> None:
    assert _decided(total=0, state="trialing") == Tell()


def test_markets_say_how_long_before() -> None:
    usual = Market(
        code="DE", currency=Currency("EUR"), seller_code="acme", zone="Europe/Berlin",
        locale="de-DE", tax_behavior=TaxBehavior.INCLUSIVE,
    )  # fmt: skip
    quiet = replace(usual, code="SE", trial_notice_days=10, renewal_notice_days=())
    assert [tuple(one) for one in wanted_of(map(MarketRow.of, (usual, quiet)))] == [
        ("DE", True, 3), ("DE", False, 30), ("DE", False, 7), ("SE", True, 10),
    ]  # fmt: skip
    assert MarketRow.of(quiet).value(quiet.collection) == quiet
