"""Work off the inbox: a webhook is a hint, so fetch the object and settle with what it says.

Where a provider cannot be asked, what it signed is what it says.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final, assert_never
from uuid import UUID

from ledgerline.base.errors import Rejected
from ledgerline.base.ids import AttemptId, RefundId, SetupId, bucket_of
from ledgerline.base.repeating import repeated
from ledgerline.base.run import Run
from ledgerline.base.tasks import done, results, silent
from ledgerline.flows.bear_own_failures import Told, open_told_in, open_unmatched_in
from ledgerline.flows.forget_told import forget_told_in
from ledgerline.flows.look_up import LOOKS_AT_ONCE, look_up
from ledgerline.flows.record_dispute import DisputeTold, record_dispute
from ledgerline.flows.record_mandate import Fact, record_mandate
from ledgerline.flows.resolve_attempts import as_sent
from ledgerline.flows.resolve_refunds import as_sent as refund_as_sent
from ledgerline.flows.settle_attempt import Evidence, settle_attempt
from ledgerline.flows.settle_refund import settle_refund
from ledgerline.flows.settle_setup import settle_setup, setup_as_sent
from ledgerline.flows.tell_amounts import tell_amounts
from ledgerline.payments import mandates, setting_up
from ledgerline.payments import store as payments
from ledgerline.payments.capabilities import LookupKind
from ledgerline.payments.debits import MandateSource
from ledgerline.payments.disputes import DisputeSource
from ledgerline.payments.model import (
    AttemptState,
    ChargeKind,
    EvidenceKind,
    Outcome,
    Psps,
    Reading,
    RefundState,
    SentAttempt,
    SentRefund,
)
from ledgerline.payments.rows.attempts import AttemptRow
from ledgerline.payments.rows.inbox import InboxEndRow, InboxRow
from ledgerline.payments.rows.refunds import RefundRow
from ledgerline.payments.rows.setups import SetupRow
from ledgerline.payments.rules.settlement import CLOSED, is_second_refund
from ledgerline.payments.rules.telling import (
    dispute_retold,
    is_answer,
    is_of,
    mandate_retold,
    retold,
)
from ledgerline.payments.setups import SentSetup, SetupState

INBOX_BATCH_MAX: Final = 2 * LOOKS_AT_ONCE
PARK_DELAYS: Final = (timedelta(minutes=1), timedelta(minutes=10), timedelta(hours=1))
AT_ONCE: Final = timedelta(0)
LOOKS_MAX: Final = 72  # about three days: whoever is meant is not ours, and people are told
_LEASE: Final = timedelta(seconds=30)
_OVER: Final = frozenset({"applied", "ignored"})
_PROOF: Final = frozenset({Outcome.SUCCEEDED, Outcome.DECLINED})
_PROOF_OF_CHARGE: Final = _PROOF | {Outcome.NOT_EXECUTED}  # it was ended at the provider
_UNKNOWN_CHARGE: Final = "a dispute of a charge that is not ours"
_Subject = AttemptRow | RefundRow | SetupRow
_ENDED: Final = frozenset(
    {*CLOSED, RefundState.FAILED, RefundState.REVERSED, SetupState.FAILED}
)  # the words of their other ends are those of an attempt
_UNANSWERED: Final = "it was told of, and for days no look at it gave an answer: ask about it"
_ANOTHER: Final = "it tells of a refund by the reference of its charge, or the other way round"


async def apply_psp_events(
    run: Run, psps: Psps, *, limit: int = INBOX_BATCH_MAX, ahead: timedelta = AT_ONCE
) -> int:
    """Apply one batch of inbox rows; return how many were looked at.

    With ``ahead`` also of those that are due so much later (a clock that stands still).

    The named object is fetched from the provider, so order, staleness and duplicates stop
    mattering. A look that answers nothing of what has ended is repeated, since nobody else looks
    there. A reference that is not ours is parked and tried again; after ``LOOKS_MAX`` looks, or
    as many failures, it is ignored and an exception of its account opened: a hint that is lost
    costs a look of the resolver. Safe to repeat. What fails is raised when the others are applied.
    """
    now = run.now()
    async with run.transaction() as tx:
        claimed = await payments.claim_psp_events(tx, now=now + ahead, limit=limit)
        await payments.end_psp_events(
            tx,
            [
                InboxEndRow(row.psp_account, row.event_key, "received", now + ahead + _LEASE)
                for row in claimed
            ],
        )
    ended = await asyncio.gather(
        *(_apply_any(run, psps, row, now=now) for row in claimed), return_exceptions=True
    )
    in_vain = [
        row
        for row, end in zip(claimed, ended, strict=True)
        if isinstance(end, Exception) and not silent(end) and row.tries >= LOOKS_MAX
    ]
    await _end(run, [*done(ended), *((row, _ignored(row)) for row in in_vain)], now=now)
    results(ended)  # what failed is said now; its row is looked at again
    return len(claimed)


@repeated
async def _end(run: Run, ended: Sequence[tuple[InboxRow, InboxEndRow]], *, now: datetime) -> None:
    """Say what became of rows, and tell people of what named nothing and of what alarms."""
    applied = [row.reference for row, end in ended if end.state == "applied"]
    unmatched = {
        row.psp_account: _why(row)
        for row, end in ended
        if end.state == "ignored" and row.reference is not None
    }
    told = [
        Told(row.psp_account, row.event_key, row.alarm, _named(row, end))
        for row, end in ended
        if row.alarm is not None and end.state in _OVER
    ]
    async with run.transaction() as tx:
        await payments.end_psp_events(tx, [end for _, end in ended])
        await open_unmatched_in(tx, unmatched, now=now)
        await open_told_in(tx, told, now=now)
        await forget_told_in(tx, [one for one in applied if one is not None])


def _named(row: InboxRow, end: InboxEndRow) -> UUID | None:
    """Say which of our own an event is of, where it is of one."""
    return UUID(row.reference) if end.state == "applied" and row.reference is not None else None


def _why(row: InboxRow) -> str:
    return f"event {row.event_key} names nothing of ours, or failed at each of its looks"


def _parked(row: InboxRow, *, now: datetime) -> InboxEndRow:
    delay = PARK_DELAYS[min(row.tries // 2, len(PARK_DELAYS) - 1)]
    return InboxEndRow(row.psp_account, row.event_key, "parked", now + delay)


async def _apply_dispute(run: Run, row: InboxRow, *, now: datetime) -> tuple[InboxRow, InboxEndRow]:
    """Record a dispute; nobody is told of one that its flow tells of, but of what is not ours."""
    assert row.dispute is not None, row
    told = DisputeTold(
        psp_account=row.psp_account,
        key=row.event_key,
        source=DisputeSource.WEBHOOK,
        reading=dispute_retold(row.dispute),
        reference=row.reference,
    )
    if await record_dispute(run, told) is not None:
        end = InboxEndRow(row.psp_account, row.event_key, "applied", None)
        return row._replace(alarm=None), end
    if row.tries // 2 >= LOOKS_MAX:
        return row._replace(alarm=row.alarm or _UNKNOWN_CHARGE), _ignored(row)
    return row, _parked(row, now=now)


async def _apply_mandate(run: Run, row: InboxRow) -> tuple[InboxRow, InboxEndRow]:
    """Record what was told of a mandate; one that is not ours, or not yet, is ignored.

    When it comes to be ours it is looked at, so nothing that was told before is missed.
    """
    assert row.mandate is not None, row
    told = mandate_retold(row.mandate)
    async with run.transaction() as tx:
        found = await mandates.find_mandates(
            tx, psp_account=row.psp_account, psp_token=told.psp_token
        )
    fact = Fact(
        row.event_key,
        told.event,
        MandateSource.WEBHOOK,
        occurred_at=told.occurred_at,
        cause=told.cause,
        replaced_by=told.replaced_by,
    )
    for one in found:
        await record_mandate(run, one, fact)
    if found:
        return row, InboxEndRow(row.psp_account, row.event_key, "applied", None)
    return row, _ignored(row)


def _ignored(row: InboxRow) -> InboxEndRow:
    return InboxEndRow(row.psp_account, row.event_key, "ignored", None)


async def _apply_any(
    run: Run, psps: Psps, row: InboxRow, *, now: datetime
) -> tuple[InboxRow, InboxEndRow]:
    if row.mandate is not None:
        return await _apply_mandate(run, row)
    return await _apply(run, psps, row, now=now)


async def _apply(
    run: Run, psps: Psps, row: InboxRow, *, now: datetime
) -> tuple[InboxRow, InboxEndRow]:
    if row.reference is None and row.dispute is None:
        return row, _ignored(row)
    subject = None if row.reference is None else await _subject(run, row)
    is_taken_back = isinstance(subject, AttemptRow) and subject.state == AttemptState.SUCCEEDED
    if row.dispute is not None and (row.told is None or is_taken_back):
        return await _apply_dispute(run, row, now=now)
    if subject is None and row.tries // 2 >= LOOKS_MAX:  # a claim and an end count one each
        return row, _ignored(row)
    if subject is None:
        return row, _parked(row, now=now)
    kind = _kind_of(subject)
    if row.told is not None and not is_of(row.told, kind):
        row = row._replace(told=None, alarm=row.alarm or _ANOTHER)
    told, reading = await _reading(run, psps, row, subject)
    await _settle(run, subject, reading, told)
    if not _is_final(psps, subject) and not is_answer(reading, told, has_ended=_has_ended(subject)):
        if row.tries // 2 < LOOKS_MAX:
            return row, _parked(row, now=now)
        row = row._replace(alarm=row.alarm or _UNANSWERED)
    return row, InboxEndRow(row.psp_account, row.event_key, "applied", None)


def _is_final(psps: Psps, subject: _Subject) -> bool:
    """Say whether all that its provider ever tells is in its webhooks."""
    can = psps.capabilities(subject.psp_account)
    can = can.of_set_ups() if isinstance(subject, SetupRow) else can
    return psps.is_loaded(subject.psp_account) and can.lookup is LookupKind.NONE


async def _settle(run: Run, subject: _Subject, reading: Reading, told: Reading | None) -> None:
    """Settle what an event is about; what proves nothing is left to the resolver."""
    if not isinstance(subject, SetupRow):
        heard = [reading] if told is None or told == reading else [told, reading]
        await tell_amounts(run, [(subject, one) for one in heard])
    if reading.outcome in _PROOF_OF_CHARGE and isinstance(subject, AttemptRow):
        await settle_attempt(run, [Evidence(subject.bucket, AttemptId(subject.id), reading)])
    elif reading.outcome in _PROOF and isinstance(subject, RefundRow):
        await settle_refund(
            run, bucket=subject.bucket, refund_id=RefundId(subject.id), reading=reading
        )
    elif reading.outcome in _PROOF_OF_CHARGE and isinstance(subject, SetupRow):
        await settle_setup(run, bucket=subject.bucket, setup_id=subject.id, reading=reading)


def _kind_of(subject: _Subject) -> ChargeKind:
    match subject:
        case AttemptRow():
            return ChargeKind.CHARGE
        case RefundRow():
            return ChargeKind.REFUND
        case SetupRow():
            return ChargeKind.SETUP


def _has_ended(subject: _Subject) -> bool:
    """Say whether nobody looks at it by themselves any more."""
    return subject.state in _ENDED


async def _reading(
    run: Run, psps: Psps, row: InboxRow, subject: _Subject
) -> tuple[Reading | None, Reading]:
    """Fetch what the event is about; where nothing can be fetched, take what was signed (T11).

    Returns what was signed as well. What was signed of a second execution of a charge that is paid,
    or of a refund that was made, is believed even where only the first is found: people are told,
    and no money is booked.
    """
    sent: SentAttempt | SentRefund | SentSetup
    can = psps.capabilities(subject.psp_account)
    match subject:
        case AttemptRow():
            sent = as_sent(subject)
        case RefundRow():
            sent = refund_as_sent(subject)
        case SetupRow():
            sent, can = setup_as_sent(run, subject), can.of_set_ups()
        case _:
            assert_never(subject)
    told = None if row.told is None else retold(row.told, asked=sent.amount)
    if can.lookup is LookupKind.NONE:
        return told, told or Reading(Outcome.UNKNOWN, EvidenceKind.WEBHOOK)
    named = None if told is None else told.psp_ref
    if named is not None:
        # by its id it is found even where a search by our reference is behind
        is_charge = isinstance(subject, AttemptRow)
        sent = replace(sent, psp_ref=named if is_charge else sent.psp_ref or named)
    found = await look_up(psps, sent, sent_at=subject.sent_at)
    if told is not None and _is_second(subject, told) and found.psp_ref != named:
        return told, told
    if isinstance(sent, SentSetup) and told is not None and found.outcome is Outcome.ABSENT:
        # a provider may show what a success stored and nothing else: its refusal is what it signed
        return told, found if told.outcome is Outcome.SUCCEEDED else told
    return told, found


def _is_second(subject: _Subject, told: Reading) -> bool:
    """Say whether a success was signed under another name than that of the one that is known."""
    match subject:
        case AttemptRow():
            is_paid = subject.state == AttemptState.SUCCEEDED
            return is_paid and told.outcome is Outcome.SUCCEEDED and told.psp_ref != subject.psp_ref
        case RefundRow():
            return is_second_refund(RefundState(subject.state), subject.psp_ref, told)
        case SetupRow():
            return False


async def _subject(run: Run, row: InboxRow) -> _Subject | None:
    """Find the attempt, refund or set-up a reference names, inside the account that sent it."""
    assert row.reference is not None
    try:
        named = UUID(row.reference)
        bucket = bucket_of(named)
    except (ValueError, Rejected):
        return None
    async with run.transaction() as tx:
        attempts: Sequence[AttemptRow] = await payments.read_attempts(
            tx, buckets=[bucket], ids=[AttemptId(named)]
        )
        refund = await payments.find_refund(tx, bucket=bucket, id=RefundId(named))
        setup = await setting_up.read_setup(tx, bucket=bucket, id=SetupId(named))
    found = attempts[0] if attempts else refund or setup
    return found if found is not None and found.psp_account == row.psp_account else None
