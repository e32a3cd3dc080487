"""Disputes, from the first word of a provider to the last, and what they do to everything else."""

from datetime import date, timedelta
from itertools import permutations
from typing import Final

import pytest

from ledgerline.base.ids import RefundId
from ledgerline.flows.accept_dispute import Acceptance, accept_dispute
from ledgerline.flows.record_dispute import DisputeTold, record_dispute
from ledgerline.flows.request_refund import RefundOrder, request_refund
from ledgerline.flows.submit_evidence import Submission, submit_evidence
from ledgerline.flows.watch_disputes import watch_disputes
from ledgerline.payments.disputes import (
    DisputeEvent,
    DisputeKind,
    DisputeReading,
    DisputeReason,
    DisputeSource,
    DisputeStage,
)
from ledgerline.payments.refusals import DisputeNotAnswerable, PaymentDisputed
from tests.disputing import HOUR, attempt_of, broken, disputed, reasons, tell
from tests.flow_values import Bought
from tests.flow_world import World

E = DisputeEvent
DAY: Final = timedelta(days=1)
RETURN: Final = DisputeKind.BANK_RETURN
READING: Final = DisputeReading(
    event=E.OPENED,
    kind=DisputeKind.CARD,
    stage=DisputeStage.FORMAL,
    psp_ref="dp_1",
    charge_ref=None,
)


async def _refund(world: World, bought: Bought, minor: int | None = None) -> RefundId:
    assert bought.payment_id is not None
    return await request_refund(world.run, world.psps, RefundOrder(bought.payment_id, minor, "no"))


async def test_what_a_dispute_took_is_held_until_it_is_decided(fresh_world: World) -> None:
    world = fresh_world
    # given a paid month
    shopper = await world.shopper()
    bought = await world.buy(shopper)
    attempt = await attempt_of(world, bought)
    # when it is disputed
    dispute = await tell(world, attempt, E.OPENED, due_by=world.now + 7 * DAY)
    # then it is held, service goes on, and somebody is to answer
    assert await world.balances(shopper.customer_id) == {
        "deferred_revenue": -1008, "tax_payable": -191, "dispute_hold": 1199,
    }  # fmt: skip
    assert await disputed(world, bought.payment_id) == (1199, 0, 0, 1199, 0)
    assert await world.state(bought.subscription_id) == "active"
    assert await reasons(world) == ["dispute_open"]
    # and no refund goes out meanwhile
    with pytest.raises(PaymentDisputed):
        await _refund(world, bought, 1)
    assert await broken(world) == []
    # when it is answered and won
    assert dispute is not None
    await submit_evidence(world.run, Submission(dispute, "mara", "sent the pack"))
    await tell(world, attempt, E.WON, at=world.now + 2 * HOUR)
    # then it is ours again, and can be given back
    assert (await world.balances(shopper.customer_id))["psp_clearing"] == 1199
    assert await disputed(world, bought.payment_id) == (1199, 0, 0, 0, 0)
    assert await reasons(world) == []
    await _refund(world, bought)
    assert await broken(world) == []
    events = await world.events(shopper.customer_id)
    assert {kind: count for kind, count in events.items() if kind.startswith("dispute")} == {
        "dispute.opened": 1, "dispute.updated": 1, "dispute.closed": 1,
    }  # fmt: skip


async def test_a_lost_card_dispute_is_our_loss_and_the_invoice_stays_paid(
    fresh_world: World,
) -> None:
    world = fresh_world
    shopper = await world.shopper()
    bought = await world.buy(shopper)
    attempt = await attempt_of(world, bought)
    await tell(world, attempt, E.OPENED)
    await tell(world, attempt, E.LOST, at=world.now + HOUR)
    balances = await world.balances(shopper.customer_id)
    assert (balances["dispute_loss"], "dispute_hold" in balances) == (1199, False)
    assert await disputed(world, bought.payment_id) == (1199, 0, 0, 0, 1199)
    assert await world.state(bought.subscription_id) == "active"
    assert await world.rows("SELECT state FROM invoice") == [("paid",)]
    assert await broken(world) == []


ARRIVALS: Final = list(permutations([(E.OPENED, 0), (E.WON, 1), (E.OPENED, 2), (E.LOST, 3)]))


@pytest.mark.parametrize("order", ARRIVALS[::5], ids=str)
async def test_any_order_and_any_repeat_gives_one_ledger(
    fresh_world: World, order: tuple[tuple[DisputeEvent, int], ...]
) -> None:
    world = fresh_world
    shopper = await world.shopper()
    bought = await world.buy(shopper)
    attempt = await attempt_of(world, bought)
    for event, hours in [*order, *order]:
        await tell(world, attempt, event, at=world.now + hours * HOUR)
    assert await world.rows("SELECT state, held_minor FROM dispute") == [("lost", 1199)]
    assert await world.balances(shopper.customer_id) == {
        "deferred_revenue": -1008, "tax_payable": -191, "dispute_loss": 1199,
    }  # fmt: skip
    assert await broken(world) == []


