from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from ledgerline.base.errors import ConstraintViolated
from ledgerline.base.ids import PaymentId, RefundId
from ledgerline.flows.request_refund import RefundOrder, check_refund, request_refund
from ledgerline.payments.refusals import PaymentNotRefundable, RefundExceedsCaptured
from ledgerline.pricing.rules.credit import ExceedsLineRemainder
from tests.flow_catalog import Offer, small_catalog
from tests.flow_values import Bought
from tests.flow_world import World, open_world

VISA = "tok_visa"  # a payer of the world's, whose requests faults can meet


async def _refund(world: World, bought: Bought, amount_minor: int | None = None) -> RefundId:
    assert bought.payment_id is not None
    order = RefundOrder(bought.payment_id, amount_minor, "requested_by_customer")
    return await request_refund(world.run, world.psps, order)


async def _payment(world: World, payment_id: PaymentId | None) -> tuple[Any, ...]:
    [row] = await world.rows(
        "SELECT captured_minor, refunded_minor, refunding_minor FROM payment WHERE id = %s",
        payment_id,
    )
    return row


async def _state(world: World, refund_id: RefundId) -> str:
    return str(await world.value("SELECT state FROM refund WHERE id = %s", refund_id))


async def _executed(world: World, refund_id: RefundId) -> list[tuple[str, int, str]]:
    """Ask the provider what it did for a refund: (key, amount, status) an execution."""
    return [
        (one["key"], one["amount"], one["status"])
        for one in await world.simulator.truth()
        if one["kind"] == "refund" and one["reference"] == str(refund_id)
    ]


async def _faults(world: World, psp: str, **rates: int) -> None:
    await world.simulator.control("faults", {"provider": psp, "rates": rates})


async def test_full_refund_gives_back_money_and_claim(world: World) -> None:
    # given
    shopper = await world.shopper()
    bought = await world.buy(shopper)
    # when
    refund_id = await _refund(world, bought)
    # then
    assert await _state(world, refund_id) == "succeeded"
    assert await _payment(world, bought.payment_id) == (1199, 1199, 0)
    assert await world.notes(shopper.customer_id) == [("refund", 1008, 191, 1199)]
    assert await world.receipts(shopper.customer_id) == [("payment", 1199), ("refund", 1199)]
    assert await world.credit(shopper.customer_id) == 0
    assert await world.balances(shopper.customer_id) == {}
    assert [row for row in await world.transfers(shopper.customer_id) if "issue" not in row[0]] == [
        ("capture", "psp_clearing", "receivable", 1199),
        ("credit_net", "deferred_revenue", "customer_credit", 1008),
        ("credit_tax", "tax_payable", "customer_credit", 191),
        ("refund", "customer_credit", "psp_clearing", 1199),
    ]
    assert await _executed(world, refund_id) == [(str(refund_id), 1199, "succeeded")]
    events = await world.events(shopper.customer_id)
    assert events - Counter({"customer.created": 1}) == Counter(
        {
            "subscription.created": 1, "invoice.issued": 1, "payment.succeeded": 1,
            "invoice.paid": 1, "subscription.activated": 1, "credit_note.issued": 1,
            "refund.succeeded": 1,
        }
    )  # fmt: skip
    # and there is nothing left to refund
    with pytest.raises(RefundExceedsCaptured):
        await _refund(world, bought, 1)


async def test_partial_refunds_share_the_tax_and_never_exceed_the_payment(world: World) -> None:
    # given
    shopper = await world.shopper()
    bought = await world.buy(shopper)
    # when
    await _refund(world, bought, 500)
    with pytest.raises(RefundExceedsCaptured):
        await _refund(world, bought, 700)
    assert bought.payment_id is not None
    rest = RefundOrder(bought.payment_id, None, "goodwill")
    assert (await check_refund(world.run, rest)).amount_minor == 699
    await _refund(world, bought)
    # then the taxes of both sum to the tax of the line
    assert await world.notes(shopper.customer_id) == [
        ("refund", 420, 80, 500), ("refund", 588, 111, 699),
    ]  # fmt: skip
    assert await _payment(world, bought.payment_id) == (1199, 1199, 0)
    assert await world.balances(shopper.customer_id) == {}


async def test_refund_of_what_a_cancellation_already_credited_is_refused(
    fresh_database_url: str, tmp_path: Path
) -> None:
    at = datetime(2026, 9, 1, 9, tzinfo=UTC)
    catalog = small_catalog(Offer("monthly", 1799))
    async with open_world(fresh_database_url, tmp_path, at=at, catalog=catalog) as world:
        # given [09-01, 10-01) paid and canceled on the 13th
        shopper = await world.shopper("XX")
        bought = await world.buy(shopper, "monthly")
        await world.advance(datetime(2026, 9, 13, 9, tzinfo=UTC))
        await world.cancel(bought)
        assert await world.credit(shopper.customer_id) == 1079
        before = await world.events()
        # when 720 are left of the line
        with pytest.raises(ExceedsLineRemainder) as refusal:
            await _refund(world, bought, 1079)
        # then nothing was reserved, sent or written
        assert refusal.value.facts == {"left_minor": 720, "asked_minor": 1079}
        assert await _payment(world, bought.payment_id) == (1799, 0, 0)
        assert await world.events() == before
        assert [one for one in await world.simulator.truth() if one["kind"] == "refund"] == []
        # and what is left can be given back
        await _refund(world, bought, 720)
        assert await world.balances(shopper.customer_id) == {
            "psp_clearing": 1079, "customer_credit": -1079,
            "revenue": 720, "deferred_revenue": -720,  # until September is recognised
        }  # fmt: skip


