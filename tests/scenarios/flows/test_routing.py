"""Charges go to the account that rules choose, and every choice is written down."""

from datetime import date

import pytest

from ledgerline.base.ids import bucket_of
from ledgerline.datasets.audit import audit
from ledgerline.flows.choose_accounts import read_choices_in
from ledgerline.flows.detach_payment_method import detach_payment_method
from ledgerline.flows.switch_psp_account import switch_psp_account
from ledgerline.payments.model import AccountStatus, Initiator
from ledgerline.payments.refusals import NoPaymentRoute, PspAccountNotFound
from ledgerline.payments.rules.routing import Rule, Then, When
from tests.flow_world import World
from tests.scenarios.flows.routed import both, decisions, load


async def test_one_account_is_a_choice_that_is_written_down(fresh_world: World) -> None:
    world = fresh_world
    bought = await world.buy(await world.shopper())
    assert await decisions(world, bought.payment_id) == [
        ("aster", "default", 0, [{"account": "aster", "ppm": 1_000_000}], "aster")
    ]


async def test_purchases_and_renewals_go_where_the_rules_say(fresh_world: World) -> None:
    world = fresh_world
    # given payers who are sent to boreal while they are present, and renewals that are not
    shopper = await both(world)
    present = When(initiator=(Initiator.CUSTOMER,))
    policy = await load(world, Rule("present", present, Then(prefer=("boreal",))))
    bought = await world.buy(shopper)
    await world.advance(date(2026, 2, 3))
    # then the first charge is boreal's and the renewal aster's, each once
    [purchase] = await decisions(world, bought.payment_id)
    assert (purchase[0], purchase[1], purchase[2]) == ("boreal", "present", policy.version)
    assert purchase[3] == [{"account": "aster", "ppm": 0}, {"account": "boreal", "ppm": 1_000_000}]
    renewals = await world.rows(
        "SELECT a.psp_account, d.rule FROM attempt AS a JOIN decision AS d ON d.id = a.decision_id"
        " WHERE a.initiator = 'merchant'"
    )
    assert renewals == [("aster", "default")]
    assert await world.receipts(shopper.customer_id) == [("payment", 1199), ("payment", 1199)]
    assert await audit(world.run) == []


async def test_what_is_disabled_is_passed_over_and_said_why(fresh_world: World) -> None:
    world = fresh_world
    shopper = await both(world)
    await switch_psp_account(world.run, "aster", AccountStatus.DISABLED)
    bought = await world.buy(shopper)
    [(account, _, _, candidates, _)] = await decisions(world, bought.payment_id)
    assert account == "boreal"
    assert candidates[0] == {"account": "aster", "ppm": 0, "reason": "disabled"}
    # and where all are, nothing begins, and nothing is left of it
    await switch_psp_account(world.run, "boreal", AccountStatus.DISABLED)
    with pytest.raises(PspAccountNotFound):
        await world.buy(shopper, "family_monthly")
    assert await world.value("SELECT count(*) FROM decision") == 1


async def test_where_rules_exclude_every_account_payers_are_refused_and_renewals_wait(
    fresh_world: World,
) -> None:
    world = fresh_world
    # given a renewal that falls due at an account that is excluded by now
    shopper = await world.shopper()
    bought = await world.buy(shopper)
    await load(world, Rule("out", When(market=("DE",)), Then(exclude=("aster",))))
    with pytest.raises(NoPaymentRoute):
        await world.buy(await world.shopper())
    await world.advance(date(2026, 2, 2))
    # then nothing was sent, nobody is late, and the decisions say why
    assert await world.state(bought.subscription_id) == "active"
    [waits] = await world.rows("SELECT own_failures, tries FROM payment WHERE state = 'processing'")
    assert waits[0] == waits[1] > 0
    withheld = await world.rows(
        "SELECT DISTINCT a.state, a.psp_code, a.request_digest, d.chosen, d.candidates"
        " FROM attempt AS a JOIN decision AS d ON d.id = a.decision_id"
        " WHERE a.initiator = 'merchant'"
    )
    nobody = [{"account": "aster", "ppm": 0, "reason": "excluded"}]
    assert withheld == [("not_executed", "no_route", None, None, nobody)]
    # and once the rules let it, it is charged once
    await load(world)
    await world.advance(date(2026, 2, 3))
    assert await world.receipts(shopper.customer_id) == [("payment", 1199), ("payment", 1199)]
    assert await audit(world.run) == []


async def test_rules_that_cannot_be_read_refuse_nobody(fresh_world: World) -> None:
    world = fresh_world
    shopper = await both(world)
    await world.write("INSERT INTO routing_policy VALUES (7, '{\"default\": 5}', %s)", world.now)
    bought = await world.buy(shopper)
    [(account, rule, version, _, _)] = await decisions(world, bought.payment_id)
    assert (account, rule, version) == ("aster", "default", 0)


async def test_a_card_of_several_accounts_is_detached_from_all_of_them(
    fresh_world: World,
) -> None:
    world = fresh_world
    shopper = await both(world)
    await detach_payment_method(world.run, shopper.method_id)
    assert await world.value("SELECT count(*) FROM instrument") == 0
    assert await audit(world.run) == []


async def test_two_payments_of_one_card_in_a_batch_have_each_account_once(
    fresh_world: World,
) -> None:
    world = fresh_world
    method_id = (await both(world)).method_id
    bucket = bucket_of(method_id)
    async with world.run.transaction() as tx:
        choices = await read_choices_in(
            tx, world.psps, buckets=[bucket, bucket], ids=[method_id, method_id], now=world.now
        )
    assert [one.psp_account for one in choices.instruments] == ["aster", "boreal"]
