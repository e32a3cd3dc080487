"""The posting table: what each business moment debits and credits."""

from datetime import date, datetime
from typing import Final
from uuid import UUID

from ledgerline.ledger.model import Account, Owner, Purpose
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
    Purpose.CREDIT_TAX: (Account.TAX_PAYABLE, Account.CUSTOMER_CREDIT),
    Purpose.REFUND: (Account.CUSTOMER_CREDIT, Account.PSP_CLEARING),
    Purpose.UNMATCHED: (Account.PSP_CLEARING, Account.SUSPENSE),
    Purpose.RECOGNISE: (Account.DEFERRED_REVENUE, Account.REVENUE),
}


def post(
    purpose: Purpose, amount_minor: int, *, source: UUID, owner: Owner, on: date, at: datetime
) -> list[TransferRow]:
    """Return the transfer of one moment: none for an amount of 0; negative amounts are a defect."""
    assert amount_minor >= 0, (purpose, amount_minor)
    if amount_minor == 0:
        return []
    debit, credit = POSTINGS[purpose]
    return [
        TransferRow(
            bucket=owner.bucket,
            source_id=source,
            purpose=purpose,
            n=0,
            seller_code=owner.seller_code,
            customer_id=owner.customer_id,
            currency=owner.currency,
            amount_minor=amount_minor,
            debit=debit,
            credit=credit,
            booked_on=on,
            occurred_at=at,
        )
    ]


def recognise(
    earned_minor: int, *, source: UUID, owner: Owner, on: date, at: datetime
) -> list[TransferRow]:
    """Move earned revenue out of deferral; a negative amount (credits) moves it back."""
    rows = post(Purpose.RECOGNISE, abs(earned_minor), source=source, owner=owner, on=on, at=at)
    if earned_minor >= 0:
        return rows
    return [row._replace(debit=row.credit, credit=row.debit) for row in rows]
