"""Which merchant account a charge goes to."""

from dataclasses import replace

import pytest

from ledgerline.payments.model import Funding, Initiator
from ledgerline.payments.rules.routing import (
    NO_POLICY,
    Candidate,
    Charge,
    Fee,
    Filtered,
    Policy,
    Rule,
    Strategy,
    Then,
    When,
    draw,
    route,
    unmet,
)

EUR_11_99 = Charge(
    key="a payment", market="DE", currency="EUR", amount_minor=1199,
    initiator=Initiator.CUSTOMER, brand="visa", bin="41111111", funding="debit",
    issuer_country="DE",
)  # fmt: skip
ASTER, BOREAL, COBALT = (Candidate(account) for account in ("aster", "boreal", "cobalt"))
ALL = (ASTER, BOREAL, COBALT)
FEES = {
    "aster": {"EUR": Fee(fixed_minor=10, ppm=14_000)},
    "boreal": {"EUR": Fee(fixed_minor=25, ppm=9_000)},
}


def policy(*rules: Rule) -> Policy:
    return Policy(default=("aster", "boreal", "cobalt"), rules=rules, fees=FEES, version=3)


def preferring(*accounts: str, when: When | None = None, name: str = "one") -> Rule:
    return Rule(name, when or When(), Then(prefer=accounts))


def test_without_rules_candidates_are_tried_in_their_own_order() -> None:
    decision = route(EUR_11_99, (BOREAL, ASTER), NO_POLICY)
    assert decision.ordered == ("boreal", "aster")
    assert decision.propensities == {"boreal": 1_000_000, "aster": 0}
    assert (decision.chosen, decision.rule, decision.version) == ("boreal", "default", 0)


def test_the_default_names_an_order_and_what_it_does_not_name_comes_after() -> None:
    decision = route(EUR_11_99, (Candidate("delta"), COBALT, ASTER), policy())
    assert decision.ordered == ("aster", "cobalt", "delta")


def test_the_first_rule_that_matches_decides() -> None:
    rules = (
        preferring("cobalt", when=When(market=("AT",)), name="austria"),
        preferring("boreal", when=When(market=("AT", "DE")), name="both"),
        preferring("cobalt", name="rest"),
    )
    decision = route(EUR_11_99, ALL, policy(*rules))
    assert (decision.ordered, decision.rule) == (("boreal", "aster", "cobalt"), "both")


@pytest.mark.parametrize(
    ("_case", "when", "missed"),
    [
        ("nothing asked", When(), ()),
        ("all of it", When(market=("DE",), currency=("EUR",), brand=("visa", "mc"),
                           bin=("5", "4111"), funding=(Funding.DEBIT,), issuer_country=("DE",),
                           initiator=(Initiator.CUSTOMER,), amount_from=1199,
                           amount_below=1200), ()),
        ("market", When(market=("AT",)), ("market",)),
        ("currency", When(currency=("CHF",)), ("currency",)),
        ("bin", When(bin=("42", "411112")), ("bin",)),
        ("amount", When(amount_from=1200), ("amount_from",)),
        ("end is not in it", When(amount_below=1199), ("amount_below",)),
        ("two at once", When(brand=("mc",), initiator=(Initiator.MERCHANT,)),
         ("brand", "initiator")),
    ],
)  # fmt: skip
def test_a_rule_matches_when_every_condition_does(
    _case: str, when: When, missed: tuple[str, ...]
) -> None:
    assert unmet(when, EUR_11_99) == missed
    decision = route(EUR_11_99, ALL, policy(preferring("cobalt", when=when)))
    assert (decision.chosen == "cobalt") is (not missed)


def test_what_is_not_known_of_a_card_fulfils_no_condition() -> None:
    unknown = replace(EUR_11_99, brand=None, bin=None, funding=None, issuer_country=None)
    for when in (When(brand=("visa",)), When(bin=("4",)), When(funding=(Funding.DEBIT,))):
        assert route(unknown, ALL, policy(preferring("cobalt", when=when))).rule == "default"
        assert unmet(when, unknown)


