from collections import Counter
from datetime import UTC, date, datetime
from itertools import pairwise
from pathlib import Path

import pytest

from ledgerline.base.calendar import start_of
from ledgerline.flows.quote_purchase import quote_purchase
from ledgerline.rules.quote import Order
from tests.flow_world import World, open_world

LAST_OF_JANUARY = datetime(2026, 1, 31, 12, tzinfo=UTC)
BOUNDARIES = [
    date(2026, 1, 31), date(2026, 2, 28), date(2026, 3, 31), date(2026, 4, 30),
    date(2026, 5, 31), date(2026, 6, 30), date(2026, 7, 31), date(2026, 8, 31),
    date(2026, 9, 30), date(2026, 10, 31), date(2026, 11, 30), date(2026, 12, 31),
    date(2027, 1, 31), date(2027, 2, 28),
]  # fmt: skip


@pytest.mark.parametrize(("market", "zone"), [("DE", "Europe/Berlin"), ("US", "America/New_York")])
async def test_twelve_renewals_from_31_january_keep_the_anchor_over_clock_changes(
    market: str, zone: str, fresh_database_url: str, tmp_path: Path
) -> None:
    async with open_world(fresh_database_url, tmp_path, at=LAST_OF_JANUARY) as world:
        # given
        shopper = await world.shopper(market)
        bought = await world.buy(shopper)
        # when
        await world.advance(date(2027, 2, 1))
        # then every period is whole, at the price that was bought, and no day drifts
        assert await world.lines(bought.subscription_id) == [
            (start, end, 1199) for start, end in pairwise(BOUNDARIES)
        ]
        assert await world.invoices(bought.subscription_id) == [
            ("purchase", "paid", 1199), *[("renewal", "paid", 1199)] * 12,
        ]  # fmt: skip
        # and each begins at local midnight, whatever the clocks say
        starts = [start_of(day, zone) for day in BOUNDARIES]
        assert await world.covers(bought.subscription_id) == [
            (start, end, "paid")
            for start, end in zip([LAST_OF_JANUARY, *starts[1:13]], starts[1:], strict=True)
        ]
        assert await world.receipts(shopper.customer_id) == [("payment", 1199)] * 13
        assert await world.events(shopper.customer_id) == Counter(
            {
                "customer.created": 1, "subscription.created": 1, "subscription.activated": 1,
                "invoice.issued": 13, "invoice.paid": 13, "payment.succeeded": 13,
                "attempt.sent": 12,
            }
        )  # fmt: skip


async def test_coupon_reduces_as_many_periods_as_it_says(world: World) -> None:
    # given one customer without and one with a trial before the first paid period
    at_once, later = await world.shopper(), await world.shopper()
    first = await world.buy(at_once, coupon="WELCOME50")
    second = await world.buy(later, coupon="WELCOME50", trial=True)
    # when
    await world.advance(date(2026, 4, 15))
    # then half of 1199 is taken off twice: 599.5, away from zero
    assert [gross for *_, gross in await world.lines(first.subscription_id)] == [
        599, 599, 1199, 1199,
    ]  # fmt: skip
    assert [gross for *_, gross in await world.lines(second.subscription_id)] == [0, 599, 599, 1199]


async def test_full_discount_records_periods_and_charges_nobody(world: World) -> None:
    # given
    shopper = await world.shopper()
    bought = await world.buy(shopper, coupon="STAFF100")
    # when
    await world.advance(date(2026, 7, 1))
    # then
    lines = await world.lines(bought.subscription_id)
    assert [gross for *_, gross in lines] == [0, 0, 0]
    assert await world.state(bought.subscription_id) == "active"
    assert await world.transfers(shopper.customer_id) == []
    assert await world.receipts(shopper.customer_id) == []
    assert (
        await world.rows(
            "SELECT d.display FROM document_number d JOIN invoice i ON i.id = d.document_id"
            " WHERE i.subscription_id = %s",
            bought.subscription_id,
        )
        == []
    )


async def test_credit_pays_renewals_before_any_payment_method(world: World) -> None:
    # given credit of one family month and a plan that costs 1199
    shopper = await world.shopper()
    await world.give_credit(shopper, "family_monthly")
    order = Order(shopper.customer_id, "individual_monthly", with_trial=False)
    quote = await quote_purchase(world.run, order)
    bought = await world.buy(shopper)
    assert (quote.due_now_minor, await world.credit(shopper.customer_id)) == (0, 800)
    # when two renewals pass
    await world.advance(date(2026, 9, 15))
    # then the rest of the credit is used up before the card pays
    rows = await world.rows(
        "SELECT i.total_minor, coalesce((SELECT sum(a.amount_minor)::bigint FROM allocation a"
        " WHERE a.invoice_id = i.id AND a.source_kind = 'credit'), 0), p.amount_minor"
        " FROM invoice i LEFT JOIN payment p ON p.invoice_id = i.id"
        " WHERE i.subscription_id = %s ORDER BY i.issued_at",
        bought.subscription_id,
    )
    assert rows == [(1199, 1199, None), (1199, 800, 399), (1199, 0, 1199)]
    assert await world.credit(shopper.customer_id) == 0
    assert await world.receipts(shopper.customer_id) == [
        ("payment", 1999), ("payment", 399), ("payment", 1199),
    ]  # fmt: skip


async def test_renewal_paid_wholly_from_credit_needs_no_payment(world: World) -> None:
    # given more credit than two periods cost
    shopper = await world.shopper()
    await world.give_credit(shopper, "individual_yearly")
    bought = await world.buy(shopper, trial=True)
    # when
    await world.advance(date(2026, 10, 20))
    # then
    assert await world.invoices(bought.subscription_id) == [
        ("purchase", "paid", 0), ("renewal", "paid", 1299),
    ]  # fmt: skip
    assert await world.credit(shopper.customer_id) == 11990 - 1299
    assert (
        await world.rows(
            "SELECT id FROM payment WHERE subscription_id = %s", bought.subscription_id
        )
        == []
    )
    assert [why for *_, why in await world.covers(bought.subscription_id)] == ["trial", "paid"]
    numbered = await world.value(
        "SELECT count(*) FROM document_number d JOIN invoice i ON i.id = d.document_id"
        " WHERE i.subscription_id = %s",
        bought.subscription_id,
    )
    assert numbered == 1


async def test_price_of_new_sales_never_touches_a_running_subscription(world: World) -> None:
    # given prices of new sales rose on 1 August 2026 and this one is bought after it
    shopper = await world.shopper()
    bought = await world.buy(shopper)
    # then it pays the new price; those of January 2026 still paid 1199 in the tests above
    assert await world.captures(bought.payment_id) == [1299]
