"""The settlement file of the dialect: a CSV that ends with what it comes to."""

import re
from collections.abc import Iterator
from datetime import date
from functools import lru_cache
from typing import BinaryIO, Final

from ledgerline.base.cards import contains_card_number
from ledgerline.base.money import EXPONENTS, MINOR_MAX, Currency, Money
from ledgerline.payments.adapters.csv_rows import Problems, refused, rows
from ledgerline.payments.contract import LineKind, SettlementLine, SettlementTotal

HEAD: Final = [
    "kind", "reference", "id", "gross", "gross_currency", "fee", "net", "currency", "date",
]  # fmt: skip
_TOTAL: Final = "total"
_KINDS: Final = {str(kind): kind for kind in LineKind}
_OURS: Final = frozenset(
    {
        LineKind.CHARGE,
        LineKind.REFUND,
        LineKind.REFUND_REVERSAL,
        LineKind.BANK_RETURN,
        LineKind.DISPUTE,
        LineKind.DISPUTE_REVERSAL,
    }
)
_WHOLE: Final = re.compile(r"-?[0-9]{1,13}", re.ASCII)
_WORD: Final = re.compile(r"[ -~]{1,255}")
_UUID: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class _Unreadable(Exception):
    """A line says what no line of the dialect says."""


def read(raw: BinaryIO) -> Iterator[SettlementLine | SettlementTotal]:
    """Yield the lines of a file and, at its end, its total.

    Raises ``SettlementFileRefused`` with every line that cannot be read, and where the total is not
    there, is not last, or counts other lines.
    """
    table = rows(raw)
    if next(table, (0, []))[1] != HEAD:
        raise refused("this is no settlement file", [f"line 1: not {','.join(HEAD)}"])
    problems, last, count = Problems(), 1, 0
    total: SettlementTotal | None = None
    for last, row in table:
        if total is not None:
            break
        try:
            read_row = _read(count + 1, row)
        except _Unreadable as problem:
            count += 1
            problems.add(last, str(problem))
            continue
        if isinstance(read_row, SettlementTotal):
            total = read_row
        else:
            count += 1
            yield read_row
    yield _checked(total, count, problems, last=last)


def _read(line_no: int, row: list[str]) -> SettlementLine | SettlementTotal:
    if len(row) != len(HEAD):
        raise _Unreadable(f"{len(row)} fields instead of {len(HEAD)}")
    return _total(row) if row[0] == _TOTAL else _line(line_no, row)


def _checked(
    total: SettlementTotal | None, count: int, problems: Problems, *, last: int
) -> SettlementTotal:
    """Return the total of a file that is read to its end; raises with all that was wrong."""
    if total is None:
        problems.add(last + 1, "the file ends without its total")
    elif last != count + 2:  # after the head and the lines
        problems.add(last, "it follows the total")
    elif total.lines != count:
        problems.add(last, f"the total is of {total.lines} lines, and there are {count}")
    problems.end()
    assert total is not None, "without one the file is refused"
    return total


def _line(line_no: int, row: list[str]) -> SettlementLine:
    kind_name, reference, psp_ref, gross, gross_currency, fee, net, currency, day = row
    kind = _KINDS.get(kind_name)
    if kind is None:
        raise _Unreadable(f"there is no kind {kind_name!r}")
    if kind in _OURS and not reference:
        raise _Unreadable(f"a {kind} without a reference")
    paid_out = _currency(currency)
    return SettlementLine(
        line_no=line_no,
        kind=kind,
        reference=_word(reference, "reference") if reference else None,
        psp_ref=_word(psp_ref, "id"),
        gross=Money(_minor(gross, "gross"), _currency(gross_currency)),
        fee=Money(_minor(fee, "fee"), paid_out),
        net=Money(_minor(net, "net"), paid_out),
        settled_on=_day(day),
    )


def _total(row: list[str]) -> SettlementTotal:
    _, reference, lines, _, _, _, net, currency, day = row
    _day(day)
    return SettlementTotal(
        reference=_word(reference, "reference"),
        lines=_minor(lines, "id"),
        net=Money(_minor(net, "net"), _currency(currency)),
    )


def _minor(text: str, name: str) -> int:
    if not _WHOLE.fullmatch(text) or abs(minor := int(text)) > MINOR_MAX:
        raise _Unreadable(f"{name}: {text!r} is no amount in minor units")
    return minor


def _word(text: str, name: str) -> str:
    if not _WORD.fullmatch(text):
        raise _Unreadable(f"{name}: 1 to 255 printable ASCII characters are expected")
    if name == "reference" and not _UUID.fullmatch(text) and contains_card_number(text):
        raise _Unreadable(f"{name}: it holds a card number")
    return text


def _currency(code: str) -> Currency:
    if code not in EXPONENTS:
        raise _Unreadable(f"{code!r} is no currency")
    return Currency(code)


@lru_cache(maxsize=64)
def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise _Unreadable(f"{text!r} is no day") from None
