"""Every request to GoCardless.

The first of a charge, refund or set-up creates, and what cancels moves nothing; all others are
reads, but for the page of a set-up, of which there may be more than one.
"""

from datetime import datetime, timedelta
from typing import Final
from urllib.parse import quote, urlencode

from ledgerline.payments.adapters.gocardless import wire
from ledgerline.payments.contract import Merchant, PspRequest
from ledgerline.payments.model import ChargeKind, Lookup, SentAttempt, SentRefund
from ledgerline.payments.setups import SentSetup

VERSION: Final = "2015-07-06"
ACCESS_TOKEN: Final = "access_token"  # noqa: S105 - its name
CONFIRMATION: Final = "total_amount_confirmation"
CONFIRMATION_OFF: Final = "off"
PAYMENTS: Final = "payments"
REFUNDS: Final = "refunds"
BILLING_REQUESTS: Final = "billing_requests"
BANK_ACCOUNTS: Final = "customer_bank_accounts"
MANDATES: Final = "mandates"
_FLOWS: Final = "billing_request_flows"
_JSON: Final = (
    ("Accept", "application/json"),
    ("Content-Type", "application/json"),
    ("GoCardless-Version", VERSION),
)
_PAGE: Final = 500  # the most a list gives at once
CLOCKS_DIFFER: Final = timedelta(hours=1)  # ours and theirs, at most


def create(what: SentAttempt | SentRefund, merchant: Merchant) -> PspRequest:
    """Build the one request that moves money."""
    if isinstance(what, SentAttempt):
        collection, order = PAYMENTS, _payment(what)
    else:
        collection, order = REFUNDS, _refund(what, merchant)
    return PspRequest(
        method="POST",
        path=f"/{collection}",
        moves_money=True,
        headers=(*_JSON, ("Idempotency-Key", what.reference)),
        body=wire.encode(collection, order),
        credentials=_credentials(merchant),
    )


def billing_request(sent: SentSetup, merchant: Merchant) -> PspRequest:
    """Ask for a mandate, by the scheme that the provider takes for its currency."""
    reference = {wire.REFERENCE: sent.reference}
    order: dict[str, object] = {
        "mandate_request": {"currency": sent.currency, "metadata": reference},
        "metadata": reference,
    }
    return PspRequest(
        method="POST",
        path=f"/{BILLING_REQUESTS}",
        moves_money=False,
        headers=(*_JSON, ("Idempotency-Key", sent.reference)),
        body=wire.encode(BILLING_REQUESTS, order),
        credentials=_credentials(merchant),
    )


def flow(billing_request: str, return_url: str, merchant: Merchant) -> PspRequest:
    """Open a page for a payer, who comes back whether they gave the mandate or left.

    Creations of flows have no idempotency, and a flow cannot be read again: where an answer was
    lost one more is opened. All lead to the one billing request, which is fulfilled once.
    """
    order: dict[str, object] = {
        "exit_uri": return_url,
        "links": {"billing_request": billing_request},
        "lock_currency": True,
        "redirect_uri": return_url,
    }
    return PspRequest(
        method="POST",
        path=f"/{_FLOWS}",
        moves_money=False,
        headers=_JSON,
        body=wire.encode(_FLOWS, order),
        credentials=_credentials(merchant),
    )


def billing_requests(merchant: Merchant, *, after: str | None) -> PspRequest:
    """Ask for a page of billing requests, newest first; ``after`` is a cursor."""
    narrowed = {"limit": str(_PAGE)} | ({} if after is None else {"after": after})
    return _read(f"/{BILLING_REQUESTS}?{urlencode(narrowed)}", merchant)


def cancel(id_: str, merchant: Merchant, *, collection: str = PAYMENTS) -> PspRequest:
    """Cancel a payment that has not gone to the banks, or a billing request that is open.

    Done twice it is done once.
    """
    return PspRequest(
        method="POST",
        path=f"/{collection}/{quote(id_, safe='')}/actions/cancel",
        moves_money=False,
        headers=_JSON,
        body=b"{}",
        credentials=_credentials(merchant),
    )


def one(collection: str, id_: str, merchant: Merchant) -> PspRequest:
    """Ask for one object by the provider's own id."""
    return _read(f"/{collection}/{quote(id_, safe='')}", merchant)


def page(
    what: SentAttempt | SentRefund | Lookup, merchant: Merchant, *, after: str | None
) -> PspRequest:
    """Ask for a page of what may hold our reference, newest first; ``after`` is a cursor.

    The payments of the mandate or the refunds of the payment, since shortly before it was sent.
    Whatever of this is not known does not narrow the list.
    """
    collection = collection_of(what)
    narrowed: dict[str, str] = {}
    if collection == PAYMENTS and not isinstance(what, SentRefund) and what.psp_token is not None:
        narrowed["mandate"] = what.psp_token
    if collection == REFUNDS and not isinstance(what, SentAttempt) and what.charge_ref is not None:
        narrowed["payment"] = what.charge_ref
    if isinstance(what, Lookup) and what.sent_at is not None:
        narrowed["created_at[gte]"] = _instant(what.sent_at - CLOCKS_DIFFER)
    narrowed["limit"] = str(_PAGE)
    if after is not None:
        narrowed["after"] = after
    return _read(f"/{collection}?{urlencode(narrowed)}", merchant)


def events_of(payment: str, action: str, merchant: Merchant) -> PspRequest:
    """Ask why something happened to a payment; the newest event comes first."""
    asked = urlencode({"payment": payment, "action": action})
    return _read(f"/events?{asked}", merchant)


def collection_of(what: SentAttempt | SentRefund | Lookup) -> str:
    """Return the collection that holds what is asked about."""
    return PAYMENTS if kind_of(what) is ChargeKind.CHARGE else REFUNDS


def kind_of(what: SentAttempt | SentRefund | Lookup) -> ChargeKind:
    """Say what is asked about."""
    if isinstance(what, Lookup):
        return what.kind
    return ChargeKind.CHARGE if isinstance(what, SentAttempt) else ChargeKind.REFUND


def _payment(what: SentAttempt) -> dict[str, object]:
    day = {} if what.due_on is None else {"charge_date": what.due_on.isoformat()}
    return {
        **day,
        "amount": what.amount.minor,
        "currency": what.amount.currency,
        "description": f"payment {what.payment_id}",
        "links": {"mandate": what.psp_token},
        "metadata": {wire.REFERENCE: what.reference},
        "retry_if_possible": False,  # one engine that tries again is enough, and it is ours
    }


def _refund(what: SentRefund, merchant: Merchant) -> dict[str, object]:
    order: dict[str, object] = {
        "amount": what.amount.minor,
        "links": {"payment": what.charge_ref},
        "metadata": {wire.REFERENCE: what.reference},
    }
    if merchant.settings.get(CONFIRMATION) != CONFIRMATION_OFF:
        # the sum of all refunds of the payment; earlier ones are not told to a connector, so the
        # provider refuses a second one unless it was asked not to want this
        order[CONFIRMATION] = what.amount.minor
    return order


def _read(path: str, merchant: Merchant) -> PspRequest:
    return PspRequest(
        method="GET",
        path=path,
        moves_money=False,
        headers=(("Accept", "application/json"), ("GoCardless-Version", VERSION)),
        credentials=_credentials(merchant),
    )


def _credentials(merchant: Merchant) -> tuple[tuple[str, str], ...]:
    return (("Authorization", f"Bearer {merchant.secrets[ACCESS_TOKEN].reveal()}"),)


def _instant(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%S.000Z")
