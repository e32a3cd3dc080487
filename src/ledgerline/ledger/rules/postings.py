"""The posting table: what each business moment debits and credits."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Final

from ledgerline.ledger.model import Account, Booking, Purpose
from ledgerline.ledger.rows import TransferRow

POSTINGS: Final[dict[Purpose, tuple[Account, Account]]] = {
    Purpose.ISSUE_NET: (Account.RECEIVABLE, Account.DEFERRED_REVENUE),
    Purpose.ISSUE_TAX: (Account.RECEIVABLE, Account.TAX_PAYABLE),
    Purpose.CREDIT_USED: (Account.CUSTOMER_CREDIT, Account.RECEIVABLE),
    Purpose.CAPTURE: (Account.PSP_CLEARING, Account.RECEIVABLE),
    Purpose.VOID_NET: (Account.DEFERRED_REVENUE, Account.RECEIVABLE),
    Purpose.VOID_TAX: (Account.TAX_PAYABLE, Account.RECEIVABLE),
    Purpose.VOID_CREDIT: (Account.RECEIVABLE, Account.CUSTOMER_CREDIT),
    Purpose.CREDIT_NET: (Account.DEFERRED_REVENUE, Account.CUSTOMER_CREDIT),
    Purpose.CREDIT_EARNED: (Account.REVENUE, Account.CUSTOMER_CREDIT),
    Purpose.CREDIT_TAX: (Account.TAX_PAYABLE, Account.CUSTOMER_CREDIT),
    Purpose.REFUND: (Account.CUSTOMER_CREDIT, Account.PSP_CLEARING),
    Purpose.UNMATCHED: (Account.PSP_CLEARING, Account.SUSPENSE),
    Purpose.MATCHED: (Account.SUSPENSE, Account.PSP_CLEARING),
    Purpose.RETURNED: (Account.SUSPENSE, Account.PSP_CLEARING),
    Purpose.RECOGNISE: (Account.DEFERRED_REVENUE, Account.REVENUE),
    Purpose.PSP_FEE: (Account.PSP_FEES, Account.PSP_CLEARING),
    Purpose.PSP_FEE_TAX: (Account.INPUT_TAX, Account.PSP_CLEARING),
    Purpose.FX_SOLD: (Account.FX_CLEARING, Account.PSP_CLEARING),
    Purpose.FX_BOUGHT: (Account.PSP_CLEARING, Account.FX_CLEARING),
    Purpose.PAYOUT: (Account.IN_TRANSIT, Account.PSP_CLEARING),
    Purpose.PAYOUT_REVERSED: (Account.PSP_CLEARING, Account.IN_TRANSIT),
    Purpose.BANKED: (Account.BANK, Account.IN_TRANSIT),
    Purpose.LINE_SUSPENSE: (Account.PSP_CLEARING, Account.SUSPENSE),
    Purpose.DISPUTE_HOLD: (Account.DISPUTE_HOLD, Account.PSP_CLEARING),
    Purpose.DISPUTE_OVER: (Account.SUSPENSE, Account.PSP_CLEARING),
    Purpose.DISPUTE_OFFSET: (Account.CUSTOMER_CREDIT, Account.SUSPENSE),
    Purpose.DISPUTE_LOSS: (Account.DISPUTE_LOSS, Account.DISPUTE_HOLD),
    Purpose.DISPUTE_REOPEN: (Account.RECEIVABLE, Account.DISPUTE_HOLD),
    Purpose.DISPUTE_UNCLAIMED: (Account.DISPUTE_HOLD, Account.SUSPENSE),
    Purpose.REFUND_REVERSED: (Account.PSP_CLEARING, Account.CUSTOMER_CREDIT),
    Purpose.RETURN_REVERSED: (Account.PSP_CLEARING, Account.SUSPENSE),
}
DIVIDED: Final = frozenset(
    {Account.PSP_CLEARING, Account.DEFERRED_REVENUE, Account.TAX_PAYABLE, Account.REVENUE}
)
"""Accounts that are divided by ``dim``: by merchant account, revenue category or tax group."""
_VOIDED: Final = {
    Purpose.ISSUE_NET: Purpose.VOID_NET,
    Purpose.ISSUE_TAX: Purpose.VOID_TAX,
    Purpose.CREDIT_USED: Purpose.VOID_CREDIT,
}


def post(
    purpose: Purpose, amount_minor: int, booking: Booking, *, dim: str = ""
) -> list[TransferRow]:
    """Return the transfer of one moment: none for an amount of 0; negative amounts are a defect.

    ``dim`` says which part of a divided account moves, and stands exactly where one does.
    """
    assert amount_minor >= 0, (purpose, amount_minor)
    debit, credit = POSTINGS[purpose]
    assert (dim != "") == (not DIVIDED.isdisjoint((debit, credit))), (purpose, dim)
    if amount_minor == 0:
        return []
    return [
        TransferRow(
            bucket=booking.bucket,
            source_id=booking.source_id,
            purpose=purpose,
            n=0,
            seller_code=booking.seller_code,
            customer_id=booking.customer_id,
            currency=booking.currency,
            amount_minor=amount_minor,
            debit=debit,
            credit=credit,
            dim=dim,
            booked_on=booking.on,
            occurred_at=booking.at,
        )
    ]


def post_parts(
    purpose: Purpose, parts: Iterable[tuple[str, int]], booking: Booking
) -> list[TransferRow]:
    """Return the transfers of one moment that moves several parts of a divided account.

    Amounts of one part are added up; the parts are counted in the order in which they first come.
    """
    sums: dict[str, int] = {}
    for dim, amount_minor in parts:
        sums[dim] = sums.get(dim, 0) + amount_minor
    rows = [row for dim, amount in sums.items() for row in post(purpose, amount, booking, dim=dim)]
    return [row._replace(n=n) for n, row in enumerate(rows)]


def post_signed(
    purpose: Purpose, amount_minor: int, booking: Booking, *, dim: str = "", n: int = 0
) -> list[TransferRow]:
    """Return the ``n``-th transfer of one moment; a negative amount moves it the other way."""
    rows = post(purpose, abs(amount_minor), booking, dim=dim)
    if amount_minor < 0:
        rows = [row._replace(debit=row.credit, credit=row.debit) for row in rows]
    return [row._replace(n=n) for row in rows]


def recognise(earned_minor: int, booking: Booking, *, category: str) -> list[TransferRow]:
    """Move earned revenue out of deferral; a negative amount (credits) moves it back."""
    return post_signed(Purpose.RECOGNISE, earned_minor, booking, dim=category)


def void(issued: TransferRow, *, on: date, at: datetime) -> TransferRow:
    """Return the transfer that takes back one that an invoice made when it was issued."""
    return issued._replace(
        purpose=_VOIDED[Purpose(issued.purpose)],
        debit=issued.credit,
        credit=issued.debit,
        booked_on=on,
        occurred_at=at,
    )
