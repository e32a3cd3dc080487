"""Match again what settlement files left open, and look for what is in none of them."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Final, NamedTuple
from uuid import UUID

from ledgerline.base.db import Tx
from ledgerline.base.ids import AttemptId, Bucket, RefundId, SettlementFileId, uuid7
from ledgerline.base.money import Currency, Money
from ledgerline.base.run import Run
from ledgerline.flows.keep_matches import keep_matches_in
from ledgerline.flows.match_lines import Found, find_subjects_in, line_id
from ledgerline.flows.read_book_days import read_book_days
from ledgerline.flows.record_dispute import DisputeTold, record_dispute
from ledgerline.flows.settle_attempt import Evidence, settle_attempt
from ledgerline.flows.settle_refund import settle_refund
from ledgerline.flows.withdraw_corrected import withdraw_corrected
from ledgerline.payments import exceptions, settling
from ledgerline.payments.contract import LineKind, SettlementLine
from ledgerline.payments.disputes import (
    DisputeEvent,
    DisputeKind,
    DisputeReading,
    DisputeSource,
    DisputeStage,
)
from ledgerline.payments.model import AttemptState, EvidenceKind, Outcome, Reading
from ledgerline.payments.rows.exceptions import ClosedRow, ExceptionRow
from ledgerline.payments.rows.settling import CapturedRow, SubjectRow
from ledgerline.payments.rules.exceptions import Reason
from ledgerline.reconciliation import store as reconciliation
from ledgerline.reconciliation.model import DISPUTES, REFUNDS, TAKEN, Match
from ledgerline.reconciliation.rows import LineRow
from ledgerline.reconciliation.rules.bookings import is_alone
from ledgerline.reconciliation.rules.cadence import overdue
from ledgerline.reconciliation.rules.matching import Matched, match
from ledgerline.reconciliation.rules.telling import of_missing

BATCH_LINES: Final = 200
BATCH_CAPTURES: Final = 10_000
_NOBODY: Final = UUID(int=0)
_FIRST: Final = (SettlementFileId(_NOBODY), 0)
_ENDED: Final = frozenset({AttemptState.DECLINED, AttemptState.NOT_EXECUTED})
"""Ends that do not change: money that came in all the same is booked as what contradicts them."""


class Rematched(NamedTuple):
    """How many lines became matched, and how many captures are newly missed in files."""

    matched: int
    missing: int


async def match_settlement(run: Run, *, psp_account: str) -> Rematched:
    """Go through the open lines of an account; safe to repeat.

    Called after an import, and by a worker. A line of a charge or refund that has no end yet is the
    evidence that ends it. What was captured and is in no file after twice their cadence is told to
    people, until a file has it.
    """
    matched, after = 0, _FIRST
    while True:
        async with run.transaction() as tx:
            lines = await reconciliation.read_open_lines(
                tx, psp_account=psp_account, after_file=after[0], after_line=after[1],
                limit=BATCH_LINES,
            )  # fmt: skip
            found = await _find(tx, psp_account, lines)
        await _settle(run, lines, found)
        matched += await _rematch(run, psp_account, lines)
        if len(lines) < BATCH_LINES:
            break
        after = lines[-1].file_id, lines[-1].line_no
    await withdraw_corrected(run, psp_account=psp_account)
    return Rematched(matched, await _look_for_missing(run, psp_account))


async def _find(tx: Tx, psp_account: str, lines: Sequence[LineRow]) -> list[Found]:
    """Find the subjects of lines anew; one that waits for its subject is not in its own way."""
    found = await find_subjects_in(tx, psp_account, [_value(line) for line in lines])
    return [
        one._replace(is_taken=one.is_taken and line.match != Match.WAITING)
        for line, one in zip(lines, found, strict=True)
    ]


def _value(line: LineRow) -> SettlementLine:
    currency = Currency(line.currency)
    return SettlementLine(
        line_no=line.line_no,
        kind=LineKind(line.kind),
        reference=line.reference,
        psp_ref=line.psp_ref,
        gross=Money(line.gross_minor, Currency(line.gross_currency)),
        fee=Money(line.fee_minor, currency),
        net=Money(line.net_minor, currency),
        settled_on=line.settled_on,
    )


async def _settle(run: Run, lines: Sequence[LineRow], found: Sequence[Found]) -> None:
    """End what lines prove, each by the one function that ends it."""
    proven = [
        (line, one)
        for line, one in zip(lines, found, strict=True)
        if one.subject is not None and _match(one).match is Match.WAITING
    ]
    charges, told = [], Counter[UUID]()
    for line, one in proven:
        assert one.subject is not None, one
        if one.line.kind in DISPUTES:
            moves = one.moves + told[one.subject.id]
            heard = await record_dispute(run, _told(line, one.line, one.subject, moves=moves))
            told[one.subject.id] += heard is not None
            continue
        is_back = one.line.kind is LineKind.REFUND_REVERSAL
        reading = Reading(
            Outcome.DECLINED if is_back else Outcome.SUCCEEDED,
            EvidenceKind.SETTLEMENT_LINE,
            psp_ref=one.line.psp_ref,
            amount=Money(one.subject.amount_minor, Currency(one.subject.currency)),
        )
        if one.line.kind in REFUNDS:
            await settle_refund(
                run, bucket=one.subject.bucket, refund_id=RefundId(one.subject.id), reading=reading
            )
        else:
            charges.append(Evidence(one.subject.bucket, AttemptId(one.subject.id), reading))
    await settle_attempt(run, charges)


def _match(found: Found) -> Matched:
    return match(found.line, found.subject, is_taken=found.is_taken, heard_minor=found.heard_minor)


def _told(row: LineRow, line: SettlementLine, subject: SubjectRow, *, moves: int) -> DisputeTold:
    """Say what a line proves of a dispute that nobody has heard of: what moved, and no more."""
    is_return = line.kind is LineKind.BANK_RETURN
    event = DisputeEvent.LOST if is_return else DisputeEvent.OPENED
    return DisputeTold(
        psp_account=subject.psp_account,
        key=f"line {row.file_id}:{row.line_no}",
        source=DisputeSource.SETTLEMENT_LINE,
        reading=DisputeReading(
            event=event if line.kind in TAKEN else DisputeEvent.WON,
            kind=DisputeKind.BANK_RETURN if is_return else DisputeKind.CARD,
            stage=DisputeStage.FORMAL,
            psp_ref=None,
            charge_ref=None,
            amount=Money(abs(line.gross.minor), line.gross.currency),
        ),
        reference=str(subject.id),
        moves=moves,
    )


async def _rematch(run: Run, psp_account: str, lines: Sequence[LineRow]) -> int:
    """Write what lines turned out to be, move them out of suspense, and close their exceptions."""
    if not lines:
        return 0
    async with run.transaction() as tx:
        await reconciliation.hold_account(tx, psp_account=psp_account)
        days = await read_book_days(tx, now=run.now())
        found = await _find(tx, psp_account, lines)
        pairs = [
            (line, after)
            for line, one in zip(lines, found, strict=True)
            if (after := _after(line, one)) != line
        ]
        return await keep_matches_in(tx, psp_account, pairs, days=days)


def _after(line: LineRow, found: Found) -> LineRow:
    """Return a line as it is now; one whose subject the books heard of is matched."""
    if found.subject is None:
        return line
    what = _match(found)
    is_charge = found.line.kind is LineKind.CHARGE
    is_told = what.match is Match.WAITING and is_charge and found.subject.state in _ENDED
    after = Match.MATCHED if is_told else what.match
    alone = line.id is not None or is_alone(after)
    return line._replace(
        match=after,
        subject_id=found.subject.id,
        suspense_minor=what.suspense_minor,
        id=line_id(line.file_id, line.line_no) if alone else None,
    )


async def _look_for_missing(run: Run, psp_account: str) -> int:
    """Tell people of captures that should be in a file by now; counts those that are new."""
    now = run.now()
    async with run.transaction() as tx:
        spans = await reconciliation.read_spans(tx, psp_account=psp_account)
        await _close_found(tx, now=now)
    due = overdue(spans, now=now)
    if due is None:
        return 0
    missing = 0
    after: UUID | None = _bound(due.since)
    while after is not None:
        async with run.transaction() as tx:
            captured = await settling.read_captured(
                tx, psp_account=psp_account, after=after, until=_bound(due.until),
                ended_before=due.until, limit=BATCH_CAPTURES,
            )  # fmt: skip
            missing += await _tell_missing(tx, psp_account, captured, now=now)
        after = captured[-1].id if len(captured) == BATCH_CAPTURES else None
    return missing


def _bound(at: datetime) -> UUID:
    """Return the lowest id of an instant."""
    return uuid7(int(at.timestamp() * 1000), Bucket(0), 0)


async def _tell_missing(
    tx: Tx, psp_account: str, captured: Sequence[CapturedRow], *, now: datetime
) -> int:
    found = await _in_files(tx, [one.id for one in captured])
    rows = [
        ExceptionRow(
            bucket=one.bucket,
            subject_id=one.id,
            reason=Reason.LINE_MISSING,
            detail=of_missing(one, psp_account=psp_account),
            opened_at=now,
        )
        for one in captured
        if one.id not in found
    ]
    return len(await exceptions.add_exceptions(tx, rows)) if rows else 0


async def _close_found(tx: Tx, *, now: datetime) -> None:
    """Close the exceptions of captures that a file has now."""
    missed = await settling.read_open(tx, reason=Reason.LINE_MISSING)
    found = await _in_files(tx, [one.subject_id for one in missed])
    closed = [
        ClosedRow(one.bucket, one.subject_id, Reason.LINE_MISSING)
        for one in missed
        if one.subject_id in found
    ]
    await exceptions.close_exceptions(tx, closed, now=now)


async def _in_files(tx: Tx, ids: Sequence[UUID]) -> set[UUID]:
    """Return those of some attempts whose charge is in a file."""
    if not ids:
        return set()
    taken = await reconciliation.read_taken(tx, subject_ids=ids, but_for=None)
    return {row.subject_id for row in taken if row.kind == LineKind.CHARGE}
