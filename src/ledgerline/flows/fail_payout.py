"""Note what a provider told of a payout: that it failed, and its money is in the balance again."""

from dataclasses import dataclass
from datetime import date

from ledgerline.base import cards
from ledgerline.base.repeating import repeated
from ledgerline.base.run import Run
from ledgerline.flows.move_payout import Named, lock_payout_in
from ledgerline.flows.read_book_days import read_book_days
from ledgerline.flows.reverse_payouts import fail_in
from ledgerline.reconciliation.rows import PayoutRow


@dataclass(frozen=True, slots=True, kw_only=True)
class PayoutFailure:
    """Which payout failed, on which day, and who says so where."""

    named: Named
    failed_on: date
    note: str


@repeated
async def fail_payout(run: Run, failure: PayoutFailure) -> PayoutRow:
    """Let a payout fail by a person's word; the provider's line proves it, the bank's undoes it.

    Raises ``PayoutNotFound``, ``StateRefused`` where the bank has it or it failed already, and
    ``CardNumberRefused``.
    """
    cards.refuse_cards([failure.note])
    async with run.transaction() as tx:
        payout = await lock_payout_in(tx, failure.named)
        days = await read_book_days(tx, now=run.now())
        return await fail_in(tx, payout, on=failure.failed_on, note=failure.note, days=days)
