"""Tell people of refunds that wait, or whose end nobody knows, and take it back."""

from datetime import datetime

from ledgerline.base.db import Tx
from ledgerline.flows.bear_own_failures import (
    close_unknown_in,
    open_account_exceptions_in,
    open_unknown_in,
)
from ledgerline.flows.lapse_evidence import Heard, is_old, lapse_evidence_in
from ledgerline.payments import exceptions
from ledgerline.payments import store as payments
from ledgerline.payments.model import Outcome, Reading, RefundState
from ledgerline.payments.rows.exceptions import ClosedRow, ExceptionRow
from ledgerline.payments.rows.refunds import RefundRow
from ledgerline.payments.rules.exceptions import Reason
from ledgerline.payments.rules.lifecycle import REFUND_ENDED


async def tell_of_refund_in(
    tx: Tx, refund: RefundRow, after: RefundState, reading: Reading, *, now: datetime
) -> None:
    """Close what was told of a refund that has ended or is held by its provider, else tell of it.

    Under its lock. What people proposed about it is overtaken then.
    """
    if after not in REFUND_ENDED and reading.outcome is not Outcome.PENDING:
        await open_unknown_in(tx, [refund], now=now)
        return
    await close_unknown_in(tx, [refund], now=now)
    stranded = ClosedRow(refund.bucket, refund.id, Reason.REFUND_STRANDED)
    await exceptions.close_exceptions(tx, [stranded], now=now)
    # of one that nobody can send people are told before anybody looked at its end
    await lapse_evidence_in(tx, [Heard(refund.id, reading.kind, is_open=True)], now=now)


async def tell_of_waiting_in(tx: Tx, refund: RefundRow, reading: Reading, *, now: datetime) -> None:
    """Tell people why a refund goes out later: of its account, or that this was removed."""
    if reading.category is None and not is_old(refund.id, now=now):  # it may be chance
        return
    accounts = {row.code for row in await payments.read_psp_accounts(tx)}
    if refund.psp_account in accounts:
        await open_account_exceptions_in(tx, {refund.psp_account: reading}, now=now)
        return
    row = ExceptionRow(
        bucket=refund.bucket,
        subject_id=refund.id,
        reason=Reason.REFUND_STRANDED,
        detail=f"{refund.psp_account} was removed: nobody can send it",
        opened_at=now,
    )
    await exceptions.add_exceptions(tx, [row])
