"""Let a demo's providers pay out month by month, and hold what they say against the books."""

import io
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from ledgerline.base.calendar import add_months
from ledgerline.base.run import Run
from ledgerline.cli import reconcile_records
from ledgerline.cli.demo_report import step
from ledgerline.cli.simulator import Control
from ledgerline.flows.import_settlement import NewSettlement, import_settlement
from ledgerline.flows.match_settlement import match_settlement
from ledgerline.payments.contract import Psp

CURRENCY: Final = "EUR"
RATES: Final = {
RATES_HERE}
"""How many millionths of a cent a minor unit of another currency is paid out as."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Payouts:
    """What is paid out: by which accounts, from when until when, and who bears their costs."""

    accounts: Sequence[str]
    start: datetime
    end: datetime
    seller_code: str


async def reconcile_payouts(
    run: Run, psp: Psp, outside: Control, payouts: Payouts, tell: Callable[[str], None]
) -> None:
    """Import a file a month of every account, as its provider writes it, and say what is explained.

    Each file pays out in one currency what was charged in many.
    """
    started, lines, breaks = time.monotonic(), 0, 0
    months = _months(payouts.start, payouts.end)
    for account in payouts.accounts:
        for span in months:
            raw = await outside.statement(account, CURRENCY, span, RATES)
            new = NewSettlement(
                psp_account=account, raw=io.BytesIO(raw), seller_code=payouts.seller_code
            )
            imported = await import_settlement(run, psp, new)
            lines, breaks = lines + imported.file.lines, breaks + imported.breaks
            tell(f"{lines:,} settlement lines")
        await match_settlement(run, psp_account=account)
    volume = await reconcile_records.volume(run, None)
    files = len(months) * len(payouts.accounts)
    said = f"{lines:,} lines of {files} settlement files explain {volume['percent']} %"
    step(said, started, good=breaks == 0)


def _months(start: datetime, end: datetime) -> list[tuple[datetime, datetime]]:
    """Divide a span into months of its first day; the last one ends with it."""
    found, since, count = [], start, 0
    while since < end:
        count += 1
        day = add_months(start.date(), count, anchor_day=start.day)
        until = min(end, start.replace(year=day.year, month=day.month, day=day.day))
        found.append((since, until))
        since = until
    return found
