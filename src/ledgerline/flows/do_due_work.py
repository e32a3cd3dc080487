"""Do all work that is due at an instant, in one fixed order."""

from collections.abc import Awaitable, Callable
from typing import Final, NamedTuple

from ledgerline.base.ids import BUCKETS, BillRunId
from ledgerline.base.pace import Pace
from ledgerline.base.run import Run
from ledgerline.base.tasks import in_turn, together
from ledgerline.flows.apply_psp_events import apply_psp_events
from ledgerline.flows.bill_due import BatchBilled, Buckets, bill_due
from ledgerline.flows.collect_due import (
    COLLECT_BATCH_MAX,
    BatchCollected,
    collect_due,
    collecting_pace,
)
from ledgerline.flows.count_outcomes import count_outcomes
from ledgerline.flows.decide_late_successes import decide_late_successes
from ledgerline.flows.follow_mandates import follow_mandates
from ledgerline.flows.forget_expired import forget_expired
from ledgerline.flows.lapse_changes import lapse_changes
from ledgerline.flows.number_documents import NUMBER_BATCH_MAX, number_documents
from ledgerline.flows.open_bill_run import open_bill_run
from ledgerline.flows.resolve_attempts import resolve_attempts
from ledgerline.flows.resolve_evidence import resolve_evidence
from ledgerline.flows.resolve_refunds import resolve_refunds
from ledgerline.flows.resolve_setups import resolve_setups
from ledgerline.flows.tell_card_expiry import tell_card_expiry
from ledgerline.flows.tell_notices import tell_notices
from ledgerline.flows.tell_renewals import tell_renewals
from ledgerline.flows.watch_disputes import watch_disputes
from ledgerline.flows.watch_models import watch_models
from ledgerline.payments.model import Psps

ALL: Final = (0, BUCKETS)
HALVES: Final = ((0, BUCKETS // 2), (BUCKETS // 2, BUCKETS))


class DueWork(NamedTuple):
    """What was done."""

    invoiced: int
    ended: int
    parked: int
    tried: int
    succeeded: int


class _Renewed(NamedTuple):
    """What became of one half of the customers."""

    billed: BatchBilled
    tried: int
    succeeded: int


async def _drain(work: Callable[[], Awaitable[int]]) -> None:
    """Do one kind of work until nothing of it is left."""
    while await work():
        pass


async def do_due_work(
    run: Run, psps: Psps, *, side_by_side: bool = True, counts: bool = True
) -> DueWork:
    """Drain all queues at the instant of ``run``: bill, collect, inbox, resolve, tell, number.

    What has been kept for long enough is forgotten, and what came of charges is counted.

    The same flows that the workers call, one after the other, so that a sandbox gives the same
    result each time. Customers of the two halves of the buckets have nothing in common, so their
    renewals are billed and collected side by side, with ids from a stream of each half's own. They
    share what is known of the accounts, though: while one fails, ``side_by_side`` has to be False
    for the same result each time. What is counted is what has ended: who charges meanwhile
    ``counts`` by themselves. Safe to repeat: nothing is due twice.
    """
    bill_run_id = BillRunId(run.new_id(run.new_bucket()))
    await open_bill_run(run, bill_run_id=bill_run_id)
    halves = [_renew(run.branch(), psps, bill_run_id, buckets) for buckets in HALVES]
    one, other = await (together(*halves) if side_by_side else in_turn(halves))
    billed = one.billed.plus(other.billed)
    await _drain(lambda: apply_psp_events(run, psps))
    await _drain(lambda: follow_mandates(run, psps, buckets=ALL))
    await _drain(lambda: resolve_attempts(run, psps, buckets=ALL))
    await _drain(lambda: resolve_setups(run, psps, buckets=ALL))
    await _drain(lambda: lapse_changes(run, buckets=ALL))
    await _drain(lambda: tell_notices(run, buckets=ALL))
    await _drain(lambda: tell_card_expiry(run, buckets=ALL))
    await _drain(lambda: tell_renewals(run, buckets=ALL))
    await _drain(lambda: decide_late_successes(run, buckets=ALL))
    await _drain(lambda: resolve_evidence(run, psps))
    await _drain(lambda: watch_disputes(run))
    await _drain(lambda: resolve_refunds(run, psps, buckets=ALL))
    while await number_documents(run) >= NUMBER_BATCH_MAX:
        pass
    while (await forget_expired(run)).total:
        pass
    if counts:
        await count_outcomes(run)
        await watch_models(run)
    return DueWork(
        invoiced=billed.invoiced,
        ended=billed.ended,
        parked=billed.parked,
        tried=one.tried + other.tried,
        succeeded=one.succeeded + other.succeeded,
    )


async def _renew(run: Run, psps: Psps, bill_run_id: BillRunId, buckets: Buckets) -> _Renewed:
    billed = BatchBilled(0, 0, 0, more=True)
    while billed.more:
        billed = billed.plus(await bill_due(run, bill_run_id=bill_run_id, buckets=buckets))
    tried = succeeded = 0
    pace = collecting_pace()
    while (batch := await _collect(run, psps, pace, buckets)).tried:
        tried += batch.tried
        succeeded += batch.succeeded
    return _Renewed(billed, tried, succeeded)


async def _collect(run: Run, psps: Psps, pace: Pace, buckets: Buckets) -> BatchCollected:
    async with pace.share(COLLECT_BATCH_MAX) as share:
        return await collect_due(run, psps, buckets=buckets, share=share)
