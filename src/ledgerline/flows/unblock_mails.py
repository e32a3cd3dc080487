"""Write to an address again that a server had refused for good, because a person says so."""

from ledgerline.base.ids import CustomerId, bucket_of
from ledgerline.base.run import Run
from ledgerline.mail import store as mail


async def unblock_mails(run: Run, customer_id: CustomerId) -> bool:
    """Write to a customer's address again; False when it was not refused."""
    async with run.transaction() as tx:
        return bool(await mail.unblock(tx, bucket=bucket_of(customer_id), customer_id=customer_id))