async def test_refund_and_dispute_of_the_same_money_is_recorded_and_told(
    fresh_world: World,
) -> None:
    world = fresh_world
    shopper = await world.shopper()
    bought = await world.buy(shopper)
    attempt = await attempt_of(world, bought)
    # given most of it was given back
    await _refund(world, bought, 1000)
    # when all of it is disputed
    await tell(world, attempt, E.OPENED)
    # then the columns stop at what was captured, and the rest is in suspense
    assert await disputed(world, bought.payment_id) == (1199, 1000, 0, 199, 0)
    balances = await world.balances(shopper.customer_id)
    assert (balances["dispute_hold"], balances["suspense"]) == (199, 1000)
    assert await reasons(world) == ["dispute_open", "over_returned"]
    assert await broken(world) == []
    # when the proof of the refund wins it
    await tell(world, attempt, E.WON, at=world.now + HOUR)
    assert await disputed(world, bought.payment_id) == (1199, 1000, 0, 0, 0)
    assert "suspense" not in await world.balances(shopper.customer_id)
    assert await reasons(world) == []
    assert await broken(world) == []


async def test_a_refund_under_way_is_not_held_as_well(fresh_world: World) -> None:
    world = fresh_world
    shopper = await world.shopper(token="tok_visa", psp="boreal")
    bought = await world.buy(shopper)
    attempt = await attempt_of(world, bought)
    rates = {"provider": "boreal", "rates": {"timeout_after_accept": 1_000_000}}
    await world.simulator.control("faults", rates)
    await _refund(world, bought, 1000)
    # when it is disputed while nobody knows what became of the refund
    await tell(world, attempt, E.OPENED)
    assert await disputed(world, bought.payment_id) == (1199, 0, 1000, 199, 0)
    # and the refund turns out to have been executed
    none = {"provider": "boreal", "rates": {"timeout_after_accept": 0}}
    await world.simulator.control("faults", none)
    await world.advance(world.now + DAY)
    # then both are in the books
    assert await disputed(world, bought.payment_id) == (1199, 1000, 0, 199, 0)
    assert (await world.balances(shopper.customer_id))["suspense"] == 1000
    assert await broken(world) == []


async def test_a_debit_taken_back_is_owed_again_and_collected_anew(fresh_world: World) -> None:
    world = fresh_world
    shopper = await world.shopper()
    bought = await world.buy(shopper)
    attempt = await attempt_of(world, bought)
    # when its bank takes it back for want of money
    why = DisputeReason.INSUFFICIENT_FUNDS
    await tell(world, attempt, E.LOST, minor=None, kind=RETURN, reason=why)
    # then the attempt stays succeeded, the invoice is owed, and a new payment collects it
    assert await world.rows("SELECT state FROM attempt") == [("succeeded",)]
    assert await world.rows("SELECT state, paid_at IS NULL FROM invoice") == [("open", False)]
    assert await world.rows(
        "SELECT purpose, state, amount_minor, awaits_payer FROM payment ORDER BY purpose"
    ) == [("full", "succeeded", 1199, False), ("recollect:1", "processing", 1199, False)]
    assert await world.state(bought.subscription_id) == "past_due"
    balances = await world.balances(shopper.customer_id)
    assert (balances["receivable"], "dispute_hold" in balances) == (1199, False)
    assert await broken(world) == []
    # when it is tried
    await world.advance(world.now + 4 * DAY)
    # then it is paid, numbered once, and nobody bought anything twice
    assert await world.rows("SELECT state FROM invoice") == [("paid",)]
    assert await world.rows("SELECT state FROM payment ORDER BY purpose") == [
        ("succeeded",), ("succeeded",),
    ]  # fmt: skip
    assert await world.state(bought.subscription_id) == "active"
    assert "receivable" not in await world.balances(shopper.customer_id)
    assert await broken(world) == []


async def test_a_debit_the_payer_disowns_waits_for_the_payer(fresh_world: World) -> None:
    world = fresh_world
    shopper = await world.shopper()
    bought = await world.buy(shopper)
    attempt = await attempt_of(world, bought)
    await tell(world, attempt, E.LOST, minor=None, kind=RETURN, reason=DisputeReason.NOT_AUTHORISED)
    # then no machine charges that instrument any more
    assert await world.rows(
        "SELECT purpose, awaits_payer FROM payment WHERE state = 'processing'"
    ) == [("recollect:1", True)]
    assert await world.rows("SELECT mit_stopped_at IS NOT NULL FROM instrument") == [(True,)]
    before = len(await world.simulator.truth())
    # when nobody pays
    await world.advance(world.now + 45 * DAY)
    # then it is given up as a renewal is, service ends, and nobody was charged
    assert len(await world.simulator.truth()) == before
    assert await world.state(bought.subscription_id) == "canceled"
    assert "receivable" not in await world.balances(shopper.customer_id)
    assert await broken(world) == []


