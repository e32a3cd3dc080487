"""Recognise the revenue of a month: what was delivered moves out of deferral."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta

from ledgerline.base.calendar import Period, add_months
from ledgerline.base.ids import Bucket
from ledgerline.base.run import Run
from ledgerline.invoicing import store as invoicing
from ledgerline.invoicing.rows import EarningRow
from ledgerline.ledger import store as ledger
from ledgerline.ledger.model import Owner
from ledgerline.ledger.rows import RecognitionRow, TransferRow
from ledgerline.ledger.rules.postings import recognise
from ledgerline.pricing.rules.recognition import earned

Key = tuple[Bucket, str, str]


async def recognise_revenue(run: Run, *, month: date) -> int:
    """Book what lines and credits earned in the month that begins on ``month``.

    Called by the virtual clock and the schedule once the month is over. One transfer per bucket,
    seller and currency; its source names the month: a repeat finds it booked and does nothing.
    """
    now = run.now()
    end = add_months(month, 1, anchor_day=1)
    assert month.day == 1, month
    assert end <= now.date(), "a month is recognised when it is over"
    async with run.transaction() as tx:
        await tx.plan_freely()
        lines = await invoicing.earning_lines(tx, month_start=month, month_end=end)
        booked = {_key(row) for row in await ledger.read_recognitions(tx, month=month)}
        earnings = _earned(lines, Period(month, end))
        fresh = {key: amount for key, amount in earnings.items() if amount and key not in booked}
        sources = _sources(run, list(fresh), month=month, end=end)
        await ledger.add_recognitions(tx, sources)
        await ledger.add_transfers(
            tx, [one for row in sources for one in _transfers(row, fresh[_key(row)], end, now)]
        )
    return len(fresh)


def _key(row: RecognitionRow) -> Key:
    return row.bucket, row.seller_code, row.currency


def _earned(lines: Sequence[EarningRow], month: Period) -> dict[Key, int]:
    totals: dict[Key, int] = defaultdict(int)
    for line in lines:
        service = Period(line.service_start, line.service_end)
        before = line.booked_on < month.start
        totals[line.bucket, line.seller_code, line.currency] += earned(
            line.net_minor, service, month=month, booked_before=before
        )
    return dict(sorted(totals.items()))


def _sources(run: Run, keys: Sequence[Key], *, month: date, end: date) -> list[RecognitionRow]:
    """Make one source a key, of its own month, so that its transfers lie beside that month's."""
    last = run.at(datetime.combine(end, time.min, tzinfo=UTC) - timedelta(milliseconds=1))
    return [
        RecognitionRow(
            bucket=bucket,
            seller_code=seller,
            currency=currency,
            month=month,
            source_id=last.seeded("recognise", bucket, seller, currency, month).new_id(bucket),
        )
        for bucket, seller, currency in keys
    ]


def _transfers(row: RecognitionRow, amount: int, end: date, now: datetime) -> list[TransferRow]:
    owner = Owner(row.bucket, row.seller_code, None, row.currency)
    last_day = date.fromordinal(end.toordinal() - 1)
    return recognise(amount, source=row.source_id, owner=owner, on=last_day, at=now)
