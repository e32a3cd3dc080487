"""A stored decision is computed once more from its state, to the last digit."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

import pytest
from typing_extensions import override

from ledgerline.ml.replay import Kept, lacks, replay
from ledgerline.ml.score.routing.deltas import Delta, Segment
from ledgerline.ml.score.routing.router import Router
from ledgerline.payments.model import Initiator
from ledgerline.payments.rules.consulting import Payer, consult
from ledgerline.payments.rules.learned import acts_for, drawn, limited, written
from ledgerline.payments.rules.routing import Candidate, Charge, Fee, Policy
from ledgerline.payments.scores import Features, Kind, Mode, Model, Scores, Switch

ACCOUNTS: Final = ("aster", "boreal", "cobalt")
HERE: Final = Segment("DE", "domestic", "visa payer", "")
ALL: Final = Switch(Mode.ON, 95, {"EUR": 50_000})
FEES: Final = {one: {"EUR": Fee(10, 2_000 * no)} for no, one in enumerate(ACCOUNTS)}


class Served(Model):
    """A model in a state, some of whose accounts are taken to be down."""

    def __init__(self, router: Router, before: Mapping[str, int]) -> None:
        self._router, self._before = router, before

    @override
    def switch(self, market: str) -> Switch:
        return ALL

    @override
    def weigh(
        self, features: Features, accounts: Sequence[str], costs: Sequence[int]
    ) -> Scores | None:
        segment = Segment(*features)
        return Scores(
            ppm=self._router.weigh(segment, tuple(accounts), tuple(costs)).propensities,
            tick=self._router.tick,
            age_seconds=1,
            down=frozenset(one for one in accounts if self._router.is_down(segment, one)),
            terms={
                one: {
                    name: round(1000 * term)
                    for name, term in self._router.parts(segment, one).items()
                }
                for one in accounts
            },
            before=self._before,
        )


def learned() -> Router:
    """Return a model that has seen something of everybody."""
    router = Router()
    told = ((0, "aster", 92), (0, "boreal", 90), (1, "cobalt", 89), (2, "aster", 91))
    router.absorb(
        (
            Delta(tick=tick, segment=HERE, account=account, tries=100, approved=approved)
            for tick, account, approved in told
        ),
        upto=2,
    )
    return router


def stored(router: Router, *, key: str, amount: int = 1199, **before: int) -> Kept:
    """Decide about a charge, and keep it as the database does: as JSON."""
    charge = Charge(
        key="pay", market="DE", currency="EUR", amount_minor=amount,
        initiator=Initiator.CUSTOMER, brand="visa", issuer_country="DE",
    )  # fmt: skip
    customer = next(str(no) for no in range(100) if acts_for(Kind.ROUTING, ALL, str(no)))
    found = consult(
        Served(router, before), charge, [Candidate(one) for one in ACCOUNTS],
        Policy(fees=FEES), payer=Payer(customer=customer, key=key),
    )  # fmt: skip
    assert found.opinion is not None
    return Kept(
        key=key,
        features=json.loads(json.dumps(found.features._asdict())),
        learned=json.loads(json.dumps(written(found.opinion), sort_keys=True)),
        chosen=found.decision.chosen,
        candidates=dict(found.decision.propensities),
    )


@pytest.mark.parametrize(
    "more",
    [{}, {"amount": 70_000}, {"aster": 10_000_000}, {"cobalt": 5_000_000, "boreal": 1_000_000}],
)
def test_a_decision_is_computed_once_more_to_the_last_digit(more: dict[str, Any]) -> None:
    router = learned()
    state = router.kept()
    for no in range(50):
        assert replay(stored(router, key=f"attempt {no}", **more), state) == []


def test_a_decision_during_an_outage_is_equal_too() -> None:
    # given a model that takes an account to be down within the tick, after its state was kept
    router = learned()
    state = router.kept()
    for _ in range(8):
        router.see(HERE, "aster", approved=False, at=1_800)
    assert router.is_down(HERE, "aster")
    kept = stored(router, key="attempt")
    assert kept.learned["down"] == ["aster"]
    assert replay(kept, state) == []


def test_what_was_changed_afterwards_is_found() -> None:
    router = learned()
    kept = stored(router, key="attempt")
    shares = dict(kept.learned["ppm"])
    shares["aster"] += 1
    changed = kept._replace(learned={**kept.learned, "ppm": shares})
    assert [one.what for one in replay(changed, router.kept())] == ["ppm"]
    other = next(one for one in ACCOUNTS if one != kept.chosen)
    elsewhere = kept._replace(chosen=other, learned={**kept.learned, "chosen": other})
    assert {one.what for one in replay(elsewhere, router.kept())} >= {"chosen", "account"}
    # and a state that learned something else says otherwise
    second = learned()
    second.absorb([Delta(tick=3, segment=HERE, account="aster", tries=99, approved=9)], upto=3)
    later = kept._replace(learned={**kept.learned, "tick": 3})
    assert "terms" in {one.what for one in replay(later, second.kept())}
    with pytest.raises(ValueError, match="2"):
        replay(kept, second.kept())


def test_what_a_decision_lacks_is_said() -> None:
    kept = stored(learned(), key="attempt")
    assert lacks(kept) is None
    ignored = kept._replace(learned={"mode": "on", "ignored": "stale"})
    assert "not believed" in str(lacks(ignored))
    old = {name: part for name, part in kept.learned.items() if name not in {"costs", "before"}}
    assert lacks(kept._replace(learned=old)) == "costs, before were not kept yet"


def test_what_is_drawn_by_is_what_was_said_within_its_limits() -> None:
    said = Scores(ppm={"aster": 600_000, "boreal": 400_000}, tick=1, age_seconds=0)
    assert limited(said, explores=True, percent=95) == said.ppm
    assert limited(said, explores=False, percent=95) == {"aster": 1_000_000, "boreal": 0}
    shares = [drawn(said.ppm, str(no)) for no in range(2_000)]
    assert 1_100 < shares.count("aster") < 1_300
