"""Routing holds for all rules and candidates."""

from dataclasses import replace
from typing import Final

from hypothesis import given
from hypothesis import strategies as st

from ledgerline.payments.model import Funding, Initiator
from ledgerline.payments.rules.routing import (
    PPM,
    Candidate,
    Charge,
    Fee,
    Filtered,
    Policy,
    Rule,
    Strategy,
    Then,
    When,
    route,
    unmet,
)

NAMES: Final = ("a", "b", "c", "d", "e")
accounts = st.lists(st.sampled_from(NAMES), min_size=1, max_size=5, unique=True).map(tuple)


def some(*values: str) -> st.SearchStrategy[tuple[str, ...] | None]:
    return st.none() | st.lists(st.sampled_from(values), min_size=1, unique=True).map(tuple)


whens = st.builds(
    When,
    market=some("DE", "AT"), currency=some("EUR", "SEK"), brand=some("visa", "mc"),
    bin=some("4", "41", "5"), funding=st.none() | st.just((Funding.DEBIT,)),
    initiator=st.none() | st.just((Initiator.CUSTOMER,)),
    amount_from=st.none() | st.integers(0, 2000), amount_below=st.none() | st.integers(0, 2000),
)  # fmt: skip
thens = st.one_of(
    accounts.map(lambda names: Then(prefer=names)),
    accounts.map(lambda names: Then(exclude=names)),
    st.sampled_from(Strategy).map(lambda strategy: Then(strategy=strategy)),
    st.dictionaries(st.sampled_from(NAMES), st.integers(1, PPM), min_size=1).map(
        lambda split: Then(split=split)
    ),
)
policies = st.builds(
    Policy,
    default=accounts,
    rules=st.lists(st.tuples(whens, thens), max_size=6).map(
        lambda pairs: tuple(Rule(f"r{no}", *pair) for no, pair in enumerate(pairs))
    ),
    fees=st.dictionaries(
        st.sampled_from(NAMES),
        st.builds(Fee, st.integers(0, 50), st.integers(0, 50_000)).map(lambda fee: {"EUR": fee}),
    ),
)
charges = st.builds(
    Charge,
    key=st.text(max_size=8), market=st.sampled_from(["DE", "AT"]),
    currency=st.sampled_from(["EUR", "SEK"]), amount_minor=st.integers(1, 3000),
    initiator=st.sampled_from(Initiator), brand=st.sampled_from([None, "visa", "mc"]),
    bin=st.sampled_from([None, "411111", "512345"]), funding=st.sampled_from([None, "debit"]),
)  # fmt: skip
candidates = st.lists(
    st.builds(Candidate, st.sampled_from(NAMES), st.none() | st.sampled_from(Filtered)),
    min_size=1, max_size=5, unique_by=lambda one: one.account,
)  # fmt: skip


@given(charges, candidates, policies)
def test_propensities_sum_to_the_whole_and_only_open_accounts_are_ordered(
    charge: Charge, found: list[Candidate], policy: Policy
) -> None:
    decision = route(charge, found, policy)
    # every candidate is ordered once, or is none with a reason
    assert {*decision.ordered} | set(decision.reasons) == {one.account for one in found}
    assert len(decision.ordered) + len(decision.reasons) == len(found)
    assert set(decision.propensities) == {one.account for one in found}
    assert sum(decision.propensities.values()) == (PPM if decision.ordered else 0)
    for one in found:
        if one.filtered is not None:
            assert one.account not in decision.ordered
            assert decision.reasons[one.account] is one.filtered
    for account in decision.reasons:
        assert decision.propensities[account] == 0
    if decision.chosen is not None:
        assert decision.propensities[decision.chosen] > 0


@given(charges, candidates, policies, st.data())
def test_rules_that_do_not_match_may_stand_anywhere(
    charge: Charge, found: list[Candidate], policy: Policy, data: st.DataObject
) -> None:
    matching = tuple(rule for rule in policy.rules if not unmet(rule.when, charge))
    others = [rule for rule in policy.rules if unmet(rule.when, charge)]
    mixed = list(matching)
    for rule in others:
        mixed.insert(data.draw(st.integers(0, len(mixed))), rule)
    decision = route(charge, found, policy)
    assert route(charge, found, replace(policy, rules=tuple(mixed))) == decision
    assert route(charge, found, replace(policy, rules=matching)) == decision


@given(st.dictionaries(st.sampled_from(NAMES), st.integers(1, 100), min_size=2))
def test_a_split_converges_to_its_shares(weights: dict[str, int]) -> None:
    rule = Rule("split", When(), Then(split=weights))
    policy = Policy(default=NAMES, rules=(rule,), fees={})
    every = [Candidate(name) for name in NAMES]
    charge = Charge(
        key="", market="DE", currency="EUR", amount_minor=1, initiator=Initiator.CUSTOMER
    )
    drawn = [route(replace(charge, key=f"payment {no}"), every, policy) for no in range(800)]
    for account, share in drawn[0].propensities.items():
        counted = sum(one.chosen == account for one in drawn)
        # within five standard deviations of a binomial draw, and one more for rounding
        spread = 5 * (800 * (share / PPM) * (1 - share / PPM)) ** 0.5 + 1
        assert abs(counted - 800 * share / PPM) <= spread
