"""When a model may have a refused payment tried again, and what it may never do."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from typing_extensions import override

from ledgerline.payments.model import Advice, DeclineCategory
from ledgerline.payments.rules.advice import DEFAULTS, Advised
from ledgerline.payments.rules.bank_days import SCHEMES
from ledgerline.payments.rules.learned import Ignored
from ledgerline.payments.rules.opinion_words import not_believed, who_decides
from ledgerline.payments.rules.retry import Tries
from ledgerline.payments.rules.retry_plan import Failure, Plan, Policy, Track, Why, begin, revise
from ledgerline.payments.rules.retry_timing import (
    EXPLORED,
    OPENINGS,
    STALE_SECONDS,
    NotAllowed,
    Timed,
    allowed_moments,
    fault,
    propensities,
    require_allowed,
    steered,
    timed,
    worth,
)
from ledgerline.payments.rules.routing import PPM
from ledgerline.payments.rules.slots import QUARTER_HOURS, moment
from ledgerline.payments.rules.timing_words import kept_of, moment_sentences, told_of
from ledgerline.payments.scores import Mode, MomentModel, MomentScores, Refused, Switch, Timing
from tests.unit.payments.samples import METHOD

FAILED_AT = datetime(2026, 3, 1, 23, 30, tzinfo=UTC)  # already 2 March in Berlin
POLICY = Policy(1)
DAY = timedelta(days=1)
BERLIN = ZoneInfo("Europe/Berlin")
ON = Switch(Mode.ON, 95, {"EUR": 100_000})
ACTS = "3"  # a customer for whom a model acts
NAN: Any = float("nan")


def failure(
    category: DeclineCategory = DeclineCategory.INSUFFICIENT_FUNDS,
    *,
    at: datetime = FAILED_AT,
    tries: int = 1,
    **more: Any,
) -> Failure:
    told: dict[str, Any] = {
        "category": category, "advised": DEFAULTS[category], "tries": Tries(tries),
        "failed_at": at, "method_id": METHOD, "zone": "Europe/Berlin", "spread": 0,
    }  # fmt: skip
    return Failure(**(told | more))


class Says(MomentModel):
    """A model that takes one moment for the best, or says what it is told to."""

    def __init__(self, best: int = 0, **more: Any) -> None:
        self.best, self.more = best, more
        self.asked: list[tuple[Refused, Sequence[datetime]]] = []

    @override
    def weigh(self, refused: Refused, moments: Sequence[datetime]) -> MomentScores | None:
        self.asked.append((refused, moments))
        best = moments[self.best]
        ppm = {at: 900_000 if at == best else 1_000 for at in moments}
        terms = {at: {"base": -1000, "hour": 5 if at == best else -70} for at in moments}
        told: dict[str, Any] = {"ppm": ppm, "version": 4, "age_seconds": 60, "terms": terms}
        return MomentScores(**(told | self.more))


def timing(model: MomentModel | None, switch: Switch = ON, customer: str = ACTS) -> Timing:
    return Timing(
        switch=switch, model=model, market="DE", brand="visa", amount_minor=1199, currency="EUR",
        customer=customer, key="a try",
    )  # fmt: skip


def asked(plan: Plan, of: Failure, model: MomentModel | None, **more: Any) -> tuple[Plan, Timed]:
    said = timed(plan, of, timing(model, **more))
    return steered(plan, said, of), said


def test_a_moment_is_in_the_two_hours_of_an_opening_in_the_zone_of_the_payer() -> None:
    for opens in OPENINGS:
        for spread in range(QUARTER_HOURS):
            at = moment(FAILED_AT.date(), opens, "Europe/Berlin", spread=spread).astimezone(BERLIN)
            assert opens.hour <= at.hour < opens.hour + 2


def test_moments_keep_distance_advice_and_hours_and_leave_room_for_the_other_slots() -> None:
    of = failure(DeclineCategory.DO_NOT_HONOR)  # not within three days
    plan = begin(POLICY, of)
    moments = allowed_moments(plan, of)
    assert moments == tuple(sorted(set(moments)))
    assert plan.next_at in moments
    assert min(moments) >= FAILED_AT + 3 * DAY
    assert {at.astimezone(BERLIN).hour for at in moments} == {9, 13, 17}
    # three more slots: the afternoon takes a day more, a night of 23 hours another
    assert max(moments).astimezone(BERLIN).date() == plan.ends_at.date() - 5 * DAY
    # the last one may wait for the end, and never longer
    over = replace(plan, slots=(*(replace(s, why=Why.USED) for s in plan.slots[:3]), plan.slots[3]))
    last = allowed_moments(replace(over, next_at=plan.slots[3].at), of)
    assert max(last) == plan.ends_at


@pytest.mark.parametrize(
    "of",
    [
        failure(DeclineCategory.LOST_OR_STOLEN),  # nothing is tried
        failure(DeclineCategory.PROCESSOR_ERROR, tries=1),  # beside the slots
        failure(advised=Advised(Advice.LATER, 2 * DAY, is_exact=True)),  # exactly then
        failure(scheme=SCHEMES["sepa"]),  # its payer is told of a day
        failure(tries=8),  # the cap
    ],
)
def test_where_rules_leave_no_choice_no_model_is_asked(of: Failure) -> None:
    if of.category is DeclineCategory.PROCESSOR_ERROR:
        of = replace(of, tries=Tries(1, technical=1))
    plan = begin(POLICY, of)
    model = Says()
    assert allowed_moments(plan, of) == ()
    steer, said = asked(plan, of, model)
    assert (steer, said.is_asked, model.asked) == (plan, False, [])


def test_the_best_moment_takes_the_next_slot_and_the_rest_is_left() -> None:
    of = failure()
    plan = begin(POLICY, of)
    model = Says(best=-1)
    planned, said = asked(plan, of, model)
    assert (planned.track, said.acts, said.explored) == (Track.MODEL, True, False)
    assert planned.next_at == said.chosen == max(allowed_moments(plan, of))
    assert (planned.slots, planned.ends_at) == (plan.slots, plan.ends_at)
    [(refused, _)] = model.asked
    assert refused == Refused(
        category="insufficient_funds", market="DE", brand="visa", amount_minor=1199, tries=1,
        failed_at=FAILED_AT, zone="Europe/Berlin",
    )  # fmt: skip
    # when that is refused as well, it was the first slot, and the others wait as long as they must
    again = failure(at=planned.next_at, tries=2)
    later = revise(planned, again)
    assert later.slots[0].why is Why.USED
    assert len(later.open) == 3
    assert min(one.at for one in later.open) >= planned.next_at + DAY
    assert later.ends_at == plan.ends_at
    # and where the payer brings another card before, no slot is gone
    other = failure(at=FAILED_AT + DAY, tries=1)
    assert len(revise(planned, other).open) == 4


def test_a_try_that_a_model_has_earlier_than_the_calendar_takes_a_slot_too() -> None:
    plan = begin(POLICY, failure())
    planned, _ = asked(plan, failure(), Says(best=0))
    assert planned.next_at < plan.next_at
    later = revise(planned, failure(at=planned.next_at, tries=2))
    assert (len(later.open), later.next_at) == (3, plan.slots[1].at)


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"age_seconds": STALE_SECONDS + 1}, Ignored.STALE),
        ({"age_seconds": -1}, Ignored.STALE),
        ({"took_ms": 10_000}, Ignored.SLOW),
        ({"ppm": {}}, Ignored.OTHER_MOMENTS),
        ({"ppm": {FAILED_AT: 1}}, Ignored.OTHER_MOMENTS),
        ({"poison": NAN}, Ignored.OUT_OF_RANGE),
        ({"poison": 0.5}, Ignored.OUT_OF_RANGE),
        ({"poison": True}, Ignored.OUT_OF_RANGE),
        ({"poison": -1}, Ignored.OUT_OF_RANGE),
        ({"poison": PPM + 1}, Ignored.OUT_OF_RANGE),
    ],
)
def test_what_is_not_whole_fresh_and_in_time_is_the_fixed_plan(
    said: Mapping[str, Any], why: Ignored
) -> None:
    of = failure()
    plan = begin(POLICY, of)
    more: dict[str, Any] = dict(said)
    if "poison" in more:
        moments = allowed_moments(plan, of)
        more = {"ppm": dict.fromkeys(moments, 5) | {moments[3]: more.pop("poison")}}
    planned, found = asked(plan, of, Says(**more))
    assert (planned, found.ignored, found.acts) == (plan, why, False)
    assert moment_sentences(kept_of(found)) == (not_believed(kept_of(found)),)
    assert why.value.replace("_", " ") in not_believed(kept_of(found))


def test_nothing_said_is_the_fixed_plan() -> None:
    of = failure()
    plan = begin(POLICY, of)
    planned, found = asked(plan, of, None)
    assert (planned, found.ignored) == (plan, Ignored.NOTHING_SAID)
    assert fault(None, ()) is Ignored.NOTHING_SAID


def test_off_asks_nobody_and_in_shadow_and_for_who_is_held_out_the_plan_stays() -> None:
    of = failure()
    plan = begin(POLICY, of)
    model = Says()
    planned, said = asked(plan, of, model, switch=Switch())
    assert (planned, said.is_asked, model.asked) == (plan, False, [])
    planned, said = asked(plan, of, model, switch=Switch(Mode.SHADOW, 0))
    assert (planned, said.is_asked, said.acts) == (plan, True, False)
    assert said.chosen is not None
    assert "in shadow" in moment_sentences(kept_of(said))[0]
    held = {asked(plan, of, model, customer=str(no))[0] == plan for no in range(100)}
    assert held == {True, False}


def test_a_moment_that_is_not_allowed_is_a_defect() -> None:
    of = failure()
    plan = begin(POLICY, of)
    said = timed(plan, of, timing(Says()))
    with pytest.raises(NotAllowed):
        steered(plan, said._replace(chosen=FAILED_AT + timedelta(hours=1)), of)
    require_allowed(plan.next_at, allowed_moments(plan, of))


def test_first_tries_of_small_amounts_explore_a_twentieth_over_all_moments() -> None:
    of = failure()
    moments = allowed_moments(begin(POLICY, of), of)
    ppm = dict.fromkeys(moments, 1_000)
    drawn = propensities(ppm, failed_at=FAILED_AT, explores=True)
    assert sum(drawn.values()) == PPM
    assert min(drawn.values()) == EXPLORED // len(moments)
    assert max(drawn, key=drawn.__getitem__) == moments[0]  # of those alike the earliest
    assert set(propensities(ppm, failed_at=FAILED_AT, explores=False).values()) == {0, PPM}
    # never a later try, a large amount or another currency
    small = timing(Says())
    for one, told in (
        (failure(tries=2), small),
        (of, small._replace(amount_minor=100_000)),
        (of, small._replace(currency="SEK")),
    ):
        found = timed(begin(POLICY, one), one, told)
        assert found.ppm is not None
        assert max(found.ppm.values()) == PPM
    explored = [
        timed(begin(POLICY, of), of, timing(Says())._replace(key=str(no))) for no in range(200)
    ]
    assert 0 < sum(one.explored for one in explored) < 40
    said = next(moment_sentences(kept_of(one)) for one in explored if one.explored)
    assert "It explored" in " ".join(said)


def test_money_that_comes_later_is_worth_less() -> None:
    assert worth(1_000_000, days=0) == PPM * PPM
    assert worth(500_000, days=1) > worth(500_000, days=2)
    assert worth(1_000_000, days=400) == worth(1_000_000, days=60)
    of = failure()
    moments = allowed_moments(begin(POLICY, of), of)
    ppm = dict.fromkeys(moments, 0) | {moments[0]: 300_000, moments[-1]: 310_000}
    assert propensities(ppm, failed_at=FAILED_AT, explores=False)[moments[0]] == PPM


def test_a_choice_is_kept_and_told_in_sentences() -> None:
    of = failure()
    plan = begin(POLICY, of)
    _, said = asked(plan, of, Says(best=-1))
    kept = kept_of(said)
    assert kept["drawn_ppm"] == PPM - EXPLORED // len(said.ppm or {}) * (len(said.ppm or {}) - 1)
    assert told_of(said)["category"] == "insufficient_funds"
    sentences = moment_sentences(kept)
    assert sentences[0] == who_decides(kept)
    assert "on for 95 % of the customers" in sentences[0]
    assert "Version 4 chose" in sentences[1]
    assert "in 90.0 %" in sentences[1]
    assert sentences[2] == "That is +89.90 points apart: +89.90 by hour."
