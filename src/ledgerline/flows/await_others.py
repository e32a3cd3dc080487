"""Let the end of a claim wait while another claim of its subscription is being paid."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from ledgerline.base.db import Tx
from ledgerline.base.ids import AttemptId, PaymentId
from ledgerline.invoicing.rows.documents import InvoiceRow
from ledgerline.invoicing.rules.kind import was_served
from ledgerline.payments import payer
from ledgerline.payments.refusals import PaymentInProgress
from ledgerline.payments.rows.payments import PaymentRow
from ledgerline.payments.rules.retry import AwaitPayer, GiveUp
from ledgerline.payments.rules.settlement import Fail

Refused = tuple[PaymentRow, InvoiceRow, Fail]


async def await_others_in(
    tx: Tx, refused: Sequence[Refused], *, ending: Sequence[AttemptId], now: datetime
) -> dict[PaymentId, Fail]:
    """Say of which payments the last try failed and yet the end has to wait, and how they go on.

    Service that the other claim pays for must not be cut before that is known. Such a payment waits
    for its payer, and ``give_up_payments`` ends it once nothing else is under way. A purchase or a
    change that failed cuts nothing. ``ending`` are the attempts that the caller ends with it.
    Called under the locks of ``settle_attempt``.
    """
    last = [
        (payment, fail)
        for payment, invoice, fail in refused
        if isinstance(fail.then, GiveUp) and was_served(invoice.cause, invoice.state_event)
    ]
    if not last:
        return {}
    trying = await payer.read_trying(
        tx,
        buckets=[payment.bucket for payment, _ in last],
        subscription_ids=[payment.subscription_id for payment, _ in last],
        but_for=ending,
    )
    busy = {row.subscription_id for row in trying}
    return {
        payment.id: replace(fail, then=AwaitPayer(now))
        for payment, fail in last
        if payment.subscription_id in busy
    }


async def require_no_others_in(tx: Tx, over: Sequence[PaymentRow]) -> None:
    """Refuse to give payments up by the same rule; raises ``PaymentInProgress``."""
    trying = await payer.read_trying(
        tx,
        buckets=[row.bucket for row in over],
        subscription_ids=[row.subscription_id for row in over],
    )
    if trying:
        raise PaymentInProgress(
            "another claim of the subscription is being paid",
            subscription=str(trying[0].subscription_id),
        )
