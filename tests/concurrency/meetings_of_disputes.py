"""Pairs of flows of which one is told of a dispute; their own file, for `meetings` is full."""

from collections.abc import Mapping, Sequence
from typing import Final, cast

from ledgerline.base.ids import PaymentId
from ledgerline.base.money import Currency, Money
from ledgerline.flows.record_dispute import DisputeTold, record_dispute
from ledgerline.flows.request_refund import RefundOrder, request_refund
from ledgerline.payments.disputes import (
    DisputeEvent,
    DisputeKind,
    DisputeReading,
    DisputeReason,
    DisputeSource,
    DisputeStage,
)
from ledgerline.payments.refusals import PaymentDisputed
from tests.concurrency.meetings import Meet, Meeting
from tests.concurrency.subscribers import LATER, PRICE, RENEWED, at, finish, moved
from tests.disputing import attempt_of, disputed
from tests.flow_values import Bought
from tests.flow_world import World


async def _told(
    world: World, bought: Bought, source: DisputeSource, event: DisputeEvent = DisputeEvent.OPENED
) -> DisputeTold:
    """Tell of a dispute of all of a charge; a statement's line has no name and no time."""
    attempt = await attempt_of(world, bought)
    by_name = source is DisputeSource.WEBHOOK
    reading = DisputeReading(
        event=event,
        kind=DisputeKind.CARD,
        stage=DisputeStage.FORMAL,
        psp_ref=f"dp_{attempt}" if by_name else None,
        charge_ref=None,
        amount=Money(PRICE, Currency("EUR")),
        reason=DisputeReason.NOT_RECEIVED if by_name else DisputeReason.UNMAPPED,
        occurred_at=LATER if by_name else None,
    )
    return DisputeTold(
        psp_account=await world.value("SELECT psp_account FROM attempt WHERE id = %s", attempt),
        key=f"{source} {event} {attempt}",
        source=source,
        reading=reading,
        reference=str(attempt),
        moves=None if by_name else 0,
    )


async def refund_and_dispute(world: World) -> Meeting:
    """Let somebody give a payment back while its network takes it back."""
    early = at(world, RENEWED)
    bought = await early.buy(await early.shopper())
    late, payment_id = at(world, LATER), cast("PaymentId", bought.payment_id)
    told = await _told(world, bought, DisputeSource.WEBHOOK)

    async def proof(ended: Sequence[object]) -> None:
        refund, _ = ended
        await finish(late)
        back = [amount for kind, amount in await moved(world, bought) if kind == "refund"]
        [(over, held)] = await world.rows(
            "SELECT over_minor, held_minor FROM dispute WHERE payment_id = %s", payment_id
        )
        assert back == ([] if isinstance(refund, PaymentDisputed) or not over else [PRICE]), ended
        assert (over, held) in {(0, PRICE), (PRICE, 0)}
        captured, refunded, refunding, taken, lost = await disputed(world, payment_id)
        assert refunded + refunding + taken + lost == captured == PRICE

    return Meeting(
        {
            "refund": request_refund(late.run, world.psps, RefundOrder(payment_id, None, "all")),
            "dispute": record_dispute(late.run, told),
        },
        proof,
    )


async def webhook_and_line(world: World) -> Meeting:
    """Let a webhook and a statement tell of the same dispute."""
    early = at(world, RENEWED)
    bought = await early.buy(await early.shopper())
    late = at(world, LATER)
    by_event = await _told(world, bought, DisputeSource.WEBHOOK)
    by_line = await _told(world, bought, DisputeSource.SETTLEMENT_LINE)

    async def proof(_: Sequence[object]) -> None:
        rows = await world.rows(
            "SELECT state, held_minor, psp_ref IS NULL FROM dispute WHERE payment_id = %s",
            bought.payment_id,
        )
        assert rows == [("needs_response", PRICE, False)]
        assert await disputed(world, bought.payment_id) == (PRICE, 0, 0, PRICE, 0)

    return Meeting(
        {
            "webhook": record_dispute(late.run, by_event),
            "line": record_dispute(late.run, by_line),
        },
        proof,
    )


DISPUTES: Final[Mapping[str, Meet]] = {
    one.__name__: one for one in (refund_and_dispute, webhook_and_line)
}
