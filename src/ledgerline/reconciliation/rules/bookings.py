"""What a settlement file moves in the books, and what the bank's line does."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from ledgerline.ledger.model import Purpose
from ledgerline.reconciliation.model import BROKEN, Match
from ledgerline.reconciliation.rows import LineRow, TotalRow


class Posting(NamedTuple):
    """An amount, signed, that a moment moves between the two accounts of its purpose."""

    purpose: Purpose
    seller_code: str
    currency: str
    amount_minor: int


def of_totals(totals: Iterable[TotalRow]) -> list[Posting]:
    """Post what the lines of a file come to: fees, tax on them, conversions and what is paid out.

    What was charged in one currency and is paid out in another leaves clearing in the first and
    comes to it in the second, at the rate of the file.
    """
    sums: dict[tuple[Purpose, str, str], int] = {}
    for row in totals:
        parts = [
            (Purpose.PSP_FEE, row.currency, row.fee_minor),
            (Purpose.PSP_FEE_TAX, row.currency, row.tax_minor),
            (Purpose.PAYOUT, row.currency, row.paid_minor),
        ]
        if row.gross_currency != row.currency:
            bought = row.net_minor + row.fee_minor + row.tax_minor
            parts.append((Purpose.FX_SOLD, row.gross_currency, row.gross_minor))
            parts.append((Purpose.FX_BOUGHT, row.currency, bought))
        for purpose, currency, amount in parts:
            key = (purpose, row.seller_code, currency)
            sums[key] = sums.get(key, 0) + amount
    return [Posting(*key, amount) for key, amount in sorted(sums.items()) if amount]


def of_line(line: LineRow) -> list[Posting]:
    """Post what one line moves by itself: what nobody explains yet.

    What a dispute took is posted by the dispute, once, whoever told of it.
    """
    amount = line.suspense_minor
    if not amount:
        return []
    return [Posting(Purpose.LINE_SUSPENSE, line.seller_code, line.gross_currency, amount)]


def is_alone(match: Match) -> bool:
    """Say whether a line is posted or decided about by itself, and so needs a name."""
    return match in BROKEN


def of_bank(
    totals: Sequence[TotalRow], *, currency: str, difference: int, home: str
) -> list[Posting]:
    """Post what the bank saw of a payout: each seller's part; ``difference`` is ``home``'s."""
    return _parts(Purpose.BANKED, totals, currency=currency, difference=difference, home=home)


def of_reversal(
    totals: Sequence[TotalRow], *, currency: str, difference: int, home: str
) -> list[Posting]:
    """Post what of a payout is in the provider's balance again, as ``of_bank`` does."""
    return _parts(
        Purpose.PAYOUT_REVERSED, totals, currency=currency, difference=difference, home=home
    )


def the_other_way(postings: Iterable[Posting]) -> list[Posting]:
    """Take postings back."""
    return [one._replace(amount_minor=-one.amount_minor) for one in postings]


def _parts(
    purpose: Purpose, totals: Sequence[TotalRow], *, currency: str, difference: int, home: str
) -> list[Posting]:
    parts: dict[str, int] = {home: difference}
    for row in totals:
        if row.currency == currency:
            parts[row.seller_code] = parts.get(row.seller_code, 0) + row.paid_minor
    return [
        Posting(purpose, seller_code, currency, amount)
        for seller_code, amount in sorted(parts.items())
        if amount
    ]
