"""A preview of paying an invoice refuses what paying it would refuse, and writes nothing."""

from datetime import date

import pytest

from ledgerline.base.ids import InvoiceId
from ledgerline.flows.pay_invoice import pay_invoice, preview_payment
from ledgerline.payments.refusals import PspAccountNotFound
from tests.flow_world import World


async def _late(world: World) -> InvoiceId:
    """Let a renewal be refused; return its invoice."""
    bought = await world.buy(await world.shopper(token="tok_recover_1"), trial=True)
    await world.advance(date(2026, 2, 1))
    found = await world.value(
        "SELECT invoice_id FROM payment WHERE subscription_id = %s AND state = 'processing'",
        bought.subscription_id,
    )
    return InvoiceId(found)


async def test_what_no_account_could_charge_is_refused_by_both(fresh_world: World) -> None:
    world = fresh_world
    invoice_id = await _late(world)
    # given no account that may be used
    await world.write("UPDATE psp_account SET status = 'disabled'")
    refusals = []
    for act in (preview_payment, pay_invoice):
        with pytest.raises(PspAccountNotFound) as refused:
            await act(world.run, world.psps, invoice_id)
        refusals.append(refused.value)
    # then both say the same
    assert refusals[0].facts == refusals[1].facts
    # and a preview takes what may be charged again as it is
    await world.write("UPDATE psp_account SET status = 'active'")
    before = await world.value("SELECT count(*) FROM decision")
    payable = await preview_payment(world.run, world.psps, invoice_id)
    assert payable.amount.minor == 1199
    assert await world.value("SELECT count(*) FROM decision") == before
    await pay_invoice(world.run, world.psps, invoice_id)
    assert await world.value("SELECT state FROM invoice WHERE id = %s", invoice_id) == "paid"
