"""Requests to Stripe: form-encoded, in one order, so that equal actions give equal bytes.

Source: Stripe API reference, "Create a PaymentIntent", "Cancel a PaymentIntent", "Search
PaymentIntents", "List all PaymentIntents", "Create a refund", "List all refunds", "Create a
SetupIntent", "Cancel a SetupIntent", "List all SetupIntents", "Create a file", "Update a dispute",
"Retrieve a dispute".
"""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import quote, urlencode

from ledgerline.payments.adapters.stripe import units
from ledgerline.payments.contract import Merchant, PspRequest
from ledgerline.payments.disputes import SentEvidence
from ledgerline.payments.model import Initiator, Lookup, SentAttempt, SentRefund
from ledgerline.payments.setups import SentSetup

API_VERSION: Final = "2026-10-28.endive"  # of this release of the connector
API_SECRET: Final = "api_secret"  # noqa: S105 - its name
REFERENCE: Final = "reference"  # the key of our reference in the metadata
INTENTS: Final = "/v1/payment_intents"
SETUPS: Final = "/v1/setup_intents"
REFUNDS: Final = "/v1/refunds"
DISPUTES: Final = "/v1/disputes"
FILES_URL: Final = "files_url"  # the setting with the address that takes files
PAGE: Final = 100  # the most Stripe gives
# What was sent is looked for around the moment it was sent first: their clock is not ours, and the
# same key may be sent again for most of a day.
_BEFORE: Final = timedelta(hours=1)
_AFTER: Final = timedelta(days=1)

_FORM: Final = (
    ("Content-Type", "application/x-www-form-urlencoded"),
    ("Stripe-Version", API_VERSION),
)

_EXPANDED: Final = (("expand[]", "latest_attempt"), ("expand[]", "payment_method"))

Pairs = list[tuple[str, str]]


def charge(what: SentAttempt, merchant: Merchant) -> PspRequest:
    """Create a PaymentIntent and confirm it at once.

    It waits for its payer where they can come back from their bank, and is refused elsewhere.
    """
    customer, method = split_token(what.psp_token)
    pairs = [
        ("amount", units.written(what.amount)),
        ("currency", what.amount.currency.lower()),
        ("confirm", "true"),
        ("payment_method", method),
        *([("customer", customer)] if customer else []),
        ("allowed_payment_method_types[]", "card"),
        *_payer(what),
        *_consent(what.initiator, has_customer=customer is not None),
        (f"metadata[{REFERENCE}]", what.reference),
        ("description", f"payment {what.payment_id}"),
        ("expand[]", "latest_charge"),
    ]
    return _post(INTENTS, pairs, merchant, key=what.reference)


def refund(what: SentRefund, merchant: Merchant) -> PspRequest:
    """Give back a part of what was captured, or all of it."""
    pairs = [
        (captured_by(what.charge_ref), what.charge_ref),
        ("amount", units.written(what.amount)),
        (f"metadata[{REFERENCE}]", what.reference),
    ]
    return _post(REFUNDS, pairs, merchant, key=what.reference)


def set_up(sent: SentSetup, merchant: Merchant) -> PspRequest:
    """Create a SetupIntent for charges without the payer, and confirm it at once.

    A card that is to be charged without its payer has to belong to a customer (``cus_…/pm_…``).
    """
    customer, method = split_token(sent.psp_token or "")
    challenge = ("payment_method_options[card][request_three_d_secure]", "challenge")
    back = [] if sent.return_url is None else [("return_url", sent.return_url)]
    pairs = [
        ("confirm", "true"),
        ("usage", "off_session"),
        ("payment_method", method),
        *([("customer", customer)] if customer else []),
        ("allowed_payment_method_types[]", "card"),
        *back,
        *([challenge] if sent.challenge else []),
        (f"metadata[{REFERENCE}]", sent.reference),
        *_EXPANDED,
    ]
    request = _post(SETUPS, pairs, merchant, key=sent.reference)
    return replace(request, moves_money=False)


