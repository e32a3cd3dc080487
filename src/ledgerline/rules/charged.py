"""Billed lines as decisions see them: which line, and what is left of it."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from ledgerline.base.ids import InvoiceId
from ledgerline.pricing.model import BilledLine, Correction, LineCredit
from ledgerline.pricing.rules.credit import seats, unreserved, unused, withheld


@dataclass(frozen=True, slots=True, order=True)
class LineKey:
    """What makes a line of a subscription unique."""

    period_start: date
    item_no: int
    kind: str


@dataclass(frozen=True, slots=True)
class Charged:
    """A billed line of an invoice that stands, with what is left of it."""

    key: LineKey
    invoice_id: InvoiceId
    component: str
    line: BilledLine
    plan_code: str = ""
    tax_rate_ppm: int = 0


@dataclass(frozen=True, slots=True)
class Credited:
    """What is given back of a line."""

    of: Charged
    credit: LineCredit


@dataclass(frozen=True, slots=True)
class Withheld:
    """What refunds under way keep from being given back of a line, owed if they fail."""

    of: Charged
    amount_minor: int
    cut: date


def given_back(charged: Iterable[Charged], *, cut: date) -> tuple[Credited, ...]:
    """Credit the time from ``cut`` on of each line that has some left, in their order."""
    return tuple(
        Credited(one, credit)
        for one in charged
        if (credit := unused(one.line, cut=cut)) is not None
    )


def given_back_whole(charged: Iterable[Charged], *, cut: date) -> tuple[Credited, ...]:
    """Credit the same where earlier corrections begin after ``cut``: each stretch of days apart.

    So what is given back of a day is what is left of that day.
    """
    given: list[Credited] = []
    for one in charged:
        line = one.line
        starts = {each.start for each in (*line.corrections, *line.reserved) if each.start > cut}
        for start in sorted({cut, *starts}, reverse=True):
            credit = unused(line, cut=start)
            if credit is None:
                continue
            given.append(Credited(replace(one, line=line), credit))
            line = less(given[-1]).line
    return tuple(given)


def less(given: Credited) -> Charged:
    """Return a line as it is once a credit of it is given."""
    line, credit = given.of.line, given.credit
    correction = Correction(credit.start, credit.end, credit.gross_minor)
    return replace(
        given.of,
        line=replace(
            line,
            corrections=(*line.corrections, correction),
            credited_tax_minor=credit.cum_tax_minor,
        ),
    )


def kept_from(charged: Iterable[Charged], *, cut: date) -> tuple[Withheld, ...]:
    """Say of which lines refunds under way keep something back, whether or not some is left."""
    return tuple(
        Withheld(one, amount, max(cut, one.line.period.start))
        for one in charged
        if (amount := withheld(one.line, cut=cut)) > 0
    )


def kept_units(
    charged: Sequence[Charged],
    given: Sequence[tuple[BilledLine, LineCredit]],
    *,
    fewer: int,
    cut: date,
) -> tuple[Withheld, ...]:
    """Say the same when ``fewer`` units are given back: what more there would be without refunds.

    ``given`` is what ``seats`` gives back of ``charged``.
    """
    free = [unreserved(one.line) for one in charged]
    whole = {id(line): credit for line, credit in seats(free, fewer=fewer, cut=cut)}
    part = {id(line): credit.gross_minor for line, credit in given}
    left = sum(credit.gross_minor for credit in whole.values()) - sum(part.values())
    found: list[Withheld] = []
    for one, line in zip(charged, free, strict=True):
        credit = whole.get(id(line))
        if credit is None or not one.line.reserved:
            continue
        more = credit.gross_minor - part.get(id(one.line), 0)
        amount = min(left, more, one.line.reserved_minor)
        if amount > 0:
            found.append(Withheld(one, amount, max(cut, one.line.period.start)))
            left -= amount
    return tuple(found)


def total(given: Sequence[Credited]) -> int:
    """Sum what is given back, with tax."""
    return sum(one.credit.gross_minor for one in given)


def given_before(charged: Iterable[Charged], ids: Collection[InvoiceId]) -> int:
    """Sum what some invoices gave back before, with tax: credited by now, or being refunded.

    People answer for it together with what is given back now: many small gifts are a large one.
    """
    return sum(
        one.line.credited_gross_minor + one.line.reserved_minor
        for one in charged
        if one.invoice_id in ids
    )
