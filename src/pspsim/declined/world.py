"""A world of one kind and one seed: renewals that were refused, and what a try brings when."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from pspsim.declined.payers import Cause, Payer, drawn_habits, drawn_payer, holds_money
from pspsim.routing.chance import Chance

MARKETS: Final = (
    ("DE", "Europe/Berlin"), ("FR", "Europe/Paris"), ("GB", "Europe/London"),
    ("SE", "Europe/Stockholm"), ("US", "America/New_York"),
)  # fmt: skip
BRANDS: Final = ("mastercard", "visa")
BEGIN: Final = datetime(2026, 1, 1, tzinfo=UTC)
_TOLD: Final = {
    Cause.FUNDS: "insufficient_funds",
    Cause.SUSPICION: "do_not_honor",
    Cause.LIMIT: "amount_limit",
    Cause.GONE: "do_not_honor",
}
_BUSINESS: Final = range(8, 20)  # hours
_BY_MONTH: Final = 0.5  # of all limits; the others are set back at midnight
_LUCK: Final = 0.92  # what should be approved is, so often


class Kind(StrEnum):
    """What the truth looks like."""

    PAYDAYS = "paydays"  # wages by month or week and by market; codes mostly say why
    MASKED = "masked"  # codes say little, issuers differ by hour, hours turn halfway
    NULL = "null"  # when is nothing; each try has its own luck


class Renewal(NamedTuple):
    """A renewal that was refused, as a platform sees it."""

    no: int
    market: str
    zone: str
    brand: str
    category: str
    amount_minor: int
    failed_at: datetime


class DeclinedWorld:
    """Payers of some markets over ``days``; the same number is the same payer whoever asks."""

    def __init__(self, kind: Kind, *, seed: int, days: int) -> None:
        """Draw all parameters of the world."""
        self.kind = kind
        self._chance = Chance(seed)
        self._days = days
        self._payers: dict[int, Payer] = {}
        self._masked = self._chance.between(0.4, 0.6, "masked")
        if kind is not Kind.MASKED:
            self._masked = self._chance.between(0.05, 0.25, "masked a little")
        self._habits = {code: drawn_habits(self._chance, code) for code, _ in MARKETS}
        self._weights = (
            self._chance.between(0.5, 0.7, "of funds"),
            self._chance.between(0.1, 0.25, "of suspicion"),
            self._chance.between(0.05, 0.1, "of limits"),
            self._chance.between(0.08, 0.2, "of gone"),
        )

    def renewals(self, numbers: range) -> Iterator[Renewal]:
        """Draw renewals: each is due some day, and is here if it is refused then."""
        for no in numbers:
            yield self.renewal(no)

    def renewal(self, no: int) -> Renewal:
        """Draw the first instant at which a payer is refused."""
        chance = self._chance
        market, zone = MARKETS[int(len(MARKETS) * chance.uniform("market", no))]
        payer = self._payer(no, market)
        hours = int(24 * self._days * chance.uniform("due", no))
        at = BEGIN + timedelta(hours=hours)
        while payer.cause is Cause.FUNDS and holds_money(payer, at.astimezone(ZoneInfo(zone))):
            at += timedelta(hours=7)
        masked = chance.uniform("is masked", no) < self._masked
        return Renewal(
            no=no,
            market=market,
            zone=zone,
            brand=BRANDS[int(2 * chance.uniform("brand", no))],
            category="do_not_honor" if masked else _TOLD[payer.cause],
            amount_minor=499 + 100 * int(30 * chance.uniform("amount", no)),
            failed_at=at,
        )

    def approves(self, renewal: Renewal, at: datetime, ordinal: int) -> bool:
        """Say what a try at an instant brings; ``ordinal`` counts tries after the refused one."""
        chance, no = self._chance, renewal.no
        if self.kind is Kind.NULL:
            return chance.uniform("luck", no, ordinal) < chance.between(0, 0.4, "ease", no)
        payer = self._payer(no, renewal.market)
        local = at.astimezone(ZoneInfo(renewal.zone))
        share = _LUCK * self._in_hours(renewal, payer, local)
        slot = local.toordinal() * 24 + local.hour
        return self._passed(renewal, payer, at, local) and chance.uniform("luck", no, slot) < share

    def _passed(self, renewal: Renewal, payer: Payer, at: datetime, local: datetime) -> bool:
        since = at - renewal.failed_at
        match payer.cause:
            case Cause.FUNDS:
                return holds_money(payer, local)
            case Cause.SUSPICION:
                return since >= timedelta(hours=payer.trusted_after_hours)
            case Cause.LIMIT:
                first = renewal.failed_at.astimezone(local.tzinfo)
                by_month = self._chance.uniform("by month", renewal.no) < _BY_MONTH
                return local.month != first.month if by_month else local.date() != first.date()
            case Cause.GONE:
                return False

    def _in_hours(self, renewal: Renewal, payer: Payer, local: datetime) -> float:
        """Return how much of what would be approved is at an hour."""
        habits = self._habits[renewal.market]
        part = local.hour // 6
        best = habits.best_part
        if self.kind is Kind.MASKED:
            late = (renewal.failed_at - BEGIN).days * 2 >= self._days
            return 1.0 if part == (best + 2 * late) % 4 else 1 - habits.night
        if payer.cause is Cause.SUSPICION and local.hour not in _BUSINESS:
            return 1 - habits.night
        return 1.0

    def _payer(self, no: int, market: str) -> Payer:
        known = self._payers.get(no)
        if known is None:
            known = self._payers[no] = self._drawn(no, market)
        return known

    def _drawn(self, no: int, market: str) -> Payer:
        return drawn_payer(self._chance, no, self._weights, self._habits[market])
