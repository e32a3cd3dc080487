"""What is given back of a billed line: worked out from the line, never from today's catalog."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date
from fractions import Fraction
from math import ceil, floor
from typing import ClassVar

from ledgerline.base.calendar import Period
from ledgerline.base.errors import Rejected
from ledgerline.base.money import apportion, round_half_away
from ledgerline.catalog.model import TaxBehavior
from ledgerline.pricing.model import BilledLine, Correction, LineCredit, LineKind
from ledgerline.pricing.rules.portion import portion
from ledgerline.pricing.tax.arithmetic import credit_share


class ExceedsLineRemainder(Rejected):
    """More would be given back than is left of the line."""

    code: ClassVar[str] = "exceeds_line_remainder"


def unused(line: BilledLine, *, cut: date) -> LineCredit | None:
    """Credit the service time from ``cut`` to the end of the line; None when nothing is left.

    The portion of the line's own price, less what earlier corrections and refunds under way have
    taken of the same days, then capped by what is left of the line: goodwill is not given twice. A
    fee that is due once buys no time and is not credited.
    """
    start = max(cut, line.period.start)
    if line.kind is LineKind.FIXED or start >= line.period.end:
        return None
    taken = _taken((*line.corrections, *line.reserved), cut=start)
    gross = min(_worth(line, start) - taken, remainder(line))
    until = open_days(line).end  # days behind that are given back whole already: not a cent more
    if gross <= 0 or start >= until:
        return None
    return _credit(line, gross, Period(start, until))


def withheld(line: BilledLine, *, cut: date) -> int:
    """Return how much less ``unused`` gives because refunds are under way, in minor units.

    It is owed should they fail, beside what they withheld at earlier cuts.
    """
    if not line.reserved:
        return 0
    with_them, without = unused(line, cut=cut), unused(unreserved(line), cut=cut)
    less = (without.gross_minor if without else 0) - (with_them.gross_minor if with_them else 0)
    return max(less, 0)


def unreserved(line: BilledLine) -> BilledLine:
    """Return a line as it would be had no refund been under way: its cuts had given all back."""
    return replace(line, reserved=(), withheld=(), corrections=(*line.corrections, *line.withheld))


def seats(
    lines: Sequence[BilledLine], *, fewer: int, cut: date
) -> tuple[tuple[BilledLine, LineCredit], ...]:
    """Credit ``fewer`` units of what was billed beyond ``cut``, the newest line first.

    ``lines`` are those of one component, oldest first. Of each line as many units are taken as are
    not given back yet; a line bears at most one credit.
    """
    given: list[tuple[BilledLine, LineCredit]] = []
    left = fewer
    for line in reversed(lines):
        whole = unused(line, cut=cut)
        start = max(cut, line.period.start)
        if left == 0 or whole is None:
            continue
        of_one = Fraction(_worth(line, start), line.quantity)
        held = min(line.quantity, round_half_away(whole.gross_minor / of_one))
        taken = min(left, held)
        gross = min(whole.gross_minor, round_half_away(of_one * taken))
        if gross > 0:
            given.append((line, _credit(line, gross, Period(start, line.period.end))))
        left -= taken
    return tuple(given)


def amount_of(line: BilledLine, gross_minor: int, *, span: Period | None = None) -> LineCredit:
    """Credit a stated amount over ``span``, or over the days that are open (a refund with a note).

    Raises ``ExceedsLineRemainder``.
    """
    if gross_minor > remainder(line):
        raise ExceedsLineRemainder(
            "more than is left of the line", left_minor=remainder(line), asked_minor=gross_minor
        )
    return _credit(line, gross_minor, span or open_days(line))


def open_days(line: BilledLine) -> Period:
    """Return the days over which a refund takes: not those at the end that are given back whole."""
    given = (*line.corrections, *line.reserved)
    starts = sorted({one.start for one in given if one.end == line.period.end})
    for start in starts:
        if line.period.start < start and _worth(line, start) <= _taken(given, cut=start):
            return Period(line.period.start, start)
    return line.period


def split(lines: Sequence[BilledLine], gross_minor: int) -> tuple[int, ...]:
    """Spread an amount over lines in proportion to what is left of each, to the minor unit.

    Shape: one part a line, same order, each at most what is left of it. Raises
    ``ExceedsLineRemainder``.
    """
    return _spread([remainder(line) for line in lines], gross_minor)


def split_unused(
    lines: Sequence[BilledLine], gross_minor: int | None, *, cut: date
) -> tuple[int, ...]:
    """Spread an amount over lines by what the days from ``cut`` on are worth in each.

    None is all that they are worth. Shape and refusal are those of ``split``.
    """
    given = [unused(line, cut=cut) for line in lines]
    left = [0 if credit is None else credit.gross_minor for credit in given]
    return _spread(left, sum(left) if gross_minor is None else gross_minor)


def _spread(left: Sequence[int], gross_minor: int) -> tuple[int, ...]:
    whole = sum(left)
    if gross_minor > whole:
        raise ExceedsLineRemainder(
            "more than is left of the lines", left_minor=whole, asked_minor=gross_minor
        )
    if whole == 0:
        return tuple(0 for _ in left)
    return apportion(gross_minor, [Fraction(gross_minor * part, whole) for part in left])


def remainder(line: BilledLine) -> int:
    """Return what can still be given back of a line, in minor units with tax."""
    return line.gross_minor - line.credited_gross_minor - line.reserved_minor


def deferred_part(line: BilledLine, credit: LineCredit, *, booked_on: date) -> int:
    """Return how much of a credit's net was not yet earned on the day it is booked.

    A correction takes the same share from each of its days, so it is the share of the days from
    ``booked_on`` on, but never more than the line has still deferred: deferred revenue keeps its
    sign on every day that follows. The rest of the net was revenue already.
    """
    start = max(credit.start, booked_on)
    if start >= credit.end:
        return 0
    share = Fraction(credit.net_minor * (credit.end - start).days, (credit.end - credit.start).days)
    most = min(_most(line, at) for at in (booked_on, start))
    return max(0, min(round_half_away(share), most))


def _most(line: BilledLine, at: date) -> int:
    """Return how much of a line a further correction can defer on a day.

    A part of a unit that is left may go with the first correction; with several their roundings
    could add up to more than the line has.
    """
    left = _still(line.net_minor, line.period, at)
    taken = sum(
        (_still(one.deferred_net_minor, one.deferral, at) for one in line.corrections), Fraction(0)
    )
    return floor(left - taken) if taken else ceil(left)


def earned_until(net_minor: int, service: Period, at: date) -> int:
    """Return what ``net_minor`` has earned by ``at``, by whole days, rounded down.

    What is given back, with minus, is so rounded away from zero: a line never has less deferred
    than its corrections take back.
    """
    if service.days <= 0:
        return net_minor
    days = min(max((at - service.start).days, 0), service.days)
    return net_minor * days // service.days


def _still(net_minor: int, service: Period, at: date) -> Fraction:
    """Return exactly what is not earned yet."""
    if service.days <= 0:
        return Fraction(0)
    left = min(max((service.end - at).days, 0), service.days)
    return Fraction(net_minor * left, service.days)


def _worth(line: BilledLine, start: date) -> int:
    """Return what the days from ``start`` to the end of a line were charged, with tax."""
    stated = portion(line.grid_minor, piece=Period(start, line.period.end), grid=line.grid)
    if line.behavior is TaxBehavior.INCLUSIVE or line.net_minor == 0:
        return stated
    taxed = min(stated, line.net_minor)  # rows that contradict may state more than was charged
    return stated + credit_share(
        line.tax_minor, line.net_minor, cum_before=0, cum_after=taxed, mode=line.mode
    )


def _taken(corrections: Iterable[Correction], *, cut: date) -> int:
    """Return what corrections have taken of the days from ``cut`` on, each rounded on its own."""
    return sum(
        round_half_away(Fraction(one.gross_minor * (one.end - max(cut, one.start)).days, one.days))
        for one in corrections
        if max(cut, one.start) < one.end
    )


def _credit(line: BilledLine, gross: int, span: Period) -> LineCredit:
    before = line.credited_gross_minor
    tax = credit_share(
        line.tax_minor,
        line.gross_minor,
        cum_before=before,
        cum_after=before + gross,
        mode=line.mode,
    )
    return LineCredit(
        start=span.start,
        end=span.end,
        gross_minor=gross,
        tax_minor=tax,
        net_minor=gross - tax,
        cum_gross_minor=before + gross,
        cum_tax_minor=line.credited_tax_minor + tax,
    )
