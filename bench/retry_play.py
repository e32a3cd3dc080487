"""Collect refused renewals of a simulated world by the rules of the platform."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Final, NamedTuple
from uuid import UUID

from ledgerline.base.ids import PaymentMethodId
from ledgerline.ml.train.timing import TryRow
from ledgerline.payments.model import DeclineCategory
from ledgerline.payments.rules.advice import DEFAULTS
from ledgerline.payments.rules.retry import Tries
from ledgerline.payments.rules.retry_plan import Failure, Plan, Policy, Track
from ledgerline.payments.rules.retry_scores import TableModel, facts_of
from ledgerline.payments.rules.retry_timing import OPENINGS, planned
from ledgerline.payments.rules.slots import moment
from ledgerline.payments.scores import Mode, MomentModel, Refused, Switch, Timing
from pspsim.declined.world import DeclinedWorld, Kind, Renewal

METHOD: Final = PaymentMethodId(UUID(int=1))
SWITCH: Final = Switch(Mode.ON, 95, {"EUR": 1_000_000})
CEILING_DAYS: Final = 28


class Collected(NamedTuple):
    """Whether a renewal was paid, after how many tries of the machine, and those tries."""

    paid: bool
    tries: int
    rows: tuple[TryRow, ...] = ()


def served(trained_table: MomentModel | None, renewal: Renewal) -> Timing | None:
    """Return what orders moments for one renewal, as a seller has it who lets a model decide."""
    if trained_table is None:
        return None
    return Timing(
        switch=SWITCH,
        model=trained_table,
        market=renewal.market,
        brand=renewal.brand,
        amount_minor=renewal.amount_minor,
        currency="EUR",
        customer=str(renewal.no),
        key="",
    )


def collect(
    world: DeclinedWorld,
    renewal: Renewal,
    policy: Policy,
    model: TableModel | None = None,
    *,
    keeps: bool = False,
) -> Collected:
    """Try a renewal as its plan says until it is paid or the plan is over."""
    timing = served(model, renewal)
    plan: Plan | None = None
    at, tries, rows = renewal.failed_at, 1, list[TryRow]()
    while True:
        failure = _failure(renewal, at, tries)
        if timing is not None:
            timing = timing._replace(key=f"{renewal.no} {tries}")
        plan, _ = planned(policy, plan, failure, timing)
        if plan.track is Track.END:
            return Collected(paid=False, tries=tries - 1, rows=tuple(rows))
        paid = world.approves(renewal, plan.next_at, tries)
        if keeps:
            rows.append(TryRow(facts_of(_refused(renewal, at, tries), plan.next_at), paid))
        at, tries = plan.next_at, tries + 1
        if paid:
            return Collected(paid=True, tries=tries - 1, rows=tuple(rows))


def can_be_paid(world: DeclinedWorld, renewal: Renewal, *, tries: int) -> bool:
    """Say whether any moment of 28 days brings the money; where moments are alike, any try."""
    if world.kind is Kind.NULL:
        return any(world.approves(renewal, renewal.failed_at, no) for no in range(1, tries + 1))
    return any(world.approves(renewal, at, 1) for at in _moments(renewal))


def _moments(renewal: Renewal) -> Iterator[datetime]:
    for day in range(1, CEILING_DAYS + 1):
        on = (renewal.failed_at + timedelta(days=day)).date()
        for opens in OPENINGS:
            yield moment(on, opens, renewal.zone, spread=renewal.no)


def log_of(
    world: DeclinedWorld,
    renewals: Sequence[Renewal],
    policy: Policy,
    model: TableModel | None = None,
) -> list[TryRow]:
    """Return the tries of some renewals, one renewal after the other."""
    return [row for one in renewals for row in collect(world, one, policy, model, keeps=True).rows]


def _failure(renewal: Renewal, at: datetime, tries: int) -> Failure:
    category = DeclineCategory(renewal.category)
    return Failure(
        category=category,
        advised=DEFAULTS[category],
        tries=Tries(tries),
        failed_at=at,
        method_id=METHOD,
        zone=renewal.zone,
        spread=renewal.no,
    )


def _refused(renewal: Renewal, at: datetime, tries: int) -> Refused:
    return Refused(
        category=renewal.category,
        market=renewal.market,
        brand=renewal.brand,
        amount_minor=renewal.amount_minor,
        tries=tries,
        failed_at=at,
        zone=renewal.zone,
    )
