"""The connector itself: what it can do, what it asks of an account, and who reads what."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import BinaryIO, Final

from typing_extensions import override

from ledgerline.payments.adapters.gocardless import (
    mandates,
    payout_export,
    requests,
    setting_up,
    talk,
    webhooks,
)
from ledgerline.payments.adapters.merchant_checks import check_names, check_secret, check_url
from ledgerline.payments.capabilities import (
    CancelKind,
    Capabilities,
    Debits,
    LookupKind,
    SetUp,
    SetUpSource,
)
from ledgerline.payments.contract import (
    Conversation,
    MandateLook,
    Merchant,
    Psp,
    Secret,
    SettlementLine,
)
from ledgerline.payments.model import Action, Lookup, VerifiedEvent
from ledgerline.payments.refusals import PspAccountRefused
from ledgerline.payments.setups import SentSetup

CAPABILITIES: Final = Capabilities(
    key_window=timedelta(days=1),  # not published, so relied on no longer
    lookup=LookupKind.BY_REFERENCE,  # in the list of a mandate or payment, which has no end
    replays_refusals=True,  # a used key names what it created, also what has failed since
    answers_late=True,
    three_ds=False,
    cancel=CancelKind.HELD,  # until it goes to the banks
    confirms=False,
    batch_webhooks=True,
    settlement_file=True,
    set_up=SetUp(
        sources=frozenset({SetUpSource.PAGE}),
        lookup=LookupKind.BY_REFERENCE,
        cancel=CancelKind.HELD,
        confirms=False,
        # whoever is asked by letter may have to look for their account; a page lasts for a week
        open_for=timedelta(days=1),
    ),
    debits=Debits(sends_notices=True, lead_bank_days=4),  # it publishes three to four by scheme
)
BY_US: Final = replace(CAPABILITIES, debits=Debits(sends_notices=False, lead_bank_days=4))
NOTICES: Final = "debit_notices"
NOTICES_BY: Final = frozenset({"gocardless", "ledgerline"})
WEBHOOK_SECRETS: Final = ("webhook_secret", "previous_webhook_secret")  # while it is rotated


class GoCardless(Psp):
    """Collect by mandate; without state, so one value serves all accounts."""

    capabilities = CAPABILITIES

    @override
    def capabilities_of(self, merchant: Merchant) -> Capabilities:
        return BY_US if merchant.settings.get(NOTICES) == "ledgerline" else self.capabilities

    @override
    def check(
        self, settings: Mapping[str, str], secrets: Mapping[str, Secret], *, live: bool
    ) -> None:
        check_names(settings, required={"base_url"}, optional={requests.CONFIRMATION, NOTICES})
        check_url("base_url", settings["base_url"], live=live)
        confirmation = settings.get(requests.CONFIRMATION, requests.CONFIRMATION_OFF)
        if confirmation != requests.CONFIRMATION_OFF:
            raise PspAccountRefused(
                f"{requests.CONFIRMATION} can only be {requests.CONFIRMATION_OFF}",
                name=requests.CONFIRMATION,
            )
        if settings.get(NOTICES, "gocardless") not in NOTICES_BY:
            raise PspAccountRefused(f"{NOTICES} can only be gocardless or ledgerline", name=NOTICES)
        current, previous = WEBHOOK_SECRETS
        check_names(secrets, required={requests.ACCESS_TOKEN, current}, optional={previous})
        for name, secret in secrets.items():
            check_secret(name, secret)

    @override
    def talk(self, what: Action, merchant: Merchant) -> Conversation:
        if isinstance(what, Lookup):
            return talk.lookup(what, merchant)
        return talk.creation(what, merchant)

    @override
    def cancel(self, subject: Lookup, merchant: Merchant) -> Conversation:
        return talk.cancellation(subject, merchant)

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
    def look_at_mandate(self, psp_token: str, merchant: Merchant) -> MandateLook:
        return mandates.look(psp_token, merchant)

    @override
    def read_webhook(
        self, headers: Mapping[str, str], raw: bytes, merchant: Merchant, *, now: datetime
    ) -> Sequence[VerifiedEvent]:
        known = [merchant.secrets[name] for name in WEBHOOK_SECRETS if name in merchant.secrets]
        webhooks.verified(headers, raw, secrets=[secret.reveal() for secret in known])
        return list(webhooks.read(raw))

    @override
    def read_settlement(self, raw: BinaryIO) -> Iterator[SettlementLine]:
        return payout_export.lines(raw)
