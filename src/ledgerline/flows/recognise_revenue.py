"""Recognise the revenue of a month: what was delivered moves out of deferral."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time
from typing import NamedTuple

from ledgerline.base.calendar import Period, add_months
from ledgerline.base.db import Tx
from ledgerline.base.ids import Bucket
from ledgerline.base.run import Run
from ledgerline.flows.read_book_days import BookDays, read_book_days
from ledgerline.invoicing import store as invoicing
from ledgerline.invoicing.rows.documents import EarningRow
from ledgerline.invoicing.rules.divisions import revenue_category
from ledgerline.ledger import store as ledger
from ledgerline.ledger.model import Booking
from ledgerline.ledger.rows import RecognitionRow, TransferRow
from ledgerline.ledger.rules.periods import last_day
from ledgerline.ledger.rules.postings import recognise
from ledgerline.pricing.rules.recognition import earned


class Earner(NamedTuple):
    """Whose revenue it is, and of which category."""

    bucket: Bucket
    seller_code: str
    currency: str
    category: str


async def recognise_revenue(run: Run, *, month: date) -> int:
    """Book what lines and credits earned in the month that begins on ``month``.

    Called by the virtual clock and the schedule once the month is over in UTC, by which lines are
    told to earn. One transfer per bucket, seller, currency and category; its source names the
    month, so a repeat finds it booked and does nothing. It is dated on the last day of the month,
    or on the first day after it that the seller has not closed.
    """
    now = run.now()
    assert month.day == 1, month
    assert add_months(month, 1, anchor_day=1) <= now.astimezone(UTC).date(), "it must be over"
    async with run.transaction() as tx:
        await tx.plan_freely()
        fresh = await unrecognised_in(tx, month=month)
        days = await read_book_days(tx, now=now)
        sources = _sources(run, list(fresh), month=month)
        await ledger.add_recognitions(tx, sources)
        await ledger.add_transfers(
            tx, [one for row in sources for one in _transfers(row, fresh[_earner(row)], days)]
        )
    return len(fresh)


async def unrecognised_in(tx: Tx, *, month: date) -> Mapping[Earner, int]:
    """Return what the month that begins on ``month`` earned and the books do not say, by earner.

    Reads a month of all customers, so the caller lets the planner choose.
    """
    span = Period(month, add_months(month, 1, anchor_day=1))
    lines = await invoicing.earning_lines(tx, month_start=span.start, month_end=span.end)
    booked = {_earner(row) for row in await ledger.read_recognitions(tx, month=month)}
    earnings = _earnings(lines, span)
    return {key: amount for key, amount in earnings.items() if amount and key not in booked}


def _earner(row: RecognitionRow) -> Earner:
    return Earner(row.bucket, row.seller_code, row.currency, row.category)


def _earnings(lines: Sequence[EarningRow], month: Period) -> Mapping[Earner, int]:
    totals: dict[Earner, int] = defaultdict(int)
    for line in lines:
        service = Period(line.service_start, line.service_end)
        category = revenue_category(line.plan_code)
        totals[Earner(line.bucket, line.seller_code, line.currency, category)] += earned(
            line.net_minor, service, month=month, booked_on=line.booked_on
        )
    return dict(sorted(totals.items()))


def _sources(run: Run, earners: Sequence[Earner], *, month: date) -> list[RecognitionRow]:
    """Make one source an earner, of its month, so that its transfers lie beside that month's."""
    last = run.at(datetime.combine(last_day(month), time(12), tzinfo=UTC))
    return [
        RecognitionRow(
            **earner._asdict(),
            month=month,
            source_id=last.seeded("recognise", *earner, month).new_id(earner.bucket),
        )
        for earner in earners
    ]


def _transfers(row: RecognitionRow, amount: int, days: BookDays) -> list[TransferRow]:
    booking = Booking(
        bucket=row.bucket,
        source_id=row.source_id,
        seller_code=row.seller_code,
        customer_id=None,
        currency=row.currency,
        on=days.first_open(row.seller_code, last_day(row.month)),
        at=days.now,
    )
    return recognise(amount, booking, category=row.category)
