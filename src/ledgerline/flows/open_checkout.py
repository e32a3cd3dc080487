"""Open a checkout session: an order that waits for its buyer on a page of ours."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from ledgerline.base.ids import CheckoutId, bucket_of
from ledgerline.base.repeating import repeated
from ledgerline.base.run import Run
from ledgerline.flows.claim_key import Command, claim_key_in
from ledgerline.flows.quote_purchase import quote_purchase
from ledgerline.flows.read_routing import read_routing
from ledgerline.payments.model import Psps
from ledgerline.purchases import store as purchases
from ledgerline.purchases.model import CheckoutNotOffered
from ledgerline.purchases.rows import CheckoutRow
from ledgerline.rules.checkout import written
from ledgerline.rules.quote import Order

OPEN_FOR: Final = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class NewCheckout:
    """What is to be bought, and where its buyer goes on to afterwards."""

    order: Order
    return_url: str | None = None


async def open_checkout(
    run: Run, psps: Psps, new: NewCheckout, *, command: Command | None = None
) -> CheckoutId:
    """Keep an order for its buyer, for a day; nothing is reserved and no price is promised.

    Called by the API and the command line. The order is quoted first, so that no page is opened for
    what is not sold. With the same ``command`` a repeat finds the first session. Raises
    ``CheckoutNotOffered`` where no merchant account has card fields, what ``quote_purchase`` raises
    for a buyer, and those of ``claim_key_in``.
    """
    await _require_fields(run, psps)
    await quote_purchase(run, new.order, buying=True)
    return await _open(run, new, command=command)


async def _require_fields(run: Run, psps: Psps) -> None:
    """Refuse where no merchant account has fields of its own that a page can show."""
    _, accounts = await read_routing(run)
    if not any(psps.capabilities(code).card_fields for code in accounts):
        raise CheckoutNotOffered("no merchant account has card fields for a page")


@repeated
async def _open(run: Run, new: NewCheckout, *, command: Command | None) -> CheckoutId:
    order, now = new.order, run.now()
    bucket = bucket_of(order.customer_id)
    session_id = CheckoutId(run.new_id(bucket))
    async with run.transaction() as tx:
        if command is not None:
            held = await claim_key_in(tx, bucket=bucket, command=command, subject_id=session_id)
            if held is not None:
                assert held.subject_id is not None, held.key
                return CheckoutId(held.subject_id)
        await purchases.add_checkout(
            tx,
            CheckoutRow(
                bucket=bucket,
                id=session_id,
                customer_id=order.customer_id,
                plan_code=order.plan_code,
                quantity=order.quantity,
                add_ons=written(order.add_ons),
                coupon_code=order.coupon_code,
                with_trial=order.with_trial,
                return_url=new.return_url,
                created_at=now,
                expires_at=now + OPEN_FOR,
                closed_at=None,
            ),
        )
    return session_id
