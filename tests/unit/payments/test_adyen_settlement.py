"""Settlement details reports of Adyen, in any order of columns, and files that are none."""

import csv
import io
from datetime import date

import pytest

from ledgerline.base.money import Currency, Money
from ledgerline.payments.contract import LineKind, SettlementLine, SettlementTotal
from ledgerline.payments.refusals import SettlementFileRefused
from tests.contracts.connectors.adyen import REPORT, SAMPLES
from tests.unit.payments.samples import ATTEMPT

SETTLED = {
    "Psp Reference": "993617895204576J",
    "Merchant Reference": ATTEMPT.reference,
    "Creation Date": "2026-03-01 13:00:00",
    "Type": "Settled",
    "Modification Reference": "JDD6LKT8MBLZNN84",
    "Gross Currency": "EUR",
    "Gross Debit (GC)": "",
    "Gross Credit (GC)": "17.99",
    "Net Currency": "EUR",
    "Net Debit (NC)": "",
    "Net Credit (NC)": "17.57",
    "Commission (NC)": "0.42",
    "Markup (NC)": "",
    "Scheme Fees (NC)": "",
    "Interchange (NC)": "",
}


def report(*rows: dict[str, str]) -> bytes:
    text = io.StringIO(newline="")
    table = csv.DictWriter(text, list(rows[0]))
    table.writeheader()
    table.writerows(rows)
    return text.getvalue().encode()


def read(raw: bytes) -> list[SettlementLine | SettlementTotal]:
    return list(SAMPLES.psp.read_settlement(io.BytesIO(raw)))


def line(**changed: str) -> SettlementLine:
    [found] = read(report({**SETTLED, **changed}))
    assert isinstance(found, SettlementLine)
    return found


def problems(raw: bytes) -> list[str]:
    with pytest.raises(SettlementFileRefused) as refusal:
        read(raw)
    found: object = refusal.value.facts["problems"]
    assert isinstance(found, list)
    return found


def test_columns_are_found_by_name_wherever_they_stand() -> None:
    rows = list(csv.reader(io.StringIO(REPORT.decode(), newline="")))
    turned = io.StringIO(newline="")
    csv.writer(turned).writerows([*reversed(row), "new"] for row in rows)
    as_written = turned.getvalue().replace(",new\r\n", ",Reserved4\r\n", 1).encode()
    assert read(b"\xef\xbb\xbf" + as_written) == read(REPORT)


def test_direction_is_that_of_the_entry_in_whichever_column_its_amount_is() -> None:
    as_credit, as_debit = line(), line(**{"Gross Debit (GC)": "17.99", "Gross Credit (GC)": ""})
    assert as_credit == as_debit
    assert as_credit.gross == Money(1799, Currency("EUR"))
    refund = line(Type="Refunded")
    assert (refund.kind, refund.gross.minor) == (LineKind.REFUND, -1799)
    # without the column of our own reference, a refund is known by the provider's
    assert (refund.reference, refund.psp_ref) == (None, "JDD6LKT8MBLZNN84")


def test_gross_and_fee_have_their_own_currencies() -> None:
    found = line(
        **{
            "Gross Currency": "JPY",
            "Gross Credit (GC)": "2900",
            "Net Currency": "KWD",
            "Net Credit (NC)": "6.201",
            "Commission (NC)": "",
            "Markup (NC)": "0.012",
            "Scheme Fees (NC)": "0.003",
            "Interchange (NC)": "-0.001",
        }
    )
    assert found.gross == Money(2900, Currency("JPY"))
    assert found.fee == Money(14, Currency("KWD"))
    assert found.net == Money(6201, Currency("KWD"))


def test_day_of_booking_is_taken_where_it_is_told() -> None:
    assert line().settled_on == date(2026, 3, 1)
    assert line(**{"Booking Date": "2026-03-03 04:00:00"}).settled_on == date(2026, 3, 3)
    assert line(**{"Booking Date": ""}).settled_on == date(2026, 3, 1)


