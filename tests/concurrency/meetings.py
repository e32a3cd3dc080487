"""Pairs of flows that meet at one payment, each with all that goes before it and must come of it.

A meeting makes its own subscriber, so that one world serves many: nothing of the earlier ones is
due at the instant at which the flows of the next are played.
"""

from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple, cast

import msgspec
from typing_extensions import override

from ledgerline.base.errors import Rejected
from ledgerline.base.ids import AttemptId, InvoiceId, PaymentId, bucket_of
from ledgerline.flows.apply_psp_events import apply_psp_events
from ledgerline.flows.collect_due import BatchCollected, collect_due
from ledgerline.flows.decide_late_successes import decide_late_successes
from ledgerline.flows.do_due_work import ALL
from ledgerline.flows.pay_invoice import Paid, pay_invoice
from ledgerline.flows.pay_out_credit import CreditOrder, pay_out_credit
from ledgerline.flows.receive_psp_event import receive_psp_event
from ledgerline.flows.request_refund import RefundOrder, request_refund
from ledgerline.flows.resolve_attempts import resolve_attempts
from ledgerline.flows.settle_attempt import Evidence, settle_attempt
from ledgerline.flows.start_purchase import Purchased, start_purchase
from ledgerline.payments.model import (
    Action,
    DeclineCategory,
    EvidenceKind,
    Lookup,
    Outcome,
    Reading,
    SentAttempt,
)
from ledgerline.payments.refusals import (
    CreditNotPayable,
    PaymentInProgress,
    RefundExceedsCaptured,
)
from ledgerline.rules.quote import Order
from pspsim.dialects.native import signature
from tests.concurrency.schedules import Cue, unscheduled
from tests.concurrency.subscribers import (
    LATER,
    MUCH_LATER,
    PRICE,
    RENEWED,
    at,
    attempts,
    finish,
    moved,
    refused_renewal,
    renewal,
    renewal_invoice,
)
from tests.flow_values import Bought
from tests.flow_world import World
from tests.relayed_psps import Mute, Relayed
from tests.shipped import shipped_world

Flows = Mapping[str, Coroutine[Any, Any, object]]


class Meeting(NamedTuple):
    """Flows to be played, and what must come of it; it says what is wrong by an assertion."""

    flows: Flows
    proof: Callable[[Sequence[object]], Awaitable[None]]


Meet = Callable[[World], Awaitable[Meeting]]


def _tried(ended: object) -> int:
    assert isinstance(ended, BatchCollected), ended
    return ended.tried


async def two_collectors(world: World) -> Meeting:
    """Let two workers find the same payment due."""
    _, bought = await renewal(world)
    run = world.run.at(RENEWED)

    async def proof(ended: Sequence[object]) -> None:
        assert sorted(_tried(one) for one in ended) == [0, 1]
        assert await attempts(world, bought) == ["succeeded"]
        assert await moved(world, bought) == [("charge", PRICE)]

    return Meeting(
        {
            "one": collect_due(run, world.psps, buckets=ALL),
            "other": collect_due(run, world.psps, buckets=ALL),
        },
        proof,
    )


async def two_resolvers(world: World) -> Meeting:
    """Let two workers find out what became of the same attempt, one before its deadline ended."""
    _, bought = await renewal(world)
    await collect_due(world.run.at(RENEWED), Mute(world.psps), buckets=ALL)

    async def proof(_: Sequence[object]) -> None:
        await finish(at(world, LATER))
        assert await attempts(world, bought) == ["succeeded"]
        assert await moved(world, bought) == [("charge", PRICE)]

    return Meeting(
        {
            "one": resolve_attempts(world.run.at(LATER), world.psps, buckets=ALL),
            "other": resolve_attempts(world.run.at(MUCH_LATER), world.psps, buckets=ALL),
        },
        proof,
    )


@dataclass(slots=True)
class _Telling(Relayed):
    """A provider whose webhook is there before its answer."""

    world: World
    cue: Cue

    @override
    async def call(self, what: Action) -> Reading:
        reading = await self.gateway.call(what)
        if isinstance(what, SentAttempt) and reading.outcome is Outcome.SUCCEEDED:
            await unscheduled(receive(self.world, what, reading))
        self.cue.give()
        return reading


