"""Open the attempt of a payment whose payer is present."""

from datetime import datetime

from ledgerline.base.db import Tx
from ledgerline.base.ids import AttemptId, PaymentId
from ledgerline.base.money import Currency, Money
from ledgerline.flows.issue_invoices import Issues
from ledgerline.payments import store as payments
from ledgerline.payments.model import Initiator, Psps, SentAttempt
from ledgerline.payments.rows.payments import PaymentMethodRow
from ledgerline.payments.rules.sending import attempt_to_commit


async def open_attempt_in(
    tx: Tx,
    psps: Psps,
    method: PaymentMethodRow,
    issue: Issues,
    *,
    attempt_id: AttemptId,
    now: datetime,
) -> SentAttempt:
    """Commit the first attempt to collect one issued invoice as sent; then the caller sends it."""
    sent = psps.prepared(
        SentAttempt(
            bucket=method.bucket,
            attempt_id=attempt_id,
            payment_id=PaymentId(issue.ids["payment_id"][0]),
            psp_account=method.psp_account,
            amount=Money(issue.due_minor, Currency(issue.claim.currency)),
            psp_token=method.psp_token,
            initiator=Initiator.CUSTOMER,
        )
    )
    deadline = psps.call_deadline(method.psp_account)
    row = attempt_to_commit(sent, ordinal=1, call_deadline=deadline, now=now)
    await payments.add_attempts(tx, [row])
    return sent
