"""Have a provider's webhook applied again because a person asks for it."""

from typing import Final, NamedTuple

from ledgerline.base.db import Tx
from ledgerline.base.ids import Bucket
from ledgerline.base.repeating import repeated
from ledgerline.base.run import Run
from ledgerline.flows.claim_key import Command, claim_key_in
from ledgerline.payments import inbox
from ledgerline.payments.refusals import PspEventNotFound, PspEventNotRepeatable
from ledgerline.payments.rows.inbox import StandingInboxRow
from ledgerline.payments.rules.reapplying import UNKNOWN, why_not

_BUCKET: Final = Bucket(0)  # a webhook is nobody's until what it names is found


class EventName(NamedTuple):
    """A webhook by its name: that of its account, and its provider's for it."""

    psp_account: str
    key: str


@repeated
async def reapply_psp_event(run: Run, event: EventName, *, command: Command) -> None:
    """Have a webhook that waits or was given up looked at with the next batch of its job.

    With the same ``command`` a repeat changes nothing. Raises ``PspEventNotFound`` and
    ``PspEventNotRepeatable``.
    """
    id = run.new_id(_BUCKET)
    async with run.transaction() as tx:
        if await claim_key_in(tx, bucket=_BUCKET, command=command, subject_id=id):
            return
        await _read_in(tx, event)
        woken = await inbox.wake_psp_event(
            tx, psp_account=event.psp_account, event_key=event.key, due_at=run.now()
        )
        if not woken:
            raise PspEventNotRepeatable("somebody looks at it just now")


async def preview_reapply(run: Run, event: EventName) -> StandingInboxRow:
    """Return what ``reapply_psp_event`` would wake; raises what it raises, and changes nothing."""
    async with run.transaction() as tx:
        return await _read_in(tx, event)


async def _read_in(tx: Tx, event: EventName) -> StandingInboxRow:
    row = await inbox.read_psp_event(tx, psp_account=event.psp_account, event_key=event.key)
    if row is None:
        raise PspEventNotFound(UNKNOWN, psp_account=event.psp_account)
    refused = why_not(row.state, is_named=row.is_named)
    if refused is not None:
        raise PspEventNotRepeatable(refused, state=row.state)
    return row
