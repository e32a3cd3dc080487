"""Renewals in a release: what was known of each a week before, and who left after it.

By point in time: of the versions of a subscription those whose first day was over, of payments
what had an end by then. A version is as its month knew it when that ended (``is_late`` begins
later), so that what is recorded after days of the same month may be a few days early. Who is past
due or has planned to leave is not asked about: it is known. Use is not kept by the platform.
"""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any, Final, NamedTuple

import numpy as np

from ledgerline.datasets.lake import Lake
from ledgerline.datasets.reading import reading
from ledgerline.ml.evaluate.log import Floats, Ints
from ledgerline.ml.train.churn import BY_CHOICE, UNPAID, Part, Split, TooFewEnds
from ledgerline.ml.train.facts import Dated, some
from ledgerline.ml.train.renewals import (
    AFTER_DAYS,
    AHEAD_DAYS,
    MATURE_DAYS,
    NEVER,
    Renewals,
    Said,
    facts_of,
)
from ledgerline.releases.rows import ReleaseRow

WINDOW_DAYS: Final = 30
"""How long renewals calibrate, and then measure."""
_READ: Final = """
    WITH base AS (
         SELECT *, coalesce(valid_end, DATE '9999-12-31') AS until_on
           FROM subscription_version
          WHERE component = 'base'),
    collected AS (
         SELECT * FROM payment WHERE cause IN ('purchase', 'renewal') AND purpose = 'full'),
    due AS (
         SELECT DISTINCT p.subscription_id, p.begun_on,
                (p.begun_on + CASE v.cadence_unit
                     WHEN 'day' THEN to_days(v.cadence_count::INTEGER)
                     WHEN 'week' THEN to_weeks(v.cadence_count::INTEGER)
                     WHEN 'month' THEN to_months(v.cadence_count::INTEGER)
                     ELSE to_years(v.cadence_count::INTEGER) END)::DATE AS renews_on
           FROM collected AS p
           JOIN base AS v ON v.subscription_id = p.subscription_id
            AND v.valid_start <= p.begun_on AND v.until_on > p.begun_on),
    asked AS (
         SELECT DISTINCT subscription_id, renews_on, renews_on - {ahead} AS decided_on
           FROM due
          WHERE renews_on - {ahead} > begun_on
            AND renews_on - {ahead} BETWEEN DATE '{since}' AND DATE '{until}')
    SELECT a.subscription_id, v.customer_id, v.seller_code, v.market_code, v.plan_code,
           v.cadence_count, v.cadence_unit, a.decided_on, a.renews_on,
           v.valid_start AS version_on,
           (SELECT min(r.valid_start) FROM base AS r
             WHERE r.subscription_id = a.subscription_id) AS began_on,
           (SELECT max(r.valid_start) FROM base AS r
             WHERE r.subscription_id = a.subscription_id AND r.valid_start < a.decided_on
               AND r.reason IN ('price_change', 'intro_end', 'discount_end')) AS price_on,
           (SELECT count(*) FROM base AS r
             WHERE r.subscription_id = a.subscription_id AND r.valid_start < a.decided_on
               AND r.status = 'paused') AS pause_count,
           (SELECT count(*) FROM collected AS p
             WHERE p.subscription_id = a.subscription_id AND p.first_ended_on < a.decided_on
               AND p.cause = 'renewal' AND p.first_result <> 'authorised') AS failure_count,
           (SELECT max(p.first_ended_on) FROM collected AS p
             WHERE p.subscription_id = a.subscription_id AND p.first_ended_on < a.decided_on
               AND p.cause = 'renewal' AND p.first_result <> 'authorised') AS failed_on,
           (SELECT min(r.valid_start) FROM base AS r
             WHERE r.subscription_id = a.subscription_id AND r.valid_start >= a.decided_on
               AND r.reason = 'end_voluntary') AS left_on,
           (SELECT min(r.valid_start) FROM base AS r
             WHERE r.subscription_id = a.subscription_id AND r.valid_start >= a.decided_on
               AND r.reason = 'end_nonpayment') AS unpaid_on
      FROM asked AS a
      JOIN base AS v ON v.subscription_id = a.subscription_id
       AND v.valid_start < a.decided_on AND v.until_on >= a.decided_on
     WHERE v.status = 'active' {more}
     ORDER BY a.decided_on, a.subscription_id"""

Row = Mapping[str, Any]


class Asked(NamedTuple):
    """Renewals asked about from ``since`` to ``until``, that day too; of one seller or all."""

    since: date
    until: date
    seller: str | None = None


