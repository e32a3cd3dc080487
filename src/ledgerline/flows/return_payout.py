"""Record that the bank took a payout back."""

from ledgerline.base import cards
from ledgerline.base.repeating import repeated
from ledgerline.base.run import Run
from ledgerline.flows.move_payout import lock_payout_in
from ledgerline.flows.read_book_days import read_book_days
from ledgerline.flows.record_payout import BankLine, book_bank_line_in
from ledgerline.reconciliation.rows import PayoutRow
from ledgerline.reconciliation.rules import payouts


@repeated
async def return_payout(run: Run, line: BankLine) -> PayoutRow:
    """Move a payout from the bank to what is in transit: the bank took it back.

    Raises ``PayoutNotFound``, ``StateRefused`` where it is not paid, and ``CardNumberRefused``.
    """
    cards.refuse_cards([line.note])
    async with run.transaction() as tx:
        payout = await lock_payout_in(tx, line.named)
        days = await read_book_days(tx, now=run.now())
        moved = payouts.sent_back(
            payout, amount_minor=line.amount_minor, on=line.paid_on, note=line.note
        )
        return await book_bank_line_in(tx, moved, line, days=days)
