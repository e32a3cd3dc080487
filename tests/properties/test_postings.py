from collections import Counter
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledgerline.base.ids import Bucket
from ledgerline.ledger.model import Account, Booking, Purpose
from ledgerline.ledger.rows import TransferRow
from ledgerline.ledger.rules.postings import DIVIDED, POSTINGS, post, recognise, void

ON = date(2026, 3, 1)
AT = datetime(2026, 3, 1, tzinfo=UTC)
BOOKING = Booking(
    bucket=Bucket(7),
    source_id=UUID(int=0),
    seller_code="nordic",
    customer_id=UUID(int=7),
    currency="EUR",
    on=ON,
    at=AT,
)
AMOUNTS = st.integers(0, 2 * 10**12)


class Moment(NamedTuple):
    """One thing that was posted."""

    purpose: Purpose
    amount_minor: int


MOMENTS = st.lists(st.builds(Moment, st.sampled_from(Purpose), AMOUNTS), max_size=40)


def _post(moment: Moment, number: int) -> list[TransferRow]:
    booking = BOOKING._replace(source_id=UUID(int=number))
    divided = not DIVIDED.isdisjoint(POSTINGS[moment.purpose])
    return post(moment.purpose, moment.amount_minor, booking, dim="part" if divided else "")


def _balances(rows: list[TransferRow]) -> Counter[str]:
    sums: Counter[str] = Counter()
    for row in rows:
        sums[row.debit] += row.amount_minor
        sums[row.credit] -= row.amount_minor
    return sums


def test_every_purpose_has_its_two_accounts() -> None:
    assert set(POSTINGS) == set(Purpose)
    assert all(debit is not credit for debit, credit in POSTINGS.values())
    assert {account for pair in POSTINGS.values() for account in pair} <= set(Account)


@given(MOMENTS)
def test_any_sequence_of_postings_balances(moments: list[Moment]) -> None:
    rows = [row for number, moment in enumerate(moments) for row in _post(moment, number)]
    assert sum(_balances(rows).values()) == 0
    assert all(row.amount_minor > 0 for row in rows)
    assert len(rows) == sum(moment.amount_minor > 0 for moment in moments)


@given(AMOUNTS, AMOUNTS, AMOUNTS)
def test_voided_invoice_leaves_every_account_as_it_was(net: int, tax: int, credit: int) -> None:
    issued = [
        *post(Purpose.ISSUE_NET, net, BOOKING, dim="monthly"),
        *post(Purpose.ISSUE_TAX, tax, BOOKING, dim="DE:190000"),
        *post(Purpose.CREDIT_USED, min(credit, net + tax), BOOKING),
    ]
    later = AT + timedelta(days=1)
    taken_back = [void(row, on=later.date(), at=later) for row in issued]
    # then every account and every part of one is as it was
    assert set(_balances(issued + taken_back).values()) <= {0}
    assert [row.dim for row in taken_back] == [row.dim for row in issued]
    # by the very transfers the posting table asks for, on the later day
    purposes = {Purpose(row.purpose): (row.debit, row.credit) for row in taken_back}
    assert all(POSTINGS[purpose] == accounts for purpose, accounts in purposes.items())
    assert {row.booked_on for row in taken_back} <= {later.date()}


@pytest.mark.parametrize(
    ("purpose", "dim"), [(Purpose.CAPTURE, ""), (Purpose.CREDIT_USED, "aster")]
)
def test_a_part_stands_exactly_where_an_account_is_divided(purpose: Purpose, dim: str) -> None:
    with pytest.raises(AssertionError):
        post(purpose, 1, BOOKING, dim=dim)


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
        for row in recognise(earned, BOOKING._replace(source_id=UUID(int=number)), category="all")
    ]
    balances = _balances(rows)
    assert balances[Account.REVENUE] == -sum(months)
    assert balances[Account.DEFERRED_REVENUE] == sum(months)
