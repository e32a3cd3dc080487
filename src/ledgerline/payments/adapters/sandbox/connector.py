"""The connector itself: builds requests, delegates reading."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import BinaryIO, Final, assert_never
from urllib.parse import quote

from msgspec import UNSET
from typing_extensions import override

from ledgerline.payments.adapters import strict_json
from ledgerline.payments.adapters.merchant_checks import check_names, check_secret, check_url
from ledgerline.payments.adapters.sandbox import (
    disputing,
    evidence,
    outcomes,
    reading,
    setting_up,
    statement,
    wire,
)
from ledgerline.payments.adapters.sandbox.setting_up import API_SECRET, credentials
from ledgerline.payments.adapters.standard_webhooks import is_key, verified_id
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
    Merchant,
    Psp,
    PspRequest,
    Secret,
    SettlementLine,
    SettlementTotal,
)
from ledgerline.payments.disputes import SentEvidence
from ledgerline.payments.model import (
    Action,
    ChargeKind,
    EvidenceKind,
    Lookup,
    Outcome,
    SentAttempt,
    SentRefund,
    VerifiedEvent,
)
from ledgerline.payments.refusals import PspAccountRefused
from ledgerline.payments.setups import SentSetup

CAPABILITIES: Final = Capabilities(
    key_window=timedelta(days=7),
    lookup=LookupKind.BY_REFERENCE,
    replays_refusals=True,
    answers_late=True,
    three_ds=True,
    cancel=CancelKind.BY_REFERENCE,
    confirms=False,
    batch_webhooks=False,
    settlement_file=True,
    set_up=SetUp(
        sources=frozenset({SetUpSource.TOKEN, SetUpSource.PAGE}),
        lookup=LookupKind.BY_REFERENCE,
        cancel=CancelKind.BY_REFERENCE,
        confirms=False,
        open_for=timedelta(minutes=30),
    ),
    evidence=Evidence(bytes_max=1_000_000, lookup=True, names_defences=False),
)
WEBHOOK_SECRETS: Final = ("webhook_secret", "previous_webhook_secret")  # while it is rotated
_CHARGES: Final = "/v1/charges"
_REFUNDS: Final = "/v1/refunds"


class Sandbox(Psp):
    """Speak the native dialect; without state, so one value serves all accounts."""

    capabilities = CAPABILITIES

    @override
    def capabilities_of(self, merchant: Merchant) -> Capabilities:
        fields = f"{merchant.settings[BASE_URL].rstrip('/')}/fields"
        return replace(CAPABILITIES, card_fields=fields)

    @override
    def check(
        self, settings: Mapping[str, str], secrets: Mapping[str, Secret], *, live: bool
    ) -> None:
        check_names(settings, required={"base_url"})
        check_url("base_url", settings["base_url"], live=live)
        current, previous = WEBHOOK_SECRETS
        check_names(secrets, required={API_SECRET, current}, optional={previous})
        for name, secret in secrets.items():
            check_secret(name, secret)
            if name in WEBHOOK_SECRETS and not is_key(secret.reveal()):
                raise PspAccountRefused(f"{name} is not base64 after whsec_", name=name)

    @override
    def talk(self, what: Action, merchant: Merchant) -> Conversation:
        answer = yield _request(what, merchant)
        if isinstance(what, Lookup):
            return reading.of_lookup(what, answer)
        return reading.of_answer(what, answer)

    @override
    def cancel(self, subject: Lookup, merchant: Merchant) -> Conversation:
        answer = yield PspRequest(
            method="POST",
            path=f"{_CHARGES}/cancel",
            moves_money=False,
            headers=(("Content-Type", "application/json"),),
            body=wire.encode(wire.CancelOrder(subject.reference)),
            credentials=credentials(merchant),
        )
        return reading.of_cancellation(subject, answer)

    @override
    def set_up(self, sent: SentSetup, merchant: Merchant) -> Conversation:
        answer = yield setting_up.order(sent, merchant)
        return setting_up.of_answer(sent, answer)

    @override
    def find_set_up(self, subject: Lookup, merchant: Merchant) -> Conversation:
        answer = yield setting_up.search(subject, merchant)
        return setting_up.of_lookup(subject, answer)

    @override
    def cancel_set_up(self, subject: Lookup, merchant: Merchant) -> Conversation:
        answer = yield setting_up.cancel(subject, merchant)
        return setting_up.of_cancellation(subject, answer)

    @override
    def send_evidence(self, sent: SentEvidence, merchant: Merchant) -> Conversation:
        return evidence.of_answer(sent, (yield evidence.order(sent, merchant)))

    @override
    def find_evidence(self, sent: SentEvidence, merchant: Merchant) -> Conversation:
        return evidence.of_lookup(sent, (yield evidence.search(sent, merchant)))

    @override
    def read_webhook(
        self, headers: Mapping[str, str], raw: bytes, merchant: Merchant, *, now: datetime
    ) -> Sequence[VerifiedEvent]:
        known = [merchant.secrets[name] for name in WEBHOOK_SECRETS if name in merchant.secrets]
        secrets = [secret.reveal() for secret in known]
        event_key = verified_id(headers, raw, secrets=secrets, now=now)
        event = strict_json.decode_signed(raw, wire.Event)
        return [
            _nothing(event_key, reading.UNREADABLE) if event is None else _told(event_key, event)
        ]

    @override
    def read_settlement(self, raw: BinaryIO) -> Iterator[SettlementLine | SettlementTotal]:
        return statement.read(raw)


def _told(event_key: str, event: wire.Event) -> VerifiedEvent:
    if event.type in disputing.EVENTS:
        return _disputed(event_key, event)
    if event.type in setting_up.EVENTS:
        return setting_up.told(event_key, event)
    if event.type not in outcomes.EVENTS:
        return _nothing(event_key, event.type)
    kind, status = outcomes.EVENTS[event.type]
    held: reading.Held | None
    if kind is ChargeKind.CHARGE:
        held = strict_json.convert(event.data, wire.Charge)
    else:
        held = strict_json.convert(event.data, wire.Refund)
    if held is None:
        return _nothing(event_key, event.type, kind=kind)
    # a type that its own object contradicts proves nothing
    outcome = reading.outcome_of(held) if held.status == status else Outcome.UNKNOWN
    return VerifiedEvent(
        event_key=event_key,
        event_type=event.type,
        kind=kind,
        reference=held.reference,
        reading=reading.of_held(held, outcome, kind=EvidenceKind.WEBHOOK),
    )


def _disputed(event_key: str, event: wire.Event) -> VerifiedEvent:
    found = disputing.read(event)
    return VerifiedEvent(
        event_key=event_key,
        event_type=event.type,
        kind=ChargeKind.CHARGE,
        reference=None if found is None else found[0],
        reading=None,
        alarm="a dispute that cannot be read" if found is None else None,
        dispute=None if found is None else found[1],
    )


def _nothing(event_key: str, event_type: str, *, kind: ChargeKind | None = None) -> VerifiedEvent:
    return VerifiedEvent(
        event_key=event_key, event_type=event_type, kind=kind, reference=None, reading=None
    )


def _request(what: Action, merchant: Merchant) -> PspRequest:
    match what:
        case SentAttempt():
            return _order(_CHARGES, merchant, _charge(what))
        case SentRefund():
            return _order(_REFUNDS, merchant, _refund(what))
        case Lookup():
            path = _CHARGES if what.kind is ChargeKind.CHARGE else _REFUNDS
            return PspRequest(
                method="GET",
                path=f"{path}?reference={quote(what.reference, safe='')}",
                moves_money=False,
                credentials=credentials(merchant),
            )
        case _:
            assert_never(what)


def _charge(what: SentAttempt) -> wire.ChargeOrder:
    return wire.ChargeOrder(
        reference=what.reference,
        amount=what.amount.minor,
        currency=what.amount.currency,
        payment_token=what.psp_token,
        initiator=what.initiator,
        description=f"payment {what.payment_id}",
        return_url=what.return_url or UNSET,
        challenge=what.challenge or UNSET,
    )


def _refund(what: SentRefund) -> wire.RefundOrder:
    return wire.RefundOrder(
        reference=what.reference,
        charge=what.charge_ref,
        amount=what.amount.minor,
        currency=what.amount.currency,
    )


def _order(path: str, merchant: Merchant, order: wire.ChargeOrder | wire.RefundOrder) -> PspRequest:
    """Build the request of an order, under whose reference the provider keeps its answer."""
    return PspRequest(
        method="POST",
        path=path,
        moves_money=True,
        headers=(("Content-Type", "application/json"), ("Idempotency-Key", order.reference)),
        body=wire.encode(order),
        credentials=credentials(merchant),
    )
