"""Retry plans under whatever can happen: none ever breaks a limit of networks, schemes or ours.

Nor where a model chooses when, whatever it says: it takes slots and adds none, keeps the hours of
the payer and the distance between tries, and moves no end. Its plans have the days that a market
has for models, and are stopped only after a try; whoever it does not decide for has the calendar.

Each plan is told by a number, so that one that breaks a law is told again by it.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from ledgerline.base.calendar import local_date
from ledgerline.base.ids import AttemptId, PaymentMethodId
from ledgerline.payments.model import Advice, DeclineCategory, EvidenceKind, Outcome, Reading
from ledgerline.payments.rows.limits import CardTryRow, LimitRow
from ledgerline.payments.rules.advice import NETWORK, advised_by
from ledgerline.payments.rules.bank_days import SCHEMES, Scheme
from ledgerline.payments.rules.learned import acts_for
from ledgerline.payments.rules.network_limits import free_at
from ledgerline.payments.rules.plan_rows import slots_of, slots_text
from ledgerline.payments.rules.retry import OURS, TECHNICAL, AwaitPayer, GiveUp, Retry, Tries
from ledgerline.payments.rules.retry_plan import (
    Failure,
    Plan,
    Policy,
    Track,
    Why,
    begin,
    revise,
    stopped,
    then_of,
)
from ledgerline.payments.rules.retry_timing import OPENINGS, Timed, planned, tries_on
from ledgerline.payments.rules.routing import PPM
from ledgerline.payments.scores import Kind, Mode, Switch, Timing
from tests.properties.retry_draws import Adversary, Draws

PLANS: Final = 33_000  # a hundred thousand decisions
PLANS_LONG: Final = 1_000_000
ZONES: Final = ("Europe/Berlin", "America/Sao_Paulo", "Asia/Tokyo", "Pacific/Auckland", "UTC")
CATEGORIES: Final = tuple(sorted(set(DeclineCategory) - OURS))
SOFT: Final = (
    DeclineCategory.INSUFFICIENT_FUNDS, DeclineCategory.DO_NOT_HONOR,
    DeclineCategory.AMOUNT_LIMIT, DeclineCategory.ISSUER_UNAVAILABLE,
    DeclineCategory.PROCESSOR_ERROR,
)  # fmt: skip
LIMITS: Final = [
    LimitRow(
        network="any", region="any", initiator=initiator, hours=hours,
        valid_from=date(2000, 1, 1), tries_max=tries_max,
    )
    for initiator, hours, tries_max in (("merchant", 24, 2), ("any", 720, 15))
]  # fmt: skip
SWITCHES: Final = (
    Switch(), Switch(Mode.SHADOW, 0, {"EUR": 2_000}), Switch(Mode.ON, 95, {"EUR": 2_000}),
    Switch(Mode.ON, 95),
)  # fmt: skip
DAY: Final = timedelta(days=1)
STEPS_MAX: Final = 60


@dataclass(slots=True)
class Life:
    """One payment that is refused again and again, and what is known of it."""

    draws: Draws
    policy: Policy
    zone: str
    spread: int
    scheme: Scheme | None
    now: datetime
    method: int = 1
    plan: Plan | None = None
    total: int = 0
    technical: int = 0
    switch: Switch = Switch()  # noqa: RUF009 - frozen
    seen: set[str] = field(default_factory=set)
    tries: list[CardTryRow] = field(default_factory=list)

    def method_id(self) -> PaymentMethodId:
        return PaymentMethodId(UUID(int=self.method))


def test_no_plan_breaks_a_law_whatever_happens(*, long_form: bool) -> None:
    seen: set[str] = set()
    for number in range(PLANS_LONG if long_form else PLANS):
        broken = list(_told(number, seen))
        assert broken == [], (number, broken)
    assert seen >= {
        "not asked", "not believed", "asked", "by the model", "explored", "stopped", "tried on",
        "laid for a model",
    }  # fmt: skip


def _told(number: int, seen: set[str]) -> Iterator[str]:
    """Tell one payment from its first refusal to its end; yields the laws that it breaks."""
    draws = Draws(number)
    days = sorted({1 + draws.below(25) for _ in range(1 + draws.below(5))})
    tries_max = len(days) + 1 + draws.below(3)
    policy = Policy(
        1 + draws.below(3),
        retry_days=tuple(days),
        tries_max=tries_max,
        collect_days=max(days) + draws.below(8),
        paydays=draws.one_of(((), ("15", "month_end"), ("friday",), ("1", "15", "friday"))),
        **_room(draws, max(days), tries_max),
    )
    life = Life(
        draws=draws,
        policy=policy,
        zone=draws.one_of(ZONES),
        spread=draws.below(64),
        scheme=SCHEMES[draws.one_of(("sepa", "bacs"))] if draws.happens(15) else None,
        now=datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=draws.below(60 * 24 * 365)),
        switch=draws.one_of(SWITCHES),
        seen=seen,
    )
    for _ in range(STEPS_MAX):
        failure, reading = _refused(life)
        before = life.plan
        life.plan, said = planned(policy, before, failure, _timing(life))
        assert said is not None
        is_learned = before is None and bool(policy.learned_days) and said.acts
        fixed = (
            begin(policy, failure, is_learned=is_learned)
            if before is None
            else revise(before, failure)
        )
        seen.update({"laid for a model"} if is_learned else ())
        yield from _laws_of_models(life, fixed, said, failure)
        yield from _laws(life, before, failure, reading)
        then = then_of(life.plan, failed_at=life.now)
        if isinstance(then, GiveUp):
            return
        if isinstance(then, AwaitPayer):
            if not _payer_acts(life, then):
                return
            continue
        if draws.happens(5) and _payer_acts(life, AwaitPayer(life.plan.ends_at)):
            continue
        _wait(life, then)
    yield "it never ends"


def _room(draws: Draws, last: int, tries_max: int) -> dict[str, Any]:
    """Draw what a plan that is laid for a model may have, where a market has anything for it."""
    if draws.happens(40):
        return {}
    learned = sorted({1 + draws.below(30) for _ in range(1 + draws.below(tries_max - 1))})
    return {
        "learned_days": tuple(learned),
        "learned_collect_days": max(last, *learned) + 7,
        "try_cost_minor": draws.below(3) * 1_000,
    }


def _refused(life: Life) -> tuple[Failure, Reading]:
    """Try at the present instant and be refused, for whatever reason."""
    draws = life.draws
    category = draws.one_of(SOFT) if draws.happens(70) else draws.one_of(CATEGORIES)
    network = draws.one_of(tuple(NETWORK)) if draws.happens(20) and not life.scheme else None
    provider = draws.one_of(tuple(Advice)) if draws.happens(5) else None
    reading = Reading(
        Outcome.DECLINED,
        EvidenceKind.RESPONSE,
        category=category,
        network_advice=network,
        provider_advice=provider,
    )
    life.total += 1
    life.technical += category in TECHNICAL
    life.tries.append(
        CardTryRow(life.method_id(), AttemptId(UUID(int=life.total)), life.now, is_live=False)
    )
    failure = Failure(
        category=category,
        advised=advised_by(reading),
        tries=Tries(life.total, life.technical),
        failed_at=life.now,
        method_id=life.method_id(),
        zone=life.zone,
        spread=life.spread,
        scheme=life.scheme,
    )
    return failure, reading


def _wait(life: Life, then: Retry) -> None:
    """Let time pass until the try is due, or longer: workers stand still, networks limit."""
    life.now = then.at
    if life.draws.happens(10):
        life.now += timedelta(hours=life.draws.below(24 * 6))
    tries = [one for one in life.tries if one.payment_method_id == life.method_id()]
    free = free_at(LIMITS, tries, now=life.now)
    life.now = life.now if free is None else free


def _payer_acts(life: Life, then: AwaitPayer) -> bool:
    """Let the payer bring another card before it is over, or not; it is tried at once."""
    room = life.total < life.policy.tries_max and life.method < 3
    if not room or not life.draws.happens(50):
        return False
    assert life.plan is not None
    left = int((then.at - life.now) / timedelta(minutes=1))
    if left <= 0:
        return False
    life.method += 1
    life.now += timedelta(minutes=life.draws.below(left))
    return True


def _laws(life: Life, before: Plan | None, failure: Failure, reading: Reading) -> Iterator[str]:
    plan, advised = life.plan, failure.advised
    assert plan is not None
    if slots_of(slots_text(plan.slots)) != plan.slots:
        yield "its row says something else"
    if not advised.allows_machine and (plan.open or plan.track is not Track.END):
        yield "a machine tries what is forbidden"
    if any(one.at < life.now + advised.after for one in plan.open):
        yield "a slot comes before its advice allows"
    yield from _counts(life, plan)
    yield from _times(life, plan)
    yield from _tightened(plan, before, failure)
    exact = advised.is_exact and before is None and failure.category not in TECHNICAL
    if exact and plan.open and plan.next_at != life.now + advised.after:
        yield f"not when the network says: {reading.network_advice}"


def _amount(life: Life) -> int:
    return 1_000 + 2_000 * (life.draws.number % 2)


def _timing(life: Life) -> Timing:
    return Timing(
        switch=life.switch,
        model=Adversary(life.draws),
        market="DE",
        brand="visa",
        amount_minor=_amount(life),
        currency="EUR",
        customer=str(life.draws.number),
        key=f"{life.draws.number} {life.total}",
    )


def _laws_of_models(life: Life, fixed: Plan, said: Timed, failure: Failure) -> Iterator[str]:
    plan = life.plan
    assert plan is not None
    life.seen.add(_became_of(said))
    if said.acts and not acts_for(Kind.RETRY, life.switch, str(life.draws.number)):
        yield "a model decides for who is held out"
    if said.is_unlikely and said.acts:
        yield from _laws_of_stops(life, fixed, said)
    if said.acts and said.stops:
        return
    if plan.track is Track.MODEL:
        yield from _laws_of_choices(life, fixed, said, failure)
    elif plan != fixed:
        yield "a model that does not decide changes a plan"


def _laws_of_choices(life: Life, fixed: Plan, said: Timed, failure: Failure) -> Iterator[str]:
    plan = life.plan
    assert plan is not None
    if replace(plan, track=fixed.track, next_at=fixed.next_at) != fixed:
        yield "a model changes more than when the next try is"
    assert said.ppm is not None
    if sum(said.ppm.values()) != PPM or not said.ppm[plan.next_at]:
        yield "a moment that could not be drawn"
    if life.scheme is not None or fixed.open[0].why is Why.NETWORK:
        yield "a model where it has no choice"
    if plan.next_at != fixed.next_at:
        yield from _laws_of_moments(life, plan, failure)


def _laws_of_stops(life: Life, fixed: Plan, said: Timed) -> Iterator[str]:
    """Let a model stop what was tried again, end nothing sooner, and never stop some customers."""
    plan, policy = life.plan, life.policy
    assert plan is not None
    if life.total < 2 or not policy.try_cost_minor:
        yield "stopped before a try, or for nothing"
    if said.stops and plan != stopped(fixed):
        yield "a stop that is something else"
    if said.stops and (plan.ends_at != fixed.ends_at or plan.next_at != plan.ends_at):
        yield "a stop that moves the end"
    is_small = life.switch.explores("EUR", _amount(life))
    if said.stops == (is_small and tries_on(str(life.draws.number))):
        yield "a stop that nobody could unlearn"


def _laws_of_moments(life: Life, plan: Plan, failure: Failure) -> Iterator[str]:
    local = plan.next_at.astimezone(ZoneInfo(life.zone))
    if not any(opens.hour <= local.hour < opens.hour + 2 for opens in OPENINGS):
        yield "not in the hours of the payer"
    if plan.next_at < life.now + max(DAY, failure.advised.after):
        yield "a model tries too early"
    if plan.next_at > plan.ends_at:
        yield "a model tries after the end"


def _became_of(said: Timed) -> str:
    if not said.is_asked:
        return "not asked"
    if said.ppm is None:
        return "not believed"
    if said.acts and said.is_unlikely:
        return "stopped" if said.stops else "tried on"
    if said.acts:
        return "explored" if said.explored else "by the model"
    return "asked"


def _counts(life: Life, plan: Plan) -> Iterator[str]:
    if life.total + len(plan.open) > life.policy.tries_max:
        yield "more slots than the cap"
    if plan.track is Track.TECHNICAL and life.total >= life.policy.tries_max:
        yield "more tries than the cap"
    same = [one for one in life.tries if one.payment_method_id == life.method_id()]
    if sum(one.sent_at > life.now - DAY for one in same) > LIMITS[0].tries_max:
        yield "three tries of a card within a day"
    presented = life.total - 1 + len(plan.open)
    if life.scheme is not None and plan.open and presented > life.scheme.retries_max:
        yield "presented more often than the scheme allows"


def _times(life: Life, plan: Plan) -> Iterator[str]:
    for one in plan.open:
        local = one.at.astimezone(ZoneInfo(life.zone))
        if one.why is not Why.NETWORK and life.scheme is None and not 9 <= local.hour < 11:
            yield "not in the morning of the payer"
        if life.scheme is not None and not life.scheme.is_bank_day(local.date()):
            yield "not on a bank day"
        if one.why is Why.PAYDAY:
            day = local_date(plan.began_at, life.zone) + timedelta(days=one.day)
            if not timedelta(0) < local.date() - day <= 3 * DAY:
                yield "waits longer than three days for wages"
    if any(later.at - one.at < DAY for one, later in pairwise(plan.open)):
        yield "two slots within a day"
    if plan.open and plan.open[-1].at > plan.ends_at:
        yield "a slot after the end"


def _tightened(plan: Plan, before: Plan | None, failure: Failure) -> Iterator[str]:
    if before is None:
        return
    if (plan.policy, plan.began_at) != (before.policy, before.began_at):
        yield "another policy in the middle"
    if plan.ends_at < before.ends_at:
        yield "its end comes nearer"
    if before.method_id != failure.method_id:
        return
    is_its = before.track is Track.MODEL and failure.failed_at == before.next_at
    waits = failure.category is DeclineCategory.INSUFFICIENT_FUNDS  # for wages, model or not
    if is_its and not waits and failure.advised.after <= DAY and plan.ends_at != before.ends_at:
        yield "a model moves the end"
    was = {one.day: one for one in before.slots}
    for one in plan.open:
        if not was[one.day].is_open or one.at < was[one.day].at:
            yield "a slot that comes back or nearer"
