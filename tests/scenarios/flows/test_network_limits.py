"""A card is not tried in vain more often than networks allow: what would be waits, and says so."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import pytest
import pytest_asyncio

from ledgerline.datasets.audit import audit
from ledgerline.flows.pay_invoice import pay_invoice, preview_payment
from ledgerline.payments.refusals import CardLimitReached
from tests.flow_catalog import Offer, small_catalog
from tests.flow_values import Bought
from tests.flow_world import World, open_world

RENEWED: Final = datetime(2026, 1, 30, 23, tzinfo=UTC)  # the end of the trials, in Berlin
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest_asyncio.fixture(loop_scope="session")
async def alone(fresh_database_url: str, tmp_path: Path) -> AsyncIterator[World]:
    """Give one test a world of its own."""
    async with open_world(fresh_database_url, tmp_path) as opened:
        yield opened


async def _payment(world: World, bought: Bought) -> tuple[Any, ...]:
    [row] = await world.rows(
        "SELECT id, invoice_id, tries, next_try_at, withheld_for FROM payment"
        " WHERE subscription_id = %s",
        bought.subscription_id,
    )
    return row


async def _sent(world: World) -> list[datetime]:
    return [at for (at,) in await world.rows("SELECT sent_at FROM attempt ORDER BY sent_at")]


async def test_a_third_try_within_a_day_waits_and_the_payment_says_why(alone: World) -> None:
    world = alone
    # given technical refusals, which come back after one hour and after six
    shopper = await world.shopper(token="tok_decline_issuer_unavailable")
    bought = await world.buy(shopper, trial=True)
    await world.advance(RENEWED + 8 * HOUR)
    # then the third waits until the first is a day ago
    payment_id, _, tries, next_try_at, withheld_for = await _payment(world, bought)
    assert (tries, next_try_at, withheld_for) == (2, RENEWED + DAY, "network_limit")
    assert await world.rows(
        "SELECT kind, body ->> 'reason' FROM event WHERE aggregate_id = %s"
        " ORDER BY seq DESC LIMIT 1",
        payment_id,
    ) == [("payment.postponed", "network_limit")]
    await world.advance(RENEWED + DAY)
    assert await _sent(world) == [RENEWED, RENEWED + HOUR, RENEWED + DAY]
    assert (await _payment(world, bought))[4] is None
    # and whatever comes, never three within a day
    await world.advance(RENEWED + 30 * DAY)
    sent = await _sent(world)
    assert len(sent) > 4
    assert all(later - one >= DAY for one, later in zip(sent, sent[2:], strict=False))
    assert await audit(world.run) == []


async def test_a_payer_who_is_here_is_refused_and_told_when(alone: World) -> None:
    world = alone
    shopper = await world.shopper(token="tok_decline_insufficient_funds")
    bought = await world.buy(shopper, trial=True)
    await world.advance(RENEWED)
    _, invoice_id, *_ = await _payment(world, bought)
    # given fifteen tries of one card in vain, most of them the payer's
    for day in range(3):
        await world.advance(RENEWED + day * 25 * HOUR + HOUR)
        for _ in range(5 if day < 2 else 4):
            await pay_invoice(world.run, world.psps, invoice_id)
    assert (await _payment(world, bought))[2] == 15
    before = await _sent(world)
    # when the payer tries once more
    with pytest.raises(CardLimitReached) as refused:
        await pay_invoice(world.run, world.psps, invoice_id)
    with pytest.raises(CardLimitReached):
        await preview_payment(world.run, world.psps, invoice_id)
    # then nothing was sent, and another card is not concerned
    assert await _sent(world) == before
    assert refused.value.facts == {
        "retry_after_seconds": 29 * 24 * 3600 - 2 * 25 * 3600 + 23 * 3600
    }
    other = await world.method(shopper.customer_id)
    paid = await pay_invoice(world.run, world.psps, invoice_id, method_id=other)
    assert await world.captures(paid.payment_id) == [1199]
    assert await audit(world.run) == []


async def test_renewals_of_one_card_that_bring_money_only_wait_for_one_another(
    fresh_database_url: str, tmp_path: Path
) -> None:
    # given three subscriptions of one card that renew in the same instant
    offers = [Offer(f"{name}_monthly", 1000, family=name) for name in ("film", "news", "sport")]
    catalog = small_catalog(*offers)
    async with open_world(fresh_database_url, tmp_path, catalog=catalog) as world:
        shopper = await world.shopper("XX")
        for offer in offers:
            await world.buy(shopper, offer.plan)
        begun = world.now
        await world.advance(datetime(2026, 2, 2, tzinfo=UTC))
        # then two were charged at once, and the third as soon as it was known that they were paid
        sent = [at for at in await _sent(world) if at > begun]
        assert [at - sent[0] for at in sent] == [
            timedelta(0), timedelta(0), timedelta(minutes=15),
        ]  # fmt: skip
        assert await world.rows("SELECT DISTINCT state, withheld_for FROM payment") == [
            ("succeeded", None)
        ]
        assert await audit(world.run) == []


async def test_a_try_that_was_withdrawn_asked_nobody_and_counts_for_nothing(alone: World) -> None:
    world = alone
    await world.write(
        "INSERT INTO network_limit (network, region, initiator, hours, valid_from, tries_max,"
        " source, checked_on) VALUES ('any', 'any', 'any', 720, '2020-01-01', 1, 'ours',"
        " '2020-01-01')"
    )
    # given a card that a dispute keeps machines from charging
    shopper = await world.shopper()
    bought = await world.buy(shopper, trial=True)
    await world.write("UPDATE instrument SET mit_stopped_at = %s", world.now)
    await world.advance(RENEWED + HOUR)
    _, invoice_id, *_ = await _payment(world, bought)
    assert await world.rows("SELECT state, psp_code, request_digest FROM attempt") == [
        ("declined", "payer_only", None)
    ]
    # then its payer may charge it all the same
    await pay_invoice(world.run, world.psps, invoice_id)
    assert await world.state(bought.subscription_id) == "active"
