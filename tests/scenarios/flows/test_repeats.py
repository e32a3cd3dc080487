"""The same command twice, and evidence that comes after the end."""

from collections import Counter

import pytest

from ledgerline.access.model import AlreadyAnswered, IdempotencyKeyReused
from ledgerline.base.ids import AttemptId, Bucket
from ledgerline.base.money import Currency, Money
from ledgerline.flows.cancel_subscription import cancel_subscription
from ledgerline.flows.claim_key import Command
from ledgerline.flows.finish_key import finish_key
from ledgerline.flows.request_refund import RefundOrder, request_refund
from ledgerline.flows.seal_answer import open_answer
from ledgerline.flows.settle_attempt import Evidence, settle_attempt
from ledgerline.payments.model import EvidenceKind, Outcome, Reading
from ledgerline.payments.refusals import PaymentNotFound
from ledgerline.payments.rules.exceptions import Reason
from ledgerline.payments.rules.settlement import Contradict, Ignore
from ledgerline.subscriptions.model import Timing
from tests.flow_world import World

SUCCEEDED = Reading(
    Outcome.SUCCEEDED, EvidenceKind.SETTLEMENT_LINE, "ch_late", Money(1199, Currency("EUR"))
)


def _command(key: str) -> Command:
    return Command("shop", key, key.encode())


async def test_repeated_purchase_is_the_first_one(world: World) -> None:
    shopper = await world.shopper()
    first = await world.buy(shopper, command=_command("buy"))
    assert await world.buy(shopper, command=_command("buy")) == first
    assert await world.captures(first.payment_id) == [1199]
    with pytest.raises(IdempotencyKeyReused):
        await world.buy(shopper, command=Command("shop", "buy", b"other"))


async def test_finished_command_gives_its_answer_again(world: World) -> None:
    # given a command whose answer is kept
    shopper = await world.shopper()
    command = _command("kept")
    bought = await world.buy(shopper, command=command)
    await finish_key(
        world.run, bucket=bought.bucket, command=command, status=201, plain=b"the answer",
        customer_id=shopper.customer_id,
    )  # fmt: skip
    # when
    with pytest.raises(AlreadyAnswered) as answer:
        await world.buy(shopper, command=command)
    # then
    kept = answer.value
    assert kept.status == 201
    assert b"the answer" not in kept.body
    opened = open_answer(world.run, kept.body, command=command, wrapped=kept.wrapped)
    assert opened == b"the answer"


async def test_repeated_change_refund_and_cancellation_do_nothing_twice(world: World) -> None:
    # given
    shopper = await world.shopper()
    bought = await world.buy(shopper)
    assert bought.payment_id is not None
    order = RefundOrder(bought.payment_id, 300, "goodwill")
    # when each comes twice
    for _ in range(2):
        await world.change(
            bought, "individual_yearly", timing=Timing.PERIOD_END, command=_command("change")
        )
    refunds = {
        await request_refund(world.run, world.psps, order, command=_command("refund"))
        for _ in range(2)
    }
    for _ in range(2):
        await cancel_subscription(
            world.run, bought.subscription_id, timing=Timing.NOW, command=_command("cancel")
        )
    # then
    assert len(refunds) == 1
    assert [total for *_, total in await world.notes(shopper.customer_id)] == [300, 899]
    events = await world.events(shopper.customer_id)
    once = Counter(
        {
            "subscription.change_scheduled": 1, "refund.succeeded": 1, "subscription.canceled": 1,
            "credit_note.issued": 2,
        }
    )  # fmt: skip
    assert {kind: events[kind] for kind in once} == once


async def test_late_success_of_a_declined_attempt_is_kept_apart_and_never_dropped(
    world: World,
) -> None:
    # given a purchase that was declined
    shopper = await world.shopper(token="tok_decline_do_not_honor")
    bought = await world.buy(shopper)
    [(bucket, attempt_id)] = await world.rows(
        "SELECT bucket, id FROM attempt WHERE payment_id = %s", bought.payment_id
    )
    before = await world.events(shopper.customer_id)
    # when the settlement file says that the money came, twice
    verdicts = [
        await settle_attempt(world.run, [Evidence(bucket, attempt_id, SUCCEEDED)]) for _ in range(2)
    ]
    # then it is money nobody expects, once, for people to decide on
    late = Contradict(Reason.LATE_SUCCESS, money_moved=True)
    assert [one[attempt_id] for one in verdicts] == [late, late]
    assert await world.balances(shopper.customer_id) == {"psp_clearing": 1199, "suspense": -1199}
    assert await world.rows(
        "SELECT reason, closed_at FROM money_exception WHERE subject_id = %s", attempt_id
    ) == [("late_success", None)]
    assert await world.rows(
        "SELECT no, outcome FROM attempt_evidence WHERE attempt_id = %s ORDER BY no", attempt_id
    ) == [(1, "declined"), (2, "succeeded")]
    # and nothing that had ended came back to life
    assert await world.state(bought.subscription_id) == "expired"
    assert await world.receipts(shopper.customer_id) == []
    assert await world.events(shopper.customer_id) == before


async def test_decline_after_a_success_changes_nothing_but_is_told(world: World) -> None:
    # given
    shopper = await world.shopper()
    bought = await world.buy(shopper)
    [(bucket, attempt_id)] = await world.rows(
        "SELECT bucket, id FROM attempt WHERE payment_id = %s", bought.payment_id
    )
    balances = await world.balances(shopper.customer_id)
    # when
    declined = Reading(Outcome.DECLINED, EvidenceKind.STATUS_QUERY)
    found = await settle_attempt(world.run, [Evidence(bucket, attempt_id, declined)])
    again = await settle_attempt(world.run, [Evidence(bucket, attempt_id, SUCCEEDED)])
    # then
    assert found[attempt_id] == Contradict(Reason.DECLINED_AFTER_SUCCESS, money_moved=False)
    assert again[attempt_id] == Ignore()
    assert await world.balances(shopper.customer_id) == balances
    assert await world.state(bought.subscription_id) == "active"


async def test_evidence_about_an_attempt_that_is_not_ours_is_refused(world: World) -> None:
    foreign = AttemptId(world.run.new_id(Bucket(1)))
    with pytest.raises(PaymentNotFound):
        await settle_attempt(world.run, [Evidence(Bucket(1), foreign, SUCCEEDED)])
