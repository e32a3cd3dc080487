"""Make a link into a customer's portal that a person asks for at the console."""

from ledgerline.base.ids import bucket_of
from ledgerline.base.repeating import repeated
from ledgerline.base.run import Run
from ledgerline.flows.claim_key import Command, claim_key_in
from ledgerline.flows.make_portal_link import (
    NewPortalLink,
    PortalLink,
    add_link_in,
    new_link_id,
)


@repeated
async def make_asked_link(run: Run, new: NewPortalLink, *, command: Command) -> PortalLink | None:
    """Return a link that a person asked for; None where the same was done before.

    Its secret is kept nowhere, so what was made cannot be shown again. Raises what
    ``make_portal_link`` raises.
    """
    link_id = new_link_id(run, new)
    bucket = bucket_of(new.customer_id)
    async with run.transaction() as tx:
        if await claim_key_in(tx, bucket=bucket, command=command, subject_id=link_id):
            return None
        return await add_link_in(tx, run, new, link_id)
