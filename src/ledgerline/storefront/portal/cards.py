"""The customer's cards: add one through fields of its provider, choose, remove."""

from typing import Final

from ledgerline.access import views as access
from ledgerline.base.errors import CannotDecrypt, OutcomeUnknown, Rejected
from ledgerline.base.ids import CustomerId, PaymentMethodId, SetupId
from ledgerline.base.log import logger
from ledgerline.flows.confirm_setup import confirm_setup
from ledgerline.flows.detach_payment_method import detach_payment_method
from ledgerline.flows.set_default_method import set_default_method
from ledgerline.flows.set_up_method import NewSetup, set_up_method
from ledgerline.flows.settle_setup import open_setup_action
from ledgerline.payments import views as payments
from ledgerline.payments.model import Initiator
from ledgerline.payments.rows.shown import SetupView
from ledgerline.payments.rules.routing import Charge
from ledgerline.payments.setups import SetupState
from ledgerline.storefront.fields import Fields, card_of, fields_for
from ledgerline.storefront.portal import shown
from ledgerline.storefront.portal.reading import default_of, live, methods
from ledgerline.storefront.portal.visit import DRAWN, HOME, PRINCIPAL, Visit, go_to
from ledgerline.storefront.refusals import told
from ledgerline.web.forms import PageMissing
from ledgerline.web.wire import Response

_LOG: Final = logger(__name__)
CARDS: Final = f"{HOME}/cards"
NEW: Final = f"{CARDS}/new"
ADDED: Final = f"{CARDS}/added"
_REFUSED: Final = frozenset({SetupState.FAILED, SetupState.NOT_EXECUTED})


async def show(visit: Visit) -> Response:
    """List the cards."""
    default, held = await default_of(visit), await methods(visit)
    used = {one.payment_method_id for one in await live(visit)}
    rows = []
    for one in held:
        card = shown.card_of(one, is_default=one.id == default)
        here = f"{CARDS}/{card.id}"
        rows.append(
            {
                "card": card, "pays": one.id in used,
                "pays_all": card.is_default and used <= {one.id},
                "use": visit.sealed(f"{here}/use"), "remove": visit.sealed(f"{here}/remove"),
            }
        )  # fmt: skip
    return visit.page("portal_cards.html", {"tab": "cards", "rows": rows})


async def show_new(visit: Visit) -> Response:
    """Show the fields for a new card."""
    return await _new(visit)


async def add(visit: Visit) -> Response:
    """Set a card up, as its provider's fields gave it; it pays for everything from then on."""
    form = await visit.form()
    card, drawn = card_of(form), form[DRAWN]
    if card is None:
        return await _new(visit, alert="card", status=422)
    new = NewSetup(
        customer_id=CustomerId(visit.customer.id), psp_account=card.psp_account,
        psp_token=card.psp_token, brand=card.brand, last4=card.last4,
        return_url=f"{visit.origin}{ADDED}/{drawn}/return", makes_default=True,
    )  # fmt: skip
    try:
        await set_up_method(visit.run, visit.psps, new, command=visit.command(form))
    except OutcomeUnknown:
        pass  # the page says so
    except Rejected as refused:
        _LOG.warning("card not set up", customer=str(visit.customer.id), code=refused.code)
        return await _new(visit, alert="card", status=422)
    await _use(visit, await _added(visit, drawn))
    return go_to(f"{ADDED}/{drawn}")


async def show_added(visit: Visit) -> Response:
    """Show what came of a card that was entered."""
    row = await _added(visit, visit.part["drawn"])
    if row.state in _REFUSED:
        reason = told(row.category)
        return await _new(visit, alert="declined", reason=reason)
    if row.payment_method_id is not None:
        return go_to(f"{CARDS}?done=saved")
    said: dict[str, object] = {
        "tab": "cards", "state": row.state, "watch": f"{visit.here}/state", "amount": "",
        "action": _action(visit, row),
    }  # fmt: skip
    return visit.page("portal_waiting.html", said)


async def tell(visit: Visit) -> Response:
    """Say where a card stands, in one word, for a page that waits."""
    headers = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
    said = (await _added(visit, visit.part["drawn"])).state
    return Response(200, said.encode(), "text/plain; charset=utf-8", headers)


