"""Unpaid invoices that are closed: what was used stays paid, the rest of the credit goes back."""

from dataclasses import replace
from datetime import date
from uuid import UUID

import pytest

from ledgerline.base.calendar import Period
from ledgerline.base.ids import InvoiceId
from ledgerline.catalog.model import TaxBehavior
from ledgerline.pricing.model import BilledLine, Correction, LineKind
from ledgerline.rules.charged import Charged, LineKey
from ledgerline.rules.unwinding import unwind


def charged(
    gross: int, start: str, end: str, *, grid: int | None = None, no: int = 1, tax: int = 0
) -> Charged:
    period = Period(date.fromisoformat(start), date.fromisoformat(end))
    line = BilledLine(
        kind=LineKind.RECURRING,
        behavior=TaxBehavior.INCLUSIVE,
        quantity=1,
        period=period,
        grid=period,
        grid_minor=grid or gross,
        net_minor=gross - tax,
        tax_minor=tax,
        gross_minor=gross,
    )
    return Charged(
        LineKey(period.start, no, LineKind.RECURRING), InvoiceId(UUID(int=1)), "base", line
    )


def test_credit_beyond_what_was_used_goes_back() -> None:
    line = charged(1199, "2026-02-15", "2026-03-15")

    done = unwind([line], open_minor=1199 - 619, cut=date(2026, 2, 25))

    assert (done.returned_minor, done.waived_minor) == (191, 580)
    assert [one.credit.gross_minor for one in done.credits] == [771]


def test_a_long_charge_that_ended_early() -> None:
    line = charged(19935, "2026-01-02", "2027-01-01")
    assert line.line.period.days == 364

    done = unwind([line], open_minor=19935 - 11957, cut=date(2026, 1, 14))

    assert done.returned_minor == 11300


def test_credit_that_was_used_up_stays_and_the_rest_is_waived() -> None:
    line = charged(3000, "2026-04-01", "2026-05-01", tax=500)

    done = unwind([line], open_minor=2900, cut=date(2026, 4, 11))

    assert (done.returned_minor, done.waived_minor) == (0, 2900)
    spans = [(one.credit.start, one.credit.end, one.credit.gross_minor) for one in done.credits]
    assert spans == [
        (date(2026, 4, 11), date(2026, 5, 1), 2000),
        (date(2026, 4, 1), date(2026, 4, 11), 900),
    ]
    assert sum(one.credit.tax_minor for one in done.credits) == 483  # of 500, for 2900 of 3000


def test_an_invoice_nobody_paid_anything_of_is_waived_whole() -> None:
    lines = [
        charged(1000, "2026-04-01", "2026-05-01"),
        charged(500, "2026-04-01", "2026-05-01", no=2),
    ]

    done = unwind(lines, open_minor=1500, cut=date(2026, 4, 1))

    assert (done.returned_minor, done.waived_minor) == (0, 1500)
    assert [one.credit.gross_minor for one in done.credits] == [1000, 500]


@pytest.mark.parametrize("cut", ["2026-03-20", "2026-05-01", "2026-06-01"])
def test_an_end_outside_the_period_is_one_at_its_edge(cut: str) -> None:
    line = charged(3000, "2026-04-01", "2026-05-01")
    early = date.fromisoformat(cut) < date(2026, 4, 1)

    done = unwind([line], open_minor=1000, cut=date.fromisoformat(cut))

    assert done.returned_minor == (2000 if early else 0)


def test_what_was_credited_before_is_not_closed_again() -> None:
    line = charged(3000, "2026-04-01", "2026-05-01")
    before = replace(
        line,
        line=replace(line.line, corrections=(Correction(date(2026, 4, 1), date(2026, 5, 1), 600),)),
    )

    done = unwind([before], open_minor=2400, cut=date(2026, 4, 16))

    assert [one.credit.gross_minor for one in done.credits] == [1200, 1200]