class Known(NamedTuple):
    """Renewals with what was known, and how each ended; rows as they were read."""

    renewals: Renewals
    ended: Mapping[str, Floats]
    rows: Sequence[Row]


def read_renewals(lake: Lake, released: ReleaseRow, asked: Asked) -> Known:
    """Read renewals from a release; raises ``LakeUnusable``."""
    with reading(lake, released, filled=True) as engine:
        return of_rows(engine.sql(query_of(asked)).to_pylist())


def query_of(asked: Asked) -> str:
    """Return the question about renewals, over ``subscription_version`` and ``payment``."""
    more = ""
    if asked.seller is not None:
        more = "AND v.seller_code = '{}'".format(asked.seller.replace("'", "''"))
    return _READ.format(since=asked.since, until=asked.until, ahead=AHEAD_DAYS, more=more)


def mature(released: ReleaseRow, *, seller: str | None = None) -> Asked:
    """Say which renewals of a release have ended so or so: who left is known of them."""
    return Asked(date(1970, 1, 1), released.business_day - timedelta(days=MATURE_DAYS), seller)


def ahead(released: ReleaseRow, *, seller: str | None = None) -> Asked:
    """Say which renewals are ahead of a release within a week."""
    day = released.business_day
    return Asked(day - timedelta(days=AHEAD_DAYS - 1), day, seller)


def of_rows(rows: Sequence[Row]) -> Known:
    """Return rows as renewals, each field with the day after which it was known."""
    decided = _days([row["decided_on"] for row in rows])
    version = _days([row["version_on"] for row in rows]) + 1
    began = _days([row["began_on"] for row in rows])
    price, price_days = _since(rows, "price_on", decided)
    failed, failure_days = _since(rows, "failed_on", decided)
    renewals = Renewals(
        decided_on=decided,
        plan=Said([row["plan_code"] for row in rows], version),
        market=Said([row["market_code"] for row in rows], version),
        cadence=Said([f"{row['cadence_count']} {row['cadence_unit']}" for row in rows], version),
        tenure_days=Dated(decided - began, began + 1),
        price_days=Dated(price_days, price),
        pauses=Dated(_numbers(rows, "pause_count"), decided),
        failures=Dated(_numbers(rows, "failure_count"), failed),
        failure_days=Dated(failure_days, failed),
    )
    return Known(
        renewals,
        {BY_CHOICE: _ended(rows, "left_on"), UNPAID: _ended(rows, "unpaid_on")},
        rows,
    )


def split_of(known: Known) -> Split:
    """Split renewals by time: the latest 30 days measure, and all that teaches was known by then.

    What calibrates is of 30 days as well. Raises ``TooFewEnds`` where a part has nothing, and
    ``FutureFeature`` where anything was not known when it was asked.
    """
    decided = known.renewals.decided_on
    if not len(decided):
        raise TooFewEnds("no renewal of which it is known who left")
    facts = facts_of(known.renewals)
    measured_from = int(decided.max()) - WINDOW_DAYS + 1
    calibrated_until = measured_from - MATURE_DAYS
    parts = (
        decided <= calibrated_until - WINDOW_DAYS,
        (decided > calibrated_until - WINDOW_DAYS) & (decided <= calibrated_until),
        decided >= measured_from,
    )
    for name, which in zip(Split._fields, parts, strict=True):
        if not which.any():
            raise TooFewEnds(f"no renewal is {name}: the release holds too short a time")
    return Split(
        *(
            Part(some(facts, which), {head: of[which] for head, of in known.ended.items()})
            for which in parts
        )
    )


def _ended(rows: Sequence[Row], name: str) -> Floats:
    """Say who ended so within the days after a renewal that count."""
    until = timedelta(days=AFTER_DAYS)
    return np.array(
        [row[name] is not None and row[name] <= row["renews_on"] + until for row in rows],
        dtype=np.float64,
    )


def _since(rows: Sequence[Row], name: str, decided: Ints) -> tuple[Ints, Ints]:
    """Return when a day was known, and how long ago it was; that none was, is known that day."""
    is_none = np.array([row[name] is None for row in rows], dtype=np.bool_)
    days = _days([row[name] or row["decided_on"] for row in rows])
    return np.where(is_none, decided, days + 1), np.where(is_none, NEVER, decided - days)


def _days(days: Sequence[date]) -> Ints:
    return np.array([day.toordinal() for day in days], dtype=np.int64)


def _numbers(rows: Sequence[Row], name: str) -> Ints:
    return np.array([row[name] for row in rows], dtype=np.int64)
