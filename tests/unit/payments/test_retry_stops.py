"""What a plan that is laid for a model has, and when a model tries no more."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import pytest
from typing_extensions import override

from ledgerline.payments.model import DeclineCategory
from ledgerline.payments.rules.advice import DEFAULTS
from ledgerline.payments.rules.bank_days import SCHEMES
from ledgerline.payments.rules.plan_rows import candidates, chosen_at
from ledgerline.payments.rules.retry import AwaitPayer, Tries
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
from ledgerline.payments.rules.retry_timing import (
    EXPLORED,
    STALE_SECONDS,
    drawn,
    is_worth_it,
    planned,
    steered,
    timed,
    tries_on,
)
from ledgerline.payments.rules.routing import PPM
from ledgerline.payments.rules.timing_words import kept_of, moment_sentences
from ledgerline.payments.scores import Mode, MomentModel, MomentScores, Refused, Switch, Timing
from tests.unit.payments.samples import METHOD

AT: Final = datetime(2026, 3, 1, 23, 30, tzinfo=UTC)
DAYS: Final = (2, 5, 9, 13, 17, 21)
POLICY: Final = Policy(1, learned_days=DAYS, learned_collect_days=28, try_cost_minor=60)
ON: Final = Switch(Mode.ON, 95, {"EUR": 100_000})
ACTS: Final = "3"  # a customer for whom a model acts, and who is not tried on
HELD_OUT: Final = "20"


class Equal(MomentModel):
    """A model that takes all moments to be alike."""

    def __init__(self, ppm: int, *, age_seconds: int = 60) -> None:
        self.ppm, self.age_seconds = ppm, age_seconds

    @override
    def weigh(self, refused: Refused, moments: Sequence[datetime]) -> MomentScores | None:
        return MomentScores(dict.fromkeys(moments, self.ppm), 4, self.age_seconds)


def failure(*, at: datetime = AT, tries: int = 1, **more: Any) -> Failure:
    category = DeclineCategory.INSUFFICIENT_FUNDS
    told: dict[str, Any] = {
        "category": category, "advised": DEFAULTS[category], "tries": Tries(tries),
        "failed_at": at, "method_id": METHOD, "zone": "Europe/Berlin", "spread": 0,
    }  # fmt: skip
    return Failure(**(told | more))


def timing(model: MomentModel | None, **more: Any) -> Timing:
    told: dict[str, Any] = {
        "switch": ON, "model": model, "market": "DE", "brand": "visa", "amount_minor": 1_000,
        "currency": "EUR", "customer": ACTS, "key": "a try",
    }  # fmt: skip
    return Timing(**(told | more))


def refused_again(policy: Policy = POLICY) -> tuple[Plan, Failure]:
    """Lay a plan for a model, and refuse its first try."""
    plan, _ = planned(policy, None, failure(), timing(Equal(300_000)))
    return plan, failure(at=plan.next_at, tries=2)


def test_a_model_that_decides_at_the_first_refusal_has_the_slots_of_its_market_for_it() -> None:
    plan, said = planned(POLICY, None, failure(), timing(Equal(300_000)))
    assert said is not None
    assert said.acts
    assert plan.track is Track.MODEL
    assert tuple(one.day for one in plan.open) == DAYS
    assert (plan.ends_at.date() - AT.date()).days == 29  # a day was over in Berlin
    room = begin(POLICY, failure(), is_learned=True)
    assert (plan.policy, plan.slots, plan.ends_at) == (POLICY, room.slots, room.ends_at)
    # and goes on by them, whatever becomes of the model
    at = failure(at=plan.next_at, tries=2)
    later, _ = planned(POLICY, plan, at, timing(None, switch=Switch()))
    assert later == revise(plan, at)
    assert len(later.open) == 5


@pytest.mark.parametrize(
    "told",
    [
        None,
        timing(Equal(300_000), customer=HELD_OUT),
        timing(Equal(300_000), switch=Switch()),
        timing(Equal(300_000), switch=Switch(Mode.SHADOW, 0)),
        timing(None),
        timing(Equal(300_000, age_seconds=STALE_SECONDS + 1)),
        timing(Equal(-1)),
    ],
)
def test_whoever_no_model_decides_for_has_the_calendar(told: Timing | None) -> None:
    plan, said = planned(POLICY, None, failure(), told)
    assert plan == begin(POLICY, failure())
    assert said is None or not said.acts


def test_what_no_model_is_asked_of_and_who_has_no_room_for_one_has_the_calendar() -> None:
    debit = failure(scheme=SCHEMES["sepa"])
    assert planned(POLICY, None, debit, timing(Equal(300_000)))[0] == begin(POLICY, debit)
    plan, _ = planned(Policy(1), None, failure(), timing(Equal(300_000)))
    assert plan.slots == begin(Policy(1), failure()).slots


def test_a_try_that_is_not_worth_its_cost_is_not_made_and_the_end_stays() -> None:
    before, of = refused_again()
    plan, said = planned(POLICY, before, of, timing(Equal(50_000)))  # half a euro, in a day
    assert said is not None
    assert (said.is_unlikely, said.stops, said.acts) == (True, True, True)
    assert (plan.track, plan.open) == (Track.END, ())
    assert [one.why for one in plan.slots] == [Why.USED, *([Why.UNLIKELY] * 5)]
    assert plan == stopped(revise(before, of))
    assert then_of(plan, failed_at=of.failed_at) == AwaitPayer(before.ends_at)
    assert plan.next_at == plan.ends_at == before.ends_at
    assert chosen_at(plan) is None
    assert '"ppm": 0' in candidates(plan)
    assert '"ppm": 1' not in candidates(plan, None)
    kept = kept_of(said)
    assert (kept["unlikely"], kept["stops"]) == (True, True)
    assert "no machine tries again" in " ".join(moment_sentences(kept))
    # it takes more money, a better chance, or a market that does not ask
    for policy, told in (
        (POLICY, timing(Equal(50_000), amount_minor=2_000)),
        (POLICY, timing(Equal(70_000))),
        (replace(POLICY, try_cost_minor=0), timing(Equal(0))),
    ):
        held, again = refused_again(policy)
        assert planned(policy, held, again, told)[0].track is Track.MODEL
    # another card has what is left of the slots
    other = failure(at=of.failed_at + timedelta(days=3), tries=2, method_id="another")
    assert len(planned(POLICY, plan, other, timing(Equal(300_000)))[0].open) == 5


def test_one_try_is_always_made_so_that_models_are_compared_by_the_same_refusals() -> None:
    plan, said = planned(POLICY, None, failure(), timing(Equal(0)))
    assert said is not None
    assert (plan.track, said.is_unlikely) == (Track.MODEL, False)


def test_who_is_held_out_or_looked_at_in_shadow_is_tried_on() -> None:
    before, of = refused_again()
    for told in (
        timing(Equal(0), customer=HELD_OUT),
        timing(Equal(0), switch=Switch(Mode.SHADOW, 0)),
    ):
        plan, said = planned(POLICY, before, of, told)
        assert said is not None
        assert said.stops
        assert plan == revise(before, of) == steered(plan, said, of)
        assert "would not have tried again" in " ".join(moment_sentences(kept_of(said)))


def test_small_amounts_of_one_customer_in_twenty_are_tried_on_so_that_it_can_be_unlearned() -> None:
    before, of = refused_again()
    on = [str(no) for no in range(400) if tries_on(str(no))]
    assert 0 < len(on) < 60
    assert EXPLORED * 20 == PPM
    assert ACTS not in on
    told = timing(Equal(0), customer=on[0])
    said = timed(revise(before, of), of, told)
    assert (said.is_unlikely, said.stops) == (True, False)
    assert "found wrong" in " ".join(moment_sentences(kept_of(said)))
    large = timed(revise(before, of), of, told._replace(switch=Switch(Mode.ON, 95)))
    assert large.stops


def test_a_try_is_worth_what_its_best_moment_brings() -> None:
    refused = Refused(
        category="insufficient_funds", market="DE", brand="visa", amount_minor=1_000, tries=2,
        failed_at=AT, zone="Europe/Berlin",
    )  # fmt: skip
    ppm = {AT + timedelta(days=1): 50_000, AT + timedelta(days=2): 60_000}
    # 6 % of 10.00 two days later are 0.56, and 5 % a day later are 0.49
    assert is_worth_it(ppm, refused, try_cost_minor=56)
    assert not is_worth_it(ppm, refused, try_cost_minor=57)
    assert is_worth_it(ppm, refused, try_cost_minor=0)
    assert is_worth_it(ppm, refused._replace(tries=1), try_cost_minor=57)


def test_the_same_try_draws_the_same_moment() -> None:
    ppm = {AT: 500_000, AT + timedelta(days=1): 500_000}
    assert {drawn(ppm, str(no)) for no in range(50)} == set(ppm)
    assert drawn(ppm, "a try") == drawn(ppm, "a try")
