"""Settlement files, lines and payouts as commands show them."""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from datetime import date, datetime
from typing import Final, NamedTuple, Protocol
from uuid import UUID

from ledgerline.base.db import ReadTx
from ledgerline.base.ids import (
    PREFIXES,
    Bucket,
    PaymentId,
    SettlementFileId,
    decode,
    encode,
    reference_id,
)
from ledgerline.base.run import Run
from ledgerline.base.statements import statements
from ledgerline.cli.records import Record, amount
from ledgerline.cli.settings import CommandFailed
from ledgerline.flows.match_lines import line_id
from ledgerline.flows.open_breaks import name_of
from ledgerline.reconciliation import views
from ledgerline.reconciliation.rows import PayoutRow, VolumeRow
from ledgerline.reconciliation.rules.payouts import days_on_its_way
from ledgerline.reconciliation.rules.volume import explained_percent
from ledgerline.rules import explain

_SQL: Final = statements(__name__)
_FILES_MAX: Final = 200
_OURS: Final = ("attempt", "refund")
"""Kinds whose ids a line may bear; each has a prefix."""


class AccountRow(NamedTuple):
    """A merchant account and its connector."""

    code: str
    psp: str


class BreakView(NamedTuple):
    """What is in one of the two books only."""

    bucket: Bucket
    subject_id: UUID
    reason: str
    detail: str
    opened_at: datetime


class LineView(NamedTuple):
    """A line with its file's account and state."""

    psp_account: str
    state: str
    file_id: SettlementFileId
    line_no: int
    kind: str
    reference: str | None
    psp_ref: str | None
    gross_minor: int
    gross_currency: str
    fee_minor: int
    net_minor: int
    currency: str
    settled_on: date
    match: str
    subject_id: UUID | None
    suspense_minor: int
    id: UUID | None


class SubjectView(NamedTuple):
    """An attempt or refund."""

    kind: str
    bucket: Bucket
    id: UUID
    payment_id: PaymentId
    psp_account: str
    state: str
    currency: str
    amount_minor: int
    psp_ref: str | None
    ended_at: datetime | None


class TransferView(NamedTuple):
    """What a source moved."""

    source_id: UUID
    booked_on: date
    purpose: str
    debit: str
    credit: str
    currency: str
    amount_minor: int
    seller_code: str


class _Sums(Protocol):
    @property
    def explained_minor(self) -> int: ...

    @property
    def turnover_minor(self) -> int: ...


async def connector_of(run: Run, account: str) -> str:
    """Name the connector of an account; raises ``CommandFailed`` when there is none."""
    async with run.reading() as read:
        for row in await _accounts(read):
            if row.code == account:
                return row.psp
    raise CommandFailed(f"there is no account {account!r}", hint="`ledgerline psp list`")


async def _accounts(read: ReadTx) -> list[AccountRow]:
    return await read.rows(_SQL["accounts"], AccountRow)


def subject_named(name: str) -> UUID | None:
    """Return under which id the exceptions of a file or of a line of it are kept.

    None for what is neither. Payouts are named ``ACCOUNT/PAYOUT/CURRENCY``.
    """
    if name.count("/") == 2:  # noqa: PLR2004 - of three parts
        return reference_id("payout", *name.split("/"))
    file, colon, number = name.partition(":")
    if not file.lower().startswith("stl_"):
        return None
    file_id = SettlementFileId(decode(PREFIXES["settlement_file"], file))
    return line_id(file_id, int(number)) if colon and number.isdecimal() else file_id


async def volume(run: Run, account: str | None) -> Record:
    """Say how much of what moved is explained, in all and by account and currency."""
    return volume_of_rows(await volumes(run, account))


async def volumes(run: Run, account: str | None) -> list[VolumeRow]:
    """Read what moved, and what of it is explained, by account and currency."""
    async with run.reading() as read:
        return await views.volumes(read, psp_account=account)


def volume_of_rows(rows: Sequence[VolumeRow]) -> Record:
    """Say how much of what moved is explained, as JSON does."""
    return {
        "percent": percent(rows),
        **{
            f"{row.psp_account} {row.currency}": f"{row.explained_minor} of {row.turnover_minor}"
            for row in rows
        },
    }


def explained_in_part(rows: Iterable[VolumeRow]) -> list[Record]:
    """List accounts and currencies of which something is not explained, as people read it."""
    return [
        {
            "account": row.psp_account,
            "explained": explain.show(row.explained_minor, row.currency),
            "of": explain.show(row.turnover_minor, row.currency),
        }
        for row in rows
        if row.explained_minor != row.turnover_minor
    ]


async def volume_of(run: Run, file_id: SettlementFileId) -> str | None:
    """Return the least share of one file that is explained, in percent."""
    async with run.reading() as read:
        return percent(await views.volumes_of(read, [file_id]))


def percent(rows: Iterable[_Sums]) -> str | None:
    """Return the least share that is explained, in percent."""
    return explained_percent((row.explained_minor, row.turnover_minor) for row in rows)


async def files(run: Run, account: str | None) -> list[Record]:
    """List files, the newest first."""
    async with run.reading() as read:
        rows = await views.files(read, psp_account=account, before=None, limit=_FILES_MAX)
    return [
        {
            "file": encode(PREFIXES["settlement_file"], row.id),
            "account": row.psp_account,
            "payout": row.reference,
            "status": row.state,
            "from": row.first_on,
            "to": row.last_on,
            "imported": row.imported_at,
            "why": row.why,
            "lines": row.lines,
            "breaks": row.breaks,
        }
        for row in rows
    ]


