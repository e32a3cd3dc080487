"""Receive a provider's webhook: verify over the raw bytes, store, acknowledge. Nothing else."""

from collections.abc import Mapping
from typing import NamedTuple

from ledgerline.base.repeating import repeated
from ledgerline.base.run import Run
from ledgerline.payments import store as payments
from ledgerline.payments.model import Psps
from ledgerline.payments.rows.inbox import NewInboxRow


class Received(NamedTuple):
    """How many events one delivery held, and how many of them are no duplicates."""

    events: int
    new: int


@repeated
async def receive_psp_event(
    run: Run, psps: Psps, *, account: str, headers: Mapping[str, str], raw: bytes
) -> Received:
    """Put verified webhooks into the inbox; raises ``SignatureRefused`` and then stores nothing.

    Signature times are wall time. A duplicate changes nothing.
    """
    events = psps.read_webhook(account, headers, raw, now=run.wall())
    async with run.transaction() as tx:
        new = [
            await payments.store_psp_event(
                tx,
                NewInboxRow(
                    psp_account=account,
                    event_key=event.event_key,
                    event_type=event.event_type,
                    reference=event.reference,
                    body=raw,
                    received_at=run.now(),
                ),
            )
            for event in events
        ]
    return Received(len(events), sum(new))
