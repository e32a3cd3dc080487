"""What a payout is after each step, how much of it is on its way, and which lines are of it."""

from datetime import date
from typing import Any
from uuid import UUID

import pytest

from ledgerline.base.states import StateRefused
from ledgerline.ledger.model import Purpose
from ledgerline.payments.contract import LineKind
from ledgerline.reconciliation.model import Match, PayoutState
from ledgerline.reconciliation.refusals import PayoutFailed, PayoutPaid
from ledgerline.reconciliation.rows import PayoutRow
from ledgerline.reconciliation.rules import payouts, telling
from ledgerline.reconciliation.rules.bookings import Posting, of_reversal, the_other_way
from ledgerline.reconciliation.rules.matching import Matched, match
from tests.unit.reconciliation.samples import FILE, JULY_1, USD, line, row, subject, total

JULY_5 = date(2026, 7, 5)


def payout(**changes: Any) -> PayoutRow:
    made = PayoutRow(
        id=UUID(int=3),
        psp_account="aster",
        reference="po_1",
        file_id=FILE,
        amount_minor=1000,
        currency="EUR",
        announced_on=JULY_1,
        state_before="-",
        state_event="created",
        state=PayoutState.ANNOUNCED,
        step_no=0,
        paid_on=None,
        bank_minor=None,
        bank_note=None,
        returned_on=None,
        failed_on=None,
        failed_by=None,
        failed_note=None,
        reversed_minor=None,
    )
    return made._replace(**changes)


def arrived(of: PayoutRow, amount: int = 1000) -> PayoutRow:
    return payouts.arrived(of, amount_minor=amount, on=JULY_5, note="1")


def sent_back(of: PayoutRow, amount: int = 1000) -> PayoutRow:
    return payouts.sent_back(of, amount_minor=amount, on=JULY_5, note="2")


def failed(of: PayoutRow, note: str | None = None) -> PayoutRow:
    return payouts.failed(of, on=JULY_5, note=note)


def test_money_is_on_its_way_until_bank_or_provider_has_it() -> None:
    announced = payout()
    paid = arrived(announced)
    back = sent_back(paid)
    for of, way, bank in (
        (announced, 1000, None), (paid, 0, 1000), (back, 1000, 0), (arrived(back), 0, 1000),
        (failed(back), 0, 0), (failed(announced), 0, None),
    ):  # fmt: skip
        assert (payouts.on_its_way(of), payouts.off_by(of), of.bank_minor) == (way, 0, bank)
    assert payouts.off_by(arrived(announced, 993)) == 7
    assert payouts.off_by(sent_back(paid, 995)) == -5
    assert payouts.off_by(failed(announced)._replace(amount_minor=1001)) == 1


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(PayoutPaid):
        arrived(arrived(payout()))
    with pytest.raises(PayoutFailed):
        arrived(failed(payout()))
    for refused in (payout(), failed(payout())):
        with pytest.raises(StateRefused):
            sent_back(refused)
    for refused in (arrived(payout()), failed(payout())):
        with pytest.raises(StateRefused):
            failed(refused)


def test_failure_that_is_undone_leaves_the_payout_as_it_was() -> None:
    for before in (payout(), sent_back(arrived(payout()))):
        assert payouts.undone(failed(before, "mail")) == before
    assert payouts.is_hearsay(failed(payout(), "mail"))
    assert not payouts.is_hearsay(failed(payout()))


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"state": "announced"}, True), ({"state": "returned"}, True), ({"state": "failed"}, True),
        ({"state": "paid"}, False), ({"state": "announced", "amount_minor": 999}, False),
        ({"state": "announced", "currency": "USD"}, False),
    ],
)  # fmt: skip
def test_line_reverses_what_is_on_its_way_to_the_unit(
    changes: dict[str, object], expected: bool
) -> None:
    assert payouts.reverses(line(LineKind.PAYOUT_REVERSAL), subject(**changes)) is expected
    assert not payouts.reverses(line(LineKind.ADJUSTMENT), subject(**changes))
    crossed = line(LineKind.PAYOUT_REVERSAL, net=1100, currencies=(USD, USD))
    assert not payouts.reverses(crossed, subject(state="announced"))


def test_line_of_a_payout_is_matched_and_of_none_is_told() -> None:
    back = line(LineKind.PAYOUT_REVERSAL)
    assert match(back, subject(state="failed"), is_taken=False) == Matched(Match.MATCHED, 0)
    assert match(back, None, is_taken=False) == Matched(Match.UNMATCHED, 1000)
    told = telling.of_line(row(kind="payout_reversal"), name="stl:12", psp_account="aster")
    assert told == (
        "aster: payout_reversal stl:12 of 1000 EUR is of no payout that is on its way or was sent"
        " back, of that amount and of the name ch_1"
    )


def test_reversal_posts_the_part_of_each_seller() -> None:
    totals = [total(), total(seller_code="bolt", paid_minor=65), total(currency="USD")]
    posted = of_reversal(totals, currency="EUR", difference=0, home="acme")
    assert posted == [
        Posting(Purpose.PAYOUT_REVERSED, "acme", "EUR", 1935),
        Posting(Purpose.PAYOUT_REVERSED, "bolt", "EUR", 65),
    ]
    assert [one.amount_minor for one in the_other_way(posted)] == [-1935, -65]


def test_days_are_counted_to_where_it_arrived() -> None:
    today = date(2026, 7, 11)
    of = payout()
    assert payouts.days_on_its_way(of, today=today) == 10
    assert payouts.days_on_its_way(arrived(of), today=today) == 4
    assert payouts.days_on_its_way(sent_back(arrived(of)), today=today) == 6
    assert payouts.days_on_its_way(failed(of), today=today) == 4


@pytest.mark.parametrize(
    ("of", "said"),
    [
        (payout(), f"announced on {JULY_1}, have not been seen at the bank"),
        (
            sent_back(arrived(payout())),
            f"which the bank sent back on {JULY_5}, are neither there anew nor at the provider",
        ),
        (failed(payout()), f"which failed on {JULY_5}, are in no later payout"),
    ],
)
def test_money_that_is_nowhere_is_told(of: PayoutRow, said: str) -> None:
    assert telling.of_missed(of) == f"aster: 1000 EUR of po_1, {said}"


def test_other_amounts_are_told() -> None:
    assert telling.of_bank(arrived(payout(), 993)) == (
        "aster: the bank received 993 EUR for po_1, -7 other than the 1000 announced"
    )
    assert telling.of_bank(sent_back(arrived(payout()), 995)) == (
        "aster: the bank sent po_1 back, and not what it received: 5 EUR of it are left there"
    )
    assert telling.of_bank(failed(payout())._replace(amount_minor=1001)) == (
        "aster: po_1 of 1001 EUR failed, and what came back is -1 off"
    )


def test_person_may_name_a_line_that_differs_in_its_name_only() -> None:
    back = row(kind="payout_reversal")
    assert payouts.may_reverse(back, payout())
    assert payouts.may_reverse(back, failed(payout(), "mail"))
    for line_, of in (
        (back._replace(gross_minor=999), payout()), (back, payout(currency="USD")),
        (back._replace(match="matched"), payout()), (row(), payout()), (back, failed(payout())),
    ):  # fmt: skip
        assert not payouts.may_reverse(line_, of)
