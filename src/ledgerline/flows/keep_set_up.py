"""Keep what a set-up verified as a payment method of its customer."""

from ledgerline.base.db import Tx
from ledgerline.base.ids import PaymentMethodId
from ledgerline.base.run import Run
from ledgerline.flows.add_instrument import NewInstrument, NewMandate, token_key
from ledgerline.flows.add_payment_method import NewPaymentMethod, add_payment_method_in
from ledgerline.flows.claim_global_keys import claim_global_keys_in
from ledgerline.flows.record_mandate import Fact, record_mandate_in
from ledgerline.flows.set_default_method import set_default_method_in
from ledgerline.payments import mandates, setting_up
from ledgerline.payments.debits import MandateSource
from ledgerline.payments.model import Reading
from ledgerline.payments.rows.instruments import ChargedRow
from ledgerline.payments.rows.setups import SetupRow
from ledgerline.payments.rules.cards import expires_on, fingerprint_hash
from ledgerline.payments.rules.setting_up import Keep
from ledgerline.payments.setups import GivenMandate


async def keep_set_up_in(
    tx: Tx, run: Run, row: SetupRow, *, kept: Keep, reading: Reading
) -> PaymentMethodId:
    """Add the method, or find the one that has the token, and anchor it; return which it is.

    Called by ``settle_setup``, under the locks of customer and set-up. The network's id and the
    proof that the payer was authenticated are kept with it, so that a charge without the payer
    rests on them. Where the set-up makes it the default, what is open is tried by it at once; one
    that somebody canceled, and that succeeded all the same, changes nothing but that it is there.
    A mandate comes with what its provider said of it, as the first of its facts. Raises
    ``PaymentTokenTaken``.
    """
    token = NewInstrument(psp_account=row.psp_account, psp_token=kept.token, last4=kept.last4)
    await claim_global_keys_in(tx, [token_key(token, row.customer_id)])
    known = await setting_up.find_token(
        tx, bucket=row.bucket, customer_id=row.customer_id, psp_account=row.psp_account,
        psp_token=kept.token,
    )  # fmt: skip
    sca_ref = None if reading.authentication is None else reading.authentication.transaction_id
    if known is None:
        method_id = PaymentMethodId(run.new_id(row.bucket))
        new = NewPaymentMethod(
            customer_id=row.customer_id,
            psp_account=row.psp_account,
            psp_token=kept.token,
            brand=kept.brand,
            last4=kept.last4,
            card=reading.card,
            network_id=reading.network_id,
            sca_ref=sca_ref,
            setup_id=row.id,
            mandate=None if kept.mandate is None else NewMandate(accepted_at=kept.mandate.given_at),
        )
        await add_payment_method_in(tx, run, method_id, new)
    else:
        method_id = known.payment_method_id
        told = _told(run, row, method_id, kept=kept, reading=reading)
        await setting_up.anchor_instrument(tx, told, setup_id=row.id, sca_ref=sca_ref)
    if row.makes_default and row.canceled_at is None:
        await set_default_method_in(tx, row.customer_id, method_id=method_id, now=run.now())
    if kept.mandate is not None:
        await _keep_seen(tx, run, row, kept=kept, mandate=kept.mandate)
    return method_id


async def _keep_seen(tx: Tx, run: Run, row: SetupRow, *, kept: Keep, mandate: GivenMandate) -> None:
    """Keep how a mandate stood when it was given; what is not understood is looked at soon."""
    seen = mandate.reading
    if seen.event is None:
        return
    found = await mandates.find_mandates(tx, psp_account=row.psp_account, psp_token=kept.token)
    fact = Fact(
        f"set-up-{row.id}",
        seen.event,
        MandateSource.LOOK,
        occurred_at=run.now(),
        reading=seen,
    )
    for named in found:
        await record_mandate_in(tx, run, named, fact)


def _told(
    run: Run, row: SetupRow, method_id: PaymentMethodId, *, kept: Keep, reading: Reading
) -> ChargedRow:
    card = reading.card
    return ChargedRow(
        bucket=row.bucket,
        payment_method_id=method_id,
        psp_account=row.psp_account,
        psp_token=kept.token,
        fingerprint_hash=fingerprint_hash(card, psp_account=row.psp_account, key=run.keyring.kek),
        bin=card.bin,
        funding=card.funding,
        issuer_country=card.issuer_country,
        expires_on=expires_on(card.expires),
        nti=reading.network_id,
        cit_attempt=None,
    )
