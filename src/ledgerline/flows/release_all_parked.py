"""Let billing runs take up what they had set aside for one reason."""

from typing import Final
from uuid import UUID

from ledgerline.base.db import Tx
from ledgerline.base.errors import Rejected
from ledgerline.base.ids import bucket_of
from ledgerline.base.repeating import repeated
from ledgerline.base.run import Run
from ledgerline.flows.claim_key import Command, claim_key_in
from ledgerline.flows.preview_bill_run import Forecast, Tally
from ledgerline.flows.read_due import DueGroup, group_due, read_due_in
from ledgerline.flows.release_parked import release_in
from ledgerline.invoicing import pausing
from ledgerline.invoicing.model import NothingParked
from ledgerline.subscriptions import store as subscriptions

AT_ONCE_MAX: Final = 500


async def preview_release_all(run: Run, *, reason: str) -> list[Forecast]:
    """Say what billing runs would do with what is set aside for a reason; writes nothing.

    By market, of at most ``AT_ONCE_MAX``, the longest first; ``parked`` counts what they would set
    aside again, which ``release_all_parked`` leaves where it is.
    """
    tally = Tally()
    async with run.transaction() as tx:
        tally.add(await _read_all(tx, run, reason))
    return tally.forecasts()


@repeated
async def release_all_parked(run: Run, id: UUID, *, reason: str, command: Command) -> int:
    """Release what is parked for a reason and would be billed now; return how many were.

    At most ``AT_ONCE_MAX``, the longest first; ``id`` names the act. With the same ``command`` a
    repeat changes nothing and returns 0. Raises ``NothingParked`` where nothing would be billed.
    """
    async with run.transaction() as tx:
        if await claim_key_in(tx, bucket=bucket_of(id), command=command, subject_id=id):
            return 0
        groups = await _read_all(tx, run, reason)
        rows = [row for one in groups if not isinstance(one.decision, Rejected) for row in one.rows]
        if not rows:
            raise NothingParked("nothing is set aside for this that would be billed now")
        return await release_in(tx, rows, reason=reason)


async def _read_all(tx: Tx, run: Run, reason: str) -> list[DueGroup]:
    """Lock what is parked for a reason, and decide what a run would do with it."""
    found = await pausing.parked_for(tx, reason=reason, limit=AT_ONCE_MAX)
    held = await subscriptions.lock_subscriptions(
        tx, buckets=[one.bucket for one in found], ids=[one.subscription_id for one in found]
    )
    rows = [row for row in held if row.parked == reason]
    now = run.now()
    return group_due(await read_due_in(tx, rows, now=now), now=now) if rows else []
