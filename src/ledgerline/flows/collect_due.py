"""Charge payments whose next try is due."""

from collections.abc import Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic
from typing import Final, NamedTuple

from ledgerline.base.http import FIRST_BYTE_SECONDS
from ledgerline.base.ids import AttemptId, SubscriptionId
from ledgerline.base.pace import Pace, Share
from ledgerline.base.repeating import repeated
from ledgerline.base.run import Run
from ledgerline.base.tasks import in_waves, results
from ledgerline.flows.announce_debits import Sendable, announce_debits_in, asked_of
from ledgerline.flows.bear_own_failures import close_account_exceptions_in
from ledgerline.flows.bill_due import Buckets, Fence
from ledgerline.flows.choose_accounts import Asked, Chosen, choose_accounts_in, read_choices_in
from ledgerline.flows.find_owners import Belongs
from ledgerline.flows.give_up_payments import give_up_payments
from ledgerline.flows.limit_tries import limit_tries_in
from ledgerline.flows.record_events import NewEvent, record_events_in
from ledgerline.flows.set_aside import AGAIN_AFTER, Refusal, set_aside, set_aside_in
from ledgerline.flows.settle_attempt import Evidence, settle_attempt
from ledgerline.flows.withdraw_payments import ask_over_in, withdraw_payments
from ledgerline.outbox.model import EventKind
from ledgerline.payments import exceptions
from ledgerline.payments import store as payments
from ledgerline.payments.model import Outcome, Psps, Reading, SentAttempt
from ledgerline.payments.refusals import PaymentInProgress
from ledgerline.payments.rows.attempts import NewAttemptRow
from ledgerline.payments.rows.payments import DuePaymentRow, TriedRow
from ledgerline.payments.rules.accounts import withheld
from ledgerline.payments.rules.retry import OURS
from ledgerline.payments.rules.sending import Grounds, attempt_to_commit
from ledgerline.payments.rules.settlement import Succeed
from ledgerline.subscriptions import store as subscriptions

COLLECT_BATCH_MAX: Final = 100  # attempts a transaction
BUSY_FOR: Final = timedelta(minutes=10)
_HEARD: Final = frozenset({Outcome.SUCCEEDED, Outcome.DECLINED, Outcome.PENDING})
LONG_MILLISECONDS: Final = round(1000 * FIRST_BYTE_SECONDS) // 2


class BatchCollected(NamedTuple):
    """What one batch did; ``tried`` of 0 means nothing was due.

    ``milliseconds`` is how long its calls took.
    """

    tried: int
    succeeded: int
    milliseconds: int


def collecting_pace(*, wave_seconds: float | None = None) -> Pace:
    """Return a pace at which no payment waits for its place in vain.

    A call that waits longer than ``FIRST_BYTE_SECONDS`` for its place is not begun.
    """
    return Pace(LONG_MILLISECONDS, wave_seconds)


class _Due(NamedTuple):
    """An attempt that is committed as sent; nothing leaves if it is ``withheld``."""

    sent: SentAttempt
    belongs: Belongs
    withheld: Reading | None


@dataclass(frozen=True, slots=True)
class _Batch:
    """What was claimed: what is sent, whose subscription ended, whose time to mend is over.

    Of ``withheld`` payments the try was postponed.
    """

    due: Sequence[_Due] = ()
    ended: Sequence[DuePaymentRow] = ()
    unmended: Sequence[DuePaymentRow] = ()
    withheld: int = 0

    @property
    def size(self) -> int:
        """How many payments it has."""
        return len(self.due) + len(self.ended) + len(self.unmended) + self.withheld


