"""Whoever pays beside somebody else: one charge, whichever came first."""

from datetime import date
from itertools import permutations
from typing import Any

from ledgerline.base.errors import Rejected
from ledgerline.base.ids import InvoiceId
from ledgerline.flows.cancel_subscription import cancel_subscription
from ledgerline.flows.collect_due import BatchCollected, collect_due
from ledgerline.flows.detach_payment_method import detach_payment_method
from ledgerline.flows.do_due_work import ALL
from ledgerline.flows.pay_invoice import Paid, pay_invoice
from ledgerline.flows.use_payment_method import use_payment_method
from ledgerline.payments.refusals import (
    InvoiceNotPayable,
    PaymentInProgress,
    PaymentMethodInUse,
    PaymentMethodNotFound,
)
from ledgerline.subscriptions.model import Timing
from tests.concurrency.gate import meet
from tests.flow_values import Bought, Shopper
from tests.flow_world import World

SUBSCRIPTION = "SELECT FROM subscription WHERE id = %s FOR UPDATE"
CUSTOMER = "SELECT FROM customer WHERE id = %s FOR UPDATE"


async def _late(world: World) -> tuple[Shopper, Bought, InvoiceId]:
    """Let a trial end with an expired card, and give its payer another one."""
    shopper = await world.shopper(token="tok_decline_expired_card")
    bought = await world.buy(shopper, trial=True)
    await world.advance(_after_trial(world))
    invoice_id = await world.value(
        "SELECT id FROM invoice WHERE subscription_id = %s AND total_minor > 0",
        bought.subscription_id,
    )
    return shopper, bought, InvoiceId(invoice_id)


def _after_trial(world: World) -> date:
    return date.fromordinal(world.now.date().toordinal() + 32)


async def _captured(world: World, invoice_id: InvoiceId) -> int:
    found: int = await world.value(
        "SELECT count(*) FROM attempt a JOIN payment p ON p.id = a.payment_id"
        " WHERE p.invoice_id = %s AND a.state = 'succeeded'",
        invoice_id,
    )
    return found


async def test_of_two_who_pay_at_once_one_charges(world: World) -> None:
    shopper, bought, invoice_id = await _late(world)
    method_id = await world.method(shopper.customer_id)
    paying = [pay_invoice(world.run, world.psps, invoice_id, method_id=method_id) for _ in range(2)]
    results = await meet(world, SUBSCRIPTION, bought.subscription_id, *paying, waiting=2)
    [refused] = [one for one in results if isinstance(one, BaseException)]
    assert isinstance(refused, PaymentInProgress | InvoiceNotPayable), results
    assert await _captured(world, invoice_id) == 1


async def test_the_calendar_and_the_payer_charge_once(world: World) -> None:
    # given a payment that another card is to pay at once
    shopper, bought, invoice_id = await _late(world)
    method_id = await world.method(shopper.customer_id)
    await use_payment_method(world.run, bought.subscription_id, method_id=method_id)
    # when the worker and the payer come at the same time
    results: list[Any] = await meet(
        world, "SELECT FROM invoice WHERE id = %s FOR UPDATE", invoice_id,
        pay_invoice(world.run, world.psps, invoice_id),
        collect_due(world.run, world.psps, buckets=ALL), waiting=1,
    )  # fmt: skip
    # then one of them charged
    paid, collected = results
    assert isinstance(paid, Paid | PaymentInProgress | InvoiceNotPayable), results
    assert isinstance(collected, BatchCollected), results
    assert await _captured(world, invoice_id) == 1


async def test_who_pays_and_who_cancels_take_turns(world: World) -> None:
    for turned in (False, True):
        shopper, bought, invoice_id = await _late(world)
        method_id = await world.method(shopper.customer_id)
        flows: list[Any] = [
            pay_invoice(world.run, world.psps, invoice_id, method_id=method_id),
            cancel_subscription(world.run, bought.subscription_id, timing=Timing.NOW),
        ]
        results = await meet(
            world, SUBSCRIPTION, bought.subscription_id,
            *(flows[::-1] if turned else flows), waiting=2,
        )  # fmt: skip
        paid = results[1] if turned else results[0]
        assert isinstance(paid, Paid | InvoiceNotPayable), results
        # whoever paid for nothing has it as credit or back
        charged = await _captured(world, invoice_id)
        await world.advance(_after_trial(world))
        credit = await world.credit(shopper.customer_id)
        refunded = await world.value(
            "SELECT coalesce(sum(refunded_minor), 0) FROM payment WHERE invoice_id = %s", invoice_id
        )
        assert charged <= 1
        assert credit + refunded <= charged * 1_199
        if isinstance(paid, InvoiceNotPayable):
            assert charged == 0


async def test_nothing_begins_to_rest_on_a_method_that_goes(world: World) -> None:
    for turned in permutations(range(2)):
        shopper = await world.shopper()
        flows: list[Any] = [
            world.buy(shopper),
            detach_payment_method(world.run, shopper.method_id),
        ]
        results: list[Any] = await meet(
            world, CUSTOMER, shopper.customer_id, *(flows[one] for one in turned), waiting=2
        )
        bought, detached = (results[turned.index(one)] for one in range(2))
        if isinstance(bought, Rejected):
            assert isinstance(bought, PaymentMethodNotFound), results
            assert detached is None
        else:
            assert isinstance(detached, PaymentMethodInUse), results
