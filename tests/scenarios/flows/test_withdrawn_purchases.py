"""Who gives up a pending purchase buys anew, and pays once: what comes late goes back."""

from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
from typing_extensions import override

from ledgerline.base.ids import Bucket, PurchaseId
from ledgerline.flows.decide_late_successes import decide_late_successes
from ledgerline.flows.do_due_work import ALL
from ledgerline.flows.resolve_attempts import resolve_attempts
from ledgerline.flows.withdraw_purchase import withdraw_purchase
from ledgerline.payments.capabilities import CancelKind, Capabilities
from ledgerline.payments.model import Action, EvidenceKind, Lookup, Outcome, Reading, SentAttempt
from ledgerline.payments.refusals import PaymentInProgress
from ledgerline.purchases.model import PurchaseNotFound, PurchaseNotPending
from tests.flow_values import Bought, Shopper
from tests.flow_world import World
from tests.relayed_psps import Relayed


@dataclass(slots=True)
class Answering(Relayed):
    """A provider that says one thing of what it is asked about, and takes no charge."""

    reading: Reading
    charges: int = 0

    @override
    async def call(self, what: Action) -> Reading:
        if isinstance(what, Lookup):
            return self.reading
        self.charges += isinstance(what, SentAttempt)
        return Reading(Outcome.UNKNOWN, EvidenceKind.TRANSPORT)


@dataclass(slots=True)
class Unending(Answering):
    """One that cannot end a charge either."""

    @override
    def capabilities(self, account: str) -> Capabilities:
        return replace(self.gateway.capabilities(account), cancel=CancelKind.NONE)


async def _moved(world: World, kind: str) -> list[int]:
    return [
        one["amount"]
        for one in await world.simulator.truth()
        if (one["kind"], one["status"]) == (kind, "succeeded")
    ]


async def _pending(world: World, token: str) -> tuple[Shopper, Bought]:
    """Buy, lose the answer, and look once in vain."""
    shopper = await world.shopper(token=token)
    bought = await world.buy(shopper)
    assert await world.state(bought.subscription_id) == "incomplete"
    return shopper, bought


async def _withdraw(world: World, bought: Bought) -> None:
    await withdraw_purchase(world.run, PurchaseId(bought.purchase_id))


async def _attempt(world: World, bought: Bought) -> str:
    state: str = await world.value(
        "SELECT state FROM attempt WHERE payment_id = %s", bought.payment_id
    )
    return state


@pytest.mark.parametrize("executed", [True, False])
async def test_a_withdrawn_purchase_is_void_and_another_is_paid_once(
    fresh_world: World, *, executed: bool
) -> None:
    world = fresh_world
    shopper, bought = await _pending(world, "tok_500_after" if executed else "tok_500_before")
    # when its buyer gives it up
    await _withdraw(world, bought)
    # then nothing is owed for it, and what nobody knows stays unknown until the next look
    assert await world.state(bought.subscription_id) == "expired"
    assert await world.invoices(bought.subscription_id) == [("purchase", "void", 1_199)]
    assert await _attempt(world, bought) == "unknown"
    # and the same customer buys again with another card
    other = shopper._replace(method_id=await world.method(shopper.customer_id))
    again = await world.buy(other)
    assert await world.state(again.subscription_id) == "active"
    # and what had been charged goes back by itself, and what had not is never charged
    await world.advance(world.now + timedelta(days=3))
    await world.advance(world.now + timedelta(minutes=1))
    assert await _moved(world, "charge") == ([1_199, 1_199] if executed else [1_199])
    assert await _moved(world, "refund") == ([1_199] if executed else [])
    assert await _attempt(world, bought) == ("succeeded" if executed else "not_executed")
    assert (await world.balances(shopper.customer_id)).get("suspense", 0) == 0
    receipts = [("payment", 1_199), *([("refund", 1_199)] if executed else [])]
    assert sorted(await world.receipts(shopper.customer_id)) == sorted(receipts)
    late = await world.value(
        "SELECT count(*) FROM money_exception WHERE reason = 'late_success' AND closed_at IS NULL"
    )
    assert late == 0