@pytest.mark.parametrize("paid_again", [False, True])
async def test_a_bank_that_cancels_its_return_pays_the_invoice_or_is_one_payment_too_many(
    fresh_world: World, paid_again: bool
) -> None:
    world = fresh_world
    shopper = await world.shopper()
    bought = await world.buy(shopper)
    attempt = await attempt_of(world, bought)
    why = DisputeReason.INSUFFICIENT_FUNDS
    await tell(world, attempt, E.LOST, minor=None, kind=RETURN, reason=why)
    if paid_again:
        await world.advance(world.now + 4 * DAY)
    # when the return is cancelled
    await tell(world, attempt, E.WON, minor=None, kind=RETURN, at=world.now + HOUR)
    # then the invoice is paid once
    assert await world.rows("SELECT state FROM invoice") == [("paid",)]
    assert await world.state(bought.subscription_id) == "active"
    balances = await world.balances(shopper.customer_id)
    assert balances.get("suspense", 0) == (-1199 if paid_again else 0)
    assert await reasons(world) == (["paid_twice"] if paid_again else [])
    states = ["succeeded", "succeeded" if paid_again else "canceled"]
    found = await world.rows("SELECT state FROM payment ORDER BY purpose")
    assert [state for (state,) in found] == states
    assert await broken(world) == []


async def test_a_dispute_after_service_ended_is_our_loss(fresh_world: World) -> None:
    world = fresh_world
    shopper = await world.shopper()
    bought = await world.buy(shopper)
    attempt = await attempt_of(world, bought)
    await world.advance(date(2026, 1, 16))
    await world.cancel(bought)
    credit = await world.credit(shopper.customer_id)
    await tell(world, attempt, E.LOST, minor=None, kind=RETURN)
    balances = await world.balances(shopper.customer_id)
    assert balances.get("receivable", 0) == 0
    assert balances["dispute_loss"] == 1199 - credit  # which stands for the rest
    assert await broken(world) == []


async def test_nobody_answers_in_time_and_it_is_told_a_day_before(fresh_world: World) -> None:
    world = fresh_world
    bought = await world.buy(await world.shopper())
    attempt = await attempt_of(world, bought)
    due = world.now + 7 * DAY
    dispute = await tell(world, attempt, E.OPENED, due_by=due)
    assert await watch_disputes(world.run) == 0
    # when its time is over
    await world.advance(due + HOUR)
    assert await world.rows("SELECT state FROM dispute") == [("expired",)]
    # then it is still held, until the provider decides or somebody gives up
    assert await disputed(world, bought.payment_id) == (1199, 0, 0, 1199, 0)
    assert await reasons(world) == ["dispute_due", "dispute_open"]
    assert dispute is not None
    await accept_dispute(world.run, Acceptance(dispute, "mara", "too late"))
    await accept_dispute(world.run, Acceptance(dispute, "mara", "too late"))
    assert (await world.balances())["dispute_loss"] == 1199
    assert await reasons(world) == []
    with pytest.raises(DisputeNotAnswerable):
        await submit_evidence(world.run, Submission(dispute, "mara", "late"))
    # and the provider says what we know
    await tell(world, attempt, E.LOST, at=world.now + HOUR)
    assert (await world.balances())["dispute_loss"] == 1199
    assert await broken(world) == []


async def test_what_the_state_table_has_no_answer_for_is_kept_and_told(fresh_world: World) -> None:
    world = fresh_world
    bought = await world.buy(await world.shopper())
    attempt = await attempt_of(world, bought)
    await tell(world, attempt, E.WARNED)
    await tell(world, attempt, E.WITHDRAWN, at=world.now + HOUR)
    await tell(world, attempt, E.LOST, at=world.now + 2 * HOUR)
    assert await reasons(world) == ["dispute_contradicted"]
    assert await world.rows("SELECT event, applied FROM dispute_fact ORDER BY no") == [
        ("warned", True), ("withdrawn", True), ("lost", False),
    ]  # fmt: skip
    assert await disputed(world, bought.payment_id) == (1199, 0, 0, 0, 0)
    assert await broken(world) == []


async def test_a_dispute_of_no_charge_of_ours_moves_nothing(fresh_world: World) -> None:
    world = fresh_world
    bought = await world.buy(await world.shopper())
    attempt = await attempt_of(world, bought)
    account = await world.value("SELECT psp_account FROM attempt")
    told = DisputeTold(
        psp_account=f"{account}-other", key="evt", source=DisputeSource.WEBHOOK,
        reading=READING, reference=str(attempt),
    )  # fmt: skip
    assert await record_dispute(world.run, told) is None
    assert await world.rows("SELECT id FROM dispute") == []
