"""One moment that moves several parts of a divided account."""

from datetime import UTC, date, datetime
from uuid import UUID

from ledgerline.base.ids import Bucket
from ledgerline.ledger.model import Booking, Purpose
from ledgerline.ledger.rules.postings import post, post_parts, post_signed

BOOKING = Booking(
    bucket=Bucket(7),
    source_id=UUID(int=1),
    seller_code="acme",
    customer_id=UUID(int=2),
    currency="EUR",
    on=date(2026, 1, 1),
    at=datetime(2026, 1, 1, tzinfo=UTC),
)


def test_amounts_of_one_part_are_added_up_and_parts_are_counted() -> None:
    parts = [("basic", 1000), ("hifi", 300), ("basic", 50), ("free", 0)]
    rows = post_parts(Purpose.ISSUE_NET, parts, BOOKING)
    assert [(row.n, row.dim, row.amount_minor) for row in rows] == [
        (0, "basic", 1050),
        (1, "hifi", 300),
    ]


def test_one_part_is_posted_like_one_moment() -> None:
    one = post_parts(Purpose.ISSUE_TAX, [("DE:190000", 175)], BOOKING)
    assert one == post(Purpose.ISSUE_TAX, 175, BOOKING, dim="DE:190000")


def test_negative_amount_moves_the_other_way() -> None:
    [there] = post_signed(Purpose.PSP_FEE, 30, BOOKING, dim="aster")
    [back] = post_signed(Purpose.PSP_FEE, -30, BOOKING, dim="aster", n=1)
    assert (there.debit, there.credit, there.amount_minor, there.n) == (
        "psp_fees", "psp_clearing", 30, 0,
    )  # fmt: skip
    assert (back.debit, back.credit, back.amount_minor, back.n) == (
        "psp_clearing", "psp_fees", 30, 1,
    )  # fmt: skip
    assert post_signed(Purpose.PSP_FEE, 0, BOOKING, dim="aster") == []
