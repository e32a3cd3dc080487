"""What an unpaid invoice is worth on the day service ended: that much stays with it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from ledgerline.base.calendar import Period
from ledgerline.pricing.model import Correction
from ledgerline.pricing.rules.credit import amount_of, remainder, unused
from ledgerline.rules.charged import Charged, Credited


@dataclass(frozen=True, slots=True)
class Unwinding:
    """How an unpaid invoice is closed.

    ``credits`` is what its credit note gives back, ``waived_minor`` of it lowers the open claim and
    ``returned_minor`` goes back to the customer.
    """

    credits: tuple[Credited, ...]
    waived_minor: int
    returned_minor: int


def unwind(charged: Sequence[Charged], *, open_minor: int, cut: date) -> Unwinding:
    """Close an invoice whose service ended on ``cut`` with ``open_minor`` unpaid.

    What was used until then is worth its days. What credit has paid beyond that goes back; what is
    open is claimed no more. The unused days are given back first, what is left of the sum after
    them.
    """
    free = [unused(one.line, cut=cut) for one in charged]
    unused_minor = sum(credit.gross_minor for credit in free if credit is not None)
    returned = max(0, unused_minor - open_minor)
    rest = open_minor + returned - unused_minor
    given: list[Credited] = []
    for one, credit in zip(charged, free, strict=True):
        line = one.line
        if credit is not None:
            given.append(Credited(one, credit))
            taken = Correction(credit.start, credit.end, credit.gross_minor)
            line = replace(
                line,
                corrections=(*line.corrections, taken),
                credited_tax_minor=credit.cum_tax_minor,
            )
        more = min(rest, remainder(line))
        if more > 0:
            until = min(max(cut, line.period.start), line.period.end)
            span = Period(line.period.start, until) if until > line.period.start else line.period
            given.append(Credited(replace(one, line=line), amount_of(line, more, span=span)))
            rest -= more
    assert rest == 0, (rest, open_minor, returned)
    return Unwinding(tuple(given), open_minor, returned)
