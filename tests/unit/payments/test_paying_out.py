from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from ledgerline.base.ids import CreditLotId, InvoiceId, PaymentId
from ledgerline.payments.rules.paying_out import Kept, divide, draw, trace

amounts = st.lists(st.integers(0, 50), min_size=1, max_size=6)


def _payments(kept: list[int]) -> list[tuple[PaymentId, int]]:
    return [(PaymentId(_id(100 + number)), one) for number, one in enumerate(kept)]


def _lots(left: list[int]) -> list[tuple[CreditLotId, int]]:
    return [(CreditLotId(_id(200 + number)), one) for number, one in enumerate(left)]


def _id(number: int) -> UUID:
    return UUID(int=number)


def test_the_first_payments_and_lots_give_first() -> None:
    [first, second] = divide(70, _payments([50, 40, 10]), _lots([0, 30, 30, 30]))
    assert (first.amount_minor, second.amount_minor) == (50, 20)
    assert [(lot.int, amount) for lot, amount in first.draws] == [(201, 30), (202, 20)]
    assert [(lot.int, amount) for lot, amount in second.draws] == [(202, 10), (203, 10)]


@given(amounts, amounts, st.data())
def test_nothing_is_given_twice_and_nothing_is_left_out(
    kept: list[int], left: list[int], data: st.DataObject
) -> None:
    most = min(sum(kept), sum(left))
    if most == 0:
        return
    asked = data.draw(st.integers(1, most))
    payments, lots = _payments(kept), _lots(left)
    parts = divide(asked, payments, lots)
    assert sum(part.amount_minor for part in parts) == asked
    for part in parts:
        assert 0 < part.amount_minor <= dict(payments)[part.payment_id]
        assert sum(amount for _, amount in part.draws) == part.amount_minor
        assert all(amount > 0 for _, amount in part.draws)
    for lot_id, had in lots:
        assert sum(amount for part in parts for id, amount in part.draws if id == lot_id) <= had


def test_what_a_change_was_paid_with_goes_back_through_the_payment_before_it() -> None:
    first, second = PaymentId(_id(101)), PaymentId(_id(102))
    old, new = InvoiceId(_id(301)), InvoiceId(_id(302))
    kept = [Kept(first, old, 100), Kept(second, new, 40)]
    given = {old: 20, new: 110}
    assert trace(kept, given, others=False) == [(first, {old: 20}), (second, {new: 40})]
    assert trace(kept, given, others=True) == [(first, {old: 20, new: 70}), (second, {new: 40})]


@given(amounts, amounts, st.booleans())
def test_no_payment_gives_back_more_than_it_has_and_no_invoice_gets_more_than_its_credit(
    kept: list[int], given: list[int], others: bool
) -> None:
    rows = [
        Kept(PaymentId(_id(100 + n)), InvoiceId(_id(300 + n)), one) for n, one in enumerate(kept)
    ]
    wanted = {InvoiceId(_id(300 + n)): one for n, one in enumerate(given)}
    parts = trace(rows, wanted, others=others)
    had = {one.payment_id: one.kept_minor for one in rows}
    assert all(0 < sum(part.values()) <= had[id] for id, part in parts)
    for invoice_id, most in wanted.items():
        assert sum(part.get(invoice_id, 0) for _, part in parts) <= most
    if others:
        given_back = sum(sum(part.values()) for _, part in parts)
        assert given_back == min(sum(kept), sum(given))


def test_no_more_is_drawn_than_lots_hold() -> None:
    waiting = list(reversed(_lots([10, 0, 20])))
    assert [(lot.int, amount) for lot, amount in draw(waiting, 15)] == [(200, 10), (202, 5)]
    assert [(lot.int, amount) for lot, amount in waiting] == [(202, 15)]
    assert [(lot.int, amount) for lot, amount in draw(waiting, 40)] == [(202, 15)]
    assert (draw(waiting, 1), waiting) == ([], [])
