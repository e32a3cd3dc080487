"""What of ours a line is: to the unit, or not at all."""

import pytest

from ledgerline.payments.contract import LineKind
from ledgerline.reconciliation.model import Match
from ledgerline.reconciliation.rules.matching import Matched, heard, match
from tests.unit.reconciliation.samples import USD, line, subject


@pytest.mark.parametrize(
    ("_case", "kind", "gross", "held", "expected"),
    [
        ("to the unit", LineKind.CHARGE, 1000, {}, Matched(Match.MATCHED, 0)),
        ("a unit more", LineKind.CHARGE, 1001, {}, Matched(Match.MISMATCH, 1)),
        ("a unit less", LineKind.CHARGE, 999, {}, Matched(Match.MISMATCH, -1)),
        ("no end yet", LineKind.CHARGE, 1000, {"state": "unknown"}, Matched(Match.WAITING, 0)),
        ("sent", LineKind.CHARGE, 1000, {"state": "sent"}, Matched(Match.WAITING, 0)),
        ("declined", LineKind.CHARGE, 1000, {"state": "declined"}, Matched(Match.WAITING, 0)),
        (
            "no end, other amount", LineKind.CHARGE, 999, {"state": "unknown"},
            Matched(Match.MISMATCH, 999),
        ),
        (
            "other currency", LineKind.CHARGE, 1000, {"currency": "USD"},
            Matched(Match.MISMATCH, 1000),
        ),
        ("refund", LineKind.REFUND, -1000, {}, Matched(Match.MATCHED, 0)),
        ("refund that takes", LineKind.REFUND, 1000, {}, Matched(Match.MISMATCH, 2000)),
        ("refund under way", LineKind.REFUND, -1000, {"state": "sent"}, Matched(Match.WAITING, 0)),
        (
            "refund that failed", LineKind.REFUND, -1000, {"state": "failed"},
            Matched(Match.MISMATCH, -1000),
        ),
        (
            "refund that came back", LineKind.REFUND, -1000, {"state": "reversed"},
            Matched(Match.MATCHED, 0),
        ),
        (
            "it coming back", LineKind.REFUND_REVERSAL, 1000, {"state": "reversed"},
            Matched(Match.MATCHED, 0),
        ),
        (
            "coming back unheard", LineKind.REFUND_REVERSAL, 1000, {}, Matched(Match.WAITING, 0),
        ),
        (
            "coming back in part", LineKind.REFUND_REVERSAL, 1, {}, Matched(Match.MISMATCH, 1),
        ),
        ("unheard dispute of all", LineKind.DISPUTE, -1000, {}, Matched(Match.WAITING, 0)),
        ("unheard dispute of a part", LineKind.DISPUTE, -1, {}, Matched(Match.WAITING, 0)),
        ("unheard return", LineKind.BANK_RETURN, -1000, {}, Matched(Match.WAITING, 0)),
        ("dispute beyond", LineKind.DISPUTE, -1001, {}, Matched(Match.MISMATCH, -1001)),
        ("dispute that gives", LineKind.DISPUTE, 5, {}, Matched(Match.MISMATCH, 5)),
        ("dispute won", LineKind.DISPUTE_REVERSAL, 1000, {}, Matched(Match.WAITING, 0)),
        (
            "dispute of nothing", LineKind.DISPUTE, -5, {"state": "declined"},
            Matched(Match.MISMATCH, -5),
        ),
    ],
)  # fmt: skip
def test_line_is_what_it_names_to_the_unit(
    _case: str, kind: LineKind, gross: int, held: dict[str, str], expected: Matched
) -> None:
    assert match(line(kind, gross), subject(**held), is_taken=False) == expected


@pytest.mark.parametrize(
    ("kind", "gross", "moved", "expected"),
    [
        (LineKind.DISPUTE, -700, [-700], Matched(Match.MATCHED, 0)),
        (LineKind.DISPUTE, -700, [-300, -700], Matched(Match.MATCHED, 0)),
        (LineKind.DISPUTE, -690, [-700], Matched(Match.MISMATCH, 10)),
        (LineKind.DISPUTE_REVERSAL, 700, [700], Matched(Match.MATCHED, 0)),
        (LineKind.DISPUTE, -700, [], Matched(Match.WAITING, 0)),
    ],
)
def test_line_of_a_dispute_is_what_the_dispute_moved(
    kind: LineKind, gross: int, moved: list[int], expected: Matched
) -> None:
    told = heard(moved, gross)
    assert match(line(kind, gross), subject(), is_taken=False, heard_minor=told) == expected
    assert -700 not in moved


def test_second_line_of_a_charge_is_all_in_suspense() -> None:
    assert match(line(), subject(), is_taken=True) == Matched(Match.DUPLICATE, 1000)


def test_line_that_names_nothing_of_ours_is_all_in_suspense() -> None:
    assert match(line(), None, is_taken=False) == Matched(Match.UNMATCHED, 1000)
    adjustment = line(LineKind.ADJUSTMENT, -70, 0)
    assert match(adjustment, None, is_taken=False) == Matched(Match.UNMATCHED, -70)


@pytest.mark.parametrize("kind", [LineKind.FEE, LineKind.TAX_ON_FEE, LineKind.FX, LineKind.PAYOUT])
def test_lines_of_the_account_are_matched_to_nothing(kind: LineKind) -> None:
    assert match(line(kind, 0), None, is_taken=False) == Matched(Match.ACCOUNT, 0)


def test_currency_counts_even_where_numbers_agree() -> None:
    dollars = line(currencies=(USD, USD))
    assert match(dollars, subject(), is_taken=False) == Matched(Match.MISMATCH, 1000)
