"""What the fields of mandates mean, in a sentence, with an example where one helps."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

MANDATE_FIELDS: Final[Mapping[str, tuple[Any, ...]]] = MappingProxyType(
    {
        "Mandate.accepted_at": ("When its payer accepted its text.",),
        "Mandate.lapses_on": ("From when it is void unless it is debited before.", "2029-07-01"),
        "Mandate.last_debit_on": ("The day of its last debit that brought money.", "2026-07-01"),
        "Mandate.notice_days": ("How long before a debit its payer is told, by its text.", 3),
        "Mandate.reference": ("What banks know it by.", "ACME-7F3K"),
        "Mandate.scheme": ("The scheme it is debited by; null until its provider told it.", "bacs"),
        "Mandate.status": ("Where it stands.", "active"),
        "Mandate.text_version": ("Which text its payer accepted.", "2026-1"),
        "MandateBody.accepted_at": ("When the payer accepted its text.",),
        "MandateBody.notice_days": (
            "How many days before a debit that text says they are told, if fewer than its scheme.",
            3,
        ),
        "MandateBody.text_version": ("Which text the payer accepted.", "2026-1"),
        "PaymentMethod.mandate": ("What it is debited by; null for a card.",),
        "PaymentMethodBody.mandate": ("What its payer accepted, where it is a mandate.",),
    }
)
