"""The connector itself: builds requests, delegates reading."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import sha256
from typing import BinaryIO, Final, assert_never
from urllib.parse import quote, urlencode

import msgspec
from typing_extensions import override

from ledgerline.payments.adapters.adyen import (
    evidence,
    notifications,
    reading,
    setting_up,
    settlement,
    wire,
)
from ledgerline.payments.adapters.adyen.amounts import value_of
from ledgerline.payments.adapters.merchant_checks import check_names, check_secret, check_url
from ledgerline.payments.capabilities import (
    CancelKind,
    Capabilities,
    Evidence,
    LookupKind,
    SetUp,
    SetUpSource,
)
from ledgerline.payments.contract import (
    BASE_URL,
    Conversation,
    DefenceLook,
    Merchant,
    Psp,
    PspRequest,
    Secret,
    SettlementLine,
)
from ledgerline.payments.disputes import SentEvidence
from ledgerline.payments.model import (
    Action,
    Initiator,
    Lookup,
    SentAttempt,
    SentRefund,
    VerifiedEvent,
)
from ledgerline.payments.refusals import PspAccountRefused
from ledgerline.payments.setups import SentSetup

CAPABILITIES: Final = Capabilities(
    key_window=timedelta(days=6),  # "API idempotency" says at least seven
    lookup=LookupKind.NONE,
    replays_refusals=True,
    answers_late=True,
    three_ds=True,
    cancel=CancelKind.HELD,
    confirms=True,
    batch_webhooks=True,
    settlement_file=True,
    set_up=SetUp(
        sources=frozenset({SetUpSource.DATA}),
        lookup=LookupKind.BY_REFERENCE,  # what a success stored, by a shopper of its own
        cancel=CancelKind.HELD,
        confirms=True,
        open_for=timedelta(minutes=30),
    ),
)
EVIDENCE: Final = Evidence(bytes_max=2_000_000, lookup=False, names_defences=True)
"""Of an account whose ``disputes_url`` is known: disputes have an address of their own."""
VERSION: Final = "v71"
API_KEY: Final = "api_key"
ACCOUNT: Final = "merchant_account"
_KEY_DIGITS: Final = 24  # a key has 64 characters at most, and our reference 36 of them
HMAC_KEYS: Final = ("hmac_key", "previous_hmac_key")  # while it is rotated
# A payment needs one. Where nobody can be sent there, authentication is switched off.
RETURN_URL: Final = "https://return.invalid/"
_ACCOUNT: Final = re.compile(r"[A-Za-z0-9_.-]{1,80}")
# Our token: the shopper, whose name may hold slashes, and the method that is stored there.
_TOKEN: Final = re.compile(r"(?P<shopper>[!-~]{3,256})/(?P<method>[!-.0-~]{1,64})")
# "Tokenization", payments with a token: the cardholder is known to the merchant, present or not.
_INTERACTION: Final = "ContAuth"
_PRESENT: Final = "Ecommerce"  # the cardholder gives the card now
_MODELS: Final[Mapping[Initiator, str]] = {
    Initiator.CUSTOMER: "CardOnFile",
    Initiator.MERCHANT: "Subscription",
}
# The payer is sent to a page of Adyen and comes back by a plain link: an address is all we hand on.
_BY_REDIRECT: Final = wire.ThreeDSWish(native_three_ds="disabled")
_BY_LINK: Final = "GET"
_CHANNEL: Final = "Web"
# Asked for beside a redirect, whose page finds out about the browser itself: ours is not the
# payer's, and of theirs nothing is known here.
_BROWSER: Final = wire.Browser(accept_header="*/*", user_agent="Mozilla/5.0 (compatible)")
# Authorised is captured, whatever delay is the default of the account.
_AT_ONCE: Final = 0


class Adyen(Psp):
    """Speak the Checkout API; without state, so one value serves all accounts.

    What cannot be said in Adyen's words (an amount that is finer than its minor units, a token of
    another form) is left out of the request. Adyen then refuses it before it does anything.
    """

    capabilities = CAPABILITIES

    @override
    def capabilities_of(self, merchant: Merchant) -> Capabilities:
        defends = evidence.DISPUTES_URL in merchant.settings
        return replace(CAPABILITIES, evidence=EVIDENCE) if defends else CAPABILITIES

    @override
    def check(
        self, settings: Mapping[str, str], secrets: Mapping[str, Secret], *, live: bool
    ) -> None:
        check_names(settings, required={BASE_URL, ACCOUNT}, optional={evidence.DISPUTES_URL})
        for name in settings.keys() - {ACCOUNT}:
            check_url(name, settings[name], live=live)
        if not _ACCOUNT.fullmatch(settings[ACCOUNT]):
            raise PspAccountRefused(f"{ACCOUNT} is no name of an account", name=ACCOUNT)
        current, previous = HMAC_KEYS
        check_names(secrets, required={API_KEY, current}, optional={previous})
        for name, secret in secrets.items():
            check_secret(name, secret)
            if name in HMAC_KEYS and notifications.key_of(secret.reveal()) is None:
                raise PspAccountRefused(f"{name} is not hexadecimal", name=name)

    @override
    def talk(self, what: Action, merchant: Merchant) -> Conversation:
        answer = yield _request(what, merchant)
        match what:
            case SentAttempt():
                return reading.of_payment(what, answer)
            case SentRefund():
                return reading.of_refund(what, answer)
            case Lookup():
                return reading.of_question(answer)
            case _:
                assert_never(what)

    @override
    def confirm(self, sent: SentAttempt, result: str, merchant: Merchant) -> Conversation:
        return reading.of_details(sent, (yield _details(sent, result, merchant)))

    @override
    def cancel(self, subject: Lookup, merchant: Merchant) -> Conversation:
        return reading.of_cancel(subject, (yield _cancel(subject, merchant)))

    @override
    def set_up(self, sent: SentSetup, merchant: Merchant) -> Conversation:
        order = _set_up(sent, merchant.settings[ACCOUNT])
        request = _order("payments", merchant, order=order, key=sent.reference)
        return setting_up.of_answer(sent, (yield replace(request, moves_money=False)))

    @override
    def find_set_up(self, subject: Lookup, merchant: Merchant) -> Conversation:
        return setting_up.of_stored(subject, (yield _stored(subject, merchant)))

    @override
    def confirm_set_up(self, sent: SentSetup, result: str, merchant: Merchant) -> Conversation:
        request = replace(_details(sent, result, merchant), moves_money=False)
        return setting_up.of_details(sent, (yield request))

    @override
    def cancel_set_up(self, subject: Lookup, merchant: Merchant) -> Conversation:
        return reading.of_cancel(subject, (yield _cancel(subject, merchant)))

    @override
    def defences(self, dispute_ref: str, merchant: Merchant) -> DefenceLook:
        return evidence.look(dispute_ref, merchant)

    @override
    def send_evidence(self, sent: SentEvidence, merchant: Merchant) -> Conversation:
        return evidence.send(sent, merchant)

    @override
    def read_webhook(
        self, headers: Mapping[str, str], raw: bytes, merchant: Merchant, *, now: datetime
    ) -> Sequence[VerifiedEvent]:
        known = [merchant.secrets[name].reveal() for name in HMAC_KEYS if name in merchant.secrets]
        keys = [key for key in map(notifications.key_of, known) if key is not None]
        return notifications.read(raw, keys=keys, account=merchant.settings[ACCOUNT])

    @override
    def read_settlement(self, raw: BinaryIO) -> Iterator[SettlementLine]:
        return settlement.read(raw)


def _request(what: Action, merchant: Merchant) -> PspRequest:
    account = merchant.settings[ACCOUNT]
    match what:
        case SentAttempt():
            return _order("payments", merchant, order=_payment(what, account), key=what.reference)
        case SentRefund():
            path = f"payments/{quote(what.charge_ref, safe='')}/refunds"
            return _order(path, merchant, order=_refund(what, account), key=what.reference)
        case Lookup():  # a read that every account may make: there is none of a payment
            return _order("paymentMethods", merchant, order=wire.MethodsOrder(account))
        case _:
            assert_never(what)


def _details(sent: SentAttempt | SentSetup, result: str, merchant: Merchant) -> PspRequest:
    """Hand in what the payer brought, under a key of its own: another result is another request.

    So what somebody made up does not stand in the way of what the payer brings.
    """
    brought = result.encode("utf-8", "replace")
    key = f"{sent.reference}-{sha256(brought).hexdigest()[:_KEY_DIGITS]}"
    order = wire.DetailsOrder(details=wire.Details(redirect_result=brought.decode()))
    return _order("payments/details", merchant, order=order, key=key)


def _cancel(subject: Lookup, merchant: Merchant) -> PspRequest:
    """Cancel by our reference, which needs no id of Adyen.

    Without a key: a cancel that came to nothing is asked for again, and done twice it is done once.
    """
    order = wire.CancelOrder(
        merchant_account=merchant.settings[ACCOUNT],
        payment_reference=subject.reference,
        reference=subject.reference,
    )
    return _order("cancels", merchant, order=order)


def _payment(what: SentAttempt, account: str) -> wire.PaymentOrder:
    value, token = value_of(what.amount), _TOKEN.fullmatch(what.psp_token)
    order = wire.PaymentOrder(
        merchant_account=account,
        reference=what.reference,
        return_url=RETURN_URL,
        shopper_interaction=_INTERACTION,
        recurring_processing_model=_MODELS[what.initiator],
        capture_delay_hours=_AT_ONCE,
        authentication_data=wire.AuthenticationWish(attempt_authentication="never"),
        amount=None if value is None else wire.Amount(what.amount.currency, value),
        payment_method=wire.StoredCard(stored_payment_method_id=token["method"]) if token else None,
        shopper_reference=token["shopper"] if token else None,
    )
    return _with_payer(order, what)


def _set_up(sent: SentSetup, account: str) -> wire.PaymentOrder:
    """Authorise nothing, and store the card if the issuer agrees (zero-value authorisation).

    The shopper is one of its own, by our reference: whatever is stored for them, this stored.
    """
    order = wire.PaymentOrder(
        merchant_account=account,
        reference=sent.reference,
        return_url=RETURN_URL,
        shopper_interaction=_PRESENT,
        recurring_processing_model=_MODELS[Initiator.MERCHANT],
        capture_delay_hours=_AT_ONCE,
        authentication_data=wire.AuthenticationWish(attempt_authentication="never"),
        amount=wire.Amount(sent.currency, 0),
        payment_method=_new_card(sent.payment_data),
        shopper_reference=sent.reference,
        store_payment_method=True,
    )
    return _with_payer(order, sent)


def _new_card(data: str | None) -> wire.NewCard | None:
    """Read what the fields gave; only what is encrypted is handed on, whatever else stands there.

    What is no such object is left out, and Adyen refuses the request before it does anything.
    """
    try:
        return msgspec.json.decode(data or "", type=wire.NewCard, strict=True)
    except msgspec.DecodeError:
        return None


def _with_payer(order: wire.PaymentOrder, what: SentAttempt | SentSetup) -> wire.PaymentOrder:
    """Let the payer be sent to their bank, where they can come back from it."""
    if what.return_url is None:
        return order
    return msgspec.structs.replace(
        order,
        return_url=what.return_url,
        authentication_data=wire.AuthenticationWish(
            attempt_authentication="always" if what.challenge else None,
            three_ds_request_data=_BY_REDIRECT,
        ),
        channel=_CHANNEL,
        browser_info=_BROWSER,
        redirect_to_issuer_method=_BY_LINK,
        redirect_from_issuer_method=_BY_LINK,
    )


def _stored(subject: Lookup, merchant: Merchant) -> PspRequest:
    """Ask which cards are stored for the shopper of a set-up."""
    asked = {
        "merchantAccount": merchant.settings[ACCOUNT], "shopperReference": subject.reference,
    }  # fmt: skip
    return PspRequest(
        method="GET",
        path=f"/{VERSION}/storedPaymentMethods?{urlencode(asked)}",
        moves_money=False,
        credentials=(("X-API-Key", merchant.secrets[API_KEY].reveal()),),
    )


def _refund(what: SentRefund, account: str) -> wire.RefundOrder:
    value = value_of(what.amount)
    return wire.RefundOrder(
        merchant_account=account,
        reference=what.reference,
        amount=None if value is None else wire.Amount(what.amount.currency, value),
    )


def _order(
    path: str, merchant: Merchant, *, order: wire.Order, key: str | None = None
) -> PspRequest:
    """Build a request; only what is done once at most has a key."""
    keyed = () if key is None else (("Idempotency-Key", key),)
    return PspRequest(
        method="POST",
        path=f"/{VERSION}/{path}",
        moves_money=key is not None,
        headers=(("Content-Type", "application/json"), *keyed),
        body=wire.encode(order),
        credentials=(("X-API-Key", merchant.secrets[API_KEY].reveal()),),
    )
