"""Give a customer credit out of goodwill: a part of what they paid becomes theirs to spend again.

It is a reduction of a price that was paid, so it has a credit note and takes its part of the tax
with it; credit from nowhere would owe tax that nobody charged.
"""

from enum import StrEnum
from typing import NamedTuple

from ledgerline.base.db import Tx
from ledgerline.base.ids import CreditNoteId, InvoiceId, PaymentId, bucket_of
from ledgerline.base.money import Currency, Money
from ledgerline.base.repeating import repeated
from ledgerline.base.run import Run
from ledgerline.flows.claim_key import Command, claim_key_in
from ledgerline.flows.credit_lines import Note, credit_lines_in
from ledgerline.flows.offset_credit import offset_notes_in
from ledgerline.flows.refuse_above_limit import refuse_above_limit_in
from ledgerline.flows.request_refund import Allowed, RefundOrder, allowed_in
from ledgerline.invoicing.model import CreditReason


class GiftReason(StrEnum):
    """Why somebody gives credit; the log keeps it."""

    OUTAGE = "outage"
    MISTAKE = "mistake"
    COMPLAINT = "complaint"
    COURTESY = "courtesy"


class CreditGift(NamedTuple):
    """How much of a payment becomes credit, with tax, in minor units of its currency."""

    payment_id: PaymentId
    amount_minor: int


class Given(NamedTuple):
    """What a gift does: ``given`` is all that is given back then, as a refund would count it.

    ``tax_minor`` is the tax in the ``amount``; ``left_minor`` what of the invoice is left after it.
    """

    invoice_id: InvoiceId
    amount: Money
    tax_minor: int
    given: Money
    left_minor: int


@repeated
async def give_credit(
    run: Run, gift: CreditGift, *, command: Command | None = None
) -> CreditNoteId:
    """Credit a part of what a payment paid; the next invoice uses it before any card.

    With the same ``command`` a repeat finds the first credit note. Raises what a refund of the
    amount would: ``PaymentNotFound``, ``PaymentNotRefundable``, ``PaymentDisputed``,
    ``ChangeInProgress``, ``CustomerErased``, ``RefundExceedsCaptured``, ``ExceedsLineRemainder``
    and, for a person above their limit, ``AboveLimit``: ``propose_refund`` takes those.
    """
    bucket = bucket_of(gift.payment_id)
    note_id = CreditNoteId(run.new_id(bucket))
    async with run.transaction() as tx:
        if command is not None:
            held = await claim_key_in(tx, bucket=bucket, command=command, subject_id=note_id)
            if held is not None:
                assert held.subject_id is not None, held.key
                return CreditNoteId(held.subject_id)
        allowed = await _allowed_in(tx, run, gift)
        await refuse_above_limit_in(tx, command, [allowed.returned])
        await credit_allowed_in(tx, run, allowed, note_id)
    return note_id


async def credit_allowed_in(tx: Tx, run: Run, allowed: Allowed, note_id: CreditNoteId) -> None:
    """Give as credit what may go back, under its locks."""
    now = run.now()
    note = Note(note_id, allowed.invoice, allowed.credits, CreditReason.GOODWILL)
    await credit_lines_in(tx, run, [note], now=now)
    await offset_notes_in(tx, [note], now=now)


@repeated
async def preview_credit(run: Run, gift: CreditGift) -> Given:
    """Compute what ``give_credit`` would do, or raise what forbids it. Writes nothing."""
    async with run.transaction() as tx:
        return _given(await _allowed_in(tx, run, gift))


async def _allowed_in(tx: Tx, run: Run, gift: CreditGift) -> Allowed:
    """Divide it over the lines of the invoice as a refund of the amount would be."""
    order = RefundOrder(gift.payment_id, gift.amount_minor, "")
    return await allowed_in(tx, order, now=run.now())


def _given(allowed: Allowed) -> Given:
    invoice, minor = allowed.invoice, allowed.amount_minor
    return Given(
        invoice_id=invoice.id,
        amount=Money(minor, Currency(invoice.currency)),
        tax_minor=sum(one.credit.tax_minor for one in allowed.credits),
        given=allowed.returned,
        left_minor=invoice.total_minor - allowed.before_minor - minor,
    )
