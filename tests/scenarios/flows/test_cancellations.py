from collections import Counter
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from ledgerline.base.ids import BillRunId, Bucket
from ledgerline.catalog.model import TaxBehavior
from ledgerline.flows.bill_due import bill_due
from ledgerline.flows.cancel_subscription import cancel_subscription, preview_cancel
from ledgerline.flows.do_due_work import ALL
from ledgerline.flows.open_bill_run import open_bill_run
from ledgerline.invoicing import store as invoicing
from ledgerline.payments.refusals import PaymentInProgress
from ledgerline.subscriptions.model import ChangeRefused, NothingToChange, Timing
from tests.flow_catalog import YEARLY, Offer, Place, small_catalog
from tests.flow_world import World, open_world


async def test_cancel_now_credits_the_unused_days_of_a_year(
    fresh_database_url: str, tmp_path: Path
) -> None:
    catalog = small_catalog(Offer("yearly", 239995, YEARLY), place=Place("USD", "Etc/UTC"))
    at = datetime(2026, 8, 18, 9, tzinfo=UTC)
    async with open_world(fresh_database_url, tmp_path, at=at, catalog=catalog) as world:
        # given [2026-08-18, 2027-08-18) paid
        shopper = await world.shopper("XX")
        bought = await world.buy(shopper, "yearly")
        noon = datetime(2026, 9, 17, 12, tzinfo=UTC)
        await world.advance(noon)
        # when
        preview = await preview_cancel(world.run, bought.subscription_id, timing=Timing.NOW)
        await world.cancel(bought)
        # then 335 of 365 days come back as credit, as the preview said
        assert [one.credit.gross_minor for one in preview.cancellation.credits] == [220269]
        assert await world.notes(shopper.customer_id) == [("canceled", 220269, 0, 220269)]
        assert await world.credit(shopper.customer_id) == 220269
        assert await world.state(bought.subscription_id) == "canceled"
        assert await world.covers(bought.subscription_id) == [(at, noon, "paid")]
        assert await world.balances(shopper.customer_id) == {
            "psp_clearing": 239995, "customer_credit": -220269, "deferred_revenue": -19726,
        }  # fmt: skip
        # and nothing happens afterwards but that the 30 days are earned
        before = await world.events()
        await world.advance(datetime(2028, 9, 1, tzinfo=UTC))
        assert await world.events() == before
        assert await world.balances() == {
            "psp_clearing": 239995, "customer_credit": -220269, "revenue": -19726,
        }  # fmt: skip
        assert await world.captures(bought.payment_id) == [239995]


async def test_cancel_on_the_first_day_gives_everything_back(world: World) -> None:
    # given
    shopper = await world.shopper()
    bought = await world.buy(shopper)
    # when
    await world.cancel(bought)
    # then net, tax and all: nothing is kept, nobody was covered
    assert await world.notes(shopper.customer_id) == [("canceled", 1008, 191, 1199)]
    assert await world.credit(shopper.customer_id) == 1199
    assert await world.balances(shopper.customer_id) == {
        "psp_clearing": 1199, "customer_credit": -1199,
    }  # fmt: skip
    assert await world.covers(bought.subscription_id) == []
    assert await world.events(shopper.customer_id) == Counter(
        {
            "customer.created": 1, "subscription.created": 1, "invoice.issued": 1,
            "payment.succeeded": 1, "invoice.paid": 1, "subscription.activated": 1,
            "subscription.canceled": 1, "credit_note.issued": 1,
        }
    )  # fmt: skip


async def test_cancel_adds_tax_back_to_a_price_that_states_none(
    fresh_database_url: str, tmp_path: Path
) -> None:
    place = Place("USD", "America/New_York", TaxBehavior.EXCLUSIVE, 200_000)
    catalog = small_catalog(Offer("monthly", 5000), place=place)
    at = datetime(2026, 2, 1, 15, tzinfo=UTC)
    async with open_world(fresh_database_url, tmp_path, at=at, catalog=catalog) as world:
        # given 5000 and 20 % tax for February
        shopper = await world.shopper("XX")
        bought = await world.buy(shopper, "monthly")
        assert await world.invoices(bought.subscription_id) == [("purchase", "paid", 6000)]
        # when on the eighth
        await world.advance(datetime(2026, 2, 8, 15, tzinfo=UTC))
        await world.cancel(bought)
        # then 21 of 28 days
        assert await world.notes(shopper.customer_id) == [("canceled", 3750, 750, 4500)]


async def test_cancel_at_period_end_ends_at_the_boundary_and_bills_no_more(world: World) -> None:
    # given
    start = world.now
    shopper = await world.shopper()
    bought = await world.buy(shopper)
    # when
    await cancel_subscription(world.run, bought.subscription_id, timing=Timing.PERIOD_END)
    with pytest.raises(NothingToChange):
        await cancel_subscription(world.run, bought.subscription_id, timing=Timing.PERIOD_END)
    assert await world.state(bought.subscription_id) == "active"
    await world.advance(start + timedelta(days=70))
    # then
    assert await world.state(bought.subscription_id) == "canceled"
    boundary = datetime(2026, 1, 31, 23, tzinfo=UTC)
    assert await world.covers(bought.subscription_id) == [(start, boundary, "paid")]
    assert await world.rows(
        "SELECT ended_at FROM subscription WHERE id = %s", bought.subscription_id
    ) == [(boundary,)]
    assert await world.lines(bought.subscription_id) == [(date(2026, 1, 1), date(2026, 2, 1), 1199)]
    assert await world.notes(shopper.customer_id) == []
    events = await world.events(shopper.customer_id)
    assert (events["subscription.cancel_scheduled"], events["subscription.canceled"]) == (1, 1)
    assert events["invoice.issued"] == 1
    # and it can be bought anew
    again = await world.buy(shopper)
    assert await world.state(again.subscription_id) == "active"