def cancel_set_up(psp_ref: str, merchant: Merchant) -> PspRequest:
    """Cancel a SetupIntent that has not ended; without a key, as ``cancel``."""
    return PspRequest(
        method="POST",
        path=f"{SETUPS}/{quote(psp_ref, safe='')}/cancel",
        moves_money=False,
        headers=_FORM,
        body=urlencode([("cancellation_reason", "abandoned"), *_EXPANDED]).encode(),
        credentials=_credentials(merchant),
    )


def set_up_intent(psp_ref: str, merchant: Merchant) -> PspRequest:
    """Ask for a SetupIntent by its id, with its card and its last attempt."""
    return _get(f"{SETUPS}/{quote(psp_ref, safe='')}", list(_EXPANDED), merchant)


def set_ups_of(what: Lookup, merchant: Merchant, *, after: str | None) -> PspRequest:
    """List the SetupIntents of a customer, or of a card, around ``sent_at``, newest first.

    One that was refused has no card any more, but its customer still.
    """
    customer, method = split_token(what.psp_token or "")
    whose = ("customer", customer) if customer else ("payment_method", method)
    return _get(SETUPS, [whose, *_around(what.sent_at), *_page(after)], merchant)


def upload(sent: SentEvidence, merchant: Merchant) -> PspRequest:
    """Upload a pack of evidence as a file; that alone answers no dispute."""
    boundary = f"evidence-{sent.reference}"
    parts = [
        ('form-data; name="purpose"', "", b"dispute_evidence"),
        (
            'form-data; name="file"; filename="evidence.pdf"',
            "Content-Type: application/pdf\r\n",
            sent.pack,
        ),
    ]
    body = b"".join(
        f"--{boundary}\r\nContent-Disposition: {name}\r\n{more}\r\n".encode() + content + b"\r\n"
        for name, more, content in parts
    )
    return PspRequest(
        method="POST",
        path="/v1/files",
        moves_money=False,
        headers=(
            ("Content-Type", f"multipart/form-data; boundary={boundary}"),
            ("Stripe-Version", API_VERSION),
            ("Idempotency-Key", f"{sent.reference}-file"),
        ),
        body=body + f"--{boundary}--\r\n".encode(),
        credentials=_credentials(merchant),
        base=FILES_URL,
    )


def answer_dispute(sent: SentEvidence, file: str, merchant: Merchant) -> PspRequest:
    """Hand a file in as evidence, for the bank to see at once: Stripe takes it once."""
    pairs = [
        ("evidence[uncategorized_file]", file),
        (f"metadata[{REFERENCE}]", sent.reference),
        ("submit", "true"),
    ]
    path = f"{DISPUTES}/{quote(sent.dispute_ref, safe='')}"
    return replace(_post(path, pairs, merchant, key=sent.reference), moves_money=False)


def dispute(psp_ref: str, merchant: Merchant) -> PspRequest:
    """Ask for a dispute by its id."""
    return _get(f"{DISPUTES}/{quote(psp_ref, safe='')}", [], merchant)


def cancel(psp_ref: str, merchant: Merchant) -> PspRequest:
    """Cancel a PaymentIntent that took no money.

    It goes without a key: done twice it is done once, and a refusal that is kept under a key would
    stand where it could be canceled a moment later.
    """
    path = f"{INTENTS}/{quote(psp_ref, safe='')}/cancel"
    pairs = [("cancellation_reason", "abandoned"), ("expand[]", "latest_charge")]
    return PspRequest(
        method="POST",
        path=path,
        moves_money=False,
        headers=_FORM,
        body=urlencode(pairs).encode(),
        credentials=_credentials(merchant),
    )


def intent(psp_ref: str, merchant: Merchant) -> PspRequest:
    """Ask for a PaymentIntent by its id, with its charge: this is never behind."""
    path = f"{INTENTS}/{quote(psp_ref, safe='')}"
    return _get(path, [("expand[]", "latest_charge")], merchant)


