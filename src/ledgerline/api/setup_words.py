"""What the fields of set-ups mean, in a sentence, with an example where one helps."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

SETUP_FIELDS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "PaymentMethodSetup.canceled": ("When somebody gave it up; null where nobody did.",),
        "PaymentMethodSetup.ended": ("When it ended; null while it is open.",),
        "PaymentMethodSetup.expires": ("Until when its payer is waited for.",),
        "PaymentMethodSetup.make_default": ("Whether what it gives becomes the default.",),
        "PaymentMethodSetup.payment_method": ("What it gave; null until it succeeded.",),
        "SetupBody.make_default": (
            "Whether it becomes the customer's default: what is open is tried by it at once.",
        ),
        "SetupBody.payment_data": (
            "What the provider's fields gave instead of a token, as JSON that only it can read.",
            '{"type":"scheme","encryptedCardNumber":"eyJhbGciOi"}',
        ),
        "SetupBody.psp_account": (
            "The account the token is of; without a token one with a page is chosen.", "aster",
        ),
    }
)  # fmt: skip
