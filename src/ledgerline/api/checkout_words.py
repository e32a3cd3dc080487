"""What the fields of checkout sessions mean, in a sentence, with an example where one helps."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

CHECKOUT_FIELDS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "CheckoutSession.closed": ("When it was closed; null where nobody did.",),
        "CheckoutSession.expires": ("Until when its page takes an order.",),
        "CheckoutSession.purchase": ("The last purchase that it led to; null before the first.",),
        "CheckoutSession.return_url": (
            "Where its buyer goes on to; null for nowhere.",
            "https://shop.example/thanks",
        ),
        "CheckoutSession.url": (
            "The address of its page, below the origin of this API; whoever has it may buy.",
            "/checkout/cs_01h455vb4pex5vsknk084sn02q-mfrggzdfmztwq2lknnwg23tpobyxe43u",
        ),
        "CheckoutSessionBody.return_url": (
            "Where its buyer goes on to once they have bought.",
            "https://shop.example/thanks",
        ),
    }
)