async def breaks(run: Run, account: str | None) -> list[Record]:
    """List what people must look at, the newest first."""
    async with run.reading() as read:
        rows = await read.rows(_SQL["breaks"], BreakView, psp_account=account)
    return [{"reason": row.reason, "opened": row.opened_at, "detail": row.detail} for row in rows]


def payout(row: PayoutRow) -> Record:
    """Show a payout, and what became of it."""
    bank = None if row.bank_minor is None else amount(row.bank_minor, row.currency)
    return {
        "payout": row.reference,
        "account": row.psp_account,
        "file": encode(PREFIXES["settlement_file"], row.file_id),
        "status": row.state,
        "amount": amount(row.amount_minor, row.currency),
        "announced": row.announced_on,
        "paid": row.paid_on,
        "bank": bank,
        "note": row.bank_note,
        "returned": row.returned_on,
        "failed": row.failed_on,
        "failed_by": row.failed_by,
        "failed_note": row.failed_note,
    }


def listed_payout(row: PayoutRow, *, today: date) -> Record:
    """Show a payout in a list: where it is, and for how many days it was on its way."""
    shown = payout(row)
    return {
        "payout": shown["payout"],
        "account": shown["account"],
        "status": shown["status"],
        "amount": shown["amount"],
        "announced": shown["announced"],
        "days": days_on_its_way(row, today=today),
        "paid": shown["paid"],
        "bank": shown["bank"],
        "returned": shown["returned"],
        "failed": shown["failed"],
        "id": encode(PREFIXES["payout"], row.id),
    }


async def explained(run: Run, what: str) -> Record:
    """Show what bears a name: lines, payouts, charges and refunds, and what they moved."""
    async with run.reading() as read:
        payouts = await read.rows(_SQL["payouts"], PayoutRow, name=what)
        subjects = await _subjects(read, what)
        lines = await _lines(read, what, subjects)
        if not subjects:
            named = [line.subject_id for line in lines if line.subject_id is not None]
            subjects = await _called(read, named)
        sources: list[UUID] = [one.id for one in subjects]
        sources += [one.id for one in lines if one.id is not None]
        for one in payouts:
            sources += [one.id, one.file_id]
        moved = await read.rows(_SQL["transfers"], TransferView, sources=sources)
    return {
        "name": what,
        "explained_volume": (await volume(run, None))["percent"],
        "lines": [_line(one) for one in lines],
        "payouts": [payout(one) for one in payouts],
        "subjects": [_subject(one) for one in subjects],
        "transfers": [_transfer(one) for one in moved],
    }


async def _subjects(read: ReadTx, what: str) -> list[SubjectView]:
    """Find attempts and refunds by an id of ours in either form, or by the provider's."""
    ids = [
        decode(PREFIXES[kind], what)
        for kind in _OURS
        if what.lower().startswith(f"{PREFIXES[kind]}_")
    ]
    with suppress(ValueError):
        ids.append(UUID(what))
    accounts = [row.code for row in await _accounts(read)]
    return await _called(read, ids, accounts=accounts, name=what)


async def _called(
    read: ReadTx, ids: Sequence[UUID], *, accounts: Sequence[str] = (), name: str = ""
) -> list[SubjectView]:
    return await read.rows(
        _SQL["subjects"], SubjectView, ids=list(ids), accounts=list(accounts), name=name
    )


async def _lines(read: ReadTx, what: str, subjects: Sequence[SubjectView]) -> list[LineView]:
    file, _, number = what.rpartition(":")
    if file.lower().startswith("stl_") and number.isdecimal():
        file_id = decode(PREFIXES["settlement_file"], file)
        return await read.rows(_SQL["line"], LineView, file_id=file_id, line_no=int(number))
    ids = [one.id for one in subjects]
    return await read.rows(_SQL["lines_of"], LineView, subject_ids=ids, name=what)


def _line(row: LineView) -> Record:
    return {
        "line": name_of(row.file_id, row.line_no),
        "file_status": row.state,
        "account": row.psp_account,
        "kind": row.kind,
        "match": row.match,
        "reference": row.reference,
        "provider_reference": row.psp_ref,
        "settled": row.settled_on,
        "gross": amount(row.gross_minor, row.gross_currency),
        "fee": amount(row.fee_minor, row.currency),
        "net": amount(row.net_minor, row.currency),
        "in_suspense": amount(row.suspense_minor, row.gross_currency),
    }


def _subject(row: SubjectView) -> Record:
    return {
        "id": encode(PREFIXES[row.kind], row.id),
        "reference": row.id,
        "payment": encode(PREFIXES["payment"], row.payment_id),
        "account": row.psp_account,
        "status": row.state,
        "total": amount(row.amount_minor, row.currency),
        "provider_reference": row.psp_ref,
        "ended": row.ended_at,
    }


def _transfer(row: TransferView) -> Record:
    return {
        "booked": row.booked_on,
        "purpose": row.purpose,
        "debit": row.debit,
        "credit": row.credit,
        "seller": row.seller_code,
        "total": amount(row.amount_minor, row.currency),
    }
