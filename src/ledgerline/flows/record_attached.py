"""Record what a purchase or a change leaves on its subscription beside the terms."""

from datetime import datetime

from ledgerline.base.db import Tx
from ledgerline.base.ids import CustomerId, SubscriptionId, bucket_of
from ledgerline.base.run import Run
from ledgerline.flows.name_externally import name_externally_in
from ledgerline.flows.read_buyer import sealing_in
from ledgerline.subscriptions import store as subscriptions
from ledgerline.subscriptions.model import Attached
from ledgerline.subscriptions.rows import AgreementRow
from ledgerline.subscriptions.rules.agreements import ip_hash, refuse_unusable


async def record_attached_in(
    tx: Tx,
    run: Run,
    attached: Attached,
    *,
    customer_id: CustomerId,
    subscription_id: SubscriptionId,
    now: datetime,
) -> None:
    """Reserve the external id, and record the texts the payer accepted: of an address only a hash.

    Called by ``start_purchase`` in the transaction that made the subscription, and by
    ``change_subscription``. What was accepted at the same instant before is kept once. Raises
    ``ExternalIdTaken``, ``AgreementsRefused`` and ``PayerIpRefused``; whoever reads them from a
    caller refuses the last two earlier.
    """
    refuse_unusable(attached)
    await name_externally_in(
        tx, "subscription", subscription_id, was=None, becomes=attached.external_id
    )
    if not attached.agreements:
        return
    hashed = None
    if attached.payer_ip is not None:
        sealing = await sealing_in(tx, run, customer_id=customer_id)
        if sealing is not None:
            hashed = ip_hash(attached.payer_ip, data_key=sealing.data_key)
    rows = [
        AgreementRow(
            bucket=bucket_of(subscription_id),
            subscription_id=subscription_id,
            kind=one.kind,
            text_version=one.text_version,
            language=one.language,
            accepted_at=now,
            channel=attached.channel,
            ip_hash=hashed,
        )
        for one in attached.agreements
    ]
    await subscriptions.add_agreements(tx, rows)
