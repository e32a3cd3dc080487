"""When a refused payment is tried again, of the moments that its plan allows: a model orders them.

It takes the next slot of the plan and adds none. Where a market has a calendar for models, a plan
is laid by that if a model decides at the first refusal. From the second on a model may find that no
moment is worth a try. What it says is believed whole or not at all; without it everything is
exactly as the plan has it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import accumulate
from typing import Final, NamedTuple

from ledgerline.base.calendar import local_date
from ledgerline.payments.rules.learned import SLOW_MS, Ignored, acts_for
from ledgerline.payments.rules.retry_plan import (
    SPACING,
    Failure,
    Plan,
    Policy,
    Slot,
    Track,
    Why,
    begin,
    revise,
    stopped,
)
from ledgerline.payments.rules.routing import PPM, draw
from ledgerline.payments.rules.slots import moment
from ledgerline.payments.scores import Kind, Mode, MomentScores, Refused, Switch, Timing

OPENINGS: Final = (time(9), time(13), time(17))
"""When a try may be, in two hours from each on (local time of the payer): never at night."""
STALE_SECONDS: Final = 45 * 86_400
"""A model that was not trained for so long is not believed."""
EXPLORED: Final = 50_000
"""How many first tries of a plan are drawn evenly among all allowed moments, in ppm; and of how
many customers small amounts are tried on that are not worth it."""
_KEPT_A_DAY: Final = 970_000  # money that comes a day later is worth so much, in ppm
_KEPT: Final = tuple(accumulate(range(60), lambda kept, _: kept * _KEPT_A_DAY // PPM, initial=PPM))


class NotAllowed(AssertionError):
    """A moment was chosen that the plan does not allow: a defect of ours, never a warning."""


class Timed(NamedTuple):
    """What a model is told of a refusal, and said of allowed moments where it ``is_asked``.

    ``fixed`` is when the plan itself would try. ``ppm`` are the propensities by which ``chosen``
    was drawn; neither is there where it was ``ignored``. Other moments than the best one could be
    drawn where it ``explores``. It decided where it ``acts``. Where even the best moment
    ``is_unlikely`` to be worth a try, by ``try_cost_minor``, it ``stops``, but for what is tried on
    all the same.
    """

    switch: Switch
    refused: Refused
    fixed: datetime
    is_asked: bool = False
    acts: bool = False
    scores: MomentScores | None = None
    ignored: Ignored | None = None
    ppm: Mapping[datetime, int] | None = None
    chosen: datetime | None = None
    explores: bool = False
    try_cost_minor: int = 0
    is_unlikely: bool = False
    stops: bool = False

    @property
    def explored(self) -> bool:
        """Say whether a moment was drawn that is not the best one."""
        return self.ppm is not None and self.chosen != max(self.ppm, key=self.ppm.__getitem__)


def allowed_moments(plan: Plan, failure: Failure) -> tuple[datetime, ...]:
    """Return the moments of the next try among which a plan leaves the choice, in order.

    None where there is no next slot, where the network says the very time, and for bank debits.
    Each keeps the distance to the failure, what the refusal advises and the hours of the payer, and
    is early enough that all other slots fit in before the end: a model adds no day to a plan. The
    moment of the plan itself is always among them.
    """
    coming = plan.open
    if plan.track is not Track.SLOT or failure.scheme is not None or not coming:
        return ()
    if coming[0].why is Why.NETWORK:
        return ()
    floor = failure.failed_at.astimezone(UTC) + max(SPACING, failure.advised.after)
    zone = failure.zone
    day, last = local_date(floor, zone), _last_day(plan, coming, zone)
    found = {plan.next_at}
    while day <= last:
        on_day = (moment(day, opens, zone, spread=failure.spread) for opens in OPENINGS)
        found.update(at for at in on_day if floor <= at <= plan.ends_at)
        day += timedelta(days=1)
    return tuple(sorted(found))


def planned(
    policy: Policy, plan: Plan | None, failure: Failure, timing: Timing | None
) -> tuple[Plan, Timed | None]:
    """Lay the plan of a payment at its first failure, or write its next revision.

    By the calendar, unless a model decides at the first failure and is believed: nobody else has
    the slots that a market has for models. ``timing`` is None where nothing is kept of models.
    """
    if plan is None and timing is not None and _has_room(policy, failure, timing):
        room = begin(policy, failure, is_learned=True)
        said = timed(room, failure, timing)
        laid = steered(room, said, failure) if said.acts else begin(policy, failure)
        return laid, said
    fixed = begin(policy, failure) if plan is None else revise(plan, failure)
    if timing is None:
        return fixed, None
    said = timed(fixed, failure, timing)
    return steered(fixed, said, failure), said


def _has_room(policy: Policy, failure: Failure, timing: Timing) -> bool:
    decides = acts_for(Kind.RETRY, timing.switch, timing.customer)
    return bool(policy.learned_days) and failure.scheme is None and decides


def timed(plan: Plan, failure: Failure, timing: Timing) -> Timed:
    """Ask a model about the next try of a plan, where its switch lets it and there is a choice."""
    refused = _refused(failure, timing)
    asked = Timed(timing.switch, refused, plan.next_at)
    if timing.switch.mode is Mode.OFF:
        return asked
    moments = allowed_moments(plan, failure)
    if len(moments) < 2:  # noqa: PLR2004 - there is nothing to choose
        return asked
    scores = None if timing.model is None else timing.model.weigh(refused, moments)
    wrong = fault(scores, moments)
    asked = asked._replace(is_asked=True, ignored=wrong)
    if scores is None or wrong is not None:
        return asked
    is_small = timing.switch.explores(timing.currency, timing.amount_minor)
    explores = is_small and failure.tries.total == 1
    ppm = propensities(scores.ppm, failed_at=failure.failed_at, explores=explores)
    cost = plan.policy.try_cost_minor
    is_unlikely = not is_worth_it(scores.ppm, refused, try_cost_minor=cost)
    return asked._replace(
        acts=acts_for(Kind.RETRY, timing.switch, timing.customer),
        scores=scores,
        ppm=ppm,
        chosen=drawn(ppm, timing.key),
        explores=explores,
        try_cost_minor=cost,
        is_unlikely=is_unlikely,
        stops=is_unlikely and not (is_small and tries_on(timing.customer)),
    )


def steered(plan: Plan, said: Timed, failure: Failure) -> Plan:
    """Let a model decide when the next try is, or that none is, where it acts.

    Raises ``NotAllowed`` on a defect.
    """
    if not said.acts or said.chosen is None:
        return plan
    if said.stops:
        return stopped(plan)
    require_allowed(said.chosen, allowed_moments(plan, failure))
    return replace(plan, track=Track.MODEL, next_at=said.chosen)


def require_allowed(at: datetime, moments: Sequence[datetime]) -> None:
    """Raise ``NotAllowed`` unless a moment is one of those that rules left open."""
    if at not in moments:
        raise NotAllowed(f"{at.isoformat()} is none of {len(moments)} allowed moments")


def propensities(
    ppm: Mapping[datetime, int], *, failed_at: datetime, explores: bool
) -> dict[datetime, int]:
    """Return by what each moment is drawn: the best one, but for what is spread over all.

    The best is worth most in expectation, each day later three in a hundred less; of two alike it
    is the earlier one.
    """
    best = max(sorted(ppm), key=lambda at: worth(ppm[at], days=(at - failed_at).days))
    share = EXPLORED // len(ppm) if explores else 0
    return {at: PPM - share * (len(ppm) - 1) if at == best else share for at in sorted(ppm)}


def tries_on(customer: str) -> bool:
    """Say whether small amounts of a customer are tried on whatever a model says: always the same.

    Or nothing could ever be learned of what is taken to be not worth a try.
    """
    return draw({"stop": PPM - EXPLORED, "try": EXPLORED}, f"unlikely\x00{customer}") == "try"


def drawn(ppm: Mapping[datetime, int], key: str) -> datetime:
    """Draw a moment by its propensity: the same key (the refused attempt's id) draws the same."""
    return draw(ppm, f"timing\x00{key}")


def is_worth_it(ppm: Mapping[datetime, int], refused: Refused, *, try_cost_minor: int) -> bool:
    """Say whether the best moment brings more than a try costs: ``p·A·0.97^days > cost``.

    One try again is always made, whatever it costs.
    """
    if not try_cost_minor or refused.tries <= 1:
        return True
    best = max(worth(one, days=(at - refused.failed_at).days) for at, one in ppm.items())
    return best * refused.amount_minor > try_cost_minor * PPM * PPM


def worth(ppm: int, *, days: int) -> int:
    """Return the worth of a chance after some days, in millionths of ppm of the amount."""
    return ppm * _KEPT[min(days, len(_KEPT) - 1)]


def fault(scores: MomentScores | None, moments: Sequence[datetime]) -> Ignored | None:
    """Say why scores are not to be believed; None: they are."""
    if scores is None:
        return Ignored.NOTHING_SAID
    if not 0 <= scores.age_seconds <= STALE_SECONDS:
        return Ignored.STALE
    if not 0 <= scores.took_ms <= SLOW_MS:
        return Ignored.SLOW
    if scores.ppm.keys() != set(moments):
        return Ignored.OTHER_MOMENTS
    if any(type(one) is not int or not 0 <= one <= PPM for one in scores.ppm.values()):
        return Ignored.OUT_OF_RANGE
    return None


def _last_day(plan: Plan, coming: Sequence[Slot], zone: str) -> date:
    """Return the last day of a try after which all others fit in, a day between each two.

    An afternoon takes a day more until the next morning, and so may a night of 23 hours.
    """
    others = len(coming) - 1
    return local_date(plan.ends_at, zone) - timedelta(days=others + 2 if others else 0)


def _refused(failure: Failure, timing: Timing) -> Refused:
    return Refused(
        category="" if failure.category is None else failure.category.value,
        market=timing.market,
        brand=timing.brand,
        amount_minor=timing.amount_minor,
        tries=failure.tries.total,
        failed_at=failure.failed_at.astimezone(UTC),
        zone=failure.zone,
    )
