"""Lines of settlement files, with what is usual of them."""

from datetime import date
from typing import Any, Final
from uuid import UUID

from ledgerline.base.ids import Bucket, SettlementFileId
from ledgerline.base.money import Currency, Money
from ledgerline.payments.contract import LineKind, SettlementLine
from ledgerline.payments.rows.settling import SubjectRow
from ledgerline.reconciliation.rows import LineRow, TotalRow

EUR: Final = Currency("EUR")
USD: Final = Currency("USD")
JULY_1: Final = date(2026, 7, 1)
SUBJECT: Final = UUID("01890a5d-ac96-774b-bcce-b302099a8057")
FILE: Final = SettlementFileId(UUID("01890a5d-ac96-7000-bcce-b302099a8057"))


def line(
    kind: LineKind = LineKind.CHARGE,
    gross: int = 1000,
    fee: int = 30,
    *,
    net: int | None = None,
    line_no: int = 1,
    currencies: tuple[Currency, Currency] = (EUR, EUR),
) -> SettlementLine:
    """Return a line whose net is gross less fee unless it is given."""
    return SettlementLine(
        line_no=line_no,
        kind=kind,
        reference=str(SUBJECT),
        psp_ref="ch_1",
        gross=Money(gross, currencies[0]),
        fee=Money(fee, currencies[1]),
        net=Money(gross - fee if net is None else net, currencies[1]),
        settled_on=JULY_1,
    )


def subject(**changes: Any) -> SubjectRow:
    """Return a capture of 10.00 EUR."""
    row = SubjectRow(
        bucket=Bucket(7),
        id=SUBJECT,
        psp_account="aster",
        psp_ref="ch_1",
        currency="EUR",
        amount_minor=1000,
        state="succeeded",
        seller_code="acme",
    )
    return row._replace(**changes)


def row(**changes: Any) -> LineRow:
    """Return a charge of 10.00 EUR that nobody knows."""
    made = LineRow(
        file_id=FILE,
        line_no=12,
        kind="charge",
        reference="ours",
        psp_ref="ch_1",
        gross_minor=1000,
        gross_currency="EUR",
        fee_minor=30,
        net_minor=970,
        currency="EUR",
        settled_on=JULY_1,
        match="unmatched",
        subject_id=None,
        seller_code="acme",
        suspense_minor=1000,
        id=UUID(int=1),
    )
    return made._replace(**changes)


def total(**changes: Any) -> TotalRow:
    """Return what two lines come to: 20.00 EUR less 0.60, and 0.05 of tax on that."""
    made = TotalRow(
        file_id=FILE,
        seller_code="acme",
        gross_currency="EUR",
        currency="EUR",
        lines=3,
        turnover_minor=2000,
        explained_minor=2000,
        gross_minor=2000,
        fee_minor=60,
        tax_minor=5,
        net_minor=1935,
        paid_minor=1935,
    )
    return made._replace(**changes)