@pytest.mark.parametrize("fault", ["timeout_after_accept", "timeout_before_accept", "cut_reply"])
async def test_refund_whose_answer_was_lost_is_never_sent_under_a_second_key(
    world: World, fault: str
) -> None:
    # given
    shopper = await world.shopper(token=VISA, psp="boreal")
    bought = await world.buy(shopper)
    await _faults(world, "boreal", **{fault: 1_000_000})
    # when
    refund_id = await _refund(world, bought)
    await _faults(world, "boreal", **{fault: 0})
    # then it is reserved, unknown, and no second refund fits beside it
    assert await _state(world, refund_id) == "unknown"
    assert await _payment(world, bought.payment_id) == (1199, 0, 1199)
    assert await world.notes(shopper.customer_id) == []
    with pytest.raises(RefundExceedsCaptured):
        await _refund(world, bought, 1)
    # a cancellation meanwhile does not give the same money a second time
    await world.cancel(bought)
    assert await world.credit(shopper.customer_id) == 0
    # and the resolver finds it, or replays it under its key
    await world.advance(world.now + timedelta(minutes=2))
    assert await _state(world, refund_id) == "succeeded"
    assert await _executed(world, refund_id) == [(str(refund_id), 1199, "succeeded")]
    assert await world.receipts(shopper.customer_id) == [("payment", 1199), ("refund", 1199)]
    assert await world.notes(shopper.customer_id) == [("refund", 1008, 191, 1199)]
    assert await world.balances(shopper.customer_id) == {}


async def test_a_refund_that_cannot_be_settled_keeps_no_other_from_its_end(world: World) -> None:
    # given three refunds whose answers were lost, and two whose transfer exists already
    bought = [await world.buy(await world.shopper(token=VISA, psp="boreal")) for _ in range(3)]
    await _faults(world, "boreal", timeout_after_accept=1_000_000)
    refunds = [await _refund(world, one) for one in bought]
    await _faults(world, "boreal", timeout_after_accept=0)
    for refund_id in refunds[:2]:
        await world.write(
            "INSERT INTO transfer (bucket, source_id, purpose, n, seller_code, customer_id,"
            " currency, amount_minor, debit, credit, booked_on, occurred_at)"
            " SELECT bucket, id, 'refund', 0, seller_code, customer_id, currency, 1, 'receivable',"
            " 'suspense', current_date, now() FROM refund WHERE id = %s",
            refund_id,
        )
    # when
    with pytest.raises(ConstraintViolated) as failed:
        await world.advance(world.now + timedelta(minutes=2))
    # then the third has its end, and both failures are told
    states = [await _state(world, refund_id) for refund_id in refunds]
    assert states == ["unknown", "unknown", "succeeded"]
    assert len(failed.value.__notes__) == 1
    # and when they are mended, so have they
    await world.write(
        "SET session_replication_role = replica"
    )  # what is booked stays, but for this
    await world.write("DELETE FROM transfer WHERE purpose = 'refund' AND credit = 'suspense'")
    await world.write("RESET session_replication_role")
    await world.advance(world.now + timedelta(hours=1))
    for refund_id in refunds:
        assert await _state(world, refund_id) == "succeeded"
        assert await _executed(world, refund_id) == [(str(refund_id), 1199, "succeeded")]


async def test_refused_refund_gives_its_reservation_back(world: World) -> None:
    # given
    shopper = await world.shopper(token=VISA, psp="cobalt")
    bought = await world.buy(shopper)
    await _faults(world, "cobalt", refund_failed=1_000_000)
    # when
    refund_id = await _refund(world, bought)
    await _faults(world, "cobalt", refund_failed=0)
    # then
    assert await _state(world, refund_id) == "failed"
    assert await _payment(world, bought.payment_id) == (1199, 0, 0)
    assert await world.notes(shopper.customer_id) == []
    assert await world.receipts(shopper.customer_id) == [("payment", 1199)]
    events = await world.events(shopper.customer_id)
    assert (events["refund.failed"], events["credit_note.issued"]) == (1, 0)
    # and another refund may follow, under a key of its own
    again = await _refund(world, bought)
    assert await _state(world, again) == "succeeded"
    assert await world.balances(shopper.customer_id) == {}


async def test_pending_refund_is_booked_when_the_provider_is_done(world: World) -> None:
    # given
    shopper = await world.shopper(token=VISA, psp="cobalt")
    bought = await world.buy(shopper)
    await _faults(world, "cobalt", refund_pending=1_000_000)
    # when
    refund_id = await _refund(world, bought, 300)
    await _faults(world, "cobalt", refund_pending=0)
    assert await _state(world, refund_id) == "sent"
    assert await _payment(world, bought.payment_id) == (1199, 0, 300)
    # then, two days later
    await world.advance(world.now + timedelta(days=2))
    assert await _state(world, refund_id) == "succeeded"
    assert await _payment(world, bought.payment_id) == (1199, 300, 0)
    assert await world.receipts(shopper.customer_id) == [("payment", 1199), ("refund", 300)]


async def test_payment_that_did_not_succeed_cannot_be_refunded(world: World) -> None:
    shopper = await world.shopper(token="tok_decline_do_not_honor")
    bought = await world.buy(shopper)
    with pytest.raises(PaymentNotRefundable):
        await _refund(world, bought)


async def test_plan_change_credits_only_what_a_refund_left_of_the_line(world: World) -> None:
    # given 1000 of 1199 refunded on the first day
    shopper = await world.shopper()
    bought = await world.buy(shopper)
    await _refund(world, bought, 1000)
    await world.advance(world.now + timedelta(days=1))
    # when 29 or 30 of the days are unused, worth far more than what is left
    await world.change(bought, "family_monthly")
    # then
    assert [total for *_, total in await world.notes(shopper.customer_id)] == [1000, 192]
