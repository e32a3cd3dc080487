"""Note on a subscription what the caller's own systems say about it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from ledgerline.base import cards
from ledgerline.base.ids import SubscriptionId, bucket_of
from ledgerline.base.repeating import repeated
from ledgerline.base.run import Run
from ledgerline.customers.model import KEEP, Keep, Kept, VersionStale
from ledgerline.flows.claim_key import Command, claim_key_in
from ledgerline.flows.name_externally import name_externally_in
from ledgerline.flows.refuse_erased import refuse_erased_in
from ledgerline.subscriptions import store as subscriptions
from ledgerline.subscriptions.model import SubscriptionNotFound
from ledgerline.subscriptions.rows import NoteRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Notes:
    """What becomes of the notes; metadata is replaced whole."""

    metadata: Mapping[str, str] | Kept = KEEP
    external_id: str | Kept | None = KEEP


@repeated
async def note_subscription(
    run: Run, subscription_id: SubscriptionId, notes: Notes, *, seen: int,
    command: Command | None = None,
) -> None:  # fmt: skip
    """Replace metadata and external id of a subscription; no change writes nothing.

    ``seen`` is the version the caller read. No term changes, so the log says nothing of it. Raises
    ``SubscriptionNotFound``, ``CustomerErased``, ``VersionStale``, ``CardNumberRefused`` and
    ``ExternalIdTaken``. With a ``command`` a repeat changes nothing.
    """
    bucket = bucket_of(subscription_id)
    async with run.transaction() as tx:
        if command is not None:
            held = await claim_key_in(
                tx, bucket=bucket, command=command, subject_id=subscription_id
            )
            if held is not None:
                return
        found = await subscriptions.lock_subscriptions(tx, buckets=[bucket], ids=[subscription_id])
        if not found:
            raise SubscriptionNotFound("there is no such subscription")
        await refuse_erased_in(tx, found[0].customer_id)
        if found[0].version != seen:
            raise VersionStale(
                "it was changed since: read it again", seen=seen, current=found[0].version
            )
        noted = await subscriptions.read_notes(tx, bucket=bucket, id=subscription_id)
        assert noted is not None, subscription_id
        was = (json.loads(noted.metadata), noted.external_id)
        metadata = was[0] if notes.metadata is Keep.KEEP else dict(notes.metadata)
        external_id = was[1] if notes.external_id is Keep.KEEP else notes.external_id
        cards.refuse_cards([external_id or "", metadata])
        if (metadata, external_id) == was:
            return
        await name_externally_in(
            tx, "subscription", subscription_id, was=was[1], becomes=external_id
        )
        await subscriptions.set_notes(
            tx,
            NoteRow(
                bucket=bucket,
                id=subscription_id,
                seen=seen,
                metadata=json.dumps(metadata),
                external_id=external_id,
            ),
        )
