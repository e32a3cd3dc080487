"""Receive a provider's webhook: verify over the raw bytes, store, acknowledge. Nothing else."""

from collections.abc import Mapping
from typing import NamedTuple

from ledgerline.base.repeating import repeated
from ledgerline.base.run import Run
from ledgerline.payments import store as payments
from ledgerline.payments.model import Psps
from ledgerline.payments.rows.inbox import NewInboxRow


class Received(NamedTuple):
    """Which event came; ``new`` is False for a duplicate."""

    event_key: str
    new: bool


@repeated
async def receive_psp_event(
    run: Run, psps: Psps, *, account: str, headers: Mapping[str, str], raw: bytes
) -> Received:
    """Put a verified webhook into the inbox; raises ``SignatureRefused`` and then stores nothing.

    Signature times are wall time. A duplicate changes nothing.
    """
    event = psps.read_webhook(account, headers, raw, now=run.wall())
    async with run.transaction() as tx:
        stored = await payments.store_psp_event(
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
    return Received(event.event_key, stored == 1)
