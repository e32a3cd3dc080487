"""Balance transactions: what of them are lines of ours, and what is refused."""

from datetime import date

import msgspec
import pytest

from ledgerline.base.money import Currency, Money
from ledgerline.payments.adapters.stripe.connector import Stripe
from ledgerline.payments.contract import SettlementLine
from ledgerline.payments.model import ChargeKind
from ledgerline.payments.refusals import SettlementFileRefused
from tests.contracts.connectors.stripe import charge, listed, refund, transaction
from tests.unit.payments.samples import REFUND

EUR = Currency("EUR")


def lines(*transactions: object) -> list[SettlementLine]:
    return list(Stripe().read_settlement(msgspec.json.encode(listed(*transactions))))


def test_other_lines_and_what_bears_no_reference_are_passed_over() -> None:
    kept = lines(
        transaction("stripe_fee", -20, 0, None),
        transaction("payout", -1744, 0, {"id": "po_1", "object": "payout"}),
        transaction("adjustment", -1799, 1500, {"id": "dp_1", "object": "dispute"}),
        transaction("refund_failure", 1799, 0, refund()),
        transaction("charge", 1799, 55, charge(metadata={})),
        transaction("payment_refund", -1799, 0, refund()),
    )
    assert kept == [
        SettlementLine(
            line_no=6,
            kind=ChargeKind.REFUND,
            reference=REFUND.reference,
            psp_ref="re_1",
            gross=Money(-1799, EUR),
            fee=Money(0, EUR),
            settled_on=date(2026, 3, 3),
        )
    ]


def test_charge_in_another_currency_than_the_balance_keeps_its_own() -> None:
    of_krona = charge(amount=20_000, currency="isk")
    [line] = lines(transaction("charge", 135, 29, of_krona))
    assert (line.gross, line.fee) == (Money(200, Currency("ISK")), Money(29, EUR))


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


@pytest.mark.parametrize("raw", [b"kind,amount", b"{}", b'{"object": "list", "data": 1}', b"\xff"])
def test_file_that_is_no_list_is_refused(raw: bytes) -> None:
    with pytest.raises(SettlementFileRefused):
        Stripe().read_settlement(raw)
