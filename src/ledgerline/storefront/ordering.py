"""The page that takes an order: what it costs, what can be changed of it, and how it is paid."""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from ledgerline.base.calendar import local_date
from ledgerline.base.errors import Rejected
from ledgerline.base.ids import PREFIXES, PaymentMethodId, WrongIdKind, bucket_of, decode, encode
from ledgerline.flows.list_add_ons import list_add_ons
from ledgerline.flows.pay_checkout import CardGiven
from ledgerline.flows.quote_purchase import quote_purchase
from ledgerline.flows.start_purchase import fingerprint
from ledgerline.payments import views as payments
from ledgerline.payments.model import Initiator
from ledgerline.payments.rows.shown import PaymentMethodView
from ledgerline.payments.rules.routing import Charge
from ledgerline.purchases import views as purchases
from ledgerline.rules.checkout import next_try, order_of
from ledgerline.rules.quote import Quote
from ledgerline.storefront.asking import Ask
from ledgerline.storefront.consenting import told_to
from ledgerline.storefront.fields import Fields, fields_for
from ledgerline.storefront.refusals import told
from ledgerline.storefront.shown import card_name
from ledgerline.subscriptions.model import PurchaseInProgress
from ledgerline.web.wire import Response

SEALED: Final = ("number", "expect", "due", "told")
REVISES: Final = "revise"
TOP: Final = UUID(int=(1 << 128) - 1)
KNOWN_MAX: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What the page says beside the order: why it is shown again, and what was typed."""

    alert: str | None = None
    card: CardGiven | None = None
    was_minor: int = 0
    coupon: str = ""
    status: int = 200


NOTHING: Final = Said()


async def show_order(ask: Ask, said: Said = NOTHING) -> Response:
    """Show what is bought and take the order; say why, where that cannot be."""
    try:
        quote = await quote_purchase(ask.run, order_of(ask.row), buying=True)
    except PurchaseInProgress:
        return ask.page("closed.html", {"why": "owned"})
    except Rejected:
        return ask.page("closed.html", {"why": "closed"})
    fields = await _fields(ask, quote)
    if fields is None:
        return ask.page("closed.html", {"why": "unavailable"}, status=503)
    card = said.card
    if card is not None and ask.psps.capabilities(card.psp_account).card_fields is None:
        card = None
    writer = ask.writer
    texts = await told_to(ask.run, ask.counter.customer, ask.language)
    shown: dict[str, object] = {
        "order": writer.order(quote, ask.counter.plan), "email": await ask.email(),
        "alert": said.alert, "reason": told(ask.row.category), "fields": fields, "card": card,
        "was": writer.money(said.was_minor, quote.price.currency),
        "hidden": _hidden(ask, quote, fields, card, told=texts.seal), "typed": said.coupon,
        "texts": texts.shown(),
        "known": [] if card is not None else [_card(one) for one in await _known(ask)],
        "add_ons": await _add_ons(ask), "revises": ask.sealed(REVISES),
    }  # fmt: skip
    return ask.page("open.html", shown, status=said.status, frames=(fields.origin,))


async def known_of(ask: Ask, text: str) -> PaymentMethodId | None:
    """Read which of the cards that the page offers was chosen; None for any other."""
    try:
        wanted = decode(PREFIXES["payment_method"], text)
    except WrongIdKind:
        return None
    return next((one.id for one in await _known(ask) if one.id == wanted), None)


async def _known(ask: Ask) -> list[PaymentMethodView]:
    """Read the customer's cards that can be charged, newest first.

    One that was tried at this page is no choice: a card that was refused a moment ago stays the
    customer's, and would stand among them.
    """
    row, today = ask.row, local_date(ask.run.now(), ask.counter.customer.zone)
    async with ask.run.reading() as read:
        tried = await purchases.tried_methods(read, bucket=bucket_of(row.id), id=row.id)
        found = await payments.payment_methods(
            read, bucket=bucket_of(row.id), customer_id=row.customer_id, before=TOP,
            limit=KNOWN_MAX,
        )  # fmt: skip
    return [
        one
        for one in found
        if one.id not in tried
        and one.mandate_state is None
        and (one.expires_on is None or one.expires_on >= today)
        and any(ask.psps.is_loaded(account) for account in one.psp_accounts)
    ]


def _card(row: PaymentMethodView) -> dict[str, str]:
    return {"id": encode(PREFIXES["payment_method"], row.id), "name": card_name(row)}


async def _add_ons(ask: Ask) -> list[dict[str, object]]:
    """Say what goes with the plan, what it costs, and whether it is ordered."""
    ordered = {one.plan_code for one in order_of(ask.row).add_ons}
    return [
        {
            "code": one.plan_code, "name": one.price.plan_name,
            "price": ask.writer.price(one.price.unit_num, one.price.unit_den, one.price.currency),
            "count": one.price.cadence_count, "unit": one.price.cadence_unit,
            "is_ordered": one.plan_code in ordered,
        }
        for one in await list_add_ons(ask.run, ask.counter.customer, ask.row.plan_code)
    ]  # fmt: skip


def _hidden(
    ask: Ask, quote: Quote, fields: Fields, card: CardGiven | None, *, told: str
) -> dict[str, str]:
    """Return what the form says beside the card, sealed: which try it is, and what was shown."""
    shown = (str(next_try(ask.row)), fingerprint(quote).hex(), str(quote.due_now_minor), told)
    said = {**dict(zip(SEALED, shown, strict=True)), **ask.sealed(*shown)}
    if card is None:
        return {**said, "account": fields.account}
    given = {"token": card.psp_token, "brand": card.brand, "last4": card.last4}
    return {**said, "account": card.psp_account, **given}


async def _fields(ask: Ask, quote: Quote) -> Fields | None:
    """Choose whose fields the page shows: one session, one account."""
    following = 0 if quote.after is None else quote.after.bill.gross_minor
    charge = Charge(
        key=str(ask.row.id),
        market=ask.counter.customer.market_code,
        currency=quote.price.currency,
        amount_minor=quote.due_now_minor or following or 1,
        initiator=Initiator.CUSTOMER,
    )
    back = ask.origin + ask.here + ask.query
    return await fields_for(ask.run, ask.psps, charge, back=back, language=ask.language.code)
