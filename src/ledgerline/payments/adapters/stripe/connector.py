"""The connector itself: builds requests, delegates reading."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import BinaryIO, Final, assert_never

from typing_extensions import override

from ledgerline.payments.adapters.merchant_checks import check_names, check_secret, check_url
from ledgerline.payments.adapters.stripe import (
    evidence,
    lookups,
    reading,
    requests,
    setting_up,
    settlement,
    webhooks,
)
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
    Secret,
    SettlementLine,
)
from ledgerline.payments.disputes import SentEvidence
from ledgerline.payments.model import Action, Lookup, SentAttempt, SentRefund, VerifiedEvent
from ledgerline.payments.setups import SentSetup

CAPABILITIES: Final = Capabilities(
    key_window=timedelta(hours=21),  # pruned after a day at the earliest
    lookup=LookupKind.BY_REFERENCE,
    replays_refusals=True,
    answers_late=True,
    three_ds=True,
    cancel=CancelKind.HELD,
    confirms=False,  # what the payer did is told to Stripe by their bank
    batch_webhooks=False,
    settlement_file=True,
    set_up=SetUp(
        sources=frozenset({SetUpSource.TOKEN}),
        lookup=LookupKind.BY_REFERENCE,
        cancel=CancelKind.HELD,
        confirms=False,
        open_for=timedelta(minutes=30),
    ),
)
WEBHOOK_SECRETS: Final = ("webhook_secret", "previous_webhook_secret")  # while it is rotated


EVIDENCE: Final = Evidence(bytes_max=4_000_000, lookup=True, names_defences=False)
"""Of an account whose ``files_url`` is known: files go to an address of their own."""


class Stripe(Psp):
    """Speak to Stripe; without state, so one value serves all accounts."""

    capabilities = CAPABILITIES

    @override
    def capabilities_of(self, merchant: Merchant) -> Capabilities:
        takes_files = requests.FILES_URL in merchant.settings
        return replace(CAPABILITIES, evidence=EVIDENCE) if takes_files else CAPABILITIES

    @override
    def check(
        self, settings: Mapping[str, str], secrets: Mapping[str, Secret], *, live: bool
    ) -> None:
        check_names(settings, required={BASE_URL}, optional={requests.FILES_URL})
        for name, address in settings.items():
            check_url(name, address, live=live)
        current, previous = WEBHOOK_SECRETS
        check_names(secrets, required={requests.API_SECRET, current}, optional={previous})
        for name, secret in secrets.items():
            check_secret(name, secret)

    @override
    def talk(self, what: Action, merchant: Merchant) -> Conversation:
        match what:
            case SentAttempt():
                return reading.of_charge(what, (yield requests.charge(what, merchant)))
            case SentRefund():
                return reading.of_refund(what, (yield requests.refund(what, merchant)))
            case Lookup():
                return (yield from lookups.ask(what, merchant))
            case _:
                assert_never(what)

    @override
    def cancel(self, subject: Lookup, merchant: Merchant) -> Conversation:
        return lookups.cancel(subject, merchant)

    @override
    def set_up(self, sent: SentSetup, merchant: Merchant) -> Conversation:
        return setting_up.set_up(sent, merchant)

    @override
    def find_set_up(self, subject: Lookup, merchant: Merchant) -> Conversation:
        return setting_up.find(subject, merchant)

    @override
    def cancel_set_up(self, subject: Lookup, merchant: Merchant) -> Conversation:
        return setting_up.cancel(subject, merchant)

    @override
    def send_evidence(self, sent: SentEvidence, merchant: Merchant) -> Conversation:
        return evidence.send(sent, merchant)

    @override
    def find_evidence(self, sent: SentEvidence, merchant: Merchant) -> Conversation:
        return evidence.find(sent, merchant)

    @override
    def read_webhook(
        self, headers: Mapping[str, str], raw: bytes, merchant: Merchant, *, now: datetime
    ) -> Sequence[VerifiedEvent]:
        known = [merchant.secrets[name] for name in WEBHOOK_SECRETS if name in merchant.secrets]
        webhooks.verify(headers, raw, secrets=[secret.reveal() for secret in known], now=now)
        return [webhooks.told(raw)]

    @override
    def read_settlement(self, raw: BinaryIO) -> Iterator[SettlementLine]:
        return settlement.read(raw)
