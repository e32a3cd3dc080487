"""What files, lines and the bank's line move in the books."""

from ledgerline.ledger.model import Purpose
from ledgerline.reconciliation.model import Match
from ledgerline.reconciliation.rules.bookings import (
    Posting,
    is_alone,
    of_bank,
    of_line,
    of_totals,
)
from tests.unit.reconciliation.samples import row, total


def test_file_posts_fees_tax_and_what_is_paid_out() -> None:
    assert of_totals([total()]) == [
        Posting(Purpose.PAYOUT, "acme", "EUR", 1935),
        Posting(Purpose.PSP_FEE, "acme", "EUR", 60),
        Posting(Purpose.PSP_FEE_TAX, "acme", "EUR", 5),
    ]


def test_what_comes_to_nothing_is_not_posted() -> None:
    assert of_totals([total(fee_minor=0, tax_minor=0, paid_minor=0)]) == []
    assert of_totals([total(), total(fee_minor=-60, tax_minor=-5, paid_minor=-1935)]) == []


def test_other_currency_leaves_clearing_in_one_and_comes_in_the_other() -> None:
    sold = total(gross_currency="USD", gross_minor=2200)
    postings = of_totals([sold, total()])
    assert Posting(Purpose.FX_SOLD, "acme", "USD", 2200) in postings
    assert Posting(Purpose.FX_BOUGHT, "acme", "EUR", 2000) in postings
    assert Posting(Purpose.PAYOUT, "acme", "EUR", 2 * 1935) in postings
    assert len(postings) == 5


def test_line_posts_what_nobody_explains() -> None:
    assert of_line(row()) == [Posting(Purpose.LINE_SUSPENSE, "acme", "EUR", 1000)]
    assert of_line(row(suspense_minor=-1)) == [Posting(Purpose.LINE_SUSPENSE, "acme", "EUR", -1)]
    assert of_line(row(match="matched", suspense_minor=0)) == []


def test_what_a_dispute_took_is_posted_by_the_dispute_alone() -> None:
    taken = row(kind="dispute", match="matched", suspense_minor=0, gross_minor=-1000)
    assert of_line(taken) == []


def test_bank_posts_the_part_of_each_seller() -> None:
    totals = [
        total(),
        total(seller_code="bolt", paid_minor=65),
        total(currency="USD", paid_minor=7),
    ]
    assert of_bank(totals, currency="EUR", difference=0, home="acme") == [
        Posting(Purpose.BANKED, "acme", "EUR", 1935),
        Posting(Purpose.BANKED, "bolt", "EUR", 65),
    ]
    assert of_bank(totals, currency="EUR", difference=-10, home="bolt") == [
        Posting(Purpose.BANKED, "acme", "EUR", 1935),
        Posting(Purpose.BANKED, "bolt", "EUR", 55),
    ]


def test_lines_that_people_look_at_have_names() -> None:
    named = {match for match in Match if is_alone(match)}
    assert named == {Match.MISMATCH, Match.DUPLICATE, Match.UNMATCHED}
