"""Build the reconciliation: each leg cumulated by month, and kept while it moves or is open."""

from datetime import date
from typing import Final

import ibis
from ibis import Table
from ibis import _ as row

from ledgerline.datasets.node import Params, Sources
from ledgerline.datasets.portable import (
    Value,
    days_between,
    month_number,
    month_of,
    months_from,
    stacked,
    within,
)

CADENCES: Final = 2
"""So many times the longest time between two files a capture may be in none of them."""
_LEG: Final = ("psp_account", "leg", "subject_id", "currency")
_SIDES: Final = ("theirs_minor", "ours_minor", "ledger_minor", "suspense_minor")
_CUMULATED: Final = (*_SIDES, "lines_count", "known_count")
_OF_FILES: Final = ("fee", "tax_on_fee", "fx_sold", "fx_bought", "payout", "carried")


def build(sources: Sources, params: Params) -> Table:
    """Return every leg that moved in one of the months, or was open at the end of one."""
    legs = sources["cash_leg"]
    last = max(params.months)
    held = _held(legs, last.year * 12 + last.month)
    listed = _listed(held).mutate(book_month=month_of(row.number))
    ends = _ended(listed.filter(within(row.book_month, params.months)), params.today)
    limited = _limited(ends, legs, last)
    return _judged(limited, legs).select(
        "book_month", *_LEG, "seller_code", "psp_ref", "file_ref", "settled_on", "status", *_SIDES,
        "lines_count", "since_on", "age_days", "limit_days", "is_moved", "open_minor",
        difference_minor=row.theirs_minor - row.ours_minor,
    )  # fmt: skip


def _held(legs: Table, until: int) -> Table:
    """Return where each leg stands from each month in which it moves to the next one."""
    nothing = ibis.literal(0, "int64")
    sided = legs.mutate(
        number=month_number(row.booked_month),
        **{
            f"{side}_minor": ibis.ifelse(row.side == side, row.amount_minor, nothing)
            for side in ("theirs", "ours", "ledger", "suspense")
        },
        lines_count=ibis.ifelse(row.side == "theirs", row.leg_count, nothing),
        known_count=ibis.ifelse(row.side == "ours", row.leg_count, nothing),
    )
    monthly = sided.group_by(*_LEG, "number").agg(
        **{name: row[name].sum().cast("int64") for name in _CUMULATED},
        seller_code=row.seller_code.min(),
        psp_ref=row.psp_ref.max(),
        file_ref=row.file_ref.max(),
        settled_on=row.settled_on.max(),
        since_on=row.booked_on.min(),
    )
    until_then = ibis.window(group_by=_LEG, order_by="number", preceding=None, following=0)
    of_leg = ibis.window(group_by=_LEG, order_by="number")
    return monthly.mutate(
        **{name: row[name].sum().over(until_then).cast("int64") for name in _CUMULATED},
        psp_ref=row.psp_ref.max().over(until_then),
        file_ref=row.file_ref.max().over(until_then),
        settled_on=row.settled_on.max().over(until_then),
        since_on=row.since_on.min().over(until_then),
        following=row.number.lead(default=until).over(of_leg),
    ).mutate(open_minor=row.ledger_minor + row.suspense_minor - row.theirs_minor)


def _listed(held: Table) -> Table:
    """Return a row for the month of each move, and for every later one at whose end it is open."""
    moved = held.drop("following").mutate(is_moved=ibis.literal(value=True))
    lasting = held.filter(row.open_minor != 0).mutate(after=row.number + 1)
    later = lasting.filter(row.after < row.following)
    still = later.mutate(at=months_from(later, "after", "following"))
    stands = still.drop("number", "after", "following").rename(number="at")
    return stacked(moved, stands.mutate(is_moved=ibis.literal(value=False)).select(*moved.columns))


def _ended(listed: Table, today: date) -> Table:
    last_day = (month_of(row.number + 1) - ibis.interval(days=1)).cast("date")
    now = ibis.date(today.year, today.month, today.day)
    ended = listed.mutate(end_on=ibis.ifelse(last_day > now, now, last_day))
    return ended.mutate(age_days=days_between(row.since_on, row.end_on))


def _limited(ends: Table, legs: Table, last: date) -> Table:
    """Add how long a leg may be in no file, by the files of its account up to each month."""
    files = (
        legs.filter(legs.side == "theirs", legs.file_ref.notnull(), legs.leg != "bank")
        .group_by("psp_account", "file_ref")
        .agg(ended_on=row.settled_on.max(), number=month_number(row.booked_on.min()))
    )
    arrived = ibis.window(
        group_by="psp_account", order_by=("number", "ended_on", "file_ref"), preceding=None,
        following=0,
    )  # fmt: skip
    in_turn = ibis.window(group_by="psp_account", order_by=("number", "ended_on", "file_ref"))
    reached = files.mutate(reached_on=row.ended_on.max().over(arrived))
    gaps = reached.mutate(before_on=row.reached_on.lag().over(in_turn)).filter(
        row.before_on.notnull(), row.before_on < row.ended_on
    )
    monthly = (
        gaps.mutate(gap_days=days_between(row.before_on, row.ended_on))
        .group_by("psp_account", "number")
        .agg(gap_days=row.gap_days.max())
    )
    until_then = ibis.window(group_by="psp_account", order_by="number", preceding=None, following=0)
    by_month = ibis.window(group_by="psp_account", order_by="number")
    spans = monthly.mutate(
        limit_days=(row.gap_days.max().over(until_then) * CADENCES).cast("int64"),
        following=row.number.lead(default=last.year * 12 + last.month).over(by_month),
    ).filter(row.number < row.following)
    limits = spans.select(
        "psp_account", "limit_days", number=months_from(spans, "number", "following")
    )
    key = ("psp_account", "number")
    without = ends.anti_join(limits, key).mutate(limit_days=ibis.null("int64"))
    return stacked(without, ends.join(limits, key).select(*without.columns))


def _judged(rows: Table, legs: Table) -> Table:
    """Say how each leg stands; of another currency is what has a side in each of two by then."""
    key = ("psp_account", "leg", "subject_id")
    currencies = (
        legs.filter(legs.side.isin(("theirs", "ours")))
        .group_by(*key, "currency")
        .agg(since=month_number(row.booked_on.min()))
        .group_by(*key)
        .agg(currencies_count=row.count(), crossed=row.since.max())
        .filter(row.currencies_count > 1)
        .drop("currencies_count")
    )
    straight = rows.anti_join(currencies, key).mutate(is_crossed=ibis.literal(value=False))
    crossed = rows.join(currencies, key).mutate(is_crossed=row.number >= row.crossed)
    return stacked(straight, crossed.select(*straight.columns)).mutate(status=_status())


def _status() -> Value:
    none = row.lines_count == 0
    late = row.age_days > ibis.coalesce(row.limit_days, row.age_days)
    of_file = row.leg.isin(_OF_FILES)
    return ibis.cases(
        (row.leg == "carried", "carried"),
        (of_file & (row.open_minor == 0), "matched"),
        (of_file, "amount"),
        (~none & (row.theirs_minor == row.ours_minor), "matched"),
        (row.is_crossed, "currency"),
        (none & (row.ours_minor == 0) & (row.open_minor == 0), "matched"),
        (none & late, "missing_theirs"),
        (none, "timing"),
        (row.known_count == 0, "missing_ours"),
        (row.lines_count > row.known_count, "duplicate"),
        else_="amount",
    )
