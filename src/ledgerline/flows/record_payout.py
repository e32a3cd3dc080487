"""Record that the bank received a payout."""

from dataclasses import dataclass
from datetime import date

from ledgerline.base import cards
from ledgerline.base.db import Tx
from ledgerline.base.repeating import repeated
from ledgerline.base.run import Run
from ledgerline.flows.move_payout import (
    Named,
    Step,
    lock_payout_in,
    move_payout_in,
    read_parts_in,
)
from ledgerline.flows.read_book_days import BookDays, read_book_days
from ledgerline.flows.reverse_payouts import withdraw_in
from ledgerline.reconciliation.model import PayoutEvent
from ledgerline.reconciliation.rows import PayoutRow
from ledgerline.reconciliation.rules import payouts
from ledgerline.reconciliation.rules.bookings import of_bank, the_other_way


@dataclass(frozen=True, slots=True, kw_only=True)
class BankLine:
    """A line of the bank: which payout it names, what came or went back, and when.

    ``psp_account`` and ``currency`` are needed where several payouts have that name.
    """

    reference: str
    amount_minor: int
    paid_on: date
    note: str
    psp_account: str | None = None
    currency: str | None = None

    @property
    def named(self) -> Named:
        """Return which payout is meant."""
        return Named(self.reference, self.psp_account, self.currency)


@repeated
async def record_payout(run: Run, line: BankLine) -> PayoutRow:
    """Move a payout from what is in transit to the bank.

    Another amount than was announced is booked as it came, and people are told. What a person had
    said of its failure is withdrawn by the line. One that the bank sent back may arrive anew.
    Raises ``PayoutNotFound``, ``PayoutPaid`` the second time, ``PayoutFailed`` and
    ``CardNumberRefused``.
    """
    cards.refuse_cards([line.note])
    async with run.transaction() as tx:
        payout = await lock_payout_in(tx, line.named)
        days = await read_book_days(tx, now=run.now())
        if payouts.is_hearsay(payout):
            payout = await withdraw_in(tx, payout, on=line.paid_on, days=days)
        moved = payouts.arrived(
            payout, amount_minor=line.amount_minor, on=line.paid_on, note=line.note
        )
        return await book_bank_line_in(tx, moved, line, days=days)


async def book_bank_line_in(
    tx: Tx, moved: PayoutRow, line: BankLine, *, days: BookDays
) -> PayoutRow:
    """Book what a line of the bank brought, or took back, of a payout as it is after that."""
    came = moved.state_event == PayoutEvent.ARRIVED
    parts = await read_parts_in(tx, moved)
    postings = of_bank(
        parts.totals,
        currency=moved.currency,
        difference=line.amount_minor - moved.amount_minor,
        home=parts.home,
    )
    step = Step(
        event=moved.state_event,
        on=line.paid_on,
        amount_minor=line.amount_minor if came else -line.amount_minor,
        note=line.note,
    )
    return await move_payout_in(
        tx, moved, step, postings if came else the_other_way(postings), days=days
    )
