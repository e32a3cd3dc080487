"""When refused renewals are tried again: plans as rows, and what happens to them on the way."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Final, cast

import pytest_asyncio
from typing_extensions import override

from ledgerline.catalog.model import Collection, EndPolicy
from ledgerline.datasets.audit import audit
from ledgerline.flows.load_catalog import load_catalog
from ledgerline.flows.pay_invoice import pay_invoice
from ledgerline.flows.read_catalog import read_catalog
from ledgerline.flows.use_payment_method import use_payment_method
from ledgerline.payments.adapters.gateway import Gateway
from ledgerline.payments.model import Action, DeclineCategory, EvidenceKind, Outcome, Reading
from tests.flow_values import Bought, Shopper
from tests.flow_world import World, open_world
from tests.relayed_psps import Relayed

RENEWED: Final = datetime(2026, 1, 30, 23, tzinfo=UTC)  # the end of the trials, in Berlin
FUNDS: Final = "tok_decline_insufficient_funds"


@pytest_asyncio.fixture(loop_scope="session")
async def alone(fresh_database_url: str, tmp_path: Path) -> AsyncIterator[World]:
    """Give one test a world of its own."""
    async with open_world(fresh_database_url, tmp_path) as opened:
        yield opened


@dataclass(slots=True)
class Says(Relayed):
    """A provider that answers every charge with one reading while it has one."""

    reading: Reading | None = None

    @override
    async def call(self, what: Action) -> Reading:
        return self.reading or await self.gateway.call(what)


def refused(category: DeclineCategory, network_advice: str | None = None) -> Reading:
    return Reading(
        Outcome.DECLINED, EvidenceKind.RESPONSE, category=category, network_advice=network_advice
    )


async def _late(world: World, token: str = FUNDS) -> tuple[Shopper, Bought]:
    """Begin a trial whose first renewal is refused."""
    shopper = await world.shopper(token=token)
    bought = await world.buy(shopper, trial=True)
    await world.advance(RENEWED)
    return shopper, bought


async def _plans(world: World, bought: Bought) -> list[tuple[Any, ...]]:
    return await world.rows(
        "SELECT r.revision, r.track, r.advice, r.slots, r.policy_version, r.next_at, r.ends_at"
        "  FROM retry_plan AS r JOIN payment AS p ON p.id = r.payment_id AND p.bucket = r.bucket"
        " WHERE p.subscription_id = %s ORDER BY r.revision",
        bought.subscription_id,
    )


async def _payment(world: World, bought: Bought) -> tuple[Any, ...]:
    [row] = await world.rows(
        "SELECT id, invoice_id, state, tries, next_try_at, awaits_payer FROM payment"
        " WHERE subscription_id = %s",
        bought.subscription_id,
    )
    return row


async def _collects(world: World, collection: Collection) -> None:
    catalog = await read_catalog(world.run)
    markets = tuple(replace(one, collection=collection) for one in catalog.markets)
    await load_catalog(world.run, replace(catalog, markets=markets))


def _days(slots: Any) -> list[tuple[int, str]]:
    found = slots if isinstance(slots, list) else json.loads(slots)
    return [(one["day"], one["why"]) for one in found]


async def test_the_first_refusal_writes_the_plan_and_each_further_one_a_revision(
    alone: World,
) -> None:
    world = alone
    _, bought = await _late(world)
    [first] = await _plans(world, bought)
    assert first[:3] == (1, "slot", "later")
    assert _days(first[3]) == [(day, "calendar") for day in (2, 7, 14, 21)]
    payment_id, _, _, _, next_try_at, _ = await _payment(world, bought)
    assert next_try_at == first[5]
    # and the decision gives all of its chance to what was chosen
    assert await world.rows(
        "SELECT d.kind, d.rule, d.policy_version, d.candidates -> 0 ->> 'ppm',"
        "       d.chosen::timestamptz"
        "  FROM decision AS d JOIN attempt AS a ON a.id = d.subject_id"
        " WHERE a.payment_id = %s AND d.kind = 'retry'",
        payment_id,
    ) == [("retry", "slot", 1, "1000000", next_try_at)]
    # when the second try is refused as well
    await world.advance(next_try_at)
    [_, second] = await _plans(world, bought)
    assert _days(second[3]) == [(2, "used"), (7, "calendar"), (14, "calendar"), (21, "calendar")]
    await world.advance(date(2026, 3, 5))
    assert [row[1] for row in await _plans(world, bought)] == ["slot"] * 4 + ["end"]
    assert await audit(world.run) == []


async def test_a_policy_that_changes_touches_only_what_fails_for_the_first_time_later(
    alone: World,
) -> None:
    world = alone
    _, early = await _late(world)
    [before] = await _plans(world, early)
    # given a new policy while the plan runs
    await _collects(
        world,
        Collection(retry_days=(1, 3), tries_max=4, collect_days=10, grace_days=7,
                   reminder_days=(2,), end=EndPolicy.WRITE_OFF),
    )  # fmt: skip
    shopper = await world.shopper(token=FUNDS)
    later = await world.buy(shopper, trial=True)
    await world.advance(date(2026, 2, 6))
    # then the plan that was begun goes on as it was
    plans = await _plans(world, early)
    assert len(plans) == 2
    assert [(row[4], row[6]) for row in plans] == [(1, before[6])] * 2
    await world.advance(date(2026, 2, 25))
    assert await world.state(early.subscription_id) == "canceled"
    # and who fails now is collected by the new one
    await world.advance(date(2026, 3, 4))
    [first, *_] = await _plans(world, later)
    assert (first[4], _days(first[3])) == (2, [(1, "calendar"), (3, "calendar")])
    # with a week of grace
    [(begins, ends, reason)] = (await world.covers(later.subscription_id))[1:]
    assert (ends - begins, reason) == (timedelta(days=7), "grace")
    # and at its end the claim is written off, and the subscription goes on
    await world.advance(date(2026, 3, 20))
    assert await world.invoices(later.subscription_id) == [
        ("purchase", "paid", 0), ("renewal", "uncollectible", 1199),
    ]  # fmt: skip
    assert await world.state(later.subscription_id) == "active"
    assert await audit(world.run) == []
    # so that its next period is billed, and collected anew
    await world.advance(date(2026, 4, 6))
    states = [state for _, state, _ in await world.invoices(later.subscription_id)]
    assert states == ["paid", "uncollectible", "open"]


async def test_another_card_in_the_middle_of_a_plan_is_tried_at_once_and_has_its_own_slots(
    alone: World,
) -> None:
    world = alone
    shopper, bought = await _late(world, "tok_decline_stolen_card")
    [first] = await _plans(world, bought)
    assert (first[1], [why for _, why in _days(first[3])]) == ("end", ["forbidden"] * 4)
    # when the payer brings a card without money five days later
    await world.advance(date(2026, 2, 5))
    other = await world.method(shopper.customer_id, token=FUNDS + "_2")
    await use_payment_method(world.run, bought.subscription_id, method_id=other)
    await world.advance(date(2026, 2, 6))
    # then it was tried at once, and the days that are left are its own
    [_, asked, second] = await _plans(world, bought)
    assert (asked[1], second[1]) == ("payer", "slot")
    assert _days(second[3]) == [
        (2, "used"), (7, "calendar"), (14, "calendar"), (21, "calendar"),
    ]  # fmt: skip
    assert second[6] == first[6]  # and collection ends when it would have ended
    assert await audit(world.run) == []


async def test_paying_now_in_the_middle_of_a_plan_takes_no_slot_and_ends_it(alone: World) -> None:
    world = alone
    shopper, bought = await _late(world)
    payment_id, invoice_id, *_ = await _payment(world, bought)
    before = await _plans(world, bought)
    # when the payer tries the same card and it is refused again
    await pay_invoice(world.run, world.psps, invoice_id)
    assert await _plans(world, bought) == before
    # and then another, which pays
    other = await world.method(shopper.customer_id)
    await pay_invoice(world.run, world.psps, invoice_id, method_id=other)
    assert await world.captures(payment_id) == [1199]
    await world.advance(date(2026, 2, 26))
    assert (await _payment(world, bought))[2] == "succeeded"
    assert await world.captures(payment_id) == [1199]
    assert await audit(world.run) == []


async def test_an_outage_in_the_middle_of_a_plan_extends_grace_and_moves_what_comes_after(
    alone: World,
) -> None:
    world = alone
    shopper = await world.shopper()
    bought = await world.buy(shopper, trial=True)
    says = Says(world.psps, refused(DeclineCategory.INSUFFICIENT_FUNDS))
    world.psps = cast("Gateway", says)
    await world.advance(RENEWED)
    [(_, grace_ends, _)] = (await world.covers(bought.subscription_id))[1:]
    [first] = await _plans(world, bought)
    # given a provider that executes nothing from the first slot on, for three days
    says.reading = Reading(Outcome.NOT_EXECUTED, EvidenceKind.TRANSPORT)
    await world.advance(date(2026, 2, 5))
    says.reading = refused(DeclineCategory.INSUFFICIENT_FUNDS)
    await world.advance(date(2026, 2, 6))
    # then the rest comes as much later, and nobody lost service for it
    [_, second] = await _plans(world, bought)
    late = second[6] - first[6]
    assert late >= timedelta(days=2)
    assert [why for _, why in _days(second[3])] == ["used", "late", "late", "late"]
    [(_, longer, _)] = (await world.covers(bought.subscription_id))[1:]
    assert longer - grace_ends >= timedelta(days=2)
    assert await audit(world.run) == []


async def test_a_network_that_says_two_days_is_asked_after_exactly_two_days(alone: World) -> None:
    world = alone
    await _collects(world, Collection(paydays=("friday", "month_end")))
    shopper = await world.shopper()
    bought = await world.buy(shopper, trial=True)
    world.psps = cast(
        "Gateway", Says(world.psps, refused(DeclineCategory.INSUFFICIENT_FUNDS, "mac_26"))
    )
    await world.advance(RENEWED)
    [first] = await _plans(world, bought)
    assert first[5] == RENEWED + timedelta(days=2)
    assert await world.rows("SELECT network_advice, not_before FROM retry_plan") == [
        ("mac_26", RENEWED + timedelta(days=2))
    ]
    assert await audit(world.run) == []


async def test_a_network_that_says_never_beats_a_soft_code_and_ends_nothing(alone: World) -> None:
    world = alone
    shopper = await world.shopper()
    bought = await world.buy(shopper, trial=True)
    world.psps = cast("Gateway", Says(world.psps, refused(DeclineCategory.DO_NOT_HONOR, "mac_03")))
    await world.advance(date(2026, 2, 10))
    [first] = await _plans(world, bought)
    assert (first[1], first[2]) == ("end", "never")
    assert (await _payment(world, bought))[2:4] == ("processing", 1)
    assert await world.state(bought.subscription_id) == "past_due"
