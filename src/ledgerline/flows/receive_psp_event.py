"""Receive a provider's webhook: verify over the raw bytes, mask, store, acknowledge."""

import hashlib
from collections.abc import Mapping
from typing import NamedTuple

from ledgerline.base.masks import mask_body, mask_text
from ledgerline.base.repeating import repeated
from ledgerline.base.run import Run
from ledgerline.payments import store as payments
from ledgerline.payments.model import Psps
from ledgerline.payments.rows.inbox import NewInboxRow
from ledgerline.payments.rules.telling import dispute_told, mandate_told, told


class Received(NamedTuple):
    """How many events one delivery held, and how many of them are no duplicates."""

    events: int
    new: int


@repeated
async def receive_psp_event(
    run: Run, psps: Psps, *, account: str, headers: Mapping[str, str], raw: bytes
) -> Received:
    """Put verified webhooks into the inbox; raises ``SignatureRefused`` and then stores nothing.

    Signature times are wall time. A duplicate changes nothing. What is stored has card numbers and
    e-mail addresses masked; the SHA-256 is of the bytes that were signed.
    """
    events = psps.read_webhook(account, headers, raw, now=run.wall())
    body, digest = mask_body(raw), hashlib.sha256(raw).digest()
    async with run.transaction() as tx:
        new = [
            await payments.store_psp_event(
                tx,
                NewInboxRow(
                    psp_account=account,
                    event_key=event.event_key,
                    event_type=mask_text(event.event_type),
                    reference=None if event.reference is None else mask_text(event.reference),
                    told=None if event.reading is None else told(event.kind, event.reading),
                    alarm=None if event.alarm is None else mask_text(event.alarm),
                    dispute=None if event.dispute is None else dispute_told(event.dispute),
                    mandate=None if event.mandate is None else mandate_told(event.mandate),
                    body=body,
                    body_sha256=digest,
                    received_at=run.now(),
                ),
            )
            for event in events
        ]
    return Received(len(events), sum(new))