async def come_back(visit: Visit) -> Response:
    """Ask the provider what the customer's action led to; that they are back proves nothing."""
    drawn = visit.part["drawn"]
    row = await _added(visit, drawn)
    if row.state == SetupState.REQUIRES_ACTION:
        await confirm_setup(visit.run, visit.psps, SetupId(row.id))
    await _use(visit, await _added(visit, drawn))
    return go_to(f"{ADDED}/{drawn}")


async def use(visit: Visit) -> Response:
    """Let a card pay for everything; what is open is tried by it."""
    form = await visit.form()
    method_id = await _own(visit)
    customer_id = CustomerId(visit.customer.id)
    try:
        await set_default_method(
            visit.run, customer_id, method_id=method_id, every=True, command=visit.command(form)
        )
    except Rejected as refused:
        return visit.problem(refused, back=CARDS)
    return go_to(f"{CARDS}?done=default")


async def remove(visit: Visit) -> Response:
    """Forget a card that pays for nothing."""
    form = await visit.form()
    method_id = await _own(visit)
    try:
        await detach_payment_method(visit.run, method_id, command=visit.command(form))
    except Rejected as refused:
        return visit.problem(refused, back=CARDS)
    return go_to(f"{CARDS}?done=removed")


async def _own(visit: Visit) -> PaymentMethodId:
    """Find the card that an address names; raises ``PageMissing`` for none of this customer."""
    id = visit.id("payment_method")
    async with visit.run.reading() as read:
        return visit.own(await payments.payment_method(read, bucket=visit.bucket, id=id)).id


async def _new(visit: Visit, *, alert: str = "", reason: str = "", status: int = 200) -> Response:
    fields = await _fields(visit)
    if fields is None:
        return visit.page("portal_problem.html", {"code": "no_payment_route", "back": CARDS})
    card = card_of(visit.asked())
    given = {"account": fields.account}
    if card is not None and visit.psps.capabilities(card.psp_account).card_fields is not None:
        given = {
            "account": card.psp_account, "token": card.psp_token, "brand": card.brand,
            "last4": card.last4,
        }  # fmt: skip
    said: dict[str, object] = {
        "tab": "cards", "fields": fields, "card": card, "alert": alert, "reason": reason,
        "hidden": {**given, **visit.sealed(NEW)}, "to": NEW,
    }  # fmt: skip
    return visit.page("portal_card.html", said, status=status, frames=(fields.origin,))


async def _fields(visit: Visit) -> Fields | None:
    """Choose whose fields are shown: those of an account by which the next charge would go."""
    rows = await live(visit)
    currency = rows[0].currency if rows else visit.currency
    charge = Charge(
        key=str(visit.customer.id), market=visit.customer.market_code, currency=currency,
        amount_minor=1, initiator=Initiator.CUSTOMER,
    )  # fmt: skip
    return await fields_for(
        visit.run, visit.psps, charge, back=f"{visit.origin}{NEW}", language=visit.language.code
    )


async def _use(visit: Visit, row: SetupView) -> None:
    """Let a card pay for everything, once it is verified and as it was asked for."""
    if row.payment_method_id is None or not row.makes_default:
        return
    if {one.payment_method_id for one in await live(visit)} - {row.payment_method_id}:
        await set_default_method(
            visit.run, CustomerId(visit.customer.id), method_id=row.payment_method_id, every=True
        )


async def _added(visit: Visit, drawn: str) -> SetupView:
    """Find the set-up that a form of this session began; raises ``PageMissing`` for none."""
    async with visit.run.reading() as read:
        wish = await access.wish(
            read, bucket=visit.bucket, principal=PRINCIPAL, key=visit.key(drawn)
        )
        if wish is None or wish.subject_id is None:
            raise PageMissing
        return visit.own(
            await payments.payment_setup(read, bucket=visit.bucket, id=wish.subject_id)
        )


def _action(visit: Visit, row: SetupView) -> str | None:
    if row.action_sealed is None or row.state != SetupState.REQUIRES_ACTION:
        return None
    try:
        return open_setup_action(visit.run, SetupId(row.id), row.action_sealed)
    except CannotDecrypt as failure:
        _LOG.error("action unreadable", setup=str(row.id), failure=str(failure))
        return None
