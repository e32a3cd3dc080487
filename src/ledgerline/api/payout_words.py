"""What the fields of payouts mean, in a sentence, with an example where one helps."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

_REFERENCE: Final = "po_1Mh4vq2eZvKYlo2C"
PAYOUT_FIELDS: Final[Mapping[str, tuple[Any, ...]]] = MappingProxyType(
    {
        "Payout.announced": ("The provider's day of it.", "2026-01-02"),
        "Payout.bank": ("What the bank received, less what it took back; null before.",),
        "Payout.bank_note": ("Where the bank's last line stands.", "statement 4"),
        "Payout.days_on_its_way": ("Since it last left, until it arrived or today.", 2),
        "Payout.failed": ("When its money was in the balance again.", "2026-01-05"),
        "Payout.failed_by": ("Who says that it failed: a line of a file, or a person.", "line"),
        "Payout.failed_note": ("What the person wrote.", "their mail of 5 January"),
        "Payout.paid": ("The day of the bank's last line that brought it.", "2026-01-04"),
        "Payout.provider_reference": ("What the provider calls it.", _REFERENCE),
        "Payout.returned": ("When the bank last took it back.", "2026-01-04"),
        "Payout.reversed": ("What is in the provider's balance again; null unless it failed.",),
        "Payout.settlement_file": ("The settlement file that announces it.",),
        "Payout.status": ("Where its money is.", "announced"),
        "Payout.steps": ("What happened to it, in order.",),
        "Payout.total": ("What was announced.",),
        "PayoutStep.amount": ("What came to bank or balance; with minus what left.",),
        "PayoutStep.event": ("What happened.", "arrived"),
        "PayoutStep.note": ("What a person wrote.", "statement 4"),
        "PayoutStep.on": ("The day on which it did.", "2026-01-04"),
        "PayoutStep.recorded": ("When it was noted.",),
        "PayoutsQuery.psp_account": ("Only of this merchant account.", "aster"),
        "PayoutsQuery.status": ("Only in these states.", "announced"),
    }
)
