"""Put payouts that failed back into the provider's balance, or take that back."""

from collections.abc import Iterable
from datetime import date

from ledgerline.base.db import Tx
from ledgerline.base.ids import SettlementFileId
from ledgerline.flows.move_payout import Step, move_payout_in, read_parts_in
from ledgerline.flows.read_book_days import BookDays
from ledgerline.payments.contract import LineKind
from ledgerline.reconciliation import store as reconciliation
from ledgerline.reconciliation.model import PROVEN, WITHDRAWN, Match, PayoutEvent, Teller
from ledgerline.reconciliation.rows import LineRow, PayoutRow
from ledgerline.reconciliation.rules import payouts
from ledgerline.reconciliation.rules.bookings import of_reversal, the_other_way


async def reverse_payouts_in(tx: Tx, lines: Iterable[LineRow], *, days: BookDays) -> None:
    """Let the payouts fail that lines in the books are matched to; each line says it once.

    One that a person had said to have failed is proven by its line, and moves nothing more.
    """
    for line in lines:
        if line.kind != LineKind.PAYOUT_REVERSAL or line.match != Match.MATCHED:
            continue
        assert line.subject_id is not None, line
        payout = await reconciliation.lock_payout_by_id(tx, id=line.subject_id)
        assert payout is not None, line
        if payouts.is_hearsay(payout):
            step = Step(event=PROVEN, on=line.settled_on, amount_minor=0, note=None)
            proven = payout._replace(failed_by=Teller.LINE)
            await move_payout_in(tx, proven, step, [], days=days)
        else:
            await fail_in(tx, payout, on=line.settled_on, note=None, days=days)


async def fail_in(
    tx: Tx, payout: PayoutRow, *, on: date, note: str | None, days: BookDays
) -> PayoutRow:
    """Let a payout fail, which is locked: what of it was on its way is in the balance again."""
    moved = payouts.failed(payout, on=on, note=note)
    parts = await read_parts_in(tx, payout)
    postings = of_reversal(parts.totals, currency=payout.currency, difference=0, home=parts.home)
    step = Step(event=PayoutEvent.FAILED, on=on, amount_minor=payout.amount_minor, note=note)
    return await move_payout_in(tx, moved, step, postings, days=days)


async def withdraw_reversals_in(tx: Tx, *, file_id: SettlementFileId, days: BookDays) -> None:
    """Take back what lines of a file said of payouts: each stands where it stood before.

    What a person had said of one still holds.
    """
    on = days.now.date()
    for named in await reconciliation.read_reversed(tx, file_id=file_id):
        assert named.subject_id is not None, named
        payout = await reconciliation.lock_payout_by_id(tx, id=named.subject_id)
        assert payout is not None, named
        if payout.failed_note is None:
            await withdraw_in(tx, payout, on=on, days=days)
        else:
            step = Step(event=WITHDRAWN, on=on, amount_minor=0, note=None)
            told = payout._replace(failed_by=Teller.PERSON)
            await move_payout_in(tx, told, step, [], days=days)


async def withdraw_in(tx: Tx, payout: PayoutRow, *, on: date, days: BookDays) -> PayoutRow:
    """Take back that a payout failed, which is locked; it is on its way as before."""
    assert payout.reversed_minor is not None, payout
    parts = await read_parts_in(tx, payout)
    postings = of_reversal(
        parts.totals,
        currency=payout.currency,
        difference=payout.reversed_minor - payout.amount_minor,
        home=parts.home,
    )
    step = Step(event=WITHDRAWN, on=on, amount_minor=-payout.reversed_minor, note=None)
    return await move_payout_in(
        tx, payouts.undone(payout), step, the_other_way(postings), days=days
    )
