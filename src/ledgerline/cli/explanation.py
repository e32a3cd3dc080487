"""Explain an invoice: each line as the formula that made it, and the transfers it made."""

from datetime import date
from fractions import Fraction
from typing import Any, Final, NamedTuple
from uuid import UUID

from ledgerline.base.calendar import Period
from ledgerline.base.ids import bucket_of, decode, encode
from ledgerline.base.run import Run
from ledgerline.base.statements import statements
from ledgerline.catalog.model import TaxBehavior
from ledgerline.cli.settings import CommandFailed
from ledgerline.pricing.model import Rounding
from ledgerline.rules import explain
from ledgerline.rules.terms import rounding_of

_SQL: Final = statements(__name__)


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
    rounding_mode: str
    rounding_target: str
    rounding_components: str


class LineRow(NamedTuple):
    """One line with everything its amount follows from."""

    plan_code: str
    kind: str
    period_start: date
    period_end: date
    grid_start: date
    grid_end: date
    quantity: int
    unit_num: int
    unit_den: int
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


async def explain_invoice(run: Run, text: str) -> dict[str, Any]:
    """Explain the invoice ``inv_…``; raises ``WrongIdKind`` and ``CommandFailed``."""
    invoice_id = decode("inv", text)
    where = {"bucket": bucket_of(invoice_id), "id": invoice_id}
    async with run.reading() as read:
        head = await read.row(_SQL["head"], HeadRow, **where)
        if head is None:
            raise CommandFailed(f"there is no invoice {text}", hint="an id as the API shows it")
        lines = await read.rows(_SQL["lines"], LineRow, **where)
        transfers = await read.rows(_SQL["transfers"], TransferRow, **where)
    rounding = rounding_of(head.rounding_mode, head.rounding_target, head.rounding_components)
    return {
        **head._asdict(), "id": encode("inv", head.id),
        "total": explain.show(head.total_minor, head.currency),
        "lines": [
            {
                **line._asdict(),
                "formula": explain.sentence(_explained(line, rounding), head.currency),
            }
            for line in lines
        ],
        "transfers": [row._asdict() for row in transfers],
    }  # fmt: skip


def _explained(line: LineRow, rounding: Rounding) -> explain.Explained:
    return explain.Explained(
        kind=line.kind,
        unit=Fraction(line.unit_num, line.unit_den),
        quantity=line.quantity,
        discount_minor=line.discount_minor,
        grid_minor=line.grid_minor,
        period=Period(line.period_start, line.period_end),
        grid=Period(line.grid_start, line.grid_end),
        tax_rate_ppm=line.tax_rate_ppm,
        behavior=TaxBehavior(line.tax_behavior),
        net_minor=line.net_minor,
        tax_minor=line.tax_minor,
        gross_minor=line.gross_minor,
        rounding=rounding,
    )
