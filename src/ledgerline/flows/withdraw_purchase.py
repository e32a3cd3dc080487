"""Give up a purchase whose end nobody knows, so that its buyer can buy anew."""

from datetime import datetime

from ledgerline.base.db import Tx
from ledgerline.base.ids import PurchaseId, bucket_of
from ledgerline.base.repeating import repeated
from ledgerline.base.run import Run
from ledgerline.flows.abandon_invoices import abandon_invoices_in
from ledgerline.flows.claim_key import Command, claim_key_in
from ledgerline.flows.withdraw_payments import cancel_payments_in
from ledgerline.invoicing import store as invoicing
from ledgerline.payments import payer
from ledgerline.payments import store as payments
from ledgerline.payments.model import AttemptState
from ledgerline.payments.refusals import PaymentInProgress
from ledgerline.purchases import store as purchases
from ledgerline.purchases.model import PurchaseNotFound, PurchaseNotPending, PurchaseState
from ledgerline.purchases.rows import FoundPurchaseRow
from ledgerline.subscriptions import store as subscriptions


@repeated
async def withdraw_purchase(
    run: Run, purchase_id: PurchaseId, *, command: Command | None = None
) -> None:
    """Give up a pending purchase: its invoice is void, its subscription expires.

    The attempt that nobody knows the end of is not: it is asked for still, but never sent again,
    and money that it moved goes back by itself (``decide_late_successes``). While its call may
    still be answered it is left alone. With the same ``command`` a repeat changes nothing. Raises
    ``PurchaseNotFound``, ``PurchaseNotPending`` and ``PaymentInProgress``.
    """
    bucket, now = bucket_of(purchase_id), run.now()
    async with run.transaction() as tx:
        if command is not None:
            held = await claim_key_in(tx, bucket=bucket, command=command, subject_id=purchase_id)
            if held is not None:
                return
        found = await purchases.find_purchase(tx, bucket=bucket, id=purchase_id)
        if found is None:
            raise PurchaseNotFound("there is no such purchase", purchase=str(purchase_id))
        await _withdraw(tx, run, found, now=now)


async def _withdraw(tx: Tx, run: Run, found: FoundPurchaseRow, *, now: datetime) -> None:
    """Lock from the top, look again, and close what the purchase made."""
    buckets = [found.bucket]
    [subscription] = await subscriptions.lock_subscriptions(
        tx, buckets=buckets, ids=[found.subscription_id]
    )
    [invoice] = await invoicing.lock_invoices(tx, buckets=buckets, ids=[found.invoice_id])
    again = await purchases.find_purchase(tx, bucket=found.bucket, id=found.id)
    assert again is not None, found
    if again.state != PurchaseState.PROCESSING:
        raise PurchaseNotPending("it is not pending", state=again.state)
    assert again.payment_id is not None, again  # what nothing is paid for is completed at once
    [payment] = await payments.lock_payments(tx, buckets=buckets, ids=[again.payment_id])
    live = await payments.find_live_attempt(tx, bucket=found.bucket, payment_id=payment.id)
    assert live is not None, payment
    [attempt] = await payments.lock_attempts(tx, buckets=buckets, ids=[live.id])
    on_its_way = attempt.state == AttemptState.SENT and attempt.looks == 0
    if on_its_way and attempt.resolve_at is not None and now < attempt.resolve_at:
        raise PaymentInProgress(
            "the provider may still answer", until=attempt.resolve_at.isoformat()
        )
    if attempt.state != AttemptState.SENT:  # it is ended there at once, where that is possible
        await payer.look_now(tx, bucket=attempt.bucket, id=attempt.id, now=now)
    await cancel_payments_in(tx, run, [payment], now=now)
    await abandon_invoices_in(tx, run, [(invoice, subscription)], now=now)
