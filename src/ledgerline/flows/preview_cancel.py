"""Preview a cancellation: what it would end, credit and write off. Nothing is written."""

from dataclasses import dataclass
from datetime import date

from ledgerline.base.calendar import local_date
from ledgerline.base.db import Tx
from ledgerline.base.ids import CreditNoteId, SubscriptionId
from ledgerline.base.run import Run
from ledgerline.flows.cancel_subscription import (
    lock_changeable_in,
    lock_invoices_of_in,
    reserved_in,
)
from ledgerline.flows.credit_lines import Crediting, billed
from ledgerline.invoicing.model import CreditReason, InvoiceState
from ledgerline.invoicing.rows import InvoiceRow
from ledgerline.payments import store as payments
from ledgerline.payments.model import PaymentInProgress, PaymentState
from ledgerline.pricing.rules.credit import unused
from ledgerline.subscriptions.model import NothingToChange, Timing
from ledgerline.subscriptions.rows import SubscriptionRow


@dataclass(frozen=True, slots=True)
class Cancellation:
    """What a cancellation does: the last date, what is credited, which claims are given up."""

    row: SubscriptionRow
    ends_on: date
    credits: tuple[Crediting, ...]
    given_up: tuple[InvoiceRow, ...]


async def preview_cancel(
    run: Run, subscription_id: SubscriptionId, *, timing: Timing
) -> Cancellation:
    """Compute what ``cancel_subscription`` would do: the same rules on the same rows.

    Raises ``SubscriptionNotFound``, ``ChangeRefused``, ``NothingToChange`` and
    ``PaymentInProgress``.
    """
    async with run.transaction() as tx:
        row = await lock_changeable_in(tx, subscription_id)
        if timing is Timing.NOW:
            return await _now(tx, run, row, today=local_date(run.now(), row.zone))
    if row.ends_on is not None:
        raise NothingToChange("the subscription ends already", ends_on=row.ends_on.isoformat())
    return Cancellation(row, row.billed_through, (), ())


async def _now(tx: Tx, run: Run, row: SubscriptionRow, *, today: date) -> Cancellation:
    pairs = await lock_invoices_of_in(tx, row, after=today)
    unpaid = tuple(invoice for invoice, _ in pairs if invoice.state == InvoiceState.OPEN)
    if unpaid:
        await _refuse_live_attempts(tx, unpaid)
        return Cancellation(row, today, (), unpaid)
    given_back = []
    for invoice, line in pairs:
        reserved = await reserved_in(tx, invoice)
        credit = unused(billed(line, reserved_minor=reserved), cut=today)
        if credit is not None:
            note_id = CreditNoteId(run.new_id(row.bucket))
            reason = CreditReason.CANCELED
            given_back.append(
                Crediting(
                    note_id=note_id,
                    invoice=invoice,
                    line=line,
                    credit=credit,
                    reason=reason,
                    open_minor=0,
                )
            )
    return Cancellation(row, today, tuple(given_back), ())


async def _refuse_live_attempts(tx: Tx, unpaid: tuple[InvoiceRow, ...]) -> None:
    for invoice in unpaid:
        for payment in await payments.lock_payments_of_invoice(
            tx, bucket=invoice.bucket, invoice_id=invoice.id
        ):
            if payment.state == PaymentState.PROCESSING and payment.next_try_at is None:
                raise PaymentInProgress("an attempt may still succeed", payment=str(payment.id))
