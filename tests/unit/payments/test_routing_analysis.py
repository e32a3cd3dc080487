"""What is found wrong with routing rules before they are loaded."""

import pytest

from ledgerline.payments.model import Funding
from ledgerline.payments.refusals import RoutingRefused
from ledgerline.payments.rules.routing import Fee, Policy, Rule, Strategy, Then, When
from ledgerline.payments.rules.routing_analysis import (
    Fault,
    analyse,
    covers,
    named,
    refuse_findings,
)

ACCOUNTS = {"aster": "active", "boreal": "active", "cobalt": "disabled"}
PREFER = Then(prefer=("aster",))
GERMANY = When(market=("DE",))


def found(*rules: Rule, default: tuple[str, ...] = ("aster", "boreal")) -> list[tuple[str, Fault]]:
    policy = Policy(default=default, rules=rules, fees={"aster": {"EUR": Fee(10, 14_000)}})
    return [(one.pointer, one.fault) for one in analyse(policy, ACCOUNTS)]


def test_good_rules_have_no_finding() -> None:
    assert (
        found(
            Rule("out", When(market=("NO",)), Then(exclude=("cobalt",))),
            Rule("debit", When(market=("DE",), funding=(Funding.DEBIT,)), PREFER),
            Rule("german", GERMANY, Then(split={"aster": 600_000, "boreal": 400_000})),
            Rule("cheap", When(currency=("EUR",)), Then(strategy=Strategy.LEAST_COST)),
            Rule("rest", When(), PREFER),
        )
        == []
    )


@pytest.mark.parametrize(
    ("_case", "rules", "pointer", "fault"),
    [
        ("a narrower one after a wider one",
         [Rule("a", GERMANY, PREFER), Rule("b", When(market=("DE",), brand=("visa",)), PREFER)],
         "/rules/1", Fault.UNREACHABLE),
        ("the same twice, and the same wish",
         [Rule("a", GERMANY, PREFER), Rule("b", GERMANY, PREFER)],
         "/rules/1", Fault.UNREACHABLE),
        ("the same charges, another wish",
         [Rule("a", GERMANY, PREFER), Rule("b", GERMANY, Then(prefer=("boreal",)))],
         "/rules/1", Fault.CONTRADICTORY),
        ("a longer prefix after a shorter one",
         [Rule("a", When(bin=("41",)), PREFER), Rule("b", When(bin=("4111", "4112")), PREFER)],
         "/rules/1", Fault.UNREACHABLE),
        ("an exclusion that excludes nothing more",
         [Rule("a", When(), Then(exclude=("boreal",))),
          Rule("b", GERMANY, Then(exclude=("boreal",)))],
         "/rules/1", Fault.UNREACHABLE),
        ("a preferred account that is excluded",
         [Rule("a", GERMANY, Then(prefer=("boreal",))),
          Rule("b", When(), Then(exclude=("boreal",)))],
         "/rules/0/then/prefer/0", Fault.CONTRADICTORY),
        ("no account is left",
         [Rule("a", When(), Then(exclude=("boreal",))),
          Rule("b", GERMANY, Then(exclude=("aster",)))],
         "/rules/1/then/exclude", Fault.CONTRADICTORY),
        ("an empty band of amounts",
         [Rule("a", When(currency=("EUR",), amount_from=500, amount_below=500), PREFER)],
         "/rules/0/when/amount_below", Fault.CONTRADICTORY),
        ("amounts of two currencies",
         [Rule("a", When(currency=("EUR", "SEK"), amount_from=500), PREFER)],
         "/rules/0/when/currency", Fault.CONTRADICTORY),
        ("a split of less than the whole",
         [Rule("a", When(), Then(split={"aster": 999_999}))],
         "/rules/0/then/split", Fault.SPLIT_NOT_WHOLE),
        ("an account that is not there", [Rule("a", When(), Then(prefer=("delta",)))],
         "/rules/0/then/prefer/0", Fault.UNKNOWN_ACCOUNT),
        ("a disabled account", [Rule("a", When(), Then(prefer=("cobalt",)))],
         "/rules/0/then/prefer/0", Fault.DISABLED_ACCOUNT),
        ("an account twice", [Rule("a", When(), Then(prefer=("aster", "aster")))],
         "/rules/0/then/prefer/1", Fault.NAMED_TWICE),
        ("least cost without a fee",
         [Rule("a", When(currency=("SEK",)), Then(strategy=Strategy.LEAST_COST))],
         "/rules/0/then/strategy", Fault.NO_FEE),
    ],
)  # fmt: skip
def test_each_fault_is_found_at_its_place(
    _case: str, rules: list[Rule], pointer: str, fault: Fault
) -> None:
    assert found(*rules) == [(pointer, fault)]


def test_rules_need_a_default() -> None:
    assert found(default=()) == [("/default", Fault.NO_DEFAULT)]


def test_all_findings_refuse_together() -> None:
    policy = Policy(default=("delta", "cobalt"), fees={})
    with pytest.raises(RoutingRefused) as refused:
        refuse_findings(analyse(policy, ACCOUNTS))
    findings = refused.value.facts["findings"]
    assert isinstance(findings, list)
    assert [(one["pointer"], one["code"]) for one in findings] == [
        ("/default/0", "unknown_account"), ("/default/1", "disabled_account"),
    ]  # fmt: skip
    refuse_findings(())


@pytest.mark.parametrize(
    ("wide", "narrow", "holds"),
    [
        (When(), GERMANY, True),
        (GERMANY, When(), False),
        (When(market=("AT", "DE")), GERMANY, True),
        (When(bin=("4",)), When(bin=("41", "42")), True),
        (When(bin=("41",)), When(bin=("4",)), False),
        (When(amount_from=5), When(amount_from=6, amount_below=9), True),
        (When(amount_below=9), When(amount_from=6), False),
        (When(amount_from=0), When(), True),
    ],
)
def test_one_conjunction_covers_another(wide: When, narrow: When, *, holds: bool) -> None:
    assert covers(wide, narrow) is holds


def test_a_consequence_names_its_accounts_with_their_places() -> None:
    assert list(named(Then(split={"aster": 1, "boreal": 2}))) == [
        ("/then/split/aster", "aster"), ("/then/split/boreal", "boreal"),
    ]  # fmt: skip