def one_refund(psp_ref: str, merchant: Merchant) -> PspRequest:
    """Ask for a refund by its id."""
    return _get(f"{REFUNDS}/{quote(psp_ref, safe='')}", [], merchant)


def search(reference: str, merchant: Merchant) -> PspRequest:
    """Search by our reference; what was written a moment ago may not be found yet."""
    quoted = reference.replace("\\", "\\\\").replace("'", "\\'")
    pairs = [("query", f"metadata['{REFERENCE}']:'{quoted}'"), ("limit", "10")]
    return _get(f"{INTENTS}/search", pairs, merchant)


def intents_of(what: Lookup, customer: str, merchant: Merchant, *, after: str | None) -> PspRequest:
    """List a customer's PaymentIntents around ``sent_at``, newest first; lists are never behind."""
    pairs = [("customer", customer), *_around(what.sent_at)]
    return _get(INTENTS, [*pairs, *_page(after)], merchant)


def refunds_of(what: Lookup, merchant: Merchant, *, after: str | None) -> PspRequest:
    """List the refunds of a charge, or of a time where the charge is not known."""
    if what.charge_ref is None:
        pairs = _around(what.sent_at)
    else:
        pairs = [(captured_by(what.charge_ref), what.charge_ref)]
    return _get(REFUNDS, [*pairs, *_page(after)], merchant)


def split_token(token: str) -> tuple[str | None, str]:
    """Split ``cus_…/pm_…`` into customer and payment method; any other token is a method alone.

    Nothing is refused here: what is no payment method is refused by Stripe before it executes.
    """
    customer, slash, method = token.partition("/")
    return (customer, method) if slash and customer.startswith("cus_") else (None, token)


def captured_by(charge_ref: str) -> str:
    """Name the parameter for what captured the money: a charge (imported ones), or an intent."""
    return "charge" if charge_ref.startswith(("ch_", "py_")) else "payment_intent"


def _payer(what: SentAttempt) -> Pairs:
    """Say whether the payer can be sent to their bank, and whether the bank has to see them."""
    if what.return_url is None:
        return [("error_on_requires_action", "true")]
    challenge = ("payment_method_options[card][request_three_d_secure]", "challenge")
    return [("return_url", what.return_url), *([challenge] if what.challenge else [])]


def _consent(initiator: Initiator, *, has_customer: bool) -> Pairs:
    if initiator is Initiator.MERCHANT:
        return [("off_session", "true")]
    return [("setup_future_usage", "off_session")] if has_customer else []


def _around(sent_at: datetime | None) -> Pairs:
    if sent_at is None:
        return []
    return [
        ("created[gte]", str(int((sent_at - _BEFORE).timestamp()))),
        ("created[lte]", str(int((sent_at + _AFTER).timestamp()))),
    ]


def _page(after: str | None) -> Pairs:
    following = [] if after is None else [("starting_after", after)]
    return [("limit", str(PAGE)), *following]


def _post(path: str, pairs: Pairs, merchant: Merchant, *, key: str) -> PspRequest:
    return PspRequest(
        method="POST",
        path=path,
        moves_money=True,
        headers=(*_FORM, ("Idempotency-Key", key)),
        body=urlencode(pairs).encode(),
        credentials=_credentials(merchant),
    )


def _get(path: str, pairs: Pairs, merchant: Merchant) -> PspRequest:
    return PspRequest(
        method="GET",
        path=f"{path}?{urlencode(pairs)}" if pairs else path,
        moves_money=False,
        headers=(("Stripe-Version", API_VERSION),),
        credentials=_credentials(merchant),
    )


def _credentials(merchant: Merchant) -> tuple[tuple[str, str], ...]:
    return (("Authorization", f"Bearer {merchant.secrets[API_SECRET].reveal()}"),)
