"""Tell people of charges and refunds of which a provider says another amount than was asked for."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from ledgerline.base.db import Tx
from ledgerline.base.ids import Bucket
from ledgerline.base.money import Currency, Money
from ledgerline.base.repeating import repeated
from ledgerline.base.run import Run
from ledgerline.payments import exceptions
from ledgerline.payments.model import Reading
from ledgerline.payments.rows.attempts import AttemptRow
from ledgerline.payments.rows.exceptions import ExceptionRow
from ledgerline.payments.rows.refunds import RefundRow
from ledgerline.payments.rules.exceptions import Reason
from ledgerline.payments.rules.telling import is_other_amount

Heard = tuple[AttemptRow | RefundRow, Reading]


@repeated
async def tell_amounts(run: Run, heard: Sequence[Heard]) -> None:
    """Do ``tell_amounts_in`` in a transaction of its own, if there is something to tell."""
    rows = _exceptions(heard, now=run.now())
    if rows:
        async with run.transaction() as tx:
            await exceptions.tell_exceptions(tx, rows, once=True)


async def tell_amounts_in(tx: Tx, heard: Sequence[Heard], *, now: datetime) -> None:
    """Open one exception a charge or refund, at once: such a success proves nothing (rule T8).

    Its end stays unknown, or what it was. Said again, it is not told again. Safe to repeat.
    """
    rows = _exceptions(heard, now=now)
    if rows:
        await exceptions.tell_exceptions(tx, rows, once=True)


def _exceptions(heard: Sequence[Heard], *, now: datetime) -> list[ExceptionRow]:
    said: dict[tuple[Bucket, UUID], dict[str, None]] = {}
    for one, reading in heard:
        asked = Money(one.amount_minor, Currency(one.currency))
        if is_other_amount(reading, asked=asked):
            said.setdefault((one.bucket, one.id), {})[_detail(one, asked, reading)] = None
    return [
        ExceptionRow(
            bucket=bucket,
            subject_id=subject,
            reason=Reason.AMOUNT_DIFFERS,
            detail="; ".join(details),
            opened_at=now,
        )
        for (bucket, subject), details in said.items()
    ]


def _detail(one: AttemptRow | RefundRow, asked: Money, reading: Reading) -> str:
    said = "another amount" if reading.amount is None else str(reading.amount)
    named = "" if reading.psp_ref is None else f" ({reading.psp_ref})"
    return f"{one.psp_account} was asked for {asked} and says {said}{named}"
