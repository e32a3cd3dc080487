"""Lock money that came for a charge that had been given up, with all it may belong to."""

from typing import NamedTuple

from ledgerline.base.db import Tx
from ledgerline.base.ids import AttemptId, Bucket
from ledgerline.flows.withdraw_payments import ask_over_in
from ledgerline.invoicing import store as invoicing
from ledgerline.invoicing.model import InvoiceState
from ledgerline.invoicing.rows.documents import InvoiceRow
from ledgerline.payments import disputing, exceptions
from ledgerline.payments import store as payments
from ledgerline.payments.model import PaymentState
from ledgerline.payments.rows.attempts import AttemptRow
from ledgerline.payments.rows.disputes import DisputeRow
from ledgerline.payments.rows.exceptions import LateMoneyRow
from ledgerline.payments.rows.payments import PaymentRow
from ledgerline.payments.rules.late_success import Late, decide
from ledgerline.subscriptions import store as subscriptions
from ledgerline.subscriptions.rows import SubscriptionRow


class LateMoney(NamedTuple):
    """Late money with what its attempt belongs to, all under lock.

    ``is_over`` says that collection paused the subscription, or moved it to a free plan, after the
    claim was made: it is closed when its turn comes, and buys nothing any more.
    """

    row: LateMoneyRow
    attempt: AttemptRow
    payment: PaymentRow
    invoice: InvoiceRow
    subscription: SubscriptionRow
    is_over: bool
    disputes: tuple[DisputeRow, ...]

    @property
    def waiting(self) -> list[DisputeRow]:
        """The disputes of its charge that took money back before there was any."""
        mine = [one for one in self.disputes if one.attempt_id == self.attempt.id]
        return [one for one in mine if one.over_minor]

    @property
    def decision(self) -> Late:
        """What is done with it: nobody pays for service that is over, by an end or a pause."""
        is_open = self.invoice.state == InvoiceState.OPEN and self.subscription.ended_at is None
        return decide(
            PaymentState(self.payment.state),
            has_live_attempt=self.payment.next_try_at is None,
            is_owed=is_open and not self.is_over,
            is_taken_back=bool(self.waiting),
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
    held = await disputing.lock_disputes(tx, bucket=bucket, payment_id=payment.id)
    over = (await ask_over_in(tx, [payment])).of([payment])
    return LateMoney(
        row=row,
        attempt=attempt,
        payment=payment,
        invoice=invoice,
        subscription=subscription,
        is_over=bool(over),
        disputes=tuple(held),
    )
