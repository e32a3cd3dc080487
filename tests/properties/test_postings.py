from collections import Counter
from datetime import UTC, date, datetime
from typing import NamedTuple
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from ledgerline.base.ids import Bucket
from ledgerline.ledger.model import Account, Owner, Purpose
from ledgerline.ledger.rows import TransferRow
from ledgerline.ledger.rules.postings import POSTINGS, post, recognise

ON = date(2026, 3, 1)
AT = datetime(2026, 3, 1, tzinfo=UTC)
OWNER = Owner(Bucket(7), "nordic", UUID(int=7), "EUR")
AMOUNTS = st.integers(0, 2 * 10**12)


class Moment(NamedTuple):
    """One thing that was posted."""

    purpose: Purpose
    amount_minor: int


MOMENTS = st.lists(st.builds(Moment, st.sampled_from(Purpose), AMOUNTS), max_size=40)


def _post(moment: Moment, number: int) -> list[TransferRow]:
    return post(
        moment.purpose, moment.amount_minor, source=UUID(int=number), owner=OWNER, on=ON, at=AT
    )


def _balances(rows: list[TransferRow]) -> Counter[str]:
    sums: Counter[str] = Counter()
    for row in rows:
        sums[row.debit] += row.amount_minor
        sums[row.credit] -= row.amount_minor
    return sums


def test_every_purpose_has_its_two_accounts() -> None:
    assert set(POSTINGS) == set(Purpose)
    assert all(debit is not credit for debit, credit in POSTINGS.values())
    assert {account for pair in POSTINGS.values() for account in pair} == set(Account)


@given(MOMENTS)
def test_any_sequence_of_postings_balances(moments: list[Moment]) -> None:
    rows = [row for number, moment in enumerate(moments) for row in _post(moment, number)]
    assert sum(_balances(rows).values()) == 0
    assert all(row.amount_minor > 0 for row in rows)
    assert len(rows) == sum(moment.amount_minor > 0 for moment in moments)


@given(AMOUNTS, AMOUNTS, AMOUNTS)
def test_voided_invoice_leaves_every_account_as_it_was(net: int, tax: int, credit: int) -> None:
    credit = min(credit, net + tax)
    moments = [
        Moment(Purpose.ISSUE_NET, net), Moment(Purpose.ISSUE_TAX, tax),
        Moment(Purpose.CREDIT_USED, credit), Moment(Purpose.VOID_NET, net),
        Moment(Purpose.VOID_TAX, tax), Moment(Purpose.VOID_CREDIT, credit),
    ]  # fmt: skip
    rows = [row for number, moment in enumerate(moments) for row in _post(moment, number)]
    assert set(_balances(rows).values()) <= {0}


@given(AMOUNTS, AMOUNTS)
def test_full_refund_leaves_every_account_as_it_was(net: int, tax: int) -> None:
    moments = [
        Moment(Purpose.ISSUE_NET, net), Moment(Purpose.ISSUE_TAX, tax),
        Moment(Purpose.CAPTURE, net + tax), Moment(Purpose.CREDIT_NET, net),
        Moment(Purpose.CREDIT_TAX, tax), Moment(Purpose.REFUND, net + tax),
    ]  # fmt: skip
    rows = [row for number, moment in enumerate(moments) for row in _post(moment, number)]
    assert set(_balances(rows).values()) <= {0}


@given(st.lists(st.integers(-(10**12), 10**12), max_size=20))
def test_recognition_moves_between_deferral_and_revenue_in_both_directions(
    months: list[int],
) -> None:
    rows = [
        row
        for number, earned in enumerate(months)
        for row in recognise(earned, source=UUID(int=number), owner=OWNER, on=ON, at=AT)
    ]
    balances = _balances(rows)
    assert balances[Account.REVENUE] == -sum(months)
    assert balances[Account.DEFERRED_REVENUE] == sum(months)
