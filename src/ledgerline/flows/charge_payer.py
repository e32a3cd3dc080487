"""Charge a payer who is here: at the account that was chosen, then where it is safe at others."""

from datetime import datetime, timedelta
from typing import Final, NamedTuple

from ledgerline.base.db import Tx
from ledgerline.base.errors import Unavailable
from ledgerline.base.ids import AttemptId, bucket_of
from ledgerline.base.log import logger
from ledgerline.base.repeating import repeated
from ledgerline.base.run import Run
from ledgerline.flows.announce_debits import told_by_us
from ledgerline.flows.choose_accounts import account_for, read_choices_in
from ledgerline.flows.find_owners import Belongs
from ledgerline.flows.limit_tries import limits_for, tries_of
from ledgerline.flows.open_attempt import Begun, Opening, open_attempt_in
from ledgerline.flows.record_events import NewEvent, record_events_in
from ledgerline.flows.settle_attempt import Evidence, settle_attempt_in
from ledgerline.outbox.model import EventKind
from ledgerline.payments import payer
from ledgerline.payments import store as payments
from ledgerline.payments.model import DeclineCategory, Psps
from ledgerline.payments.rules.cascade import CASCADE_MAX, has_time, may_cascade
from ledgerline.payments.rules.network_limits import free_at
from ledgerline.payments.rules.settlement import Elsewhere, Fail

_log: Final = logger(__name__)


class Charged(NamedTuple):
    """What came of it; where it is not ``recorded`` the resolver settles the last attempt.

    ``retry_after_seconds`` is when the provider wants to be asked again, where it said so.
    """

    recorded: bool
    retry_after_seconds: int | None


async def charge_payer(run: Run, psps: Psps, begun: Begun, belongs: Belongs) -> Charged:
    """Send an attempt that is committed as sent, and settle its answer; then the next, if any.

    Called by the purchase, the change and the payment of an invoice. Where ``may_cascade`` allows
    it, the end of one attempt and the next as sent are one transaction: a crash leaves one live
    attempt or none, which the resolver ends as that of any payer. At most ``CASCADE_MAX`` follow,
    and none that might end after ``CASCADE_BUDGET``.
    """
    since, further, refused = run.clock(), 0, False
    while True:
        sent = begun.sent
        reading = await psps.call(sent)
        evidence = Evidence(sent.bucket, sent.attempt_id, reading, belongs)
        gone = timedelta(seconds=since.seconds_until(run.clock()))
        may = further < CASCADE_MAX and may_cascade(reading, refused_before=refused)
        try:
            following = await _settle(run, psps, begun, evidence, gone=gone if may else None)
        except Unavailable as lost:  # the attempt is sent: the resolver settles it, nobody repeats
            _log.warning("answer not recorded", attempt=str(sent.attempt_id), failure=str(lost))
            return Charged(recorded=False, retry_after_seconds=reading.retry_after_seconds)
        if following is None:
            return Charged(recorded=True, retry_after_seconds=reading.retry_after_seconds)
        begun, further = following, further + 1
        refused = refused or reading.category is DeclineCategory.DO_NOT_HONOR


@repeated
async def _settle(
    run: Run, psps: Psps, begun: Begun, evidence: Evidence, *, gone: timedelta | None
) -> Begun | None:
    """Settle an answer and commit the attempt that follows it, if one may and can."""
    now = run.now()
    async with run.transaction() as tx:
        opening = None if gone is None else await _next(tx, run, psps, begun, gone=gone, now=now)
        evidence = evidence._replace(goes_elsewhere=opening is not None)
        verdicts = await settle_attempt_in(tx, run, [evidence], now=now)
        verdict = verdicts[evidence.attempt_id]
        if opening is None or not isinstance(verdict, Fail):
            return None
        if not isinstance(verdict.then, Elsewhere):  # somebody else has settled it by now
            return None
        return await _open(tx, run, psps, opening, now=now)


async def _next(
    tx: Tx, run: Run, psps: Psps, begun: Begun, *, gone: timedelta, now: datetime
) -> Opening | None:
    """Choose among the accounts that are left; None where none is, or where time is over."""
    last, sent = begun.opening, begun.sent
    asked = last.asked._replace(
        attempt_id=AttemptId(run.new_id(sent.bucket)),
        tried=last.asked.tried | {sent.psp_account},
    )
    async with tx.pipeline():
        choices = await read_choices_in(
            tx, psps, buckets=[sent.bucket], ids=[asked.payment_method_id], now=now
        )
    if told_by_us(psps, choices, asked.payment_method_id):
        return None  # a debit comes on the day that was told, and by no other way before that
    account = account_for(choices, asked)
    held = limits_for(choices, asked.payment_method_id, asked.initiator, now=now)
    if free_at(held, tries_of(choices, asked), now=now) is not None:
        return None
    if account is None or not has_time(gone=gone, call_deadline=psps.call_deadline(account)):
        return None
    return last._replace(asked=asked, choices=choices, ordinal=last.ordinal + 1)


async def _open(tx: Tx, run: Run, psps: Psps, opening: Opening, *, now: datetime) -> Begun:
    """Commit the attempt that follows: it counts as a try of the payer and takes no slot."""
    payment_id, tries = opening.asked.payment_id, opening.ordinal - 1
    bucket = bucket_of(payment_id)
    begun = await open_attempt_in(tx, run, psps, opening, now=now)
    marked = await payer.mark_tried_by_payer(tx, bucket=bucket, id=payment_id, tries=tries)
    assert marked == 1, (payment_id, tries)
    [owner] = await payments.find_attempts(tx, buckets=[bucket], ids=[begun.sent.attempt_id])
    await record_events_in(
        tx,
        run,
        [
            NewEvent(
                bucket=bucket,
                aggregate_id=begun.sent.attempt_id,
                seq=1,
                kind=EventKind.ATTEMPT_SENT,
                customer_id=owner.customer_id,
                occurred_at=now,
            )
        ],
    )
    return begun
