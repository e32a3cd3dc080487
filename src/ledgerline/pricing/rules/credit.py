"""What is given back of a billed line: worked out from the line, never from today's catalog."""

from datetime import date
from typing import ClassVar

from ledgerline.base.calendar import Period
from ledgerline.base.errors import Rejected
from ledgerline.catalog.model import TaxBehavior
from ledgerline.pricing.model import BilledLine, LineCredit
from ledgerline.pricing.rules.portion import portion
from ledgerline.pricing.tax.arithmetic import credit_share


class ExceedsLineRemainder(Rejected):
    """More would be given back than is left of the line."""

    code: ClassVar[str] = "exceeds_line_remainder"


def unused(line: BilledLine, *, cut: date) -> LineCredit | None:
    """Credit the service time from ``cut`` to the end of the line; None when nothing is left.

    The amount is the portion of the line's own price, capped by what is left of the line after
    earlier credits and refunds under way, so goodwill is not given twice.
    """
    if cut >= line.period.end:
        return None
    start = max(cut, line.period.start)
    stated = portion(line.grid_minor, piece=Period(start, line.period.end), grid=line.grid)
    gross = stated
    if line.behavior is TaxBehavior.EXCLUSIVE and line.net_minor > 0:
        gross = stated + credit_share(
            line.tax_minor, line.net_minor, cum_before=0, cum_after=stated
        )
    gross = min(gross, remainder(line))
    return None if gross <= 0 else _credit(line, gross, start=start)


def amount_of(line: BilledLine, gross_minor: int) -> LineCredit:
    """Credit a stated amount over the line's whole period (a refund with a credit note).

    Raises ``ExceedsLineRemainder``.
    """
    if gross_minor > remainder(line):
        raise ExceedsLineRemainder(
            "more than is left of the line", left_minor=remainder(line), asked_minor=gross_minor
        )
    return _credit(line, gross_minor, start=line.period.start)


def remainder(line: BilledLine) -> int:
    """Return what can still be given back of a line, in minor units with tax."""
    return line.gross_minor - line.credited_gross_minor - line.reserved_minor


def _credit(line: BilledLine, gross: int, *, start: date) -> LineCredit:
    before = line.credited_gross_minor
    tax = credit_share(
        line.tax_minor, line.gross_minor, cum_before=before, cum_after=before + gross
    )
    return LineCredit(
        start=start,
        end=line.period.end,
        gross_minor=gross,
        tax_minor=tax,
        net_minor=gross - tax,
        cum_gross_minor=before + gross,
        cum_tax_minor=line.credited_tax_minor + tax,
    )
