"""Adyen's settlement details report: read by the names of its columns, in whatever order they are.

One line is one journal entry. Only what was charged and what was refunded is yielded; fees of the
account, chargebacks, corrections and payouts are other entries of the same file.

Source: Adyen docs, "Settlement details report".
"""

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from types import MappingProxyType
from typing import Final

from ledgerline.base.money import EXPONENTS, MINOR_MAX, Money, currency
from ledgerline.payments.contract import SettlementLine
from ledgerline.payments.model import ChargeKind
from ledgerline.payments.refusals import SettlementFileRefused

# The direction is that of the entry: which of the two gross columns holds the amount of a settled
# payment is not the same in all generations of the report.
TYPES: Final[Mapping[str, tuple[ChargeKind, int]]] = MappingProxyType(
    {"Settled": (ChargeKind.CHARGE, 1), "Refunded": (ChargeKind.REFUND, -1)}
)
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
    *_COSTS,
)
_BOOKED: Final = "Booking Date"  # may be added; else the day on which it was captured stands
_REFUNDED: Final = "Modification Merchant Reference"  # our name of a refund, where it is ours
_PROBLEMS_MAX: Final = 100
_NUMBER: Final = re.compile(r"(?P<sign>-?)(?P<whole>[0-9]{1,13})(?:\.(?P<rest>[0-9]{1,6}))?")

Row = Mapping[str, str]


class _Unreadable(Exception):
    """A line says what no report says."""


def read(raw: bytes) -> Sequence[SettlementLine]:
    """Read a report; raises ``SettlementFileRefused`` with every line that cannot be read.

    ``gross`` is what was charged or given back, in its own currency; ``fee`` what Adyen, the scheme
    and the issuer kept of it, in the currency of the payout. Both count as they are paid out: what
    is given back is negative.
    """
    lines: list[SettlementLine] = []
    problems: list[str] = []
    for number, row in _rows(raw):
        if row.get("Type") not in TYPES:
            continue
        try:
            lines.append(_line(number, row))
        except _Unreadable as problem:
            problems.append(f"line {number}: {problem}")
    if problems:
        raise SettlementFileRefused(
            f"{len(problems)} lines cannot be read", problems=problems[:_PROBLEMS_MAX]
        )
    return lines


def _rows(raw: bytes) -> Iterator[tuple[int, Row]]:
    """Yield the entries with their line numbers, the head being the first line."""
    try:
        text = raw.decode("utf-8-sig")
        table = csv.reader(io.StringIO(text, newline=""), strict=True)
        rows = [(table.line_num, row) for row in table if row]
    except (UnicodeDecodeError, csv.Error) as error:
        raise SettlementFileRefused("this is no CSV in UTF-8", problems=[str(error)]) from None
    head = [name.strip() for name in rows[0][1]] if rows else []
    missing = [name for name in _REQUIRED if name not in head]
    twice = sorted({name for name in head if name and head.count(name) > 1})
    if missing or twice:
        problems = [f"no column {name}" for name in missing]
        problems += [f"two columns {name}" for name in twice]
        raise SettlementFileRefused("this is no settlement details report", problems=problems)
    short = [number for number, row in rows if len(row) != len(head)]
    if short:
        problems = [f"line {number}: not as many fields as columns" for number in short]
        raise SettlementFileRefused(
            f"{len(short)} lines cannot be read", problems=problems[:_PROBLEMS_MAX]
        )
    for number, row in rows[1:]:
        yield number, dict(zip(head, map(str.strip, row), strict=True))


def _line(number: int, row: Row) -> SettlementLine:
    kind, sign = TYPES[row["Type"]]
    is_refund = kind is ChargeKind.REFUND
    return SettlementLine(
        line_no=number,
        kind=kind,
        reference=row.get(_REFUNDED, "") if is_refund else row["Merchant Reference"],
        psp_ref=_named(row, "Modification Reference" if is_refund else "Psp Reference"),
        gross=_gross(row, sign),
        fee=_fee(row),
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
