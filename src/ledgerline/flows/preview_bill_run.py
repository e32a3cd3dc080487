"""Preview a billing run: what it would invoice. Nothing is written."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, NamedTuple
from uuid import UUID

from ledgerline.base.errors import Rejected
from ledgerline.base.ids import SubscriptionId
from ledgerline.base.run import Run
from ledgerline.flows.read_due import DueGroup, group_due, read_due_in
from ledgerline.rules.renewal import End, Renewal
from ledgerline.subscriptions import store as subscriptions

PAGE: Final = 10_000  # subscriptions decided at a time
_FIRST: Final = SubscriptionId(UUID(int=0))


class Forecast(NamedTuple):
    """What one market would be billed, in minor units of its currency.

    Subscriptions that end and those a run would park are counted apart.
    """

    market: str
    currency: str
    invoices: int
    net_minor: int
    tax_minor: int
    total_minor: int
    ending: int
    parked: int


_COUNTED: Final = Forecast._fields[2:]


@dataclass(slots=True)
class Tally:
    """What is decided for subscriptions, counted and summed by market."""

    counts: dict[tuple[str, str], dict[str, int]] = field(default_factory=dict)

    def add(self, groups: Sequence[DueGroup]) -> None:
        """Count what is decided for each subscription of some groups."""
        for group in groups:
            for row in group.rows:
                market = (row.market_code, row.currency)
                _count(self.counts.setdefault(market, dict.fromkeys(_COUNTED, 0)), group.decision)

    def forecasts(self) -> list[Forecast]:
        """Return what was counted, by market."""
        return [
            Forecast(market=market, currency=currency, **counts)
            for (market, currency), counts in sorted(self.counts.items())
        ]


async def preview_bill_run(
    run: Run, *, until: datetime, market_code: str | None = None, pages: int | None = None
) -> list[Forecast]:
    """Compute all bills that fall due until an instant, by market, before any credit is used.

    Called by ``bill preview``, before ``bill run`` and by the console: the run's own reading and
    rule, page by page and each time for all subscriptions that are billed alike. With ``pages`` no
    more than so many of ``PAGE`` subscriptions are decided.
    """
    tally = Tally()
    after, read = _FIRST, 0
    async with run.transaction() as tx:
        await tx.plan_freely()
        while read != pages and (
            due := await subscriptions.read_due(
                tx, until=until, market_code=market_code, after=after, limit=PAGE
            )
        ):
            after, read = due[-1].id, read + 1
            tally.add(group_due(await read_due_in(tx, due, now=until), now=until))
    return tally.forecasts()


def _count(counts: dict[str, int], decision: Renewal | End | Rejected) -> None:
    if isinstance(decision, Rejected):
        counts["parked"] += 1
    elif isinstance(decision, End):
        counts["ending"] += 1
    else:
        priced = decision.bill.priced
        counts["invoices"] += 1
        counts["net_minor"] += priced.net_minor
        counts["tax_minor"] += priced.tax_minor
        counts["total_minor"] += priced.gross_minor