async def collect_due(
    run: Run,
    psps: Psps,
    *,
    buckets: Buckets,
    limit: int = COLLECT_BATCH_MAX,
    share: Share | None = None,
    fence: Fence | None = None,
) -> BatchCollected:
    """Try one batch of due payments of a bucket range.

    Called by the collection job and the virtual clock. Attempts are committed as sent before any
    byte leaves; then all calls run at once without a database connection; then the answers are
    settled in one transaction, or in waves where the pace of ``share`` says so, so that a slow
    answer keeps no other waiting. Without a share there may be ``limit``. A crash between leaves
    rows that the resolver finishes.
    """
    if share is None:
        async with collecting_pace().share(limit) as own:
            return await collect_due(run, psps, buckets=buckets, share=own, fence=fence)
    size = share.left
    batch = await _send(run, psps, buckets=buckets, limit=size, fence=fence)
    share.give(size - len(batch.due))
    began = monotonic()
    ended: list[Reading | BaseException] = []
    won = 0
    calls = in_waves((_ask(psps, one) for one in batch.due), seconds=share.pace.wave_seconds)
    async with aclosing(calls):
        async for wave in calls:
            share.give(len(wave))
            ended += [reading for _, reading in wave]
            won += await _settle(run, batch, wave, ended)
    milliseconds = round(1000 * (monotonic() - began))
    share.pace.learn(milliseconds, began=began, is_full=len(batch.due) == size)
    await set_aside(
        batch.ended,
        lambda rows: withdraw_payments(run, rows),
        aside=lambda row, why: _put_off(run, row, what="withdraw", why=why),
    )
    await set_aside(
        batch.unmended,
        lambda rows: give_up_payments(run, rows),
        aside=lambda row, why: _put_off(run, row, what="give up", why=why),
    )
    results(ended)
    return BatchCollected(batch.size, won, milliseconds)


@repeated
async def _put_off(run: Run, row: DuePaymentRow, *, what: str, why: Refusal) -> None:
    """Look again at one payment tomorrow, and tell people why; soon, where another is tried."""
    now = run.now()
    is_busy = isinstance(why, PaymentInProgress)
    until = now + (BUSY_FOR if is_busy else AGAIN_AFTER)
    async with run.transaction() as tx:
        await exceptions.put_off(tx, bucket=row.bucket, id=row.id, now=now, until=until)
        if not is_busy:
            await set_aside_in(
                tx, bucket=row.bucket, subject_id=row.id, what=what, why=why, now=now
            )


async def _settle(
    run: Run,
    batch: _Batch,
    wave: Sequence[tuple[int, Reading | BaseException]],
    ended: list[Reading | BaseException],
) -> int:
    """Book the answers of one wave; return how many brought money.

    What fails is added to ``ended``, to be raised when the calls that are on their way are back.
    """
    answered = [(batch.due[place], one) for place, one in wave if isinstance(one, Reading)]
    evidence = [
        Evidence(due.sent.bucket, due.sent.attempt_id, reading, due.belongs)
        for due, reading in answered
    ]
    try:
        verdicts = await settle_attempt(run, evidence)
        await _hear_again(run, answered)
    except Exception as failure:  # noqa: BLE001 - raised by the caller in its time
        ended.append(failure)
        return 0
    return sum(isinstance(verdict, Succeed) for verdict in verdicts.values())


async def _ask(psps: Psps, due: _Due) -> Reading:
    return await psps.call(due.sent) if due.withheld is None else due.withheld


@repeated
async def _hear_again(run: Run, answered: Sequence[tuple[_Due, Reading]]) -> None:
    """Close what was opened because an account refused us, once it executes or refuses a payer."""
    heard = {
        due.sent.psp_account
        for due, reading in answered
        if reading.outcome in _HEARD and reading.category not in OURS
    }
    if heard:
        async with run.transaction() as tx:
            await close_account_exceptions_in(tx, heard, now=run.now())


