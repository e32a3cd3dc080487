"""The figures of a database: what the demo and the operator's reports print."""

from collections import defaultdict
from datetime import date, datetime
from typing import Final, NamedTuple

from ledgerline.base.db import ReadTx
from ledgerline.base.run import Run
from ledgerline.base.statements import statements

_SQL: Final = statements(__name__)


class CountRow(NamedTuple):
    """How many there are of something."""

    name: str
    number: int


class ProviderRow(NamedTuple):
    """How one merchant account did; the rate is of those with an answer, in per mille."""

    provider: str
    succeeded: int
    declined: int
    not_executed: int
    in_flight: int
    authorised_per_mille: int


class RecoveryRow(NamedTuple):
    """Payments by how they went."""

    succeeded: int
    recovered: int
    failed: int
    processing: int


class MrrRow(NamedTuple):
    """Monthly recurring revenue at list price, without tax where the price has none in it."""

    month: str
    currency: str
    mrr_minor: int


class BalanceRow(NamedTuple):
    """One account of one seller in one currency."""

    seller: str
    currency: str
    account: str
    debit_minor: int
    credit_minor: int
    balance_minor: int


class Figures(NamedTuple):
    """Everything at one instant; equal seeds give equal figures."""

    documents: dict[str, int]
    subscriptions: dict[str, int]
    invoices: dict[str, int]
    payments: dict[str, int]
    providers: dict[str, dict[str, int]]
    mrr_by_month: dict[str, dict[str, int]]
    trial_balance: list[BalanceRow]


async def read_figures(run: Run) -> Figures:
    """Read everything in one transaction."""
    async with run.surveying() as read:
        recovery = await read.row(_SQL["recovery"], RecoveryRow)
        assert recovery is not None
        mrr: dict[str, dict[str, int]] = defaultdict(dict)
        for row in await read.rows(_SQL["mrr"], MrrRow):
            mrr[row.month][row.currency] = row.mrr_minor
        providers = await read.rows(_SQL["providers"], ProviderRow)
        return Figures(
            documents=await _counts(read, "documents"),
            subscriptions=await _counts(read, "subscriptions"),
            invoices=await _counts(read, "invoices"),
            payments=recovery._asdict(),
            providers={row.provider: _without_name(row) for row in providers},
            mrr_by_month=dict(mrr),
            trial_balance=await read_trial_balance(read, at=None, month=None),
        )


async def read_trial_balance(
    read: ReadTx, *, at: datetime | None, month: date | None
) -> list[BalanceRow]:
    """Read the balances of all accounts, of everything up to ``at``, or of one month.

    ``month`` is its first day.
    """
    return await read.rows(_SQL["trial_balance"], BalanceRow, at=at, month=month)


async def _counts(read: ReadTx, name: str) -> dict[str, int]:
    return {row.name: row.number for row in await read.rows(_SQL[name], CountRow)}


def _without_name(row: ProviderRow) -> dict[str, int]:
    return {name: value for name, value in row._asdict().items() if name != "provider"}
