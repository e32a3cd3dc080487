"""Balance transactions: what of them are lines of ours, and what is refused."""

from io import BytesIO

import msgspec
import pytest

from ledgerline.base.money import Currency, Money
from ledgerline.payments.adapters.stripe.connector import Stripe
from ledgerline.payments.contract import LineKind, SettlementLine
from ledgerline.payments.refusals import SettlementFileRefused
from tests.contracts.connectors.stripe import charge, listed, refund, transaction
from tests.unit.payments.samples import REFUND

EUR = Currency("EUR")


def lines(*transactions: object) -> list[SettlementLine]:
    return list(Stripe().read_settlement(BytesIO(msgspec.json.encode(listed(*transactions)))))


@pytest.mark.parametrize(
    ("kind", "amount", "fee", "source", "expected"),
    [
        ("stripe_fee", -20, 0, None, (LineKind.FEE, "txn_1", 0, 20, -20)),
        ("tax_fee", -4, 0, None, (LineKind.TAX_ON_FEE, "txn_1", 0, 4, -4)),
        (
            "payout", -1744, 0, {"id": "po_1", "object": "payout"},
            (LineKind.PAYOUT, "po_1", -1744, 0, -1744),
        ),
        (
            "adjustment", -1799, 1500,
            {"id": "dp_1", "object": "dispute", "amount": 1799, "currency": "eur",
             "payment_intent": "pi_1"},
            (LineKind.DISPUTE, "pi_1", -1799, 1500, -3299),
        ),
        (
            "adjustment", 1799, 0,
            {"id": "dp_1", "object": "dispute", "amount": 1799, "currency": "eur",
             "payment_intent": "pi_1"},
            (LineKind.DISPUTE_REVERSAL, "pi_1", 1799, 0, 1799),
        ),
        (
            "payout_failure", 1744, 0, {"id": "po_1", "object": "payout"},
            (LineKind.PAYOUT_REVERSAL, "po_1", 1744, 0, 1744),
        ),
        ("payout_cancel", 7, 0, "po_2", (LineKind.PAYOUT_REVERSAL, "po_2", 7, 0, 7)),
        ("adjustment", 7, 0, None, (LineKind.ADJUSTMENT, "txn_1", 7, 0, 7)),
        (
            "refund_failure", 1799, 0, refund(metadata={}),
            (LineKind.REFUND_REVERSAL, "re_1", 1799, 0, 1799),
        ),
        ("brand_new", -5, 0, "xx_1", (LineKind.ADJUSTMENT, "xx_1", -5, 0, -5)),
        ("charge", 1799, 55, charge(metadata={}), (LineKind.CHARGE, "pi_1", 1799, 55, 1744)),
    ],
)  # fmt: skip
def test_all_lines_are_read_and_those_of_the_account_bear_no_reference(
    kind: str, amount: int, fee: int, source: object, expected: tuple[LineKind, str, int, int, int]
) -> None:
    [line] = lines(transaction(kind, amount, fee, source))
    assert line.reference is None
    assert expected == (
        line.kind, line.psp_ref, line.gross.minor, line.fee.minor, line.net.minor,
    )  # fmt: skip


def test_refund_bears_our_reference() -> None:
    [line] = lines(transaction("payment_refund", -1799, 0, refund()))
    assert (line.kind, line.reference, line.psp_ref) == (LineKind.REFUND, REFUND.reference, "re_1")


def test_pages_follow_each_other_and_the_last_one_ends_the_list() -> None:
    first = msgspec.json.encode(listed(transaction("charge", 1799, 55, charge()), has_more=True))
    last = msgspec.json.encode(listed(transaction("refund", -1799, 0, refund())))
    found = list(Stripe().read_settlement(BytesIO(first + b"\n" + last)))
    assert [(line.line_no, line.kind) for line in found] == [
        (1, LineKind.CHARGE), (2, LineKind.REFUND),
    ]  # fmt: skip
    with pytest.raises(SettlementFileRefused, match="the list goes on"):
        list(Stripe().read_settlement(BytesIO(first)))


def test_charge_in_another_currency_than_the_balance_keeps_its_own() -> None:
    of_krona = charge(amount=20_000, currency="isk")
    [line] = lines(transaction("charge", 135, 29, of_krona))
    assert (line.gross, line.fee) == (Money(200, Currency("ISK")), Money(29, EUR))
    assert line.net == Money(106, EUR)


def test_charge_that_belongs_to_no_intent_is_named_itself() -> None:
    [line] = lines(transaction("charge", 1799, 55, charge(payment_intent=None)))
    assert line.psp_ref == "ch_1"


def test_file_that_is_not_as_documented_is_refused_and_every_bad_line_is_named() -> None:
    with pytest.raises(SettlementFileRefused) as refusal:
        lines(
            transaction("charge", 1799, 55, charge()),
            transaction("charge", 1799, 55, "ch_1"),
            {"object": "balance_transaction"},
            transaction("charge", 1700, 55, charge()),
            transaction("refund", 1799, 0, refund()),
            transaction("refund", -1799, 0, charge()),
            transaction("charge", 1799, 55, charge(currency="zzz")),
        )
    problems = refusal.value.facts["problems"]
    assert isinstance(problems, list)
    assert [problem.partition(":")[0] for problem in problems] == [
        f"line {number}" for number in range(2, 8)
    ]


@pytest.mark.parametrize(
    "raw", [b"", b"kind,amount", b"{}", b'{"object": "list", "data": 1}', b"\xff"]
)
def test_file_that_is_no_list_is_refused(raw: bytes) -> None:
    with pytest.raises(SettlementFileRefused):
        list(Stripe().read_settlement(BytesIO(raw)))