@repeated
async def _send(
    run: Run, psps: Psps, *, buckets: Buckets, limit: int, fence: Fence | None
) -> _Batch:
    """Commit the due payments as sent; apart from those that nobody tries."""
    now = run.now()
    async with run.transaction() as tx:
        claimed = await payments.claim_due(
            tx, bucket_from=buckets[0], bucket_to=buckets[1], now=now, limit=limit
        )
        if not claimed:
            return _Batch()
        held = [row.bucket for row in claimed]
        async with tx.pipeline():
            of = [row.subscription_id for row in claimed]
            charged = await subscriptions.read_charged(tx, buckets=held, ids=of)
            over = await ask_over_in(tx, claimed)
            choices = await read_choices_in(
                tx, psps, buckets=held, ids=[row.payment_method_id for row in claimed], now=now
            )
        markets = {row.id: row.market_code for row in charged if not row.is_over}
        gone = over.of(claimed)
        running = [row for row in claimed if row.subscription_id in markets and row.id not in gone]
        wanted = [row for row in running if not row.awaits_payer]
        free = await limit_tries_in(tx, run, choices, wanted, now=now)
        sendable = await announce_debits_in(tx, run, choices, free, psps=psps, markets=markets)
        due = [one.row for one in sendable]
        ids = [AttemptId(one) for one in run.new_ids([row.bucket for row in due])]
        asked = [_asked(one, id, markets) for one, id in zip(sendable, ids, strict=True)]
        async with tx.pipeline():
            await payments.mark_tried(tx, [TriedRow(row.bucket, row.id, row.tries) for row in due])
            chosen = await choose_accounts_in(tx, run, choices, asked, now=now)
            sent = [_due(psps, *each) for each in zip(due, asked, chosen, strict=True)]
            await payments.add_attempts(
                tx,
                [
                    _attempt(psps, one, row, grounds=chose.grounds(ask), now=now)
                    for one, row, ask, chose in zip(sent, due, asked, chosen, strict=True)
                ],
            )
            told = [_sent(row, one, now=now) for row, one in zip(due, ids, strict=True)]
            await record_events_in(tx, run, told)
        if fence is not None:
            await fence(tx)
    return _Batch(
        sent,
        ended=[row for row in claimed if row.subscription_id not in markets or row.id in gone],
        unmended=[row for row in running if row.awaits_payer],
        withheld=len(wanted) - len(due),
    )


def _asked(one: Sendable, id: AttemptId, markets: Mapping[SubscriptionId, str]) -> Asked:
    asked = asked_of(one.row, markets)
    return asked._replace(attempt_id=id, notice=one.notice, account=one.account)


def _due(psps: Psps, row: DuePaymentRow, asked: Asked, chosen: Chosen) -> _Due:
    """Build what connectors accept, with its digest; it is sent once its row is committed.

    Without a digest nobody may ever send it: so it is where no account can be chosen.
    """
    sent = SentAttempt(
        bucket=row.bucket,
        attempt_id=asked.attempt_id,
        payment_id=row.id,
        psp_account=chosen.instrument.psp_account,
        amount=asked.amount,
        psp_token=chosen.instrument.psp_token,
        initiator=asked.initiator,
        due_on=chosen.due_on(asked),
    )
    belongs = Belongs(row.id, row.invoice_id, row.subscription_id)
    if chosen.refused:
        return _Due(sent, belongs, withheld(chosen.refused))
    return _Due(psps.prepared(sent), belongs, None)


def _attempt(
    psps: Psps, due: _Due, row: DuePaymentRow, *, grounds: Grounds, now: datetime
) -> NewAttemptRow:
    return attempt_to_commit(
        due.sent,
        rests_on=grounds,
        ordinal=row.tries + 1,
        call_deadline=psps.call_deadline(due.sent.psp_account),
        now=now,
    )


def _sent(row: DuePaymentRow, id: AttemptId, *, now: datetime) -> NewEvent:
    return NewEvent(
        bucket=row.bucket,
        aggregate_id=id,
        seq=1,
        kind=EventKind.ATTEMPT_SENT,
        customer_id=row.customer_id,
        occurred_at=now,
    )
