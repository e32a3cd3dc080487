"""Histories of subscriptions as versions, and what follows from them: day by day, in loops."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Any, Final, NamedTuple

from hypothesis import strategies as st

from tests.datasets.reference import following, month_of
from tests.datasets.tables import months_between

Row = dict[str, Any]
FIRST: Final = date(2025, 1, 1)
MONTHS: Final = months_between(FIRST, date(2025, 5, 1))
PAYING: Final = ("active", "cancelling", "past_due")
_DAY: Final = timedelta(days=1)


class Change(NamedTuple):
    """How a subscription stands from a day on."""

    on: date
    e4: int
    status: str = "active"
    reason: str = "other"
    is_late: bool = False


class Subscribed(NamedTuple):
    """One subscription and its changes, in order."""

    name: str
    customer: str
    changes: tuple[Change, ...]
    currency: str = "EUR"
    plan: str = "single"
    seller: str = "nordic"


def version_rows(subscriptions: Iterable[Subscribed]) -> list[Row]:
    rows = []
    for one in subscriptions:
        ends = [*(change.on for change in one.changes[1:]), None]
        rows += [
            {
                "subscription_id": one.name, "component": "base", "valid_start": change.on,
                "valid_end": end, "start_month": month_of(change.on), "customer_id": one.customer,
                "seller_code": one.seller, "market_code": "DE", "currency": one.currency,
                "plan_code": one.plan, "quantity_count": 1, "cadence_unit": "month",
                "cadence_count": 1, "status": change.status, "net_minor": change.e4 // 10_000,
                "mrr_e4": change.e4, "reason": change.reason, "is_late": change.is_late,
            }
            for change, end in zip(one.changes, ends, strict=True)
        ]  # fmt: skip
    return rows


def log_rows(subscriptions: Iterable[Subscribed]) -> list[Row]:
    """Return the entries by which each subscription began."""
    return [
        {
            "entry_id": one.name, "subscription_id": one.name, "kind": "activated",
            "seller_code": one.seller, "currency": one.currency,
            "effective_on": one.changes[0].on, "recorded_on": one.changes[0].on,
        }
        for one in subscriptions
    ]  # fmt: skip


def days(until: date) -> Iterator[date]:
    day = FIRST
    while day <= until:
        yield day
        day += _DAY


def at(one: Subscribed, day: date) -> Change | None:
    begun = [change for change in one.changes if change.on <= day]
    return begun[-1] if begun else None


def paid(subscriptions: Sequence[Subscribed], day: date) -> dict[tuple[str, str], int]:
    """Add up what each customer pays in each currency at the close of a day."""
    found: dict[tuple[str, str], int] = defaultdict(int)
    for one in subscriptions:
        change = at(one, day)
        if change is not None and change.e4:
            found[one.currency, one.customer] += change.e4
    return found


def movements(subscriptions: Sequence[Subscribed], until: date) -> list[Row]:
    """Compare each close with the one before, and name what differs."""
    found: list[Row] = []
    known: dict[tuple[str, str], date] = {}
    before: Mapping[tuple[str, str], int] = {}
    for day in days(until):
        after = paid(subscriptions, day)
        changed = {
            who: (before.get(who, 0), after.get(who, 0))
            for who in sorted({*before, *after})
            if before.get(who, 0) != after.get(who, 0)
        }
        for (currency, customer), (was, now) in changed.items():
            known.setdefault((currency, customer), day)
            late = any(
                change.on == day and change.is_late and _differs(one, change)
                for one in subscriptions
                if (one.currency, one.customer) == (currency, customer)
                for change in one.changes
            )
            of_customer = [both for who, both in changed.items() if who[1] == customer]
            swaps = any(both[1] == 0 for both in of_customer) and any(
                both[0] == 0 for both in of_customer
            )
            is_first = known[currency, customer] == day
            found.append(
                {
                    "customer_id": customer, "currency": currency, "booked_on": day,
                    "kind": _kind(was, now, late=late, swaps=swaps, is_first=is_first),
                    "before_e4": was, "delta_e4": now - was, "after_e4": now,
                }
            )  # fmt: skip
        before = after
    return found


def _differs(one: Subscribed, change: Change) -> bool:
    was = at(one, change.on - _DAY)
    return change.e4 != (0 if was is None else was.e4)


def _kind(was: int, now: int, *, late: bool, swaps: bool, is_first: bool) -> str:
    if late:
        return "correction"
    if swaps and now == 0:
        return "transfer_out"
    if swaps and was == 0:
        return "transfer_in"
    if was == 0:
        return "new" if is_first else "reactivation"
    if now == 0:
        return "churn"
    return "expansion" if now > was else "contraction"


def last_days() -> list[tuple[date, date]]:
    return [(month, following(month) - _DAY) for month in MONTHS]


@st.composite
def histories(draw: st.DrawFn) -> list[Subscribed]:
    """Draw subscriptions of few customers, so that they meet on the same days."""
    found = []
    for number in range(draw(st.integers(1, 6))):
        ends = draw(st.booleans())
        numbers = draw(
            st.lists(st.integers(0, 140), min_size=2, max_size=6, unique=True).map(sorted)
        )
        changes: list[Change] = []
        for n in numbers:
            e4 = draw(st.sampled_from((0, 5_030_000, 10_080_000, 15_120_000)))
            status = draw(st.sampled_from(PAYING)) if e4 else "paused"
            reason = draw(st.sampled_from(("plan", "quantity", "pause")))
            late = draw(st.integers(0, 9)) == 0
            change = Change(FIRST + n * _DAY, e4, status, reason, is_late=late)
            if not changes or change[1:] != changes[-1][1:]:
                changes.append(change)
        if ends and len(changes) > 1:
            reason = draw(st.sampled_from(("end_voluntary", "end_nonpayment")))
            changes[-1] = Change(changes[-1].on, 0, "ended", reason)
        found.append(
            Subscribed(
                name=f"s{number}",
                customer=draw(st.sampled_from(("ann", "ben", "cid"))),
                changes=tuple(changes),
                currency=draw(st.sampled_from(("EUR", "SEK"))),
                plan=draw(st.sampled_from(("single", "family"))),
            )
        )
    return found