async def test_subscription_ends_at_its_boundary_even_if_the_worker_is_late(
    fresh_world: World,
) -> None:
    world = fresh_world
    # given
    shopper = await world.shopper()
    bought = await world.buy(shopper)
    await cancel_subscription(world.run, bought.subscription_id, timing=Timing.PERIOD_END)
    # when the billing job comes five days after the boundary
    late = world.run.at(datetime(2026, 2, 5, tzinfo=UTC))
    bill_run_id = BillRunId(late.new_id(Bucket(0)))
    await open_bill_run(late, bill_run_id=bill_run_id)
    billed = await bill_due(late, bill_run_id=bill_run_id, buckets=ALL)
    # then
    assert billed == (0, 1, 0, False)
    boundary = datetime(2026, 1, 31, 23, tzinfo=UTC)
    assert await world.rows(
        "SELECT s.ended_at, e.effective, e.entitled_at FROM subscription s"
        " JOIN subscription_event e ON e.subscription_id = s.id AND e.kind = 'canceled'"
        " WHERE s.id = %s",
        bought.subscription_id,
    ) == [(boundary, date(2026, 2, 1), boundary)]


async def test_cancel_in_a_trial_keeps_the_trial_or_ends_it(fresh_world: World) -> None:
    world = fresh_world
    # given
    patient, hasty = await world.shopper(), await world.shopper()
    kept, ended = await world.buy(patient, trial=True), await world.buy(hasty, trial=True)
    await world.advance(date(2026, 1, 10))
    # when
    await cancel_subscription(world.run, kept.subscription_id, timing=Timing.PERIOD_END)
    await cancel_subscription(world.run, ended.subscription_id, timing=Timing.NOW)
    assert await world.state(kept.subscription_id) == "trialing"
    assert await world.state(ended.subscription_id) == "canceled"
    await world.advance(date(2026, 4, 1))
    # then neither ever paid
    assert await world.state(kept.subscription_id) == "canceled"
    start = datetime(2026, 1, 1, tzinfo=UTC)
    assert await world.covers(kept.subscription_id) == [
        (start, datetime(2026, 1, 30, 23, tzinfo=UTC), "trial")
    ]
    assert await world.covers(ended.subscription_id) == [
        (start, datetime(2026, 1, 10, tzinfo=UTC), "trial")
    ]
    assert await world.balances() == {}
    assert await world.value("SELECT count(*) FROM payment") == 0


async def test_cancel_while_past_due_gives_up_the_claim(fresh_world: World) -> None:
    world = fresh_world
    # given
    shopper = await world.shopper(token="tok_decline_do_not_honor")
    bought = await world.buy(shopper, trial=True)
    await world.advance(date(2026, 2, 1))
    assert await world.state(bought.subscription_id) == "past_due"
    # when
    await world.cancel(bought)
    # then
    assert await world.state(bought.subscription_id) == "canceled"
    assert await world.notes(shopper.customer_id) == [("canceled", 1008, 191, 1199)]
    assert await world.credit(shopper.customer_id) == 0
    # and the day that was served unpaid is taken from revenue before it is recognised
    assert await world.balances(shopper.customer_id) == {
        "revenue": 36, "deferred_revenue": -36,
    }  # fmt: skip
    before = await world.events()
    assert (before["payment.canceled"], before["invoice.written_off"]) == (1, 1)
    # and nobody tries again
    await world.advance(date(2026, 3, 15))
    assert await world.events() == before
    with pytest.raises(ChangeRefused):
        await world.cancel(bought)


async def test_cancel_waits_while_an_attempt_may_still_succeed(fresh_world: World) -> None:
    world = fresh_world
    # given a renewal whose answer was lost
    shopper = await world.shopper(token="tok_hang_after", psp="boreal")
    bought = await world.buy(shopper, trial=True)
    outage = {"provider": "boreal", "from": "2026-01-30T23:00:05Z", "to": "2026-02-02T00:00:00Z"}
    await world.simulator.control("outage", outage)
    await world.advance(date(2026, 2, 1))
    before = await world.events()
    # when
    with pytest.raises(PaymentInProgress):
        await world.cancel(bought)
    # then nothing changed, and the charge is found once the provider is back
    assert await world.events() == before
    await world.advance(date(2026, 2, 4))
    assert await world.receipts(shopper.customer_id) == [("payment", 1199)]
    await world.cancel(bought)
    # [01-31, 02-28) paid; 24 of 28 days come back
    assert await world.credit(shopper.customer_id) == 1028


async def test_a_note_of_what_was_used_and_what_was_not_names_both_in_their_order(
    world: World,
) -> None:
    # given a renewal that nobody has paid, two days of which are used
    shopper = await world.shopper(token="tok_decline_insufficient_funds")
    bought = await world.buy(shopper, trial=True)
    await world.advance(world.now + timedelta(days=32))
    # when it is given up: a line of it comes back in two parts
    await world.cancel(bought)
    [note_id] = [id for (id,) in await world.rows(
        "SELECT id FROM credit_note WHERE customer_id = %s", shopper.customer_id
    )]  # fmt: skip
    async with world.run.transaction() as tx:
        rows = await invoicing.read_note_line_facts(
            tx, buckets=[bought.bucket], credit_note_ids=[note_id]
        )
    # then the parts stand in one order, whenever the document is built
    parts = [(one.line_no, one.credit_start) for one in rows]
    assert len(parts) == 2
    assert parts == sorted(parts)
