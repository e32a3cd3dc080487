"""What the lines of a file come to, and whether that is what the file says."""

from dataclasses import replace
from datetime import timedelta

import pytest

from ledgerline.base.money import Money
from ledgerline.payments.contract import LineKind, SettlementLine, SettlementTotal
from ledgerline.reconciliation.model import Match
from ledgerline.reconciliation.rules.totals import BROKEN_MAX, Tally, adds_up
from tests.unit.reconciliation.samples import EUR, FILE, JULY_1, USD, line, total

STATED = SettlementTotal(reference="po_1", lines=5, net=Money(1910, EUR))


def tally(*lines: SettlementLine, match: Match = Match.MATCHED) -> Tally:
    made = Tally()
    for one in lines:
        made.add(one, match if one.kind is LineKind.CHARGE else Match.ACCOUNT, "acme")
    return made


def whole() -> list[SettlementLine]:
    """Return two charges, a fee of the account with its tax, and what is paid out."""
    return [
        line(line_no=1),
        line(line_no=2),
        line(LineKind.FEE, 0, 25, line_no=3),
        line(LineKind.TAX_ON_FEE, 0, 5, line_no=4),
        line(LineKind.PAYOUT, -1910, 0, line_no=5),
    ]


def test_sums_are_those_of_the_lines() -> None:
    made = tally(*whole())
    assert made.rows(FILE) == [
        total(lines=4, fee_minor=85, tax_minor=5, net_minor=1910, paid_minor=1910)
    ]
    assert (made.lines, made.broken, made.first_on, made.last_on) == (5, 0, JULY_1, JULY_1)
    assert made.fault(STATED) is None
    assert made.fault(None) is None
    assert made.reference(STATED) == "po_1"
    assert made.reference(None) == "ch_1"
    assert tally(line()).reference(None) is None


def test_days_are_the_first_and_the_last() -> None:
    made = tally(line(), replace(line(), settled_on=JULY_1 - timedelta(days=3)))
    assert (made.first_on, made.last_on) == (JULY_1 - timedelta(days=3), JULY_1)


def test_sellers_and_currencies_are_summed_apart_and_paid_out_together() -> None:
    made = Tally()
    made.add(line(), Match.MATCHED, "acme")
    made.add(line(gross=500), Match.MATCHED, "bolt")
    made.add(line(gross=200, fee=10, net=170, currencies=(USD, EUR)), Match.WAITING, "bolt")
    made.add(line(LineKind.PAYOUT, -1610, 0), Match.ACCOUNT, "acme")
    assert made.fault(None) is None
    assert [
        (row.seller_code, row.gross_currency, row.gross_minor, row.explained_minor, row.paid_minor)
        for row in made.rows(FILE)
    ] == [
        ("acme", "EUR", 1000, 1000, 970),
        ("bolt", "EUR", 500, 500, 470),
        ("bolt", "USD", 200, 0, 170),
    ]


def test_what_is_not_paid_out_yet_is_no_fault() -> None:
    made = tally(*whole()[:4])
    assert made.fault(replace(STATED, lines=4)) is None
    assert [row.paid_minor for row in made.rows(FILE)] == [0]


@pytest.mark.parametrize(
    ("_case", "lines", "stated", "fault"),
    [
        (
            "payout", [*whole()[:4], line(LineKind.PAYOUT, -1911, 0)], None,
            "the payout is of 1911 minor units of EUR, and the lines come to 1910",
        ),
        (
            "total", whole(), replace(STATED, net=Money(1900, EUR)),
            "the file says 1900 minor units of EUR, and its lines come to 1910",
        ),
        ("count", whole(), replace(STATED, lines=6), "the file says 6 lines, and has 5"),
        (
            "fee", [replace(whole()[0], fee=Money(31, EUR)), *whole()[1:]], STATED,
            "1 lines have a net that is not gross less fee, the first is line 1",
        ),
        (
            "payouts", [*whole()[:4], *[line(LineKind.PAYOUT, -955, 0)] * 2], None,
            "there are several payouts of one currency",
        ),
        (
            "currency", [*whole()[:4], line(currencies=(USD, USD))], replace(STATED, lines=5),
            "lines of USD are in no total",
        ),
        (
            "payout of another currency",
            [line(), line(LineKind.PAYOUT, -970, 0, currencies=(USD, USD))],
            None,
            "the payout is of 970 minor units of USD, and the lines come to 0",
        ),
    ],
)  # fmt: skip
def test_file_that_does_not_add_up_says_by_how_much(
    _case: str, lines: list[SettlementLine], stated: SettlementTotal | None, fault: str
) -> None:
    told = tally(*lines).fault(stated)
    assert told is not None
    assert told.split(":", maxsplit=1)[0] == fault


def test_file_of_another_account_is_not_believed() -> None:
    made = Tally()
    for _ in range(BROKEN_MAX):
        made.add(line(gross=0, fee=0), Match.UNMATCHED, "acme")
    none = SettlementTotal(reference="po_1", lines=BROKEN_MAX, net=Money(0, EUR))
    assert made.fault(none) is None
    made.add(line(gross=0, fee=0), Match.UNMATCHED, "acme")
    fault = made.fault(replace(none, lines=BROKEN_MAX + 1))
    assert fault is not None
    assert fault.startswith("1001 of 1001 lines are not what our books say")


@pytest.mark.parametrize(
    ("one", "expected"),
    [
        (line(), True),
        (line(net=971), False),
        (line(LineKind.REFUND, -500, 0), True),
        (line(LineKind.FEE, 0, 25), True),
        (line(LineKind.FEE, 1, 25), False),
        (line(LineKind.TAX_ON_FEE, 0, 5, net=5), False),
        (line(LineKind.PAYOUT, -500, 0), True),
        (line(LineKind.PAYOUT, -500, 1), False),
        (line(net=3, currencies=(USD, EUR)), True),
    ],
)
def test_net_is_gross_less_fee_in_one_currency(one: SettlementLine, *, expected: bool) -> None:
    assert adds_up(one) is expected