async def test_a_refusal_of_a_withdrawn_purchase_ends_its_attempt_alone(
    fresh_world: World,
) -> None:
    world = fresh_world
    _, bought = await _pending(world, "tok_500_before")
    await _withdraw(world, bought)
    before = await world.events()
    declined = Reading(Outcome.DECLINED, EvidenceKind.STATUS_QUERY, code="said")
    later = world.run.at(world.now + timedelta(minutes=2))
    await resolve_attempts(later, Answering(world.psps, declined), buckets=ALL)
    assert await _attempt(world, bought) == "declined"
    assert await world.state(bought.subscription_id) == "expired"
    assert await world.events() == before
    assert await world.balances() == {}
    assert await resolve_attempts(later, world.psps, buckets=ALL) == 0


async def test_what_was_withdrawn_is_asked_for_and_never_sent_again(fresh_world: World) -> None:
    # given a charge that never arrived, given up by its buyer, at a provider that cancels nothing
    world = fresh_world
    _, bought = await _pending(world, "tok_500_before")
    await _withdraw(world, bought)
    absent = Unending(world.psps, Reading(Outcome.ABSENT, EvidenceKind.STATUS_QUERY))
    for minutes in (1, 10, 60):
        later = world.run.at(world.now + timedelta(minutes=minutes))
        assert await resolve_attempts(later, absent, buckets=ALL) == 1
    assert absent.charges == 0
    assert await _attempt(world, bought) == "unknown"


async def test_credit_that_a_withdrawn_purchase_used_is_credit_again(fresh_world: World) -> None:
    # given credit, and a dearer plan whose charge for the rest was executed without an answer
    world = fresh_world
    shopper = await world.shopper()
    await world.give_credit(shopper, "individual_monthly")
    lost = await world.method(shopper.customer_id, "tok_500_after")
    bought = await world.buy(shopper._replace(method_id=lost), "family_monthly")
    assert await world.credit(shopper.customer_id) == 0
    [rest] = await world.captures(bought.payment_id)
    # when it is given up
    await _withdraw(world, bought)
    assert await world.credit(shopper.customer_id) == 1_199
    # then only what the card paid goes back to the card
    await world.advance(world.now + timedelta(minutes=1))
    assert await _moved(world, "refund") == [rest]
    assert await world.credit(shopper.customer_id) == 1_199
    assert (await world.balances(shopper.customer_id)).get("suspense", 0) == 0


async def test_only_what_is_pending_is_withdrawn(fresh_world: World) -> None:
    world = fresh_world
    done = await world.buy(await world.shopper())
    with pytest.raises(PurchaseNotPending):
        await _withdraw(world, done)
    failed = await world.buy(await world.shopper(token="tok_decline_stolen_card"))
    with pytest.raises(PurchaseNotPending):
        await _withdraw(world, failed)
    with pytest.raises(PurchaseNotFound):
        await withdraw_purchase(world.run, PurchaseId(world.run.new_id(Bucket(3))))
    _, bought = await _pending(world, "tok_500_after")
    await _withdraw(world, bought)
    with pytest.raises(PurchaseNotPending):
        await _withdraw(world, bought)
    await world.advance(world.now + timedelta(minutes=1))
    assert await decide_late_successes(world.run, buckets=ALL) == 0


async def test_a_call_that_may_still_be_answered_is_not_withdrawn(fresh_world: World) -> None:
    """A crash after the commit leaves an attempt that is looked at after its deadline."""
    world = fresh_world
    _, bought = await _pending(world, "tok_500_after")
    await world.write(
        "UPDATE attempt SET state = 'sent', state_before = '-', state_event = 'created',"
        " looks = 0, unknown_since = NULL, resolve_at = sent_at + interval '2 seconds'"
    )
    with pytest.raises(PaymentInProgress):
        await _withdraw(world, bought)
    assert await world.state(bought.subscription_id) == "incomplete"
    await world.advance(world.now + timedelta(minutes=1))
    assert await world.state(bought.subscription_id) == "active"
