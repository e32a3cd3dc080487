"""Refuse to buy by a checkout session that is over."""

from datetime import datetime

from ledgerline.base.db import Tx
from ledgerline.base.ids import CheckoutId, bucket_of
from ledgerline.purchases import store as purchases
from ledgerline.purchases.model import CheckoutClosed, CheckoutNotFound


async def refuse_closed_in(tx: Tx, session_id: CheckoutId | None, *, now: datetime) -> None:
    """Lock the session that an order comes from; without one nothing is refused.

    Called by ``start_purchase``. Raises ``CheckoutNotFound``, and ``CheckoutClosed`` when the
    session has expired or was closed, or when what it is for was bought or is being paid.
    """
    if session_id is None:
        return
    bucket = bucket_of(session_id)
    session = await purchases.lock_checkout(tx, bucket=bucket, id=session_id)
    if session is None:
        raise CheckoutNotFound("there is no such checkout session")
    if session.closed_at is not None or session.expires_at <= now:
        raise CheckoutClosed("it is over: begin another one")
    if await purchases.bought_by_checkout(tx, bucket=bucket, id=session_id) is not None:
        raise CheckoutClosed("what it is for was bought, or is being paid")
