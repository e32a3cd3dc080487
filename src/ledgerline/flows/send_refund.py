"""Send a refund that is committed, once."""

from typing import Final

from ledgerline.base.errors import Unavailable
from ledgerline.base.log import logger
from ledgerline.base.run import Run
from ledgerline.flows.settle_refund import settle_refund
from ledgerline.payments.model import Psps, SentRefund

_log: Final = logger(__name__)


async def send_refund(run: Run, psps: Psps, sent: SentRefund) -> None:
    """Ask its provider for a refund that is committed as sent, and record what it says."""
    reading = await psps.call(sent)
    try:
        await settle_refund(run, bucket=sent.bucket, refund_id=sent.refund_id, reading=reading)
    except Unavailable as lost:  # the refund is sent: the resolver settles it, nobody repeats it
        _log.warning("answer not recorded", refund=str(sent.refund_id), failure=str(lost))
