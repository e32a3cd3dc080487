"""Links into the customer portal: each opens one session, once."""

from datetime import datetime, timedelta
from typing import Annotated, Final

from msgspec import Meta, Struct

from ledgerline.access.model import PortalPage
from ledgerline.api.operations import Answer, Call, Operation
from ledgerline.api.shapes import utc
from ledgerline.base.ids import PREFIXES, CustomerId, encode
from ledgerline.flows.make_portal_link import (
    LINK_FOR,
    LINK_FOR_MAX,
    NewPortalLink,
    make_portal_link,
)
from ledgerline.web.links import portal_path

_MINUTE: Final = timedelta(minutes=1)
Minutes = Annotated[int, Meta(ge=1, le=LINK_FOR_MAX // _MINUTE)]


class PortalLinkBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where in the portal the link leads to, and for how many minutes it waits to be used."""

    leads_to: PortalPage = PortalPage.HOME
    minutes: Minutes = LINK_FOR // _MINUTE


class PortalLink(Struct, frozen=True, kw_only=True):
    """A link into the portal of a customer, at ``url`` below the origin of this API.

    It is shown once, opens one session of a browser, and is used up by that.
    """

    id: str
    object: str = "portal_link"
    livemode: bool
    customer: str
    url: str
    leads_to: str
    created: datetime
    expires: datetime


async def create(call: Call) -> Answer:
    """Make a link; asked twice, it makes two."""
    body: PortalLinkBody = call.body
    customer_id = CustomerId(call.id("customer"))
    new = NewPortalLink(customer_id, body.leads_to, body.minutes * _MINUTE)
    made = await make_portal_link(call.run, new)
    shown = PortalLink(
        id=encode(PREFIXES["portal_link"], made.id),
        livemode=call.livemode,
        customer=encode(PREFIXES["customer"], customer_id),
        url=portal_path(made.token),
        leads_to=body.leads_to,
        created=utc(made.created_at),
        expires=utc(made.expires_at),
    )
    return Answer(201, shown)


OPERATIONS: Final = (
    Operation(
        name="create_portal_link", method="POST", path="/v1/customers/{id}/portal_links",
        summary="Make a link into the portal of a customer", handle=create,
        gives={201: PortalLink}, body=PortalLinkBody,
    ),
)  # fmt: skip
