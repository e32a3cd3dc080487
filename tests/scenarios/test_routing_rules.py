"""Routing rules from the shell, and where a charge would go over the API."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from ledgerline.flows.count_outcomes import count_outcomes
from tests.flow_world import World
from tests.scenarios.api_client import Api
from tests.scenarios.forked import Forked

RULES: Final = Path(__file__).with_name("routing.yaml")
ROUTE: Final = ("pay", "route", "--market", "DE", "--currency", "EUR", "--amount", "1199")
ASKED: Final[Mapping[str, Any]] = {"market": "DE", "currency": "EUR", "amount": 1199}


async def test_charges_go_by_the_rules_that_were_loaded_last(
    world: World, api: Api, forked: Forked
) -> None:
    # given no rules: accounts stand in the order of their codes
    before = forked.read(world.url, *ROUTE)
    assert before == {
        "accounts": ["aster", "boreal", "cobalt"], "rule": "default", "policy_version": 0,
    }  # fmt: skip
    # when rules are looked at and loaded, twice
    changes = forked.read(world.url, "pay", "rules", "diff", str(RULES))["data"]
    assert [one["what"] for one in changes] == [
        "rule cobalt_not_in_the_north", "rule german_debit", "rule cheapest", "default", "fees",
    ]  # fmt: skip
    assert await world.value("SELECT count(*) FROM routing_policy") == 0
    loaded = forked.read(world.url, "pay", "rules", "load", str(RULES))
    assert loaded == {"version": 1, "rules": 3, "changed": True}
    again = forked.read(world.url, "pay", "rules", "load", str(RULES))
    assert again == {"version": 1, "rules": 3, "changed": False}
    assert json.loads(forked(world.url, "pay", "rules", "show").out)["rules"][0] == {
        "name": "cobalt_not_in_the_north", "when": {"market": ["NO", "SE"]},
        "then": {"exclude": ["cobalt"]},
    }  # fmt: skip
    # then the command explains by them: 10 + 1.4 % is less than 25 + 0.9 %
    explained = forked.read(world.url, *ROUTE, "--bin", "411111", "--explain")
    assert explained["accounts"] == ["aster", "boreal", "cobalt"]
    assert (explained["rule"], explained["policy_version"]) == ("cheapest", 1)
    assert [(one["rule"], one["unmet"]) for one in explained["rules"]] == [
        ("cobalt_not_in_the_north", ["market"]), ("german_debit", ["funding"]), ("cheapest", []),
    ]  # fmt: skip
    # and so does the API: dearer amounts go to boreal
    shown = await api.post("/v1/payment_routes", {**ASKED, "amount": 5000}, key=None)
    assert shown.status == 200
    assert shown.body["psp_accounts"] == ["boreal", "aster", "cobalt"]
    assert shown.body["rule"] == "cheapest"
    sweden = await api.post(
        "/v1/payment_routes", {"market": "SE", "currency": "SEK", "amount": 100}, key=None
    )
    assert sweden.body["candidates"] == [
        {"psp_account": "aster", "propensity_ppm": 1_000_000, "filtered": None},
        {"psp_account": "boreal", "propensity_ppm": 0, "filtered": None},
        {"psp_account": "cobalt", "propensity_ppm": 0, "filtered": "excluded"},
    ]
    # and a split stays with its reference
    debit = {**ASKED, "funding": "debit", "reference": "cart_1"}
    routes = [(await api.post("/v1/payment_routes", debit, key=None)).body for _ in range(3)]
    assert routes[0]["psp_accounts"] == routes[1]["psp_accounts"] == routes[2]["psp_accounts"]
    assert {one["propensity_ppm"] for one in routes[0]["candidates"]} == {700_000, 300_000, 0}


async def test_rules_with_a_mistake_change_nothing_and_every_mistake_is_named(
    world: World, forked: Forked, tmp_path: Path
) -> None:
    held = await world.value("SELECT count(*) FROM routing_policy")
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text(
        "format: 1\ndefault: [aster, delta]\nrules:\n  - name: half\n"
        "    then: { split: { aster: 1 } }\n"
    )
    refused = forked(world.url, "pay", "rules", "load", str(wrong))
    assert refused.status == 1
    assert "2 mistakes, nothing was loaded" in refused.err
    assert "wrong.yaml:2: /default/1: there is no account delta (unknown_account)" in refused.err
    assert "wrong.yaml:5: /rules/0/then/split: the shares sum to 1 and not" in refused.err
    wrong.write_text("format: 1\nrules: [{name: A}]\n")
    assert "wrong.yaml:2: /rules/0/then: is missing (malformed)" in (
        forked(world.url, "pay", "rules", "diff", str(wrong)).err
    )
    assert await world.value("SELECT count(*) FROM routing_policy") == held


async def test_what_cannot_be_a_charge_is_refused(api: Api, forked: Forked, world: World) -> None:
    refused = await api.post("/v1/payment_routes", {**ASKED, "amount": 0}, key=None)
    assert refused.refusal == (422, "invalid_value")
    refused = await api.post("/v1/payment_routes", {**ASKED, "currency": "XQX"}, key=None)
    assert refused.refusal == (422, "unknown_currency")
    # rules decide about any market, so that one must be told from one that there is
    refused = await api.post("/v1/payment_routes", {**ASKED, "market": "QX"}, key=None)
    assert refused.refusal == (422, "market_not_sold")
    assert refused.body["errors"][0]["pointer"] == "/market"
    assert " DE," in refused.body["facts"]["markets"]
    lost = forked(world.url, *ROUTE, "--market", "QX")
    assert (lost.status, "market_not_sold" in lost.err) == (1, True)
    assert "--market, one of AU," in lost.err
    assert " DE," in lost.err
    assert forked(world.url, *ROUTE, "--bin", "41").status == 1
    for name in ("--market", "--issuer-country"):
        done = forked(world.url, *ROUTE, name, "Germany")
        assert (done.status, f"{name} has two letters" in done.err) == (1, True)
    # and letters are read however they are typed, as the console reads them
    typed = ("pay", "route", "--market", "de", "--currency", "eur", "--amount", "1199")
    card = ("--brand", "VISA", "--issuer-country", "de", "--explain")
    said = ("--brand", "visa", "--issuer-country", "DE", "--explain")
    assert forked.read(world.url, *typed, *card) == forked.read(world.url, *ROUTE, *said)


async def test_a_model_is_switched_shown_and_told_in_sentences(
    world: World, forked: Forked
) -> None:
    route = ("pay", "route", "--market", "DE", "--currency", "EUR", "--amount", "300", "--explain")
    of = await world.value("SELECT seller_code FROM market WHERE code = 'DE'")
    said = ("--seller", of, "--reason", "to look", "--as", "ada")
    below = ("--explore-below", "EUR=50000")
    # nothing is counted yet, so there is nothing to be asked
    refused = forked(world.url, "ml", "shadow", *said, *below)
    assert "1 of 1 conditions are not met: fresh" in refused.err
    shadow = forked.read(world.url, "ml", "shadow", *said, *below, "--anyway")["switch"]
    assert (shadow["no"], shadow["percent"], shadow["changed_by"]) == (1, 0, "ada")
    assert shadow["unmet"] == ["fresh"]
    _, canary = (
        forked.read(world.url, "ml", "promote", *said, "--anyway")["switch"] for _ in range(2)
    )
    assert (canary["no"], canary["mode"], canary["percent"]) == (3, "canary", 5)
    assert canary["explore_below"] == {"EUR": 50_000}
    assert {"fresh", "time", "replay", "loss"} == set(canary["unmet"])
    _refuses_what_is_no_step_down(world, forked, *said)
    # before anything is counted there is nothing to say
    assert forked.read(world.url, *route)["explanation"] == []
    await count_outcomes(world.run)
    [told, *_] = forked.read(world.url, *route, "--key", "cart")["explanation"]
    assert told in {
        "Rules decide: the model does not act for this customer.",
        "The model decides here: it is on for 5 % of the customers.",
    }
    assert "aster 33.3 %" in forked(world.url, *route).out
    shown = forked.read(world.url, "ml", "show")
    assert [one["mode"] for one in shown["switches"]] == ["canary"]
    assert shown["counted"]["age_seconds"] < 300
    assert "canary" in forked(world.url, "ml", "show").out
    # and down it goes with what may be tried out, unless that is said anew
    down = forked.read(world.url, "ml", "switch", "canary", *said)
    assert (down["percent"], down["explore_below"]) == (1, {"EUR": 50_000})
    down = forked.read(world.url, "ml", "switch", "off", *said, "--explore-below", "EUR=100")
    assert (down["mode"], down["explore_below"]) == ("off", {"EUR": 100})


def _refuses_what_is_no_step_down(world: World, forked: Forked, *said: str) -> None:
    for command, why in (
        (("switch", "on"), "that is a step up, and those have conditions"),
        (("shadow", "--anyway"), "it is canary already"),
        (("switch", "off", "--explore-below", "much"), "--explore-below names a currency"),
        (("switch", "canary", "--percent", "7"), "canary is for 1 or 5 or 25 %, not 7 %"),
    ):
        refused = forked(world.url, "ml", *command, *said)
        assert (refused.status, why in refused.err) == (1, True), (command, refused.err)
