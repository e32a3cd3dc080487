"""Import a settlement file: read it once, believe it whole or not at all, post what it says."""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import BinaryIO, Final, NamedTuple

from ledgerline.base.db import Tx
from ledgerline.base.ids import PREFIXES, SettlementFileId, encode, reference_id
from ledgerline.base.run import Run
from ledgerline.flows.bear_own_failures import NOBODY
from ledgerline.flows.book_statement import book_statement_in
from ledgerline.flows.match_lines import Statement, match_lines_in
from ledgerline.flows.open_breaks import close_breaks_in, open_breaks_in, tell_of_bank_in
from ledgerline.flows.read_book_days import BookDays, read_book_days
from ledgerline.flows.reverse_payouts import reverse_payouts_in, withdraw_reversals_in
from ledgerline.payments import exceptions
from ledgerline.payments import store as payments
from ledgerline.payments.contract import LineKind, Psp, SettlementLine, SettlementTotal
from ledgerline.payments.refusals import PspAccountNotFound, SettlementFileRefused
from ledgerline.payments.rows.accounts import PspAccountRow
from ledgerline.payments.rows.exceptions import ClosedRow, ExceptionRow
from ledgerline.payments.rules.exceptions import Reason
from ledgerline.reconciliation import store as reconciliation
from ledgerline.reconciliation.model import FileState, Match, PayoutState
from ledgerline.reconciliation.refusals import (
    SellerUnclear,
    SettlementFileNotFound,
    SettlementFileTooLarge,
)
from ledgerline.reconciliation.rows import FileRow, LineRow, PayoutRow, TotalRow
from ledgerline.reconciliation.rules.telling import of_quarantine
from ledgerline.reconciliation.rules.totals import BROKEN_MAX, Tally

BATCH_LINES: Final = 10_000
FILE_BYTES_MAX: Final = 2 * 1024**3
_BLOCK_BYTES: Final = 1 << 20

