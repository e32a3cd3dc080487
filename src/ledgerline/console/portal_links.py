"""Links into a customer's portal, made for whoever asks for one: each is shown once."""

from datetime import timedelta
from typing import Final

from ledgerline.access.model import PortalPage
from ledgerline.base.ids import CustomerId
from ledgerline.base.saying import noted
from ledgerline.console.actions import Action, Field, Preview, Said, never, shown_once
from ledgerline.console.asking import Ask, path_of
from ledgerline.console.doing import find_customer
from ledgerline.customers.rows import CustomerView
from ledgerline.customers.rules.erasure import refuse_erased
from ledgerline.flows.claim_key import Command
from ledgerline.flows.make_asked_link import make_asked_link
from ledgerline.flows.make_portal_link import NewPortalLink
from ledgerline.web.forms import origin_of
from ledgerline.web.links import portal_path
from ledgerline.web.refusals import Malformed
from ledgerline.web.wire import Response

_PAGES: Final = (
    (PortalPage.HOME.value, noted("Its first page")),
    (PortalPage.PAY.value, noted("Paying what is open")),
    (PortalPage.UPDATE_METHOD.value, noted("Another card")),
    (PortalPage.CHANGE.value, noted("Another plan")),
    (PortalPage.CANCEL.value, noted("Canceling")),
)
_LASTS: Final = (
    ("15", noted("15 minutes")), ("60", noted("1 hour")), ("1440", noted("A day")),
    ("10080", noted("7 days")),
)  # fmt: skip


def _asks(_: Ask, __: CustomerView) -> list[Field]:
    return [
        Field(name="to", label=noted("Where it leads"), choices=_PAGES, value=PortalPage.HOME),
        Field(
            name="minutes", label=noted("How long it waits to be used"), choices=_LASTS, value="60",
        ),
    ]  # fmt: skip


def _new(ask: Ask, row: CustomerView, said: Said) -> NewPortalLink:
    if said.get("to") not in dict(_PAGES) or said.get("minutes") not in dict(_LASTS):
        raise Malformed(ask.say("one of the choices"))
    stands_for = timedelta(minutes=int(said["minutes"]))
    return NewPortalLink(CustomerId(row.id), PortalPage(said["to"]), stands_for)


async def _preview(ask: Ask, row: CustomerView, said: Said) -> Preview:
    new = _new(ask, row, said)
    refuse_erased(row)
    lasts, page = dict(_LASTS)[said["minutes"]], dict(_PAGES)[said["to"]]
    return Preview(
        sentence=ask.say(
            "Whoever has the link is the customer, once: send it to them and to nobody else. It is"
            " shown on the page that follows and never again; of its secret only a keyed hash is"
            " kept."
        ),
        button=ask.say("Make the link"),
        seal=f"{new.leads_to} {said['minutes']}",
        facts=((ask.say("Leads to"), ask.say(page)), (ask.say("Waits for"), ask.say(lasts))),
        after={"leads_to": new.leads_to.value, "minutes": int(said["minutes"])},
    )


async def make(ask: Ask) -> Response:
    """Make a link and show it: the answer to this form is the only page it ever stands on."""
    chosen: list[str] = []

    async def carry_out(ask: Ask, row: CustomerView, said: Said, command: Command) -> str | None:
        chosen.append(dict(_LASTS)[said["minutes"]])
        made = await make_asked_link(ask.run, _new(ask, row, said), command=command)
        return None if made is None else f"{origin_of(ask.request)}{portal_path(made.token)}"

    answer, link = await shown_once(ask, LINK, carry_out)
    if link is None:
        return answer
    back = path_of("customer", ask.id("customer"))
    said = {"link": link, "lasts": chosen[0], "back": back, "section": "/console/customers"}
    return ask.page("portal_link.html", said)


LINK: Final = Action(
    name="portal_link_made", heading=noted("Make a portal link"), find=find_customer,
    preview=_preview, carry_out=never, asks=_asks,
)  # fmt: skip
