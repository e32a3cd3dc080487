"""Routing rules as people write them."""

from pathlib import Path
from typing import Final

import pytest

from ledgerline.payments.model import Funding
from ledgerline.payments.refusals import RoutingRefused
from ledgerline.payments.rules.routing import Fee, Policy, Rule, Strategy, Then, When
from ledgerline.rules.routing_file import parse_routing

EXAMPLE: Final = Path(__file__).parents[2] / "scenarios" / "routing.yaml"


def test_rules_are_read_as_they_are_written() -> None:
    # given a file where NO is a market, and no falsehood
    parsed = parse_routing(EXAMPLE.read_text("utf-8"))
    assert parsed.policy == Policy(
        default=("aster", "boreal", "cobalt"),
        rules=(
            Rule("cobalt_not_in_the_north", When(market=("NO", "SE")), Then(exclude=("cobalt",))),
            Rule(
                "german_debit",
                When(market=("DE",), currency=("EUR",), funding=(Funding.DEBIT,)),
                Then(split={"aster": 700_000, "boreal": 300_000}),
            ),
            Rule(
                "cheapest",
                When(currency=("EUR",), amount_from=500),
                Then(strategy=Strategy.LEAST_COST),
            ),
        ),
        fees={"aster": {"EUR": Fee(10, 14_000)}, "boreal": {"EUR": Fee(25, 9_000)}},
    )
    assert parsed.lines["/rules/1/then/split"] == 15


@pytest.mark.parametrize(
    ("text", "pointer"),
    [
        ("format: 2", "/format"),
        ("format: 1\nrule: []", "/rule"),
        ("format: 1\nrules: [{name: a}]", "/rules/0/then"),
        ("format: 1\nrules: [{name: default, then: {prefer: a}}]", "/rules/0/name"),
        ("format: 1\nrules: [{name: model, then: {prefer: a}}]", "/rules/0/name"),
        ("format: 1\nrules: [{name: a, then: {prefer: []}}]", "/rules/0/then/prefer"),
        ("format: 1\nrules: [{name: a, then: {hope: a}}]", "/rules/0/then"),
        ("format: 1\nrules: [{name: a, then: {prefer: a, exclude: b}}]", "/rules/0/then"),
        ("format: 1\nrules: [{name: a, then: {split: {a: 1.5}}}]", "/rules/0/then/split/a"),
        ("format: 1\nrules: [{name: a, when: {currency: EURO}, then: {prefer: a}}]",
         "/rules/0/when/currency"),
        ("format: 1\nrules: [{name: a, when: {bin: '411111111'}, then: {prefer: a}}]",
         "/rules/0/when/bin"),
        ("format: 1\nfees: {a: {EUR: {fixed_minor: 1}}}", "/fees/a/EUR/ppm"),
        ("format: 1\ndefault: A B", "/default"),
        ("format: [", ""),
    ],
)  # fmt: skip
def test_every_mistake_is_refused_with_its_place(text: str, pointer: str) -> None:
    with pytest.raises(RoutingRefused) as refused:
        parse_routing(text)
    findings = refused.value.facts["findings"]
    assert isinstance(findings, list)
    assert [(one["pointer"], one["code"]) for one in findings] == [(pointer, "malformed")]


def test_more_rules_than_anybody_could_read_are_refused() -> None:
    rules = "".join(f"\n - {{name: r{no}, then: {{prefer: a}}}}" for no in range(201))
    with pytest.raises(RoutingRefused):
        parse_routing(f"format: 1\nrules:{rules}")