Progress = Callable[[int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSettlement:
    """A file to import: open at its start, and able to go back there.

    ``seller_code`` is needed where sellers share the account; ``corrects`` names the file in the
    books whose place it takes. With ``dry_run`` all is done and taken back.
    """

    psp_account: str
    raw: BinaryIO
    seller_code: str | None = None
    corrects: SettlementFileId | None = None
    dry_run: bool = False


class Imported(NamedTuple):
    """What became of a file; ``is_new`` is False where it was imported before.

    ``breaks`` counts lines that people must look at.
    """

    file: FileRow
    totals: list[TotalRow]
    breaks: int
    is_new: bool


class _TakenBack(Exception):
    """Carries what would have been out of a transaction that is rolled back."""

    def __init__(self, imported: Imported) -> None:
        super().__init__()
        self.imported = imported


@dataclass(slots=True)
class _Read:
    """What reading a file has come to so far."""

    tally: Tally = field(default_factory=Tally)
    alone: list[LineRow] = field(default_factory=list)
    reversals: list[LineRow] = field(default_factory=list)
    total: SettlementTotal | None = None


async def import_settlement(
    run: Run, psp: Psp, new: NewSettlement, *, progress: Progress = lambda _: None
) -> Imported:
    """Import a file in one transaction; ``psp`` is the connector of its account.

    A file that was imported is only reported. One that cannot be read raises
    ``SettlementFileRefused`` with all that is wrong, and nothing of it is kept. One whose lines do
    not come to what it says is kept, quarantined, and posts nothing. Run ``match_settlement``
    afterwards: lines may prove what nobody has heard the end of.
    """
    digest = _digest(new.raw)
    try:
        async with run.transaction() as tx:
            return _kept(await _import(tx, run, psp, new, digest=digest, progress=progress), new)
    except _TakenBack as back:
        return back.imported


def _kept(imported: Imported, new: NewSettlement) -> Imported:
    """Return what was imported, or have it taken back."""
    if new.dry_run:
        raise _TakenBack(imported)
    return imported


def _digest(raw: BinaryIO) -> bytes:
    """Hash a file and go back to its start."""
    digest, size = hashlib.sha256(), 0
    while block := raw.read(_BLOCK_BYTES):
        digest.update(block)
        size += len(block)
        if size > FILE_BYTES_MAX:
            raise SettlementFileTooLarge(f"more than {FILE_BYTES_MAX} bytes", bytes=FILE_BYTES_MAX)
    raw.seek(0)
    return digest.digest()


async def _import(
    tx: Tx, run: Run, psp: Psp, new: NewSettlement, *, digest: bytes, progress: Progress
) -> Imported:
    await reconciliation.hold_account(tx, psp_account=new.psp_account)
    known = await reconciliation.find_file(tx, psp_account=new.psp_account, sha256=digest)
    if known is not None:
        totals = await reconciliation.read_totals(tx, file_id=known.id)
        return Imported(known, totals, 0, is_new=False)
    account = await _account(tx, new.psp_account)
    corrected = await _corrected(tx, new)
    days = await read_book_days(tx, now=run.now())
    of = Statement(
        file_id=SettlementFileId(run.new_id(NOBODY)),
        psp_account=new.psp_account,
        home=_home(account, new, days),
        corrects=new.corrects,
    )
    read = await _read(tx, of, psp.read_settlement(new.raw), progress=progress)
    file = _file(of, read, account=account, digest=digest, now=days.now)
    totals = read.tally.rows(of.file_id)
    if file.state == FileState.QUARANTINED:
        await reconciliation.add_file(tx, file)
        await reconciliation.add_totals(tx, totals)
        await _quarantine(tx, file)
        return Imported(file, totals, read.tally.broken, is_new=True)
    if corrected is not None:
        await _take_back(tx, corrected, days=days)
    await reconciliation.add_file(tx, file)
    await reconciliation.add_totals(tx, totals)
    await _book(tx, file, read, totals, days=days)
    return Imported(file, totals, read.tally.broken, is_new=True)


async def _account(tx: Tx, code: str) -> PspAccountRow:
    for row in await payments.read_psp_accounts(tx):
        if row.code == code:
            return row
    raise PspAccountNotFound(f"there is no account {code!r}", account=code)


async def _corrected(tx: Tx, new: NewSettlement) -> FileRow | None:
    """Find the file in the books that this one takes the place of."""
    if new.corrects is None:
        return None
    file = await reconciliation.read_file(tx, id=new.corrects)
    of_account = file is not None and file.psp_account == new.psp_account
    if file is None or not of_account or file.state != FileState.IMPORTED:
        raise SettlementFileNotFound("the account has no such file in its books")
    return file


def _home(account: PspAccountRow, new: NewSettlement, days: BookDays) -> str:
    """Say whose books bear fees of the account and lines that nobody explains."""
    home = new.seller_code or account.seller_code
    if home is None:
        codes = [seller.code for seller in days.sellers]
        if len(codes) != 1:
            raise SellerUnclear("several sellers share the account", sellers=codes)
        [home] = codes
    days.today(home)
    return home


async def _read(
    tx: Tx,
    of: Statement,
    lines: Iterator[SettlementLine | SettlementTotal],
    *,
    progress: Progress,
) -> _Read:
    """Match and keep the lines of a file, batch by batch, and sum them up."""
    read = _Read()
    while batch := list(islice(lines, BATCH_LINES)):
        stated = [one for one in batch if isinstance(one, SettlementTotal)]
        read.total = stated[-1] if stated else read.total
        rows = await match_lines_in(
            tx, of, [one for one in batch if isinstance(one, SettlementLine)]
        )
        for line, row in rows:
            read.tally.add(line, Match(row.match), row.seller_code)
            if row.id is not None and read.tally.broken <= BROKEN_MAX:  # else none is posted
                read.alone.append(row)
            if line.kind is LineKind.PAYOUT_REVERSAL:
                read.reversals.append(row)
        await reconciliation.add_lines(tx, [row for _, row in rows])
        progress(read.tally.lines)
    return read


def _file(
    of: Statement, read: _Read, *, account: PspAccountRow, digest: bytes, now: datetime
) -> FileRow:
    tally = read.tally
    reference = tally.reference(read.total)
    if tally.lines == 0 or reference is None:
        why = "the file says neither what it comes to nor which payout it is of"
        raise SettlementFileRefused(why, problems=[why])
    fault = tally.fault(read.total)
    return FileRow(
        id=of.file_id,
        psp_account=of.psp_account,
        sha256=digest,
        format=account.psp,
        reference=reference,
        seller_code=of.home,
        state=FileState.IMPORTED if fault is None else FileState.QUARANTINED,
        why=fault,
        corrects=of.corrects,
        lines=tally.lines,
        first_on=tally.first_on,
        last_on=tally.last_on,
        imported_at=now,
    )


async def _quarantine(tx: Tx, file: FileRow) -> None:
    exception = ExceptionRow(
        bucket=NOBODY,
        subject_id=file.id,
        reason=Reason.FILE_QUARANTINED,
        detail=of_quarantine(file, name=encode(PREFIXES["settlement_file"], file.id)),
        opened_at=file.imported_at,
    )
    await exceptions.add_exceptions(tx, [exception])


async def _take_back(tx: Tx, file: FileRow, *, days: BookDays) -> None:
    """Take a file out of the books: what it posted, and what people were told of its lines."""
    await reconciliation.replace_file(tx, id=file.id, now=days.now)
    totals = await reconciliation.read_totals(tx, file_id=file.id)
    alone = await reconciliation.read_alone(tx, file_id=file.id)
    await book_statement_in(tx, file, totals, alone, days=days, takes_back=True)
    await withdraw_reversals_in(tx, file_id=file.id, days=days)
    await close_breaks_in(tx, alone, now=days.now)


async def _book(
    tx: Tx, file: FileRow, read: _Read, totals: list[TotalRow], *, days: BookDays
) -> None:
    """Post a file that adds up, announce its payouts, and tell people of what is broken in it."""
    await book_statement_in(tx, file, totals, read.alone, days=days)
    await reverse_payouts_in(tx, read.reversals, days=days)
    for line in read.tally.payouts:
        if line.net.minor == 0:
            continue
        payout = _payout(file, line)
        await reconciliation.put_payout(tx, payout)
        [held] = await reconciliation.lock_payout(
            tx, psp_account=file.psp_account, reference=payout.reference, currency=payout.currency
        )
        await tell_of_bank_in(tx, held, now=days.now)
    await open_breaks_in(tx, read.alone, psp_account=file.psp_account, now=days.now)
    wrong = await reconciliation.find_quarantined(
        tx, psp_account=file.psp_account, reference=file.reference
    )
    closed = [ClosedRow(NOBODY, one.id, Reason.FILE_QUARANTINED) for one in wrong]
    await exceptions.close_exceptions(tx, closed, now=days.now)


def _payout(file: FileRow, line: SettlementLine) -> PayoutRow:
    reference = line.psp_ref or file.reference
    return PayoutRow(
        id=reference_id("payout", file.psp_account, reference, line.net.currency),
        psp_account=file.psp_account,
        reference=reference,
        file_id=file.id,
        amount_minor=-line.net.minor,
        currency=line.net.currency,
        announced_on=line.settled_on,
        state_before="-",
        state_event="created",
        state=PayoutState.ANNOUNCED,
        step_no=0,
        paid_on=None,
        bank_minor=None,
        bank_note=None,
        returned_on=None,
        failed_on=None,
        failed_by=None,
        failed_note=None,
        reversed_minor=None,
    )