@pytest.mark.parametrize(
    ("kind", "expected", "gross", "fee"),
    [
        ("Fee", LineKind.FEE, 0, 100),
        ("MiscCosts", LineKind.FEE, 0, 100),
        ("InvoiceDeduction", LineKind.FEE, 0, 100),
        ("MerchantPayout", LineKind.PAYOUT, -100, 0),
        ("BankInstructionReturned", LineKind.PAYOUT_REVERSAL, -100, 0),
        ("DepositCorrection", LineKind.CORRECTION, -100, 0),
        ("Balancetransfer", LineKind.ADJUSTMENT, -100, 0),
        ("New", LineKind.ADJUSTMENT, -100, 0),
        ("", LineKind.ADJUSTMENT, -100, 0),
    ],
)
def test_entries_of_the_account_are_their_net(
    kind: str, expected: LineKind, gross: int, fee: int
) -> None:
    told = {"Type": kind, "Gross Currency": "", "Net Debit (NC)": "1.00", "Net Credit (NC)": ""}
    found = line(**told, **{"Commission (NC)": "", "Modification Reference": "batch 7"})
    assert (found.kind, found.psp_ref) == (expected, "batch 7")
    assert (found.gross.minor, found.fee.minor, found.net.minor) == (gross, fee, -100)


@pytest.mark.parametrize(
    ("kind", "expected", "gross"),
    [
        ("Chargeback", LineKind.DISPUTE, -1799),
        ("SecondChargeback", LineKind.DISPUTE, -1799),
        ("ChargebackReversed", LineKind.DISPUTE_REVERSAL, 1799),
    ],
)
def test_disputes_name_the_payment(kind: str, expected: LineKind, gross: int) -> None:
    found = line(Type=kind)
    assert (found.kind, found.gross.minor) == (expected, gross)
    assert (found.reference, found.psp_ref) == (ATTEMPT.reference, "993617895204576J")


def test_all_that_cannot_be_read_is_said_at_once() -> None:
    rows = [
        SETTLED,
        {**SETTLED, "Gross Credit (GC)": "17,99"},
        {**SETTLED, "Gross Credit (GC)": "17.999"},
        {**SETTLED, "Gross Debit (GC)": "1.00"},
        {**SETTLED, "Gross Credit (GC)": ""},
        {**SETTLED, "Gross Credit (GC)": "-17.99"},
        {**SETTLED, "Gross Credit (GC)": "9999999999999"},
        {**SETTLED, "Gross Currency": "EURO"},
        {**SETTLED, "Commission (NC)": "1e2"},
        {**SETTLED, "Creation Date": "yesterday"},
        {**SETTLED, "Psp Reference": ""},
    ]
    assert problems(report(*rows)) == [
        "line 3: Gross Credit (GC): '17,99' is no amount of EUR",
        "line 4: Gross Credit (GC): '17.999' is no amount of EUR",
        "line 5: one of debit and credit holds the amount, and not both",
        "line 6: one of debit and credit holds the amount, and not both",
        "line 7: one of debit and credit holds the amount, and not both",
        "line 8: Gross Credit (GC): '9999999999999' is too much",
        "line 9: 'EURO' is no currency",
        "line 10: Commission (NC): '1e2' is no amount of EUR",
        "line 11: 'yesterday' begins with no day",
        "line 12: Psp Reference is empty",
    ]


def test_file_that_is_no_such_report_is_refused() -> None:
    assert len(problems(b"")) == 15
    assert len(problems(b"a,b\r\n1,2\r\n")) == 15
    assert len(problems(b"\xff\xfe")) == 1
    assert len(problems(b'"open')) == 1
    less = {name: value for name, value in SETTLED.items() if name != "Net Currency"}
    assert problems(report(less)) == ["no column Net Currency"]
    head, _, rest = report(SETTLED).partition(b"\r\n")
    assert problems(head + b",Type\r\n" + rest) == ["two columns Type"]
    assert problems(head + b"\r\n1,2\r\n" + rest) == ["line 2: not as many fields as columns"]


def test_zeros_behind_the_point_say_nothing() -> None:
    assert line(**{"Gross Credit (GC)": "17.990000"}).gross == Money(1799, Currency("EUR"))
