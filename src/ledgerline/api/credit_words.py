"""What the fields of credit mean, in a sentence, with an example where one helps."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

CREDIT_FIELDS: Final[Mapping[str, tuple[Any, ...]]] = MappingProxyType(
    {
        "CreditGiftBody.amount": ("How much becomes credit, with tax, in minor units.", 500),
        "CreditGiftBody.payment": ("Of which payment: its invoice becomes cheaper.",),
        "CreditGiftPreview.invoice": ("The invoice that becomes cheaper.",),
        "CreditLot.expires_on": ("The day on which it is gone; null while it stays.", "2027-01-31"),
        "CreditLot.given": ("What the credit note gave.",),
        "CreditLot.left": ("What is left of it.",),
        "CreditLot.uses": ("What invoices and pay-outs took of it.",),
        "CreditNote.reason": ("Why it was issued.", "canceled"),
        "CreditNote.settles": ("The account that it lowers or raises.", "customer_credit"),
        "CreditPayout.refunds": ("The refunds that pay it out.",),
        "CreditPayoutBody.amount": (
            "How much, in minor units; all that can be unless given.",
            1899,
        ),
        "CreditPayoutBody.currency": ("Of which currency.", "EUR"),
        "CreditPayoutBody.reason": ("Why, for whoever reads the books.", "Asked for it"),
        "CreditPayoutBody.seller": ("Of which seller.", "nordic"),
        "CreditPayoutPreview.parts": ("What each payment would give back.",),
        "CreditUse.amount": ("How much; with minus where it came back.",),
        "CreditUse.on": ("The day it was booked.", "2026-02-01"),
    }
)
