"""Store the token of a card at another merchant account, so that it can be charged there too."""

from dataclasses import dataclass
from datetime import datetime

from ledgerline.access.model import GlobalKind
from ledgerline.access.rows import GlobalKeyRow
from ledgerline.access.rules.global_key import global_key
from ledgerline.base import cards
from ledgerline.base.db import Tx
from ledgerline.base.ids import CustomerId, MandateId, PaymentMethodId, SetupId, bucket_of
from ledgerline.base.repeating import repeated
from ledgerline.base.run import Run
from ledgerline.customers import store as customers
from ledgerline.customers.rules.erasure import refuse_erased
from ledgerline.flows.claim_global_keys import claim_global_keys_in
from ledgerline.flows.claim_key import Command, claim_key_in
from ledgerline.payments import mandates, routes
from ledgerline.payments import store as payments
from ledgerline.payments.model import NOTHING_KNOWN, CardFacts
from ledgerline.payments.refusals import (
    InstrumentExists,
    PaymentMethodNotFound,
    PspAccountNotFound,
)
from ledgerline.payments.rows.instruments import NewInstrumentRow
from ledgerline.payments.rows.mandates import NewMandateRow
from ledgerline.payments.rules.accounts import require_active
from ledgerline.payments.rules.cards import (
    expires_on,
    fingerprint_hash,
    refuse_impossible,
    refuse_other_card,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewMandate:
    """What a payer accepted with a mandate, as far as it is known; its provider tells the rest.

    ``notice_days`` is what the text agreed to between notice and debit. ``ip_hash`` proves from
    where it was accepted.
    """

    text_version: str | None = None
    accepted_at: datetime | None = None
    notice_days: int | None = None
    ip_hash: bytes | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewInstrument:
    """A token as a provider's own fields gave it, and what is known of the card there.

    ``network_id`` is the network's id of the charge that first used the card, ``sca_ref`` the proof
    that the payer was authenticated: what a card that comes from elsewhere, or from the set-up
    ``setup_id``, brings with it. What is debited by has a ``mandate``.
    """

    psp_account: str
    psp_token: str
    last4: str
    card: CardFacts = NOTHING_KNOWN
    network_id: str | None = None
    sca_ref: str | None = None
    mandate: NewMandate | None = None
    setup_id: SetupId | None = None


@repeated
async def add_instrument(
    run: Run, method_id: PaymentMethodId, new: NewInstrument, *, command: Command | None = None
) -> None:
    """Let a payment method be charged at one more account; routing chooses among them.

    With a ``command`` a repeat changes nothing. Raises ``PaymentMethodNotFound``, also for one that
    is detached, ``CustomerErased``, ``PspAccountNotFound``, ``PaymentMethodKnown`` and
    ``PaymentTokenTaken`` for a token in use, ``InstrumentExists`` for a second one at an account,
    ``InstrumentContradicts`` for another card, ``CardNumberRefused`` and ``CardFactsRefused``.
    """
    cards.refuse_cards(
        [new.psp_token, *filter(None, [new.card.fingerprint, new.network_id, new.sca_ref])]
    )
    refuse_impossible(new.card)
    bucket = bucket_of(method_id)
    async with run.transaction() as tx:
        if command is not None:
            held = await claim_key_in(tx, bucket=bucket, command=command, subject_id=method_id)
            if held is not None:
                return
        found = await payments.read_payment_methods(tx, buckets=[bucket], ids=[method_id])
        if not found:
            raise PaymentMethodNotFound("there is no such payment method")
        owners = await customers.lock_customers(tx, buckets=[bucket], ids=[found[0].customer_id])
        refuse_erased(owners[0])
        await require_account_in(tx, new.psp_account)
        known = await routes.read_instruments(tx, buckets=[bucket], ids=[method_id])
        if not known:  # it was detached while its customer was waited for
            raise PaymentMethodNotFound("there is no such payment method")
        if any(one.psp_account == new.psp_account for one in known):
            raise InstrumentExists("it has a token at this account", account=new.psp_account)
        refuse_other_card(new.card, new.last4, found[0], known)
        await claim_global_keys_in(tx, [token_key(new, owners[0].id)])
        no = max(one.no for one in known) + 1
        await payments.add_instrument(tx, instrument_row(run, new, method_id, no=no))
        await keep_mandate_in(tx, run, new, method_id, customer_id=owners[0].id)


async def keep_mandate_in(
    tx: Tx,
    run: Run,
    new: NewInstrument,
    method_id: PaymentMethodId,
    *,
    customer_id: CustomerId,
) -> None:
    """Keep the mandate that an instrument is, if it is one; it is looked at soon."""
    if new.mandate is None:
        return
    bucket, now, mandate = bucket_of(method_id), run.now(), new.mandate
    await mandates.add_mandate(
        tx,
        NewMandateRow(
            bucket=bucket,
            id=MandateId(run.new_id(bucket)),
            customer_id=customer_id,
            payment_method_id=method_id,
            psp_account=new.psp_account,
            psp_token=new.psp_token,
            scheme=None,
            reference=None,
            notice_days=mandate.notice_days,
            text_version=mandate.text_version,
            accepted_at=mandate.accepted_at,
            ip_hash=mandate.ip_hash,
            look_at=now,
            created_at=now,
        ),
    )


async def require_account_in(tx: Tx, code: str) -> None:
    """Refuse an account that is not there or takes no new charges."""
    accounts = {row.code: row.status for row in await routes.read_accounts(tx)}
    if code not in accounts:
        raise PspAccountNotFound("there is no such account", account=code)
    require_active(code, accounts[code])


def token_key(new: NewInstrument, customer_id: CustomerId) -> GlobalKeyRow:
    """Say that a token belongs to a customer."""
    return global_key(
        GlobalKind.PAYMENT_TOKEN, new.psp_account, new.psp_token, bucket=bucket_of(customer_id),
        owner_id=customer_id,
    )  # fmt: skip


def instrument_row(
    run: Run, new: NewInstrument, method_id: PaymentMethodId, *, no: int
) -> NewInstrumentRow:
    """Build the row of a method's ``no``-th instrument; of a fingerprint a keyed hash is kept."""
    card = new.card
    return NewInstrumentRow(
        bucket=bucket_of(method_id),
        payment_method_id=method_id,
        no=no,
        psp_account=new.psp_account,
        psp_token=new.psp_token,
        fingerprint_hash=fingerprint_hash(card, psp_account=new.psp_account, key=run.keyring.kek),
        bin=card.bin,
        funding=card.funding,
        issuer_country=card.issuer_country,
        expires_on=expires_on(card.expires),
        nti_initial=new.network_id,
        sca_ref=new.sca_ref,
        setup_id=new.setup_id,
    )