def test_what_instruments_know_of_their_card_adds_to_what_the_charge_says() -> None:
    unknown = replace(EUR_11_99, bin=None, funding=None, issuer_country=None)
    knowing = (replace(ASTER, funding="debit"), replace(BOREAL, bin="41111111"), COBALT)
    rule = preferring("cobalt", when=When(bin=("4111",), funding=(Funding.DEBIT,)))
    assert route(unknown, knowing, policy(rule)).chosen == "cobalt"
    # while what the charge says holds
    told = replace(unknown, bin="51111111")
    assert route(told, knowing, policy(rule)).rule == "default"


def test_every_exclusion_that_matches_holds_and_none_of_them_decides() -> None:
    rules = (
        Rule("not_aster", When(market=("DE",)), Then(exclude=("aster",))),
        preferring("aster", "cobalt"),
        Rule("not_boreal", When(), Then(exclude=("boreal",))),
    )
    decision = route(EUR_11_99, ALL, policy(*rules))
    assert decision.ordered == ("cobalt",)
    assert decision.reasons == {"aster": Filtered.EXCLUDED, "boreal": Filtered.EXCLUDED}
    assert decision.propensities == {"aster": 0, "boreal": 0, "cobalt": 1_000_000}


def test_where_nothing_is_left_nothing_is_chosen() -> None:
    disabled = replace(ASTER, filtered=Filtered.DISABLED)
    decision = route(EUR_11_99, (disabled,), policy(preferring("aster")))
    assert (decision.chosen, decision.ordered) == (None, ())
    assert decision.propensities == {"aster": 0}
    assert decision.reasons == {"aster": Filtered.DISABLED}


def test_the_cheapest_account_is_that_of_the_amount() -> None:
    # given 10 + 1.4 % against 25 + 0.9 %: equal at 3000, and an account without a fee
    cheapest = policy(Rule("cheapest", When(), Then(strategy=Strategy.LEAST_COST)))
    for amount, ordered in (
        (2999, ("aster", "boreal", "cobalt")),
        (3000, ("aster", "boreal", "cobalt")),
        (3001, ("boreal", "aster", "cobalt")),
    ):
        charge = replace(EUR_11_99, amount_minor=amount)
        assert route(charge, ALL, cheapest).ordered == ordered
    # a currency without fees leaves the default order
    assert route(replace(EUR_11_99, currency="CHF"), ALL, cheapest).chosen == "aster"


def test_a_split_draws_the_same_account_for_the_same_payment() -> None:
    rule = Rule("split", When(), Then(split={"aster": 700_000, "boreal": 300_000}))
    first = {key: route(replace(EUR_11_99, key=key), ALL, policy(rule)) for key in "abcdefgh"}
    again = {key: route(replace(EUR_11_99, key=key), ALL[::-1], policy(rule)) for key in first}
    assert {key: one.chosen for key, one in first.items()} == {
        key: one.chosen for key, one in again.items()
    }
    assert {one.chosen for one in first.values()} == {"aster", "boreal"}
    for decision in first.values():
        assert decision.propensities == {"aster": 700_000, "boreal": 300_000, "cobalt": 0}
        assert decision.ordered[2] == "cobalt"


def test_the_share_of_an_account_that_is_no_choice_goes_to_the_others() -> None:
    split = {"aster": 500_000, "boreal": 250_000, "cobalt": 250_000}
    rule = Rule("split", When(), Then(split=split))
    without = (replace(ASTER, filtered=Filtered.DISABLED), BOREAL, COBALT)
    decision = route(EUR_11_99, without, policy(rule))
    assert decision.propensities == {"aster": 0, "boreal": 500_000, "cobalt": 500_000}
    # and where none of a split is there, the default order holds
    other = route(EUR_11_99, (Candidate("delta"),), policy(rule))
    assert other.propensities == {"delta": 1_000_000}


def test_each_is_drawn_by_its_share_and_the_same_key_draws_the_same() -> None:
    shares = {"aster": 600_000, "boreal": 400_000, "cobalt": 0}
    found = [draw(shares, f"charge {no}") for no in range(5_000)]
    assert found == [draw(shares, f"charge {no}") for no in range(5_000)]
    # five standard deviations of 5,000 draws are 173
    assert abs(found.count("aster") - 3_000) < 173
    assert found.count("cobalt") == 0
    with pytest.raises(AssertionError):
        draw({"aster": 0}, "what sums to nothing")
