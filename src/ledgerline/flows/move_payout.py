"""Let something happen to a payout: where it stands, what is kept of that, and what it moves."""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from ledgerline.base.db import Tx
from ledgerline.flows.bear_own_failures import NOBODY
from ledgerline.flows.book_statement import transfers
from ledgerline.flows.open_breaks import tell_of_bank_in
from ledgerline.flows.read_book_days import BookDays
from ledgerline.ledger import store as ledger
from ledgerline.reconciliation import store as reconciliation
from ledgerline.reconciliation.refusals import PayoutNotFound
from ledgerline.reconciliation.rows import PayoutRow, PayoutStepRow, TotalRow
from ledgerline.reconciliation.rules.bookings import Posting


class Step(NamedTuple):
    """What happened, on which day of theirs, and what came to bank or balance by it."""

    event: str
    on: date
    amount_minor: int
    note: str | None


class Named(NamedTuple):
    """Which payout is meant; account and currency are needed where several have that name."""

    reference: str
    psp_account: str | None = None
    currency: str | None = None


class Parts(NamedTuple):
    """Whose books a payout is in: the totals of its file, and who bears what is nobody's."""

    totals: Sequence[TotalRow]
    home: str


async def lock_payout_in(tx: Tx, named: Named) -> PayoutRow:
    """Find and lock the one payout of a name; raises ``PayoutNotFound``."""
    found = await reconciliation.lock_payout(
        tx, reference=named.reference, psp_account=named.psp_account, currency=named.currency
    )
    if len(found) != 1:
        what = "there are several payouts" if found else "no file announces a payout"
        raise PayoutNotFound(f"{what} {named.reference}", reference=named.reference)
    return found[0]


async def read_parts_in(tx: Tx, payout: PayoutRow) -> Parts:
    """Read whose books a payout is in."""
    file = await reconciliation.read_file(tx, id=payout.file_id)
    assert file is not None, payout
    totals = await reconciliation.read_totals(tx, file_id=file.id)
    return Parts(totals, file.seller_code)


async def move_payout_in(
    tx: Tx, payout: PayoutRow, step: Step, postings: Sequence[Posting], *, days: BookDays
) -> PayoutRow:
    """Write a payout as it is after a step, and book that; people are told what does not agree.

    ``payout`` is locked, and has the number of its last step still.
    """
    moved = payout._replace(step_no=payout.step_no + 1)
    n = await ledger.count_transfers(tx, bucket=NOBODY, source_id=payout.id)
    kept = PayoutStepRow(
        payout_id=payout.id,
        no=moved.step_no,
        event=step.event,
        happened_on=step.on,
        amount_minor=step.amount_minor,
        note=step.note,
        n=n,
        recorded_at=days.now,
    )
    await reconciliation.move_payout(tx, moved)
    await reconciliation.add_payout_steps(tx, [kept])
    rows = [
        row
        for k, one in enumerate(postings)
        for row in transfers(payout.id, one, payout.psp_account, days=days, n=n + k)
    ]
    await ledger.add_transfers(tx, rows)
    await tell_of_bank_in(tx, moved, now=days.now)
    return moved
