"""Note what a provider told of a payout: that it failed, and its money is in the balance again."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from ledgerline.base import cards
from ledgerline.base.db import Tx
from ledgerline.base.repeating import repeated
from ledgerline.base.run import Run
from ledgerline.flows.keep_matches import keep_matches_in
from ledgerline.flows.move_payout import Named, lock_payout_in
from ledgerline.flows.read_book_days import BookDays, read_book_days
from ledgerline.flows.reverse_payouts import fail_in
from ledgerline.reconciliation import store as reconciliation
from ledgerline.reconciliation.model import FileState, Match
from ledgerline.reconciliation.refusals import SettlementLineUnfit
from ledgerline.reconciliation.rows import LineRow, PayoutRow
from ledgerline.reconciliation.rules.payouts import is_hearsay, may_reverse


@dataclass(frozen=True, slots=True, kw_only=True)
class PayoutFailure:
    """Which payout failed, on which day, and who says so where.

    ``line_id`` names the line of a file that says it under another name, which is matched by that.
    """

    named: Named
    failed_on: date
    note: str
    line_id: UUID | None = None


@repeated
async def fail_payout(run: Run, failure: PayoutFailure) -> PayoutRow:
    """Let a payout fail by a person's word; the provider's line proves it, the bank's undoes it.

    Raises ``PayoutNotFound``, ``StateRefused`` where the bank has it or it failed already,
    ``SettlementLineUnfit`` and ``CardNumberRefused``.
    """
    cards.refuse_cards([failure.note])
    async with run.transaction() as tx:
        days = await read_book_days(tx, now=run.now())
        line = None if failure.line_id is None else await _hold_line(tx, failure.line_id)
        payout = await lock_payout_in(tx, failure.named)
        if line is not None and not may_reverse(line, payout):
            raise SettlementLineUnfit("the line cannot be of this payout", payout=payout.reference)
        if line is None or not is_hearsay(payout):
            on, note = failure.failed_on, failure.note
            payout = await fail_in(tx, payout, on=on, note=note, days=days)
        return payout if line is None else await _prove(tx, payout, line, days=days)


async def _hold_line(tx: Tx, line_id: UUID) -> LineRow:
    """Find a line that is told to people, and hold its account as an import does."""
    line = await reconciliation.find_line(tx, id=line_id)
    file = None if line is None else await reconciliation.read_file(tx, id=line.file_id)
    if file is None or file.state != FileState.IMPORTED:
        raise SettlementLineUnfit("no file in the books has this line open")
    await reconciliation.hold_account(tx, psp_account=file.psp_account)
    held = await reconciliation.find_line(tx, id=line_id)
    assert held is not None, line_id
    return held


async def _prove(tx: Tx, payout: PayoutRow, line: LineRow, *, days: BookDays) -> PayoutRow:
    matched = line._replace(match=Match.MATCHED, subject_id=payout.id, suspense_minor=0)
    await keep_matches_in(tx, payout.psp_account, [(line, matched)], days=days)
    proven = await reconciliation.lock_payout_by_id(tx, id=payout.id)
    assert proven is not None, payout
    return proven
