"""Find what of ours lines of settlement files are, as a set, and decide what each is worth."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple
from uuid import UUID

from ledgerline.base.db import Tx
from ledgerline.base.ids import AttemptId, SettlementFileId, WrongIdKind, bucket_of, reference_id
from ledgerline.base.masks import mask_text
from ledgerline.flows.bear_own_failures import NOBODY
from ledgerline.payments import disputing, settling
from ledgerline.payments.contract import LineKind, SettlementLine
from ledgerline.payments.rows.settling import SubjectRow
from ledgerline.reconciliation import store as reconciliation
from ledgerline.reconciliation.model import DISPUTES, OF_CHARGE, REFUNDS, TAKEN
from ledgerline.reconciliation.rows import LineRow, NamedPayoutRow
from ledgerline.reconciliation.rules.bookings import is_alone
from ledgerline.reconciliation.rules.matching import heard, match
from ledgerline.reconciliation.rules.payouts import reverses

_OF_SUBJECTS: Final = OF_CHARGE | REFUNDS


class Statement(NamedTuple):
    """A file in the making: whose account it is of, and what it corrects.

    ``home`` is the seller whose books bear what belongs to no payment.
    """

    file_id: SettlementFileId
    psp_account: str
    home: str
    corrects: SettlementFileId | None


class Found(NamedTuple):
    """A line and the charge or refund that it names; None where it names none of the account.

    ``heard_minor`` is what a dispute of it moved that had no line yet, ``moves`` how many facts of
    disputes had moved its money when it was looked at.
    """

    line: SettlementLine
    subject: SubjectRow | None
    is_taken: bool
    heard_minor: int | None = None
    moves: int = 0


async def match_lines_in(
    tx: Tx, of: Statement, lines: Sequence[SettlementLine]
) -> list[tuple[SettlementLine, LineRow]]:
    """Match lines of one file to charges and refunds of its account, in their order.

    By our reference first, then by what the provider calls them. Called while a file is read, so
    that every line is written once.
    """
    found = await find_subjects_in(tx, of.psp_account, lines, but_for=of.corrects)
    return [(one.line, _row(of, one)) for one in found]


async def find_subjects_in(
    tx: Tx,
    psp_account: str,
    lines: Sequence[SettlementLine],
    *,
    but_for: SettlementFileId | None = None,
) -> list[Found]:
    """Find what lines name, and whether that has a line in the books or further up.

    Lines of the file ``but_for`` do not count: it is being corrected.
    """
    subjects = await _subjects(tx, psp_account, lines)
    ids = list({one.id for one in subjects if one is not None})
    rows = await reconciliation.read_taken(tx, subject_ids=ids, but_for=but_for) if ids else []
    taken = {(row.subject_id, row.kind) for row in rows}
    moves, counts = await _moves(tx, lines, subjects, but_for=but_for)
    found = []
    for line, subject in zip(lines, subjects, strict=True):
        key = None if subject is None else (subject.id, str(line.kind))
        is_taken = key in taken and line.kind not in DISPUTES  # one may be won and come again
        if key is not None:
            taken.add(key)
        moved = [] if subject is None else moves.get((subject.id, line.kind in TAKEN), [])
        told = heard(moved, line.gross.minor) if line.kind in DISPUTES else None
        count = 0 if subject is None else counts[subject.id]
        is_of_nothing = is_taken and line.kind is LineKind.PAYOUT_REVERSAL  # one has said it
        found.append(
            Found(
                line=line,
                subject=None if is_of_nothing else subject,
                is_taken=is_taken,
                heard_minor=told,
                moves=count,
            )
        )
    return found


async def _moves(
    tx: Tx,
    lines: Sequence[SettlementLine],
    subjects: Sequence[SubjectRow | None],
    *,
    but_for: SettlementFileId | None,
) -> tuple[dict[tuple[UUID, bool], list[int]], Counter[UUID]]:
    """Read what disputes of charges took and gave back that has no line in the books yet.

    Also counts the facts that moved money of each charge, whether a line has them or not.
    """
    ids = {
        subject.id: subject.bucket
        for line, subject in zip(lines, subjects, strict=True)
        if subject is not None and line.kind in DISPUTES
    }
    counts: Counter[UUID] = Counter()
    if not ids:
        return {}, counts
    moved: dict[tuple[UUID, bool], list[int]] = {}
    for row in await disputing.read_moves(
        tx, buckets=list(ids.values()), ids=[AttemptId(one) for one in ids]
    ):
        counts[row.attempt_id] += 1
        if row.taken_minor:
            moved.setdefault((row.attempt_id, True), []).append(-row.taken_minor)
        if row.given_minor:
            moved.setdefault((row.attempt_id, False), []).append(row.given_minor)
    for line in await reconciliation.read_dispute_lines(tx, subject_ids=list(ids), but_for=but_for):
        assert line.subject_id is not None, line
        heard(moved.get((line.subject_id, line.gross_minor < 0), []), line.gross_minor)
    return moved, counts


async def _subjects(
    tx: Tx, psp_account: str, lines: Sequence[SettlementLine]
) -> list[SubjectRow | None]:
    charges = [one for one in lines if one.kind in OF_CHARGE]
    refunds = [one for one in lines if one.kind in REFUNDS]
    known = await _by_reference(tx, psp_account, charges, refunds)
    payouts = await _payouts(tx, psp_account, lines)
    found = [
        known.get((one.kind in OF_CHARGE, one.reference))
        if one.kind in _OF_SUBJECTS
        else _reversed(one, payouts)
        for one in lines
    ]
    missed = [
        one
        for one, subject in zip(lines, found, strict=True)
        if subject is None and one.psp_ref is not None and one.kind in _OF_SUBJECTS
    ]
    if not missed:
        return found
    told = await _by_psp_ref(tx, psp_account, missed)
    return [
        told.get((one.kind in OF_CHARGE, one.psp_ref))
        if subject is None and one.kind in _OF_SUBJECTS
        else subject
        for one, subject in zip(lines, found, strict=True)
    ]


async def _payouts(
    tx: Tx, psp_account: str, lines: Sequence[SettlementLine]
) -> dict[tuple[str | None, str], SubjectRow]:
    """Find the payouts that lines put back into the balance, by name and currency."""
    asked = {one.psp_ref for one in lines if one.kind is LineKind.PAYOUT_REVERSAL}
    names = sorted(one for one in asked if one is not None)
    if not names:
        return {}
    rows = await reconciliation.find_payouts(tx, psp_account=psp_account, references=names)
    return {(row.reference, row.currency): _subject(row) for row in rows}


def _subject(row: NamedPayoutRow) -> SubjectRow:
    return SubjectRow(
        bucket=NOBODY,
        id=row.id,
        psp_account=row.psp_account,
        psp_ref=row.reference,
        currency=row.currency,
        amount_minor=row.amount_minor,
        state=row.state,
        seller_code=row.seller_code,
    )


def _reversed(
    line: SettlementLine, payouts: Mapping[tuple[str | None, str], SubjectRow]
) -> SubjectRow | None:
    found = payouts.get((line.psp_ref, line.gross.currency))
    return found if found is not None and reverses(line, found) else None


async def _by_reference(
    tx: Tx,
    psp_account: str,
    charges: Iterable[SettlementLine],
    refunds: Iterable[SettlementLine],
) -> dict[tuple[bool, str | None], SubjectRow]:
    """Look references up that are ids of ours, by whether they are of charges."""
    known: dict[tuple[bool, str | None], SubjectRow] = {}
    for is_charge, lines, find in (
        (True, charges, settling.find_attempts), (False, refunds, settling.find_refunds),
    ):  # fmt: skip
        ours = {one.reference: id for one in lines if (id := _our_id(one.reference)) is not None}
        if ours:
            ids = list(ours.values())
            buckets = [bucket_of(one) for one in ids]
            rows = await find(tx, buckets=buckets, ids=ids)
            by_id = {row.id: row for row in rows if row.psp_account == psp_account}
            known |= {(is_charge, text): by_id[id] for text, id in ours.items() if id in by_id}
    return known


async def _by_psp_ref(
    tx: Tx, psp_account: str, lines: Iterable[SettlementLine]
) -> dict[tuple[bool, str | None], SubjectRow]:
    """Look up what the provider calls them; a name that several have is none."""
    known: dict[tuple[bool, str | None], SubjectRow] = {}
    refs: dict[bool, set[str]] = {True: set(), False: set()}
    for one in lines:
        if one.psp_ref is not None:
            refs[one.kind in OF_CHARGE].add(one.psp_ref)
    for is_charge, find in (
        (True, settling.find_attempts_told), (False, settling.find_refunds_told),
    ):  # fmt: skip
        if not refs[is_charge]:
            continue
        rows = await find(tx, psp_account=psp_account, psp_refs=sorted(refs[is_charge]))
        several = Counter(row.psp_ref for row in rows)
        known |= {(is_charge, row.psp_ref): row for row in rows if several[row.psp_ref] == 1}
    return known


def _our_id(reference: str | None) -> UUID | None:
    """Read a reference that is an id of ours, with its bucket."""
    try:
        id = UUID(reference)
        bucket_of(id)
    except (ValueError, TypeError, WrongIdKind):
        return None
    return id


def _row(of: Statement, found: Found) -> LineRow:
    line, subject = found.line, found.subject
    what = match(line, subject, is_taken=found.is_taken, heard_minor=found.heard_minor)
    return LineRow(
        file_id=of.file_id,
        line_no=line.line_no,
        kind=line.kind,
        reference=_kept(line.reference, subject),
        psp_ref=line.psp_ref,
        gross_minor=line.gross.minor,
        gross_currency=line.gross.currency,
        fee_minor=line.fee.minor,
        net_minor=line.net.minor,
        currency=line.net.currency,
        settled_on=line.settled_on,
        match=what.match,
        subject_id=None if subject is None else subject.id,
        seller_code=of.home if subject is None else subject.seller_code,
        suspense_minor=what.suspense_minor,
        id=line_id(of.file_id, line.line_no) if is_alone(what.match) else None,
    )


def _kept(reference: str | None, subject: SubjectRow | None) -> str | None:
    """Return a reference as it is stored; one that is none of ours may hold anything."""
    if reference is None or (subject is not None and reference == str(subject.id)):
        return reference
    return mask_text(reference)


def line_id(file_id: SettlementFileId, line_no: int) -> UUID:
    """Return the name of a line that is posted or decided about alone."""
    return reference_id("settlement_line", str(file_id), str(line_no))
