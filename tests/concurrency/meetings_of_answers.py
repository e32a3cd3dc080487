"""Flows that meet where a provider says one thing twice, or that money did not leave after all."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from typing_extensions import override

from ledgerline.flows.apply_psp_events import apply_psp_events
from ledgerline.flows.collect_due import collect_due
from ledgerline.flows.do_due_work import ALL
from ledgerline.flows.pay_out_credit import CreditOrder, pay_out_credit
from ledgerline.flows.resolve_attempts import resolve_attempts
from ledgerline.flows.resolve_refunds import resolve_refunds
from ledgerline.payments.model import (
    Action,
    DeclineCategory,
    EvidenceKind,
    Outcome,
    Reading,
    SentAttempt,
    SentRefund,
)
from tests.concurrency.meetings import Meet, Meeting, receive
from tests.concurrency.subscribers import (
    LATER,
    PRICE,
    RENEWED,
    at,
    attempts,
    finish,
    moved,
    renewal,
)
from tests.flow_values import Bought
from tests.flow_world import World
from tests.relayed_psps import Relayed


@dataclass(slots=True)
class _Repeating(Relayed):
    """A provider that answers nothing, and tells of each charge by two events."""

    world: World

    @override
    async def call(self, what: Action) -> Reading:
        reading = await self.gateway.call(what)
        if isinstance(what, SentAttempt):
            for again in ("", "_again"):
                await receive(self.world, what, reading, again=again)
        return Reading(Outcome.UNKNOWN, EvidenceKind.TRANSPORT)


async def two_events_and_a_look(world: World) -> Meeting:
    """Let two workers apply what a provider told twice, while a third looks there."""
    _, bought = await renewal(world)
    await collect_due(world.run.at(RENEWED), _Repeating(world.psps, world), buckets=ALL)
    run = world.run.at(LATER)

    async def proof(_: Sequence[object]) -> None:
        while await apply_psp_events(world.run, world.psps):
            pass
        assert await world.value("SELECT count(*) FROM psp_event WHERE state <> 'applied'") == 0
        await finish(at(world, LATER))
        assert await attempts(world, bought) == ["succeeded"]
        assert await moved(world, bought) == [("charge", PRICE)]

    return Meeting(
        {
            "one": apply_psp_events(world.run, world.psps, limit=1),
            "other": apply_psp_events(world.run.branch(), world.psps, limit=1),
            "look": resolve_attempts(run, world.psps, buckets=ALL),
        },
        proof,
    )


@dataclass(slots=True)
class _Refusing(Relayed):
    """A provider that gives nothing back."""

    @override
    async def call(self, what: Action) -> Reading:
        if not isinstance(what, SentRefund):
            return await self.gateway.call(what)
        category = DeclineCategory.INVALID_ACCOUNT
        return Reading(Outcome.DECLINED, EvidenceKind.RESPONSE, code="no", category=category)


async def credit_that_stays_and_credit_spent(world: World) -> Meeting:
    """Let credit that could not be paid out be credit again while a purchase spends credit."""
    early = at(world, RENEWED)
    shopper = await early.shopper()
    await early.give_credit(shopper, "individual_monthly")
    late = at(world, LATER)
    await pay_out_credit(late.run, CreditOrder(customer_id=shopper.customer_id, reason="asked"))
    assert await world.credit(shopper.customer_id) == 0

    async def proof(ended: Sequence[object]) -> None:
        _, bought = ended
        assert isinstance(bought, Bought), bought
        await finish(late)
        charged = await moved(world, bought)
        assert charged in ([], [("charge", PRICE)])
        assert await world.credit(shopper.customer_id) == (PRICE if charged else 0)

    return Meeting(
        {
            "stays": resolve_refunds(late.run, _Refusing(world.psps), buckets=ALL),
            "spend": late.buy(shopper),
        },
        proof,
    )


ANSWERS: Final[Mapping[str, Meet]] = {
    one.__name__: one for one in (two_events_and_a_look, credit_that_stays_and_credit_spent)
}
