"""Let a demo's providers pay out month by month, and hold what they say against the books."""

import io
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Final, NamedTuple

from ledgerline.base.calendar import add_months
from ledgerline.base.run import Run
from ledgerline.base.statements import statements
from ledgerline.cli import reconcile_records
from ledgerline.cli.demo_report import step
from ledgerline.cli.simulator import Control, Statement
from ledgerline.flows.import_settlement import NewSettlement, import_settlement
from ledgerline.flows.match_settlement import match_settlement
from ledgerline.flows.record_payout import BankLine, record_payout
from ledgerline.payments.contract import Psp

CURRENCY: Final = "EUR"
RATES: Final[Mapping[str, int]] = {
    "AUD": 604_000,
    "CHF": 1_068_000,
    "GBP": 1_153_000,
    "INR": 10_100,
    "JPY": 581_000,  # a yen is a minor unit
    "KWD": 281_500,  # a fils is a thousandth
    "PLN": 234_000,
    "SEK": 89_200,
    "USD": 866_000,
}
"""How many millionths of a cent are paid out for a minor unit."""
AT_THE_BANK_AFTER: Final = timedelta(days=3)
_BROKEN: Final[Mapping[tuple[str, int], str]] = {
    ("boreal", 3): "missing_line",
    ("boreal", 1): "extra_line",
}
"""What is wrong on purpose: with an account's file so far from the last one, which is 1."""
_SQL: Final = statements(__name__)


class OnTheWayRow(NamedTuple):
    """A payout that was announced, and not seen at the bank."""

    psp_account: str
    reference: str
    currency: str
    amount_minor: int
    announced_on: date


@dataclass(slots=True, kw_only=True)
class Payouts:
    """Payouts of some accounts, read by their connectors, a file a month of ``start`` to ``end``.

    A file pays out in one currency what was charged in many. ``seller_code`` says whose books bear
    what an account itself costs.
    """

    run: Run
    outside: Control
    connectors: Mapping[str, Psp]
    start: datetime
    end: datetime
    seller_code: str
    tell: Callable[[str], None]
    lines: int = 0
    breaks: int = 0
    files: int = 0
    _left_over: dict[str, datetime] = field(default_factory=dict)

    async def reconcile_closed(self) -> None:
        """Import every file but the last of each account, and say how much they explain."""
        started = time.monotonic()
        await self._reconcile(self._months()[:-1])
        if self.files:
            volume = await reconcile_records.volume(self.run, None)
            said = f"{self.lines:,} lines of {self.files} settlement files explain"
            step(f"{said} {volume['percent']} % of them", started, good=self.breaks == 0)

    async def reconcile_last(self) -> None:
        """Import what settled since, then note what of all that the bank has received."""
        started = time.monotonic()
        self.lines = self.files = 0
        await self._reconcile(self._months()[-1:])
        said = f"{self.lines:,} lines of the last {self.files} files"
        step(f"{said}, {self.breaks} of nothing that we know", started)
        await self._receive()

    async def _reconcile(self, months: list[tuple[int, datetime, datetime]]) -> None:
        for account in self.connectors:
            for left, start, end in months:
                asked = Statement(
                    provider=account,
                    currency=CURRENCY,
                    start=self._left_over.get(account, start),
                    end=end,
                    rates=RATES,
                    broken=_BROKEN.get((account, left)),
                )
                raw = await self.outside.statement(asked)
                if raw:
                    await self._take(account, raw)
                    self._left_over.pop(account, None)
                else:  # too little for a payout: it is in the next one
                    self._left_over[account] = asked.start
                self.tell(f"{self.lines:,} settlement lines")
            await match_settlement(self.run, psp_account=account)

    async def _take(self, account: str, raw: bytes) -> None:
        new = NewSettlement(psp_account=account, raw=io.BytesIO(raw), seller_code=self.seller_code)
        imported = await import_settlement(self.run, self.connectors[account], new)
        self.files += 1
        self.lines += imported.file.lines
        self.breaks += imported.breaks

    async def _receive(self) -> None:
        """Let the bank have every payout that was announced long enough ago."""
        until = (self.end - AT_THE_BANK_AFTER).date()
        async with self.run.reading() as read:
            rows = await read.rows(_SQL["on_the_way"], OnTheWayRow, until=until)
        for row in rows:
            line = BankLine(
                psp_account=row.psp_account,
                reference=row.reference,
                currency=row.currency,
                amount_minor=row.amount_minor,
                paid_on=row.announced_on + AT_THE_BANK_AFTER,
                note="the demo's bank",
            )
            await record_payout(self.run, line)

    def _months(self) -> list[tuple[int, datetime, datetime]]:
        """Divide the time into months of its first day, each with how many are left, itself too."""
        bounds = [self.start]
        while bounds[-1] < self.end:
            day = add_months(self.start.date(), len(bounds), anchor_day=self.start.day)
            bounds.append(min(self.end, self.start.replace(year=day.year, month=day.month)))
        count = len(bounds) - 1
        return [(count - no, bounds[no], bounds[no + 1]) for no in range(count)]
