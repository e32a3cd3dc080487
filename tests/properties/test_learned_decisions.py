"""Whatever a model says: no rule is broken, and what is not whole changes nothing.

Each decision is told by a number, so that one that breaks a law is told again by it.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from hashlib import sha256
from typing import Any, Final

from typing_extensions import override

from ledgerline.payments.model import Initiator
from ledgerline.payments.rules.consulting import Payer, consult
from ledgerline.payments.rules.routing import (
    LEARNED_RULE,
    PPM,
    Candidate,
    Charge,
    Filtered,
    Policy,
    Rule,
    Strategy,
    Then,
    When,
    route,
)
from ledgerline.payments.scores import Features, Mode, Model, Scores, Switch

DECISIONS: Final = 5_000
DECISIONS_LONG: Final = 1_000_000
ACCOUNTS: Final = ("aster", "boreal", "cobalt", "dahlia", "ember")
EURO: Final = {"EUR": 50_000}
SWITCHES: Final = (
    Switch(), Switch(Mode.SHADOW, 0, EURO), Switch(Mode.CANARY, 25, EURO),
    Switch(Mode.ON, 95, {"EUR": 1_000}), Switch(Mode.ON, 95, EURO),
)  # fmt: skip
POLICY: Final = Policy(
    default=("cobalt", "aster"),
    rules=(
        Rule("out", When(market=("NO",)), Then(exclude=("cobalt",))),
        Rule("split", When(market=("FR",)), Then(split={"aster": 600_000, "ember": 400_000})),
        Rule("cheap", When(market=("SE",)), Then(strategy=Strategy.LEAST_COST)),
    ),
    fees={},
)
NAN: Final[Any] = float("nan")
POISONS: Final[Sequence[Callable[[dict[str, Any]], dict[str, Any]]]] = (
    lambda ppm: ppm | {next(iter(ppm)): NAN},
    lambda ppm: ppm | {"nobody": 0},
    lambda ppm: dict(list(ppm.items())[1:]),
    lambda ppm: {one: share + 1 for one, share in ppm.items()},
    lambda ppm: {one: PPM - share for one, share in ppm.items()},
)
STALE, SLOW = 6, 7


class Adversary(Model):
    """A model that says anything: whole, inverted, constant, poisoned, stale, slow or nothing."""

    def __init__(self, chance: bytes, switch: Switch) -> None:
        self._chance = chance
        self._switch = switch

    @override
    def switch(self, market: str) -> Switch:
        return self._switch

    @override
    def weigh(
        self, features: Features, accounts: Sequence[str], costs: Sequence[int]
    ) -> Scores | None:
        kind, cut = self._chance[0] % 12, int.from_bytes(self._chance[1:4]) % (PPM + 1)
        ppm: dict[str, Any] = dict.fromkeys(accounts, 0)
        ppm[accounts[0]] += cut
        ppm[accounts[-1]] += PPM - cut
        if kind == 0:
            return None
        if kind <= len(POISONS):
            ppm = POISONS[kind - 1](ppm)
        return Scores(
            ppm=ppm,
            tick=1,
            age_seconds=10_000 if kind == STALE else 1,
            took_ms=10_000 if kind == SLOW else 0,
            before=dict(zip(accounts, self._chance[4:9], strict=False)),
            down=frozenset(accounts[: self._chance[9] % 3]),
        )


def test_a_model_breaks_no_rule_whatever_it_says(*, long_form: bool) -> None:
    seen: Counter[str] = Counter()
    for number in range(DECISIONS_LONG if long_form else DECISIONS):
        seen[_decide(number)] += 1
    assert set(seen) == {"asked", "by the model", "not asked", "not believed"}, seen


def _decide(number: int) -> str:
    chance = sha256(str(number).encode()).digest()
    charge = Charge(
        key=f"pay {number}",
        market=("DE", "FR", "NO", "SE")[chance[10] % 4],
        currency="EUR",
        amount_minor=1 + int.from_bytes(chance[11:13]),
        initiator=Initiator.CUSTOMER if chance[13] % 2 else Initiator.MERCHANT,
    )
    reasons = (*Filtered, *[None] * 2 * len(Filtered))
    candidates = [
        Candidate(
            one, reasons[chance[15 + no] % len(reasons)] if chance[20 + no] % 3 == 0 else None
        )
        for no, one in enumerate(ACCOUNTS[: 1 + chance[14] % 5])
    ]
    model = Adversary(chance[20:], SWITCHES[chance[25] % len(SWITCHES)])
    payer = Payer(customer=str(chance[26]), key=charge.key)
    by_rules = route(charge, candidates, POLICY)
    found, _, opinion = consult(model, charge, candidates, POLICY, payer=payer)
    # what rules removed is never chosen, and everything that is tried was left open
    assert set(found.ordered) == set(by_rules.ordered), number
    assert found.reasons == by_rules.reasons, number
    assert sum(found.propensities.values()) == (PPM if found.ordered else 0), number
    assert all(found.propensities[one] == 0 for one in found.reasons), number
    assert found.chosen is None or found.propensities[found.chosen] > 0, number
    if opinion is None or opinion.ignored is not None or not opinion.acts:
        assert found == by_rules, number
    if opinion is None:
        return "not asked"
    if opinion.ppm is None or opinion.chosen is None:
        return "not believed"
    assert sum(opinion.ppm.values()) == PPM, number
    assert min(opinion.ppm.values()) >= 0, number
    assert opinion.ppm[opinion.chosen] > 0, number
    return "by the model" if found.rule == LEARNED_RULE else "asked"
