from collections import Counter
from datetime import UTC, date, datetime

import pytest

from ledgerline.customers.model import TrialAlreadyUsed
from ledgerline.flows.number_documents import number_documents
from ledgerline.flows.quote_purchase import quote_purchase
from ledgerline.flows.start_purchase import Checkout, fingerprint, start_purchase
from ledgerline.payments.refusals import PaymentMethodNotFound
from ledgerline.pricing.model import CouponNotApplicable
from ledgerline.purchases.model import PreviewStale
from ledgerline.rules.quote import Order
from ledgerline.subscriptions.model import PurchaseInProgress
from tests.flow_world import NEW_YEAR, World

FEBRUARY_IN_BERLIN = datetime(2026, 1, 31, 23, tzinfo=UTC)


async def test_purchase_without_trial_is_charged_covered_receipted_and_numbered(
    world: World,
) -> None:
    # given
    shopper = await world.shopper()
    # when
    bought = await world.buy(shopper)
    while await number_documents(world.run):
        pass
    # then
    assert await world.state(bought.subscription_id) == "active"
    assert await world.invoices(bought.subscription_id) == [("purchase", "paid", 1199)]
    assert await world.lines(bought.subscription_id) == [(date(2026, 1, 1), date(2026, 2, 1), 1199)]
    assert await world.covers(bought.subscription_id) == [(NEW_YEAR, FEBRUARY_IN_BERLIN, "paid")]
    assert await world.receipts(shopper.customer_id) == [("payment", 1199)]
    assert await world.transfers(shopper.customer_id) == [
        ("capture", "psp_clearing", "receivable", 1199),
        ("issue_net", "receivable", "deferred_revenue", 1008),
        ("issue_tax", "receivable", "tax_payable", 191),
    ]
    assert await world.events(shopper.customer_id) == Counter(
        {
            "customer.created": 1, "subscription.created": 1, "invoice.issued": 1,
            "payment.succeeded": 1, "invoice.paid": 1, "subscription.activated": 1,
        }
    )  # fmt: skip
    assert await world.captures(bought.payment_id) == [1199]
    numbers = await world.rows(
        "SELECT display FROM document_number WHERE document_id IN (%s, (SELECT receipt_id FROM"
        " payment WHERE id = %s)) ORDER BY 1",
        bought.invoice_id,
        bought.payment_id,
    )
    assert numbers == [("NT-2026-000001",), ("NTR-2026-000001",)]


async def test_trial_bills_nothing_now_and_charges_nobody(world: World) -> None:
    # given
    shopper = await world.shopper()
    # when
    bought = await world.buy(shopper, trial=True)
    # then
    assert await world.state(bought.subscription_id) == "trialing"
    assert await world.invoices(bought.subscription_id) == [("purchase", "paid", 0)]
    assert await world.lines(bought.subscription_id) == [(date(2026, 1, 1), date(2026, 1, 31), 0)]
    assert await world.covers(bought.subscription_id) == [
        (NEW_YEAR, datetime(2026, 1, 30, 23, tzinfo=UTC), "trial")
    ]
    assert bought.payment_id is None
    assert await world.transfers(shopper.customer_id) == []
    assert await world.receipts(shopper.customer_id) == []
    assert await world.events(shopper.customer_id) == Counter(
        {
            "customer.created": 1, "subscription.created": 1, "invoice.issued": 1,
            "invoice.paid": 1, "subscription.trial_started": 1,
        }
    )  # fmt: skip


async def test_declined_purchase_leaves_nothing_live_and_reverses_its_postings(
    world: World,
) -> None:
    # given
    shopper = await world.shopper(token="tok_decline_insufficient_funds")
    # when
    bought = await world.buy(shopper)
    # then
    assert await world.state(bought.subscription_id) == "expired"
    assert await world.invoices(bought.subscription_id) == [("purchase", "void", 1199)]
    assert await world.value("SELECT state FROM purchase WHERE id = %s", bought.purchase_id) == (
        "failed"
    )
    assert await world.balances(shopper.customer_id) == {}
    assert await world.covers(bought.subscription_id) == []
    assert await world.receipts(shopper.customer_id) == []
    assert await world.captures(bought.payment_id) == []
    assert await world.events(shopper.customer_id) == Counter(
        {
            "customer.created": 1, "subscription.created": 1, "invoice.issued": 1,
            "payment.failed": 1, "subscription.purchase_expired": 1, "invoice.voided": 1,
        }
    )  # fmt: skip
    # and another method buys the same plan
    again = await world.buy(shopper._replace(method_id=await world.method(shopper.customer_id)))
    assert await world.state(again.subscription_id) == "active"
    assert await world.receipts(shopper.customer_id) == [("payment", 1199)]


async def test_second_purchase_of_a_family_is_refused_and_writes_nothing(world: World) -> None:
    # given
    shopper = await world.shopper()
    await world.buy(shopper, trial=True)
    before = await world.events(shopper.customer_id)
    # when
    with pytest.raises(PurchaseInProgress):
        await world.buy(shopper, "family_monthly")
    # then
    assert await world.events(shopper.customer_id) == before
    assert await world.value(
        "SELECT count(*) FROM purchase WHERE customer_id = %s", shopper.customer_id
    ) == (1)