async def receive(world: World, sent: SentAttempt, reading: Reading, *, again: str = "") -> None:
    """Take in the event of a charge that succeeded, as its provider signs it, or tells it again."""
    event_id = f"evt_{sent.reference}{again}"
    charge = {
        "id": reading.psp_ref, "object": "charge", "reference": sent.reference, "final": True,
        "amount": sent.amount.minor, "currency": sent.amount.currency, "status": "succeeded",
    }  # fmt: skip
    raw = msgspec.json.encode({"id": event_id, "type": "charge.succeeded", "data": charge})
    stamp = int(world.run.wall().timestamp())
    secret = shipped_world()["providers"][sent.psp_account]["webhook_secret"]
    headers = {
        "webhook-id": event_id,
        "webhook-timestamp": str(stamp),
        "webhook-signature": signature(secret, event_id=event_id, timestamp=stamp, body=raw),
    }
    await receive_psp_event(
        world.run, world.psps, account=sent.psp_account, headers=headers, raw=raw
    )


async def webhook_and_answer(world: World) -> Meeting:
    """Let the webhook of a purchase be worked off while its answer is settled."""
    shopper, cue = await at(world, RENEWED).shopper(), Cue()
    order = Order(shopper.customer_id, "individual_monthly", with_trial=False)
    telling = _Telling(world.psps, world, cue)

    async def proof(ended: Sequence[object]) -> None:
        started, applied = ended
        assert isinstance(started, Purchased), started
        bought = await world.bought(started.purchase_id)
        assert applied == 1
        assert await world.value("SELECT count(*) FROM psp_event WHERE state <> 'applied'") == 0
        assert await attempts(world, bought) == ["succeeded"]
        assert await moved(world, bought) == [("charge", PRICE)]
        assert await world.state(bought.subscription_id) == "active"

    return Meeting(
        {
            "answer": start_purchase(
                world.run.at(LATER), telling, order, payment_method_id=shopper.method_id
            ),
            "webhook": cue.then(apply_psp_events(world.run, world.psps)),
        },
        proof,
    )


async def two_refunds(world: World) -> Meeting:
    """Let somebody give back all of a payment while another gives back a part."""
    early = at(world, RENEWED)
    bought = await early.buy(await early.shopper())
    payment_id, part = cast("PaymentId", bought.payment_id), 700
    run = world.run.at(LATER)

    async def proof(ended: Sequence[object]) -> None:
        refused = [one for one in ended if isinstance(one, Rejected)]
        back = [amount for kind, amount in await moved(world, bought) if kind == "refund"]
        assert back in ([PRICE], [part], sorted([part, PRICE - part])), (back, ended)
        assert len(refused) == 2 - len(back), ended
        assert all(isinstance(one, RefundExceedsCaptured) for one in refused), refused

    return Meeting(
        {
            "whole": request_refund(run, world.psps, RefundOrder(payment_id, None, "all")),
            "part": request_refund(run, world.psps, RefundOrder(payment_id, part, "part")),
        },
        proof,
    )


async def _assert_canceled_unless_busy(world: World, bought: Bought, canceled: object) -> None:
    """Assert that a cancellation was made, or refused because an attempt was under way."""
    assert canceled is None or isinstance(canceled, PaymentInProgress), canceled
    expected = "canceled" if canceled is None else "active"
    assert await world.state(bought.subscription_id) == expected


async def cancel_and_late_success(world: World) -> Meeting:
    """Let a subscription be canceled while it is found out that its renewal was paid."""
    _, bought = await renewal(world)
    await collect_due(world.run.at(RENEWED), Mute(world.psps), buckets=ALL)
    late = at(world, LATER)

    async def proof(ended: Sequence[object]) -> None:
        canceled, _ = ended
        await finish(late)
        assert await moved(world, bought) == [("charge", PRICE)]
        assert await attempts(world, bought) == ["succeeded"]
        await _assert_canceled_unless_busy(world, bought, canceled)

    return Meeting(
        {
            "cancel": late.cancel(bought),
            "resolve": resolve_attempts(late.run, world.psps, buckets=ALL),
        },
        proof,
    )


async def cancel_and_collection(world: World) -> Meeting:
    """Let a subscription be canceled while its renewal is collected."""
    _, bought = await renewal(world)
    due = at(world, RENEWED)

    async def proof(ended: Sequence[object]) -> None:
        canceled, collected = ended
        await finish(due)
        await _assert_canceled_unless_busy(world, bought, canceled)
        assert await moved(world, bought) == [("charge", PRICE)] * _tried(collected)

    return Meeting(
        {
            "cancel": due.cancel(bought),
            "collect": collect_due(due.run, world.psps, buckets=ALL),
        },
        proof,
    )


