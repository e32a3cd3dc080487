"""Explain an invoice: each line as the formula that made it, and the transfers it made."""

from datetime import date
from typing import Any, Final, NamedTuple
from uuid import UUID

from ledgerline.base.ids import bucket_of, decode, encode
from ledgerline.base.money import Currency, Money
from ledgerline.base.run import Run
from ledgerline.base.statements import statements
from ledgerline.cli.settings import CommandFailed

_SQL: Final = statements(__name__)
_PPM_OF_A_PERCENT: Final = 10_000


class HeadRow(NamedTuple):
    """The claim and its number."""

    id: UUID
    display: str | None
    state: str
    cause: str
    issued_on: date
    currency: str
    net_minor: int
    tax_minor: int
    total_minor: int
    credit_used_minor: int
    credited_minor: int


class LineRow(NamedTuple):
    """One line with everything its amount follows from."""

    plan_code: str
    kind: str
    period_start: date
    period_end: date
    grid_start: date
    grid_end: date
    quantity: int
    unit_minor: int
    grid_minor: int
    discount_minor: int
    net_minor: int
    tax_minor: int
    gross_minor: int
    tax_rate_ppm: int
    tax_behavior: str


class TransferRow(NamedTuple):
    """One transfer this invoice, its payments, credits or refunds made."""

    source: str
    purpose: str
    debit: str
    credit: str
    amount_minor: int
    booked_on: date


async def explain(run: Run, text: str) -> dict[str, Any]:
    """Explain the invoice ``inv_…``; raises ``WrongIdKind`` and ``CommandFailed``."""
    invoice_id = decode("inv", text)
    where = {"bucket": bucket_of(invoice_id), "id": invoice_id}
    async with run.reading() as read:
        head = await read.row(_SQL["head"], HeadRow, **where)
        if head is None:
            raise CommandFailed(f"there is no invoice {text}", hint="an id as the API shows it")
        lines = await read.rows(_SQL["lines"], LineRow, **where)
        transfers = await read.rows(_SQL["transfers"], TransferRow, **where)
    return {
        **head._asdict(), "id": encode("inv", head.id),
        "total": shown(head.total_minor, head.currency),
        "lines": [
            {**line._asdict(), "formula": formula(line, head.currency)} for line in lines
        ],
        "transfers": [row._asdict() for row in transfers],
    }  # fmt: skip


def formula(line: LineRow, currency: str) -> str:
    """Write a line as arithmetic that a person can repeat."""
    days = (line.period_end - line.period_start).days
    grid_days = (line.grid_end - line.grid_start).days
    price = f"{shown(line.unit_minor, currency)} × {line.quantity}"
    if line.kind == "trial":
        return f"trial of {days} days: {shown(0, currency)}"
    if line.discount_minor:
        price = f"({price} − {shown(line.discount_minor, currency)} discount)"
    if days != grid_days:
        price = f"{price} × {days}/{grid_days} days"
    rate = _percent(line.tax_rate_ppm)
    if line.tax_behavior == "inclusive":
        tax = f"of it {shown(line.tax_minor, currency)} tax at {rate}"
        return f"{price} = {shown(line.gross_minor, currency)}, {tax}"
    tax = f"+ {shown(line.tax_minor, currency)} tax at {rate}"
    net, gross = shown(line.net_minor, currency), shown(line.gross_minor, currency)
    return f"{price} = {net} {tax} = {gross}"


def shown(minor: int, currency: str) -> str:
    """Show an amount with its currency."""
    return f"{Money(minor, Currency(currency)).decimal()} {currency}"


def _percent(ppm: int) -> str:
    whole, rest = divmod(ppm, _PPM_OF_A_PERCENT)
    decimals = f"{rest:04}".rstrip("0")
    return f"{whole}.{decimals} %" if decimals else f"{whole} %"
