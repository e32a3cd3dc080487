"""Withdraw disputes that only a file told of, once the provider has corrected that file."""

from typing import Final
from uuid import UUID

from ledgerline.base.ids import DisputeId
from ledgerline.base.repeating import repeated
from ledgerline.base.run import Run
from ledgerline.base.tasks import in_turn
from ledgerline.flows.advance_dispute import Fact, advance_dispute_in
from ledgerline.flows.lock_known_dispute import lock_known_dispute_in
from ledgerline.flows.read_book_days import read_book_days
from ledgerline.payments import disputing
from ledgerline.payments.disputes import DisputeEvent, DisputeSource
from ledgerline.reconciliation import store as reconciliation
from ledgerline.reconciliation.rules.matching import heard

BATCH_MAX: Final = 10_000


async def withdraw_corrected(run: Run, *, psp_account: str) -> int:
    """Let what no line says any more be ours again; counts the disputes.

    Called once the lines of the account are matched. A dispute that its provider has given a name
    stands, whatever files say. Safe to repeat.
    """
    async with run.transaction() as tx:
        rows = await disputing.read_nameless(tx, psp_account=psp_account, limit=BATCH_MAX)
        ids = list({row.attempt_id for row in rows})
        lines = await reconciliation.read_dispute_lines(tx, subject_ids=ids, but_for=None)
    said: dict[UUID | None, list[int]] = {}
    for line in lines:
        if line.gross_minor < 0:
            said.setdefault(line.subject_id, []).append(-line.gross_minor)
    gone = [row.id for row in rows if heard(said.get(row.attempt_id, []), row.amount_minor) is None]
    await in_turn(_withdraw(run, one) for one in gone)
    return len(gone)


@repeated
async def _withdraw(run: Run, dispute_id: DisputeId) -> None:
    async with run.transaction() as tx:
        days = await read_book_days(tx, now=run.now())
        matter = await lock_known_dispute_in(tx, dispute_id, days=days)
        if matter.dispute.psp_ref is not None:  # named meanwhile
            return
        fact = Fact(
            key=f"corrected {matter.dispute.fact_no + 1}",
            event=DisputeEvent.WITHDRAWN,
            source=DisputeSource.SETTLEMENT_LINE,
            occurred_at=None,
        )
        await advance_dispute_in(tx, run, matter, fact)
