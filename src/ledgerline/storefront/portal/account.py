"""What is held of the customer: their own record as a file, and its erasure."""

import json
from typing import Final

from ledgerline.base.errors import Rejected
from ledgerline.base.ids import PREFIXES, CustomerId, encode
from ledgerline.flows.erase_customer import erase_customer, preview_erasure
from ledgerline.flows.export_customer import ABOUT, Exported, export_customer
from ledgerline.flows.leave_portal import leave_portal
from ledgerline.storefront.portal.address import lines_of, read_named
from ledgerline.storefront.portal.entry import say_signed_out
from ledgerline.storefront.portal.visit import HOME, Visit
from ledgerline.web.policy import headers_of
from ledgerline.web.wire import Response

ACTOR: Final = "customer"


async def show(visit: Visit) -> Response:
    """Show what the customer may do with what is held of them."""
    blocked = ""
    try:
        await preview_erasure(visit.run, CustomerId(visit.customer.id))
    except Rejected as refused:
        blocked = refused.code
    named = (await read_named(visit)).buyer
    said: dict[str, object] = {
        "tab": "account", "blocked": blocked, "named": lines_of(visit, named),
        "has_address": named.address is not None,
        "hidden": visit.sealed(f"{HOME}/account/erase"),
    }  # fmt: skip
    return visit.page("portal_account.html", said)


async def export(visit: Visit) -> Response:
    """Hand out everything that is held of the customer, as JSON."""
    customer_id = CustomerId(visit.customer.id)
    sections = [
        {**first._asdict(), "rows": await _rows(visit, first)}
        for first in await export_customer(visit.run, customer_id)
    ]
    told = {
        "object": "customer_export", "id": encode(PREFIXES["customer"], customer_id),
        "about": ABOUT, "sections": sections,
    }  # fmt: skip
    headers = {**headers_of("none"), "Content-Disposition": 'attachment; filename="my-record.json"'}
    body = json.dumps(told, ensure_ascii=False, default=str).encode()
    return Response(200, body, "application/json", headers)


async def erase(visit: Visit) -> Response:
    """Erase the customer, whose session ends with that."""
    await visit.form()
    try:
        await erase_customer(visit.run, CustomerId(visit.customer.id), actor=ACTOR)
    except Rejected as refused:
        return visit.problem(refused, back=f"{HOME}/account")
    await leave_portal(visit.run, visit.session)
    return say_signed_out(visit.run, visit.request, status=200)


async def _rows(visit: Visit, first: Exported) -> list[object]:
    """Read a section to its end."""
    rows: list[object] = list(first.rows)
    following = first.next_page
    while following is not None:
        [part] = await export_customer(
            visit.run, CustomerId(visit.customer.id), section=first.name, page=following
        )
        rows += part.rows
        following = part.next_page
    return rows
