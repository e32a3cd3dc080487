"""Lock money that came for a charge that had been given up, with all it may belong to."""

from typing import NamedTuple

from ledgerline.base.db import Tx
from ledgerline.base.ids import AttemptId, Bucket
from ledgerline.invoicing import store as invoicing
from ledgerline.invoicing.model import InvoiceState
from ledgerline.invoicing.rows.documents import InvoiceRow
from ledgerline.payments import exceptions
from ledgerline.payments import store as payments
from ledgerline.payments.model import PaymentState
from ledgerline.payments.rows.attempts import AttemptRow
from ledgerline.payments.rows.exceptions import LateMoneyRow
from ledgerline.payments.rows.payments import PaymentRow
from ledgerline.payments.rules.late_success import Late, decide
from ledgerline.subscriptions import store as subscriptions
from ledgerline.subscriptions.rows import SubscriptionRow


class LateMoney(NamedTuple):
    """Late money with what its attempt belongs to, all under lock."""

    row: LateMoneyRow
    attempt: AttemptRow
    payment: PaymentRow
    invoice: InvoiceRow
    subscription: SubscriptionRow

    @property
    def decision(self) -> Late:
        """What is done with it: nobody pays for service that is over."""
        is_owed = self.invoice.state == InvoiceState.OPEN and self.subscription.ended_at is None
        return decide(
            PaymentState(self.payment.state),
            has_live_attempt=self.payment.next_try_at is None,
            is_owed=is_owed,
        )


async def lock_late_money_in(tx: Tx, *, bucket: Bucket, attempt_id: AttemptId) -> LateMoney | None:
    """Lock from the top and look again; None where nothing is open or a refund is under way."""
    buckets = [bucket]
    [owner] = await payments.find_attempts(tx, buckets=buckets, ids=[attempt_id])
    [subscription] = await subscriptions.lock_subscriptions(
        tx, buckets=buckets, ids=[owner.subscription_id]
    )
    [invoice] = await invoicing.lock_invoices(tx, buckets=buckets, ids=[owner.invoice_id])
    [payment] = await payments.lock_payments(tx, buckets=buckets, ids=[owner.payment_id])
    [attempt] = await payments.lock_attempts(tx, buckets=buckets, ids=[attempt_id])
    row = await exceptions.find_undecided(tx, bucket=bucket, attempt_id=attempt_id)
    if row is None:
        return None
    if await exceptions.find_return(tx, bucket=bucket, attempt_id=attempt_id) is not None:
        return None
    return LateMoney(
        row=row, attempt=attempt, payment=payment, invoice=invoice, subscription=subscription
    )
