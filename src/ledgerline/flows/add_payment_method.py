"""Store what a customer can be charged with: the provider's token, never a card number."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from ledgerline.base import cards
from ledgerline.base.db import Tx
from ledgerline.base.ids import CustomerId, PaymentMethodId, SetupId, bucket_of
from ledgerline.base.repeating import repeated
from ledgerline.base.run import Run
from ledgerline.customers import store as customers
from ledgerline.customers.model import CustomerNotFound
from ledgerline.customers.rules.erasure import refuse_erased
from ledgerline.flows.add_instrument import (
    NewInstrument,
    NewMandate,
    instrument_row,
    keep_mandate_in,
    require_account_in,
    token_key,
)
from ledgerline.flows.claim_global_keys import claim_global_keys_in
from ledgerline.flows.claim_key import Command, claim_key_in
from ledgerline.flows.name_externally import name_externally_in
from ledgerline.payments import store as payments
from ledgerline.payments.model import NOTHING_KNOWN, CardFacts
from ledgerline.payments.rows.instruments import NewPaymentMethodRow
from ledgerline.payments.rules.cards import refuse_impossible


@dataclass(frozen=True, slots=True)
class NewPaymentMethod:
    """A token as the provider's own fields gave it, and what may be shown of it.

    ``network_id`` is the network's id of the charge that first used the card, ``sca_ref`` the proof
    that the payer was authenticated: what a method that comes from elsewhere, or from the set-up
    ``setup_id``, brings with it. A bank debit has a ``mandate``.
    """

    customer_id: CustomerId
    psp_account: str
    psp_token: str
    brand: str
    last4: str
    card: CardFacts = NOTHING_KNOWN
    network_id: str | None = None
    sca_ref: str | None = None
    setup_id: SetupId | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)
    external_id: str | None = None
    mandate: NewMandate | None = None


@repeated
async def add_payment_method(
    run: Run, new: NewPaymentMethod, *, command: Command | None = None
) -> PaymentMethodId:
    """Store a payment method; the same token twice raises ``PaymentMethodKnown``.

    While it is attached its token belongs to this customer: another one's raises
    ``PaymentTokenTaken``. With a ``command`` a repeat returns the first one. Raises
    ``CustomerNotFound``, ``CustomerErased``, ``PspAccountNotFound``, ``CardNumberRefused``,
    ``CardFactsRefused``, ``ExternalIdTaken`` and those of ``claim_key_in``.
    """
    told = [new.card.fingerprint, new.network_id, new.sca_ref, new.external_id]
    cards.refuse_cards(
        [new.psp_token, new.brand, new.last4, *filter(None, told), dict(new.metadata)]
    )
    refuse_impossible(new.card)
    bucket = bucket_of(new.customer_id)
    method_id = PaymentMethodId(run.new_id(bucket))
    async with run.transaction() as tx:
        if command is not None:
            held = await claim_key_in(tx, bucket=bucket, command=command, subject_id=method_id)
            if held is not None:
                assert held.subject_id is not None, held.key
                return PaymentMethodId(held.subject_id)
        await _refuse_unowned(tx, new)
        await add_payment_method_in(tx, run, method_id, new)
    return method_id


async def add_payment_method_in(
    tx: Tx, run: Run, method_id: PaymentMethodId, new: NewPaymentMethod
) -> None:
    """Do the same in the transaction of a caller who has locked the customer."""
    token = _token(new)
    await claim_global_keys_in(tx, [token_key(token, new.customer_id)])
    await name_externally_in(tx, "payment_method", method_id, was=None, becomes=new.external_id)
    async with tx.pipeline():
        await payments.add_payment_method(
            tx,
            NewPaymentMethodRow(
                bucket=bucket_of(method_id),
                id=method_id,
                customer_id=new.customer_id,
                brand=new.brand,
                last4=new.last4,
                metadata=json.dumps(dict(new.metadata)),
                external_id=new.external_id,
                created_at=run.now(),
            ),
        )
        await payments.add_instrument(tx, instrument_row(run, token, method_id, no=1))
        await keep_mandate_in(tx, run, token, method_id, customer_id=new.customer_id)


async def _refuse_unowned(tx: Tx, new: NewPaymentMethod) -> None:
    """Lock the customer; refuse one who is not there or erased, and an account that is not."""
    owners = await customers.lock_customers(
        tx, buckets=[bucket_of(new.customer_id)], ids=[new.customer_id]
    )
    if not owners:
        raise CustomerNotFound("there is no such customer", customer=str(new.customer_id))
    refuse_erased(owners[0])
    await require_account_in(tx, new.psp_account)


def _token(new: NewPaymentMethod) -> NewInstrument:
    return NewInstrument(
        psp_account=new.psp_account,
        psp_token=new.psp_token,
        last4=new.last4,
        card=new.card,
        network_id=new.network_id,
        sca_ref=new.sca_ref,
        mandate=new.mandate,
        setup_id=new.setup_id,
    )