async def test_a_second_trial_of_the_family_is_refused_and_changes_nothing(world: World) -> None:
    # given a trial that was canceled
    shopper = await world.shopper()
    await world.cancel(await world.buy(shopper, trial=True))
    before = await world.events(shopper.customer_id)
    # when a trial of the same plan, of another one, and a quote of one are asked for
    for plan in ("individual_monthly", "duo_monthly"):
        with pytest.raises(TrialAlreadyUsed):
            await world.buy(shopper, plan, trial=True)
        with pytest.raises(TrialAlreadyUsed):
            await quote_purchase(world.run, Order(shopper.customer_id, plan, with_trial=True))
    # then nothing was written, and without a trial the plan is sold
    assert await world.events(shopper.customer_id) == before
    bought = await world.buy(shopper, trial=False)
    assert await world.state(bought.subscription_id) == "active"


async def test_who_is_in_a_trial_is_told_that_it_runs(world: World) -> None:
    shopper = await world.shopper()
    await world.buy(shopper, trial=True)
    with pytest.raises(PurchaseInProgress):
        await world.buy(shopper, trial=True)


async def test_a_plan_without_a_trial_is_sold_to_whoever_had_one(world: World) -> None:
    # given
    shopper = await world.shopper()
    await world.cancel(await world.buy(shopper, trial=True))
    # when the order, as by default, asks for the trial that this plan does not have
    bought = await world.buy(shopper, "individual_yearly", trial=True)
    # then
    assert await world.state(bought.subscription_id) == "active"


async def test_method_of_another_customer_is_refused(world: World) -> None:
    mine, theirs = await world.shopper(), await world.shopper()
    with pytest.raises(PaymentMethodNotFound):
        await world.buy(mine._replace(method_id=theirs.method_id))
    assert await world.events(mine.customer_id) == Counter({"customer.created": 1})


async def test_coupon_of_another_currency_is_refused(world: World) -> None:
    shopper = await world.shopper("US")
    with pytest.raises(CouponNotApplicable):
        await world.buy(shopper, coupon="MINUS2EUR")
    assert await world.events(shopper.customer_id) == Counter({"customer.created": 1})


async def test_purchase_holds_to_the_quote_the_payer_saw(world: World) -> None:
    # given a quote of the plan without a coupon
    shopper = await world.shopper()
    order = Order(shopper.customer_id, "individual_monthly", with_trial=False)
    seen = fingerprint(await quote_purchase(world.run, order))
    # when the order that is confirmed is another one
    other = Order(
        shopper.customer_id, "individual_monthly", coupon_code="WELCOME50", with_trial=False
    )
    with pytest.raises(PreviewStale):
        await start_purchase(
            world.run,
            world.psps,
            other,
            payment_method_id=shopper.method_id,
            checkout=Checkout(expect=seen),
        )
    # then nothing was written, and the order that was seen goes through at its price
    assert await world.events(shopper.customer_id) == Counter({"customer.created": 1})
    done = await start_purchase(
        world.run,
        world.psps,
        order,
        payment_method_id=shopper.method_id,
        checkout=Checkout(expect=seen),
    )
    bought = await world.bought(done.purchase_id)
    assert await world.captures(bought.payment_id) == [1199]


async def test_purchase_paid_from_credit_is_numbered_and_charges_nobody(world: World) -> None:
    # given 1999 of credit from a family plan given back on its first day
    shopper = await world.shopper()
    await world.give_credit(shopper, "family_monthly")
    assert await world.credit(shopper.customer_id) == 1999
    quote = await quote_purchase(
        world.run, Order(shopper.customer_id, "individual_monthly", with_trial=False)
    )
    # when
    bought = await world.buy(shopper)
    while await number_documents(world.run):
        pass
    # then the quote was right
    assert (quote.credit_used_minor, quote.due_now_minor) == (1199, 0)
    assert bought.payment_id is None
    assert await world.credit(shopper.customer_id) == 800
    assert await world.state(bought.subscription_id) == "active"
    assert await world.covers(bought.subscription_id) == [(NEW_YEAR, FEBRUARY_IN_BERLIN, "paid")]
    # and the invoice is a document like any other
    assert await world.value(
        "SELECT count(*) FROM document_number WHERE document_id = %s", bought.invoice_id
    ) == (1)


async def test_declined_purchase_gives_its_credit_back(world: World) -> None:
    # given 1199 of credit and a plan that costs 1999
    shopper = await world.shopper()
    await world.give_credit(shopper, "individual_monthly")
    method = await world.method(shopper.customer_id, "tok_decline_do_not_honor")
    # when the 800 that are left are declined
    bought = await world.buy(shopper._replace(method_id=method), "family_monthly")
    # then
    assert await world.state(bought.subscription_id) == "expired"
    assert await world.credit(shopper.customer_id) == 1199
    assert await world.captures(bought.payment_id) == []
    amount = await world.value("SELECT amount_minor FROM payment WHERE id = %s", bought.payment_id)
    assert amount == 800
