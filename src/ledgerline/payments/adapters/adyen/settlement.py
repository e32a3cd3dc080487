"""Adyen's settlement details report: read by the names of its columns, in whatever order they are.

One line is one journal entry, and all of them are yielded: together they come to what is paid out.

Source: Adyen docs, "Settlement details report", "Journal types".
"""

import re
from collections.abc import Iterator, Mapping
from datetime import date
from types import MappingProxyType
from typing import BinaryIO, Final

from ledgerline.base.money import EXPONENTS, MINOR_MAX, Money, currency
from ledgerline.payments.adapters.csv_rows import Problems, refused, rows
from ledgerline.payments.contract import LineKind, SettlementLine

# The direction is that of the entry: which of the two gross columns holds the amount of a settled
# payment is not the same in all generations of the report.
OF_PAYMENTS: Final[Mapping[str, tuple[LineKind, int]]] = MappingProxyType(
    {
        "Settled": (LineKind.CHARGE, 1),
        "Refunded": (LineKind.REFUND, -1),
        "RefundedReversed": (LineKind.REFUND_REVERSAL, 1),
        "Chargeback": (LineKind.DISPUTE, -1),
        "SecondChargeback": (LineKind.DISPUTE, -1),
        "ChargebackReversed": (LineKind.DISPUTE_REVERSAL, 1),
    }
)
OF_ACCOUNT: Final[Mapping[str, LineKind]] = MappingProxyType(
    {
        "Fee": LineKind.FEE,
        "MiscCosts": LineKind.FEE,
        "PaymentCost": LineKind.FEE,
        "InvoiceDeduction": LineKind.FEE,
        "MerchantPayout": LineKind.PAYOUT,
        "BankInstructionReturned": LineKind.PAYOUT_REVERSAL,
        "DepositCorrection": LineKind.CORRECTION,
        "ManualCorrected": LineKind.CORRECTION,
    }
)
"""What only has a net; a type that is not here is an adjustment, which people look at."""
_COSTS: Final = ("Commission (NC)", "Markup (NC)", "Scheme Fees (NC)", "Interchange (NC)")
_REQUIRED: Final = (
    "Psp Reference",
    "Merchant Reference",
    "Creation Date",
    "Type",
    "Modification Reference",
    "Gross Currency",
    "Gross Debit (GC)",
    "Gross Credit (GC)",
    "Net Currency",
    "Net Debit (NC)",
    "Net Credit (NC)",
    *_COSTS,
)
_BOOKED: Final = "Booking Date"  # may be added; else the day on which it was captured stands
_REFUNDED: Final = "Modification Merchant Reference"  # our name of a refund, where it is ours
_BATCH: Final = "Batch Number"
_NUMBER: Final = re.compile(r"(?P<sign>-?)(?P<whole>[0-9]{1,13})(?:\.(?P<rest>[0-9]{1,6}))?")

Row = Mapping[str, str]


class _Unreadable(Exception):
    """A line says what no report says."""


def read(raw: BinaryIO) -> Iterator[SettlementLine]:
    """Read a report; raises ``SettlementFileRefused`` with every line that cannot be read.

    ``gross`` is what was charged or given back, in its own currency; ``fee`` what Adyen, the scheme
    and the issuer kept of it, in the currency of the payout. What is given back is negative.
    """
    problems, table = Problems(), rows(raw)
    _, first = next(table, (0, list[str]()))
    head = [name.strip() for name in first]
    _check(head)
    for line_no, row in table:
        if not row:
            continue
        try:
            yield _line(line_no, _named_row(head, row))
        except _Unreadable as problem:
            problems.add(line_no, str(problem))
    problems.end()


def _check(head: list[str]) -> None:
    missing = [f"no column {name}" for name in _REQUIRED if name not in head]
    twice = sorted({name for name in head if name and head.count(name) > 1})
    problems = [*missing, *(f"two columns {name}" for name in twice)]
    if problems:
        raise refused("this is no settlement details report", problems)


def _named_row(head: list[str], row: list[str]) -> Row:
    if len(row) != len(head):
        raise _Unreadable("not as many fields as columns")
    return dict(zip(head, map(str.strip, row), strict=True))


def _line(line_no: int, row: Row) -> SettlementLine:
    if row["Type"] in OF_PAYMENTS:
        return _of_payment(line_no, row)
    kind = OF_ACCOUNT.get(row["Type"], LineKind.ADJUSTMENT)
    net = _net(row)
    fee = Money(-net.minor if kind is LineKind.FEE else 0, net.currency)
    return SettlementLine(
        line_no=line_no,
        kind=kind,
        reference=row["Merchant Reference"] or None,
        psp_ref=row["Modification Reference"] or row["Psp Reference"] or row.get(_BATCH) or None,
        gross=net + fee,
        fee=fee,
        net=net,
        settled_on=_day(row),
    )


def _of_payment(line_no: int, row: Row) -> SettlementLine:
    kind, sign = OF_PAYMENTS[row["Type"]]
    is_refund = kind in {LineKind.REFUND, LineKind.REFUND_REVERSAL}
    reference = row.get(_REFUNDED, "") if is_refund else row["Merchant Reference"]
    return SettlementLine(
        line_no=line_no,
        kind=kind,
        reference=reference or None,
        psp_ref=_named(row, "Modification Reference" if is_refund else "Psp Reference"),
        gross=_gross(row, sign),
        fee=_fee(row),
        net=_net(row),
        settled_on=_day(row),
    )


def _gross(row: Row, sign: int) -> Money:
    code = row["Gross Currency"]
    columns = ("Gross Debit (GC)", "Gross Credit (GC)")
    amounts = [minor for name in columns if (minor := _minor(row, name, code)) != 0]
    if len(amounts) != 1 or amounts[0] < 0:
        raise _Unreadable("one of debit and credit holds the amount, and not both")
    return Money(sign * amounts[0], currency(code))


def _fee(row: Row) -> Money:
    """Add up what was kept; the parts of interchange++ stand apart, else it is a commission."""
    code = row["Net Currency"]
    return Money(sum(_minor(row, name, code) for name in _COSTS), currency(code))


def _net(row: Row) -> Money:
    code = row["Net Currency"]
    net = _minor(row, "Net Credit (NC)", code) - _minor(row, "Net Debit (NC)", code)
    return Money(net, currency(code))


def _minor(row: Row, name: str, code: str) -> int:
    """Read an amount in whole units; an empty field is nothing."""
    if code not in EXPONENTS:
        raise _Unreadable(f"{code!r} is no currency")
    if not row[name]:
        return 0
    found = _NUMBER.fullmatch(row[name])
    rest = (found["rest"] or "").rstrip("0") if found else ""
    places = EXPONENTS[code]
    if found is None or len(rest) > places:
        raise _Unreadable(f"{name}: {row[name]!r} is no amount of {code}")
    minor = int(found["whole"] + rest.ljust(places, "0"))
    if minor > MINOR_MAX:
        raise _Unreadable(f"{name}: {row[name]!r} is too much")
    return -minor if found["sign"] else minor


def _named(row: Row, name: str) -> str:
    if not row[name]:
        raise _Unreadable(f"{name} is empty")
    return row[name]


def _day(row: Row) -> date:
    text = row.get(_BOOKED) or row["Creation Date"]
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        raise _Unreadable(f"{text!r} begins with no day") from None
