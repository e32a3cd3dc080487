"""Failures of our own: weeks of wrong credentials, a slow provider, a defect in a connector."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Final, cast

import pytest
from typing_extensions import override

from ledgerline.base.http import HttpClient
from ledgerline.base.ids import BillRunId, Bucket, PaymentId
from ledgerline.base.run import Run
from ledgerline.datasets.audit import audit
from ledgerline.flows.bill_due import bill_due
from ledgerline.flows.collect_due import collect_due
from ledgerline.flows.do_due_work import ALL
from ledgerline.flows.mend_payment import mend_payment
from ledgerline.flows.open_bill_run import open_bill_run
from ledgerline.flows.put_psp_account import read_merchants
from ledgerline.flows.request_refund import RefundOrder, request_refund
from ledgerline.flows.resolve_attempts import resolve_attempts
from ledgerline.flows.resolve_refunds import resolve_refunds
from ledgerline.payments.adapters.gateway import Connection, Gateway
from ledgerline.payments.adapters.sandbox.connector import Sandbox
from ledgerline.payments.contract import Secret
from ledgerline.payments.model import (
    Action,
    DeclineCategory,
    EvidenceKind,
    Outcome,
    Reading,
    SentAttempt,
)
from ledgerline.payments.refusals import PaymentNotMendable
from ledgerline.payments.unasked import UNSTARTED
from tests.flow_values import Bought, Shopper
from tests.flow_world import World
from tests.relayed_psps import Mute, Relayed

RENEWED: Final = datetime(2026, 1, 30, 23, tzinfo=UTC)  # the end of the trials, in Berlin


async def _subscribers(world: World, count: int) -> list[tuple[Shopper, Bought]]:
    """Begin trials; with the first paid month everything begins to fail."""
    found = []
    for _ in range(count):
        shopper = await world.shopper()
        found.append((shopper, await world.buy(shopper, trial=True)))
    return found


@dataclass(slots=True)
class Broken(Relayed):
    """A provider that answers everything with one reading."""

    reading: Reading

    @override
    async def call(self, what: Action) -> Reading:
        return self.reading


REFUSED: Final = Reading(
    Outcome.NOT_EXECUTED, EvidenceKind.RESPONSE, category=DeclineCategory.MERCHANT_CONFIG
)
TOO_MANY: Final = Reading(
    Outcome.NOT_EXECUTED, EvidenceKind.RESPONSE, code="429", retry_after_seconds=86_400
)
UNREACHABLE: Final = Reading(Outcome.NOT_EXECUTED, EvidenceKind.TRANSPORT, code="not_connected")


@asynccontextmanager
async def _with_wrong_credentials(world: World) -> AsyncIterator[None]:
    """Give every account secrets that its provider does not know, for the length of the block."""
    secrets = {"api_secret": Secret("wrong"), "webhook_secret": Secret("wrong")}
    merchants = await read_merchants(world.run)
    healthy = world.psps
    async with HttpClient() as client:
        connections = {
            one.code: Connection(replace(one, secrets=secrets), Sandbox()) for one in merchants
        }
        world.psps = Gateway(connections, client)
        yield
        world.psps = healthy


@asynccontextmanager
async def _broken(world: World, reading: Reading) -> AsyncIterator[None]:
    healthy = world.psps
    world.psps = cast("Gateway", Broken(healthy, reading))
    yield
    world.psps = healthy


@pytest.mark.parametrize("cause", ["credentials", "too many requests", "unreachable"])
async def test_two_months_of_our_own_failures_end_nobody(cause: str, fresh_world: World) -> None:
    world = fresh_world
    # given subscribers, and accounts at which nothing is executed
    people = await _subscribers(world, 5)
    readings = {"too many requests": TOO_MANY, "unreachable": UNREACHABLE}
    failing = _with_wrong_credentials(world)
    if cause in readings:
        failing = _broken(world, readings[cause])
    # when two months go by
    async with failing:
        await world.advance(date(2026, 4, 2))
    # then everybody is served, nobody is late, and one exception tells of each account
    for _, bought in people:
        assert await world.state(bought.subscription_id) == "active"
        covers = await world.covers(bought.subscription_id)
        assert all(end == begin for (_, end, _), (begin, _, _) in pairwise(covers))
        assert covers[-1][1] > world.now
    events = await world.events()
    assert events["subscription.payment_overdue"] == events["payment.try_failed"] == 0
    assert events["payment.postponed"] > 0
    assert await world.rows("SELECT reason, closed_at FROM money_exception") == [
        ("account_refuses_us", None)
    ]
    assert {one.invariant.id for one in await audit(world.run)} == {"I-74"}
    # and when it works again, every month is charged once, and the exception is closed
    await world.advance(date(2026, 4, 5))
    for shopper, _ in people:
        assert [amount for _, amount in await world.receipts(shopper.customer_id)] == [1199] * 3
    assert await world.value("SELECT count(*) FROM money_exception WHERE closed_at IS NULL") == 0
    assert await audit(world.run) == []


async def test_wrong_credentials_are_no_refusal_of_who_buys(fresh_world: World) -> None:
    world = fresh_world
    shopper = await world.shopper()
    async with _with_wrong_credentials(world):
        bought = await world.buy(shopper)
    assert await world.state(bought.subscription_id) == "expired"
    # and with the right ones the same plan can be bought, once
    again = await world.buy(shopper)
    assert await world.state(again.subscription_id) == "active"
    assert [one["status"] for one in await world.simulator.truth()] == ["succeeded"]


async def test_people_are_told_of_an_account_that_does_not_let_us_look(
    fresh_world: World,
) -> None:
    world = fresh_world
    # given a charge and a refund that were executed, and whose answers were lost
    bought = await world.buy(await world.shopper())
    assert bought.payment_id is not None
    await request_refund(
        world.run, Mute(world.psps), RefundOrder(PaymentId(bought.payment_id), 100, "asked")
    )
    lost = await world.buy(await world.shopper(token="tok_500_after"))
    # when the secret is wrong by then
    told = "SELECT reason, closed_at IS NULL FROM money_exception"
    later = world.run.at(world.now + timedelta(minutes=1))
    async with _with_wrong_credentials(world):
        assert await resolve_refunds(later, world.psps, buckets=ALL) == 1
        assert await world.rows(told) == [("account_refuses_us", True)]
        await world.write("DELETE FROM money_exception")
        assert await resolve_attempts(later, world.psps, buckets=ALL) == 1
        assert await world.rows(told) == [("account_refuses_us", True)]
    # then nothing has ended, and with the right one it does
    assert await world.state(lost.subscription_id) == "incomplete"
    much_later = world.run.at(world.now + timedelta(hours=1))
    await resolve_attempts(much_later, world.psps, buckets=ALL)
    await resolve_refunds(much_later, world.psps, buckets=ALL)
    assert await world.state(lost.subscription_id) == "active"
    assert await world.value("SELECT state FROM refund") == "succeeded"


async def test_a_request_that_is_not_understood_opens_an_exception_of_its_payment(
    fresh_world: World,
) -> None:
    world = fresh_world
    # given one card whose token the provider does not know, and one that is fine
    [(odd, lasting), (fine, _)] = await _subscribers(world, 2)
    await world.steal_card(odd, "no such token")
    # when renewals are due for a week
    await world.advance(RENEWED + timedelta(days=7))
    # then the account is not suspected, and nobody has lost service
    assert await world.rows(
        "SELECT x.reason, p.subscription_id, x.closed_at FROM money_exception x"
        " JOIN payment p ON p.id = x.subject_id"
    ) == [("request_refused", lasting.subscription_id, None)]
    assert await world.state(lasting.subscription_id) == "active"
    assert await world.receipts(fine.customer_id) == [("payment", 1199)]


async def test_a_refund_that_nobody_executes_is_asked_for_still(fresh_world: World) -> None:
    world = fresh_world
    shopper = await world.shopper()
    bought = await world.buy(shopper)
    order = RefundOrder(cast("PaymentId", bought.payment_id), 500, "sorry")
    refund_id = await request_refund(world.run, Broken(world.psps, REFUSED), order)
    state = "SELECT state FROM refund WHERE id = %s"
    assert await world.value(state, refund_id) == "requested"
    # while it is so, the amount is reserved
    assert await world.value("SELECT refunding_minor FROM payment") == 500
    world.run = world.run.at(world.now + timedelta(minutes=59))
    assert await resolve_refunds(world.run, world.psps, buckets=ALL) == 0
    # and an hour later it goes out, once
    world.run = world.run.at(world.now + timedelta(minutes=1))
    assert await resolve_refunds(world.run, world.psps, buckets=ALL) == 1
    assert await world.value(state, refund_id) == "succeeded"
    refunds = [one for one in await world.simulator.truth() if one["kind"] == "refund"]
    assert [one["amount"] for one in refunds] == [500]


@dataclass(slots=True)
class Slow(Relayed):
    """A healthy account with few places: what waits too long for one is not begun."""

    places: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(4))
    seconds: float = 0.05
    patience: float = 0.12

    @override
    async def call(self, what: Action) -> Reading:
        try:
            async with asyncio.timeout(self.patience):
                await self.places.acquire()
        except TimeoutError:
            return Reading(Outcome.NOT_EXECUTED, EvidenceKind.TRANSPORT, code=UNSTARTED)
        try:
            await asyncio.sleep(self.seconds)
            return await self.gateway.call(what)
        finally:
            self.places.release()


async def test_waiting_in_our_own_queue_is_no_try(fresh_world: World) -> None:
    world = fresh_world
    # given more due payments than a slow account takes at once
    people = await _subscribers(world, 40)
    world.psps = cast("Gateway", Slow(world.psps))
    # when
    await world.advance(RENEWED + timedelta(minutes=5))
    # then all are paid, and what had to wait left no trace on anybody
    for shopper, bought in people:
        assert await world.receipts(shopper.customer_id) == [("payment", 1199)]
        assert await world.state(bought.subscription_id) == "active"
    assert await world.value("SELECT count(*) FROM money_exception") == 0
    events = await world.events()
    assert events["subscription.payment_overdue"] == events["payment.try_failed"] == 0
    assert len(await world.simulator.truth()) == 40


@dataclass(slots=True)
class Faulty(Relayed):
    """A connector with a defect that one payment in three meets."""

    calls: int = 0

    @override
    async def call(self, what: Action) -> Reading:
        self.calls += isinstance(what, SentAttempt)
        if isinstance(what, SentAttempt) and self.calls % 3 == 0:
            raise ValueError("a header with a line break")
        return await self.gateway.call(what)


async def test_a_defect_keeps_no_other_payment_from_its_end(fresh_world: World) -> None:
    world = fresh_world
    await _subscribers(world, 6)
    due = world.run.at(RENEWED)
    await world.simulator.control("clock", {"now": RENEWED.isoformat()})
    await _bill(due)
    # when two of six calls fail for a reason that nobody thought of
    with pytest.raises(ValueError, match="line break"):
        await collect_due(due, Faulty(world.psps), buckets=ALL)
    # then the others are paid, and the two are found out as any lost answer is
    assert await world.value("SELECT count(*) FROM receipt") == 4
    world.run = due
    await world.advance(RENEWED + timedelta(minutes=2))
    assert await world.value("SELECT count(*) FROM receipt") == 6
    assert len(await world.simulator.truth()) == 6


async def _bill(run: Run) -> None:
    bill_run_id = BillRunId(run.new_id(Bucket(0)))
    await open_bill_run(run, bill_run_id=bill_run_id)
    await bill_due(run, bill_run_id=bill_run_id, buckets=ALL)


async def test_a_month_that_is_paid_outlives_an_older_one_that_is_given_up(
    fresh_world: World,
) -> None:
    world = fresh_world
    # given an outage of six weeks, in which the card was lost: two renewals wait for their payer
    [(shopper, bought)] = await _subscribers(world, 1)
    async with _broken(world, UNREACHABLE):
        await world.advance(date(2026, 3, 12))
        await world.steal_card(shopper, "tok_decline_lost_card_1")
    await world.advance(date(2026, 3, 13))
    waiting = await world.rows(
        "SELECT id FROM payment WHERE subscription_id = %s AND awaits_payer ORDER BY id",
        bought.subscription_id,
    )
    assert len(waiting) == 2
    # when only the newer one is paid by another card, behind the flows' back
    method = await world.method(shopper.customer_id)
    await world.write(
        "UPDATE payment SET payment_method_id = %s, next_try_at = %s, awaits_payer = false"
        " WHERE id = %s", method, world.now, waiting[1][0],
    )  # fmt: skip
    await world.write("UPDATE subscription SET payment_method_id = %s", method)
    await world.advance(date(2026, 4, 10))
    # then the older claim is given up, and service that is paid goes on
    assert await world.state(bought.subscription_id) == "active"
    assert [state for _, state, _ in await world.invoices(bought.subscription_id)] == [
        "paid", "uncollectible", "paid", "paid",
    ]  # fmt: skip
    assert (await world.covers(bought.subscription_id))[-1][1] > world.now
    # and the audit sees what was done behind its back: to the lost card, and to the plan
    assert {one.invariant.id for one in await audit(world.run)} == {"I-53", "I-130"}


async def test_mending_one_payment_mends_the_others(fresh_world: World) -> None:
    world = fresh_world
    [(shopper, bought)] = await _subscribers(world, 1)
    async with _broken(world, UNREACHABLE):
        await world.advance(date(2026, 3, 12))
        await world.steal_card(shopper, "tok_decline_lost_card_1")
    await world.advance(date(2026, 3, 13))
    # when the older of two is mended
    [payment_id] = (
        await world.rows(
            "SELECT id FROM payment WHERE subscription_id = %s AND awaits_payer ORDER BY id",
            bought.subscription_id,
        )
    )[0]
    method = await world.method(shopper.customer_id)
    await mend_payment(world.run, payment_id, method_id=method)
    await world.advance(date(2026, 4, 10))
    # then both are paid, and what follows
    assert [amount for _, amount in await world.receipts(shopper.customer_id)] == [1199] * 3
    assert await world.state(bought.subscription_id) == "active"
    # and nothing is mended of what has ended
    await world.cancel(bought)
    with pytest.raises(PaymentNotMendable):
        await mend_payment(world.run, payment_id, method_id=method)


async def test_a_refund_that_is_not_understood_has_failed(fresh_world: World) -> None:
    world = fresh_world
    shopper = await world.shopper()
    bought = await world.buy(shopper)
    order = RefundOrder(cast("PaymentId", bought.payment_id), 500, "sorry")
    odd = replace(REFUSED, category=DeclineCategory.REQUEST_REFUSED)
    refund_id = await request_refund(world.run, Broken(world.psps, odd), order)
    assert await world.value("SELECT state FROM refund WHERE id = %s", refund_id) == "failed"
    assert await world.value("SELECT refunding_minor FROM payment") == 0
    assert await world.value("SELECT count(*) FROM money_exception") == 0


async def test_grace_that_is_over_is_not_given_again(fresh_world: World) -> None:
    world = fresh_world
    # given a payer whose grace ended while the bank refused
    shopper = await world.shopper(token="tok_decline_insufficient_funds")
    bought = await world.buy(shopper, trial=True)
    await world.advance(date(2026, 2, 14))
    over = (await world.covers(bought.subscription_id))[-1][1]
    assert over < world.now
    # when the next try executes nothing
    async with _broken(world, TOO_MANY):
        await world.advance(date(2026, 2, 18))
    # then nothing is covered that was not
    assert (await world.covers(bought.subscription_id))[-1][1] == over
