"""Close a month of a seller's books: nothing is booked into it from then on."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Final, NamedTuple

from ledgerline.base.calendar import add_months
from ledgerline.base.db import Tx
from ledgerline.base.ids import Bucket
from ledgerline.base.run import Run
from ledgerline.flows.claim_key import Command, claim_key_in
from ledgerline.flows.read_book_days import BookDays, read_book_days
from ledgerline.flows.recognise_revenue import unrecognised_in
from ledgerline.ledger import store as ledger
from ledgerline.ledger.model import EarlierMonthOpen, MonthNotOver, RevenueNotRecognised
from ledgerline.ledger.rows import PeriodRow, TurnoverRow

_BUCKET: Final = Bucket(0)  # the books are nobody's in particular


class ClosedMonth(NamedTuple):
    """A month that is closed, or would be, and what was booked in it."""

    seller_code: str
    month: date
    closed_at: datetime | None
    turnover: Sequence[TurnoverRow]


async def close_month(
    run: Run,
    *,
    seller_code: str,
    month: date,
    dry_run: bool = False,
    command: Command | None = None,
) -> ClosedMonth:
    """Close the month that begins on ``month``; ``dry_run`` checks the same and writes nothing.

    Called by the operator, once a month and in order. What is late is booked on the first open day
    instead. Repeating it is safe: a month that is closed stays as it is, and the act of a
    ``command`` is written once. Raises ``UnknownSeller``,
    ``MonthNotOver``, ``EarlierMonthOpen`` and ``RevenueNotRecognised``.
    """
    assert month.day == 1, month
    now = run.now()
    async with run.transaction() as tx:
        await tx.plan_freely()
        days = await read_book_days(tx, now=now)
        await _check(tx, days, seller_code=seller_code, month=month)
        if not dry_run:
            if command is not None:
                id = run.new_id(_BUCKET)
                await claim_key_in(tx, bucket=_BUCKET, command=command, subject_id=id)
            await ledger.close_period(
                tx,
                PeriodRow(seller_code=seller_code, month=month, state="closed", closed_at=now),
            )
        period = await ledger.read_period(tx, seller_code=seller_code, month=month)
        turnover = await ledger.read_turnover(
            tx, seller_code=seller_code, start=month, end=_following(month)
        )
    return ClosedMonth(seller_code, month, period.closed_at if period else None, turnover)


async def _check(tx: Tx, days: BookDays, *, seller_code: str, month: date) -> None:
    if days.today(seller_code) < _following(month):
        raise MonthNotOver(
            "the month is not over where the seller keeps its books", month=month.isoformat()
        )
    earlier = await ledger.read_first_open_day(
        tx, seller_code=seller_code, closed_through=days.closed_through(seller_code), before=month
    )
    if earlier is not None:
        raise EarlierMonthOpen(
            f"{earlier:%Y-%m} is open: close it first", first_open=earlier.isoformat()
        )
    missing = [
        one for one in await unrecognised_in(tx, month=month) if one.seller_code == seller_code
    ]
    if missing:
        raise RevenueNotRecognised(
            "the revenue of the month is not recognised yet", transfers_missing=len(missing)
        )


def _following(month: date) -> date:
    return add_months(month, 1, anchor_day=1)
