"""The billing run over what a platform really has: many start days, add-ons, changes, coupons.

A catch-up of a month: subscriptions that began on 365 days, all due at one instant; one in five has
an add-on, one in ten changes its plan within the period that is billed, and for one in ten a coupon
ends in it. What is decided is decided once a group, so the figure to watch beside the time is the
number of groups: plans, offers and periods make them, never customers.
"""

import asyncio
from typing import Final, NamedTuple

import psycopg

from bench.billing_run import DUE, copy_once, remember, run_once, seed
from bench.report import Figure
from bench.stage import Stage
from ledgerline.base.ids import Bucket, SubscriptionId, uuid7
from ledgerline.flows.read_due import group_due, read_due_in
from ledgerline.subscriptions import store as subscriptions

DAYS: Final = 365
GROUPS_A_PERIOD: Final = 2 * 2 * 2  # with an add-on or not, changed or not, coupon or not
PERIODS: Final = 31
RATIO_MAX: Final = 1.6

# Each began on one of the days of a year and is billed to the last boundary before the run.
_STARTS: Final = """
UPDATE subscription AS s
   SET grid_origin = b.origin, grid_day = extract(day FROM b.origin)::smallint,
       billed_through = b.through,
       next_bill_at = b.through::timestamp AT TIME ZONE 'Europe/Berlin'
  FROM (SELECT o.bucket, o.id, o.origin, max(m.boundary) AS through
          FROM (SELECT n.bucket, n.id, %(due)s::date - (n.n %% %(days)s)::integer AS origin
                  FROM (SELECT row_number() OVER (ORDER BY bucket, id) AS n, bucket, id
                          FROM subscription) AS n) AS o
         CROSS JOIN LATERAL (
               SELECT (o.origin + make_interval(months => k))::date AS boundary
                 FROM generate_series(0, 12) AS g (k)) AS m
         WHERE m.boundary <= %(due)s::date
         GROUP BY o.bucket, o.id, o.origin) AS b
 WHERE s.bucket = b.bucket AND s.id = b.id
"""
_NTH: Final = """
SELECT row_number() OVER (ORDER BY bucket, id) AS n, bucket, id, billed_through AS through
  FROM subscription
"""
_ITEMS_START: Final = """
UPDATE subscription_item AS i
   SET starts_on = s.grid_origin
  FROM subscription AS s
 WHERE s.id = i.subscription_id AND s.bucket = i.bucket
"""
_ADD_ON: Final = f"""
INSERT INTO subscription_item (
       bucket, subscription_id, no, component, plan_code, phase_no, price_id, quantity, starts_on)
SELECT s.bucket, s.id, 2, 'lossless', 'lossless_monthly', 1, %(add_on)s::uuid, 1, s.through
  FROM ({_NTH}) AS s
 WHERE s.n %% 5 = 0
"""
_CHANGE_ENDS: Final = f"""
UPDATE subscription_item AS i
   SET ends_on = s.through + 10
  FROM ({_NTH}) AS s
 WHERE s.n %% 10 = 1 AND i.subscription_id = s.id AND i.bucket = s.bucket AND i.no = 1
"""
_CHANGE_BEGINS: Final = f"""
INSERT INTO subscription_item (
       bucket, subscription_id, no, component, plan_code, phase_no, price_id, quantity, starts_on)
SELECT s.bucket, s.id, 3, 'base', 'duo_monthly', 1, %(other)s::uuid, 1, s.through + 10
  FROM ({_NTH}) AS s
 WHERE s.n %% 10 = 1
"""
_COUPON: Final = f"""
INSERT INTO subscription_offer (
       bucket, subscription_id, no, offer_code, component, from_on, until_on, cadence_count,
       cadence_unit)
SELECT s.bucket, s.id, 1, 'WELCOME50', 'base', s.through - 40, s.through + 7, 1, 'month'
  FROM ({_NTH}) AS s
 WHERE s.n %% 10 IN (2, 5)
"""


class _Sold(NamedTuple):
    """The prices that are mixed in."""

    add_on: str
    other: str


async def billing_run_mixed(stage: Stage, *, renewals: int = 200_000) -> list[Figure]:
    """Measure the run, its limit on the same rows, and the groups in which it decided."""
    await seed(stage, renewals)
    await asyncio.to_thread(_mix, stage)
    groups = await _groups(stage, renewals)
    measured = await run_once(stage)
    assert measured.renewals == renewals, (measured, renewals)
    limit = await asyncio.to_thread(copy_once, stage)
    most = GROUPS_A_PERIOD * PERIODS
    return [
        Figure(
            name="billing_run_mixed",
            value=measured.seconds,
            unit="s",
            limit=limit,
            ratio=measured.seconds / limit,
            note=f"{renewals:,} renewals, {renewals / measured.seconds:,.0f}/s, of {DAYS} start"
            " days; 20 % with an add-on, 10 % changed in the period, 20 % with a coupon that ends"
            f" in it; goal ≤ {RATIO_MAX}",
        ),
        Figure(
            name="billing_run_mixed_groups",
            value=groups,
            unit="groups",
            limit=most,
            ratio=groups / most,
            note="decided once each; limit: combinations of plans and offers × periods",
        ),
        Figure(
            name="billing_run_mixed_python",
            value=measured.python_seconds / renewals * 1e6,
            unit="µs/renewal",
            limit=None,
            ratio=None,
            note="Python CPU",
        ),
        Figure(
            name="billing_run_mixed_wal",
            value=measured.wal_bytes / renewals / 1e3,
            unit="kB/renewal",
            limit=None,
            ratio=None,
            note="write-ahead log",
        ),
    ]


def _mix(stage: Stage) -> None:
    with psycopg.connect(stage.url, autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")  # what began is moved
        sold = _sold(connection)
        given = {"due": DUE.date(), "days": DAYS, **sold._asdict()}
        for statement in (
            _STARTS, _ITEMS_START, _ADD_ON, _CHANGE_ENDS, _CHANGE_BEGINS, _COUPON,
        ):  # fmt: skip
            psycopg.ClientCursor(connection).execute(statement.encode(), given)
        remember(connection)
        connection.execute("VACUUM FULL ANALYZE subscription")
        connection.execute("VACUUM ANALYZE")


def _sold(connection: psycopg.Connection) -> _Sold:
    """Find the prices of the add-on and of the plan that is changed to."""
    found = []
    for plan in ("lossless_monthly", "duo_monthly"):
        row = connection.execute(
            "SELECT id::text FROM price WHERE plan_code = %s AND market_code = 'DE'"
            " AND component <> 'setup' AND valid_from <= '2026-01-01'"
            " ORDER BY phase_no DESC, valid_from DESC LIMIT 1",
            (plan,),
        ).fetchone()
        assert row is not None, plan
        found.append(row[0])
    return _Sold(*found)


async def _groups(stage: Stage, renewals: int) -> int:
    """Count the decisions of one whole run; it writes nothing."""
    async with stage.run.transaction() as tx:
        due = await subscriptions.read_due(
            tx, until=DUE, market_code=None, after=SubscriptionId(uuid7(0, Bucket(0), 0)),
            limit=renewals,
        )  # fmt: skip
        assert len(due) == renewals, (len(due), renewals)
        return len(group_due(await read_due_in(tx, due, now=DUE), now=DUE))
