"""Recognise the revenue of a month: what was delivered moves out of deferral."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime

from ledgerline.base.calendar import Period, add_months
from ledgerline.base.ids import Bucket, reference_id
from ledgerline.base.run import Run
from ledgerline.invoicing import store as invoicing
from ledgerline.invoicing.rows import EarningRow
from ledgerline.ledger import store as ledger
from ledgerline.ledger.model import Owner
from ledgerline.ledger.rows import TransferRow
from ledgerline.ledger.rules.postings import recognise
from ledgerline.pricing.rules.recognition import earned


async def recognise_revenue(run: Run, *, month: date) -> int:
    """Book what lines and credits earned in the month that begins on ``month``.

    Called by the virtual clock and the schedule once the month is over. One transfer per bucket,
    seller and currency, under a natural key: a repeat finds it booked and does nothing.
    """
    now = run.now()
    end = add_months(month, 1, anchor_day=1)
    assert month.day == 1, month
    assert end <= now.date(), "a month is recognised when it is over"
    async with run.transaction() as tx:
        await tx.plan_freely()
        rows = await invoicing.earning_lines(tx, month_start=month, month_end=end)
        transfers = _transfers(rows, Period(month, end), now=now)
        booked = {
            row.source_id
            for row in await ledger.recognised_sources(
                tx,
                buckets=[row.bucket for row in transfers],
                source_ids=[row.source_id for row in transfers],
            )
        }
        fresh = [row for row in transfers if row.source_id not in booked]
        await ledger.add_transfers(tx, fresh)
    return len(fresh)


def _transfers(rows: Sequence[EarningRow], month: Period, *, now: datetime) -> list[TransferRow]:
    totals: dict[tuple[int, str, str], int] = defaultdict(int)
    for row in rows:
        service = Period(row.service_start, row.service_end)
        before = row.booked_on < month.start
        totals[row.bucket, row.seller_code, row.currency] += earned(
            row.net_minor, service, month=month, booked_before=before
        )
    transfers = []
    last_day = date.fromordinal(month.end.toordinal() - 1)
    for (bucket, seller, currency), amount in sorted(totals.items()):
        source = reference_id("recognise", str(bucket), seller, currency, month.start.isoformat())
        owner = Owner(Bucket(bucket), seller, None, currency)
        transfers += recognise(amount, source=source, owner=owner, on=last_day, at=now)
    return transfers
