"""A dispute of a charge that never paid takes nothing of what another charge of it captured."""

from datetime import date, timedelta
from uuid import UUID

import pytest

from ledgerline.base.ids import InvoiceId
from ledgerline.flows.pay_invoice import pay_invoice
from ledgerline.flows.request_refund import RefundOrder, request_refund
from ledgerline.payments.disputes import DisputeEvent, DisputeKind, DisputeReason
from tests.disputing import HOUR, attempt_of, broken, disputed, reasons, tell
from tests.flow_values import Bought, Shopper
from tests.flow_world import World

FUNDS = DisputeReason.INSUFFICIENT_FUNDS
RETURN = DisputeKind.BANK_RETURN


async def _paid_by_another(world: World) -> tuple[Shopper, Bought, UUID]:
    """Let a renewal be declined, and its payer pay it with another card; return what declined."""
    shopper = await world.shopper(token="tok_recover_2")
    bought = await world.buy(shopper, trial=True)
    await world.advance(date(2026, 2, 2))
    [[invoice, payment, first]] = await world.rows(
        "SELECT p.invoice_id, p.id, a.id FROM payment AS p JOIN attempt AS a"
        " ON a.payment_id = p.id WHERE a.state = 'declined'"
    )
    other = await world.method(shopper.customer_id)
    await pay_invoice(world.run, world.psps, InvoiceId(invoice), method_id=other)
    return shopper, bought._replace(invoice_id=invoice, payment_id=payment), first


async def test_a_return_of_a_declined_charge_claims_nothing_again(fresh_world: World) -> None:
    world = fresh_world
    shopper, bought, first = await _paid_by_another(world)
    # when the bank sends back what our books say was never collected
    await tell(world, first, DisputeEvent.LOST, minor=None, kind=RETURN, reason=FUNDS)
    # then the other card's money stays where it is, and no payer is charged a second time
    assert await world.rows("SELECT held_minor, over_minor, reopened_minor FROM dispute") == [
        (0, 1199, 0)
    ]
    assert await disputed(world, bought.payment_id) == (1199, 0, 0, 0, 0)
    assert await world.rows("SELECT id FROM payment WHERE purpose LIKE 'recollect:%%'") == []
    assert await world.value("SELECT state FROM invoice WHERE id = %s", bought.invoice_id) == "paid"
    # and people are told what happened, by what it was
    detail = await world.value("SELECT detail FROM money_exception WHERE reason = 'over_returned'")
    assert detail == "1199 minor units were taken back of a charge that never paid"
    assert await broken(world) == []
    # and all of it can be given back still
    assert bought.payment_id is not None
    await request_refund(world.run, world.psps, RefundOrder(bought.payment_id, None, "no"))
    await world.advance(world.now + timedelta(days=4))
    assert await disputed(world, bought.payment_id) == (1199, 1199, 0, 0, 0)
    assert "dispute_loss" not in await world.balances(shopper.customer_id)
    assert await broken(world) == []


@pytest.mark.parametrize("event", [DisputeEvent.OPENED, DisputeEvent.LOST])
async def test_what_another_dispute_gives_back_goes_to_no_charge_that_never_paid(
    fresh_world: World, event: DisputeEvent
) -> None:
    world = fresh_world
    _, bought, first = await _paid_by_another(world)
    paid = await attempt_of(world, bought)
    await tell(world, paid, DisputeEvent.OPENED, ref="dp_paid")
    await tell(world, first, event, ref="dp_unpaid", minor=None, kind=RETURN, reason=FUNDS)
    # when the dispute of what was paid is won
    await tell(world, paid, DisputeEvent.WON, ref="dp_paid", at=world.now + HOUR)
    # then its money is ours: the charge that never paid has no part in it
    assert await disputed(world, bought.payment_id) == (1199, 0, 0, 0, 0)
    assert "over_returned" in await reasons(world)
    assert await broken(world) == []
    # and the other way round nothing comes back to it that it had not taken
    await tell(world, first, DisputeEvent.WON, ref="dp_unpaid", minor=None, at=world.now + 2 * HOUR)
    assert await disputed(world, bought.payment_id) == (1199, 0, 0, 0, 0)
    assert "suspense" not in await world.balances()
    assert await broken(world) == []