async def pay_now_and_calendar(world: World) -> Meeting:
    """Let a payer pay at the moment at which the calendar tries again."""
    bought, due = await refused_renewal(world)
    invoice_id, run = await renewal_invoice(world, bought), world.run.at(due)

    async def proof(ended: Sequence[object]) -> None:
        paid, collected = ended
        by_payer = isinstance(paid, Paid)
        assert _tried(collected) == (0 if by_payer else 1)
        tried = await attempts(world, bought)
        assert tried == ["declined", "succeeded"], tried
        assert await moved(world, bought) == [("charge", PRICE)]

    return Meeting(
        {
            "pay": pay_invoice(run, world.psps, invoice_id),
            "calendar": collect_due(run, world.psps, buckets=ALL),
        },
        proof,
    )


@dataclass(slots=True)
class _Denying(Relayed):
    """A provider that executes what it says it refused."""

    @override
    async def call(self, what: Action) -> Reading:
        found = await self.gateway.call(what)
        if isinstance(what, Lookup):
            return found
        category = DeclineCategory.INSUFFICIENT_FUNDS
        return Reading(Outcome.DECLINED, EvidenceKind.RESPONSE, code="no", category=category)


async def told_late(world: World) -> tuple[Bought, InvoiceId]:
    """Bring a subscriber to where money came late, and return the invoice that it is for."""
    _, bought = await renewal(world)
    await collect_due(world.run.at(RENEWED), _Denying(world.psps), buckets=ALL)
    invoice_id = await renewal_invoice(world, bought)
    await _tell(world, bought)
    return bought, InvoiceId(invoice_id)


async def late_money_and_pay_now(world: World) -> Meeting:
    """Let late money be decided about while its payer pays again."""
    bought, invoice_id = await told_late(world)
    run = world.run.at(LATER)

    async def proof(ended: Sequence[object]) -> None:
        _, paid = ended
        await finish(at(world, LATER))
        charges = [("charge", PRICE)] * (2 if isinstance(paid, Paid) else 1)
        back = [("refund", PRICE)] * (len(charges) - 1)
        assert await moved(world, bought) == [*charges, *back]
        assert (await world.balances()).get("suspense", 0) == 0
        assert await world.state(bought.subscription_id) == "active"

    return Meeting(
        {
            "decide": decide_late_successes(run, buckets=ALL),
            "pay": pay_invoice(run, world.psps, invoice_id),
        },
        proof,
    )


async def _tell(world: World, bought: Bought) -> None:
    """Hear from the provider's book that the last attempt succeeded after all."""
    attempt = AttemptId(
        await world.value(
            "SELECT a.id FROM attempt AS a JOIN payment AS p ON p.id = a.payment_id"
            " WHERE p.subscription_id = %s",
            bought.subscription_id,
        )
    )
    [line] = [one for one in await world.simulator.truth() if one["reference"] == str(attempt)]
    reading = Reading(Outcome.SUCCEEDED, EvidenceKind.STATUS_QUERY, psp_ref=line["id"])
    evidence = Evidence(bucket_of(attempt), attempt, reading)
    await settle_attempt(world.run.at(LATER), [evidence])


async def credit_out_and_credit_spent(world: World) -> Meeting:
    """Let credit be paid out while a purchase spends it."""
    early = at(world, RENEWED)
    shopper = await early.shopper()
    await early.give_credit(shopper, "individual_monthly")
    late = at(world, LATER)
    order = CreditOrder(customer_id=shopper.customer_id, reason="asked")

    async def proof(ended: Sequence[object]) -> None:
        out, bought = ended
        assert isinstance(bought, Bought), bought
        await finish(late)
        back = await world.value(
            "SELECT coalesce(sum(amount_minor), 0) FROM refund WHERE customer_id = %s"
            " AND state = 'succeeded'",
            shopper.customer_id,
        )
        is_spent = isinstance(out, CreditNotPayable)
        assert back == (0 if is_spent else PRICE), out
        assert await moved(world, bought) == ([] if is_spent else [("charge", PRICE)])
        assert await world.credit(shopper.customer_id) == 0

    return Meeting(
        {"out": pay_out_credit(late.run, order), "spend": late.buy(shopper)},
        proof,
    )


MEETINGS: Final[Mapping[str, Meet]] = {
    one.__name__: one
    for one in (
        two_collectors, two_resolvers, webhook_and_answer, two_refunds, cancel_and_late_success,
        cancel_and_collection, pay_now_and_calendar, late_money_and_pay_now,
        credit_out_and_credit_spent,
    )
}  # fmt: skip
