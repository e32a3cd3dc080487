"""What the fields of checkout sessions and portal links mean, with an example where one helps."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

PAGE_FIELDS: Final[Mapping[str, tuple[Any, ...]]] = MappingProxyType(
    {
        "Agreement.language": ("In which language; null where nobody said.", "de"),
        "AgreementBody.language": ("In which language the payer read it.", "de"),
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
        "CustomerNote.author": ("Who wrote it: a caller, a person or a name.", "shop"),
        "CustomerNote.text": ("What it says; line breaks are spaces.", "Called twice"),
        "CustomerNoteBody.text": ("What colleagues should know.", "Called twice"),
        "PortalLink.expires": ("Until when it can be used, by the clock on the wall.",),
        "PortalLink.leads_to": ("Where in the portal it leads to.", "pay"),
        "PortalLink.url": (
            "The address to open, below the origin of this API; whoever has it may, once.",
            "/portal/open/plk_01h455vb4pex5vsknk084sn02q-mfrggzdfmztwq2lknnwg23tpobyxe43u",
        ),
        "PortalLinkBody.leads_to": ("Where in the portal it leads to.", "pay"),
        "PortalLinkBody.minutes": ("For how many minutes it waits to be used.", 60),
    }
)
