"""Where a card is typed: fields of a provider, chosen by the rules that charges are routed by."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from ledgerline.base.run import Run
from ledgerline.flows.explain_route import explain_route
from ledgerline.payments.model import Initiator, Psps
from ledgerline.payments.rules.routing import Charge
from ledgerline.rules.quote import Quote
from ledgerline.storefront.asking import Ask, address_with


@dataclass(frozen=True, slots=True, kw_only=True)
class Fields:
    """The fields of one account: in a frame, or as a page that leads back."""

    account: str
    provider: str
    origin: str
    frame: str
    page: str


async def fields_for(ask: Ask, quote: Quote) -> Fields | None:
    """Choose the account whose fields are shown; None where none can be charged just now."""
    for account in await _accounts(ask.run, ask.psps, ask, quote):
        where = ask.psps.capabilities(account).card_fields
        if where is not None and ask.psps.is_loaded(account):
            return _fields(ask, account, where)
    return None


def origin_of(url: str) -> str:
    """Return the origin of an address."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


async def _accounts(run: Run, psps: Psps, ask: Ask, quote: Quote) -> list[str]:
    following = 0 if quote.after is None else quote.after.bill.gross_minor
    charge = Charge(
        key=str(ask.row.id),  # one session, one account
        market=ask.counter.customer.market_code,
        currency=quote.price.currency,
        amount_minor=quote.due_now_minor or following or 1,
        initiator=Initiator.CUSTOMER,
    )
    lights = psps.lights(now=run.now(), to_charge=False)
    return list((await explain_route(run, charge, lights)).decision.ordered)


def _fields(ask: Ask, account: str, where: str) -> Fields:
    back = address_with(ask.origin + ask.here + ask.query, account=account)
    spoken = ask.language.code
    return Fields(
        account=account,
        provider=account.replace("-", " ").replace("_", " ").title(),
        origin=origin_of(where),
        frame=address_with(where, language=spoken),
        page=address_with(where, language=spoken, back=back),
    )
