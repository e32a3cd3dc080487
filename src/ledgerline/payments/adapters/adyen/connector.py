"""The connector itself: builds requests, delegates reading."""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import BinaryIO, Final, assert_never
from urllib.parse import quote

from typing_extensions import override

from ledgerline.payments.adapters.adyen import notifications, reading, settlement, wire
from ledgerline.payments.adapters.adyen.amounts import value_of
from ledgerline.payments.adapters.merchant_checks import check_names, check_secret, check_url
from ledgerline.payments.capabilities import CancelKind, Capabilities, LookupKind
from ledgerline.payments.contract import (
    Conversation,
    Merchant,
    Psp,
    PspRequest,
    Secret,
    SettlementLine,
)
from ledgerline.payments.model import (
    Action,
    Initiator,
    Lookup,
    SentAttempt,
    SentRefund,
    VerifiedEvent,
)
from ledgerline.payments.refusals import PspAccountRefused

CAPABILITIES: Final = Capabilities(
    key_window=timedelta(days=6),  # "API idempotency" says at least seven
    lookup=LookupKind.NONE,
    replays_refusals=True,
    answers_late=True,
    three_ds=False,
    cancel=CancelKind.NONE,
    confirms=False,
    batch_webhooks=True,
    settlement_file=True,
)
VERSION: Final = "v71"
API_KEY: Final = "api_key"
ACCOUNT: Final = "merchant_account"
HMAC_KEYS: Final = ("hmac_key", "previous_hmac_key")  # while it is rotated
# A payment needs one, and nobody is sent there: authentication is switched off.
RETURN_URL: Final = "https://return.invalid/"
_ACCOUNT: Final = re.compile(r"[A-Za-z0-9_.-]{1,80}")
# Our token: the shopper, whose name may hold slashes, and the method that is stored there.
_TOKEN: Final = re.compile(r"(?P<shopper>[!-~]{3,256})/(?P<method>[!-.0-~]{1,64})")
# "Tokenization", payments with a token: the cardholder is known to the merchant, present or not.
_INTERACTION: Final = "ContAuth"
_MODELS: Final[Mapping[Initiator, str]] = {
    Initiator.CUSTOMER: "CardOnFile",
    Initiator.MERCHANT: "Subscription",
}
# Authorised is captured, whatever delay is the default of the account.
_AT_ONCE: Final = 0


class Adyen(Psp):
    """Speak the Checkout API; without state, so one value serves all accounts.

    What cannot be said in Adyen's words (an amount that is finer than its minor units, a token of
    another form) is left out of the request. Adyen then refuses it before it does anything.
    """

    capabilities = CAPABILITIES

    @override
    def check(
        self, settings: Mapping[str, str], secrets: Mapping[str, Secret], *, live: bool
    ) -> None:
        check_names(settings, required={"base_url", ACCOUNT})
        check_url("base_url", settings["base_url"], live=live)
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


def _payment(what: SentAttempt, account: str) -> wire.PaymentOrder:
    value, token = value_of(what.amount), _TOKEN.fullmatch(what.psp_token)
    return wire.PaymentOrder(
        merchant_account=account,
        reference=what.reference,
        return_url=RETURN_URL,
        shopper_interaction=_INTERACTION,
        recurring_processing_model=_MODELS[what.initiator],
        capture_delay_hours=_AT_ONCE,
        authentication_data=wire.AuthenticationWish("never"),
        amount=None if value is None else wire.Amount(what.amount.currency, value),
        payment_method=wire.StoredCard(stored_payment_method_id=token["method"]) if token else None,
        shopper_reference=token["shopper"] if token else None,
    )


def _refund(what: SentRefund, account: str) -> wire.RefundOrder:
    value = value_of(what.amount)
    return wire.RefundOrder(
        merchant_account=account,
        reference=what.reference,
        amount=None if value is None else wire.Amount(what.amount.currency, value),
    )


def _order(
    path: str,
    merchant: Merchant,
    *,
    order: wire.PaymentOrder | wire.RefundOrder | wire.MethodsOrder,
    key: str | None = None,
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
