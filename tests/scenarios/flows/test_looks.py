"""Looks that nobody waits for: so few at once that a charge finds a place beside them."""

import asyncio
from dataclasses import dataclass
from datetime import timedelta

from typing_extensions import override

from ledgerline.base.http import IN_FLIGHT_MAX
from ledgerline.flows.apply_psp_events import INBOX_BATCH_MAX
from ledgerline.flows.do_due_work import ALL
from ledgerline.flows.request_refund import RefundOrder, request_refund
from ledgerline.flows.resolve_attempts import resolve_attempts
from ledgerline.flows.resolve_refunds import resolve_refunds
from ledgerline.payments.model import Action, EvidenceKind, Outcome, Reading
from tests.flow_world import World
from tests.relayed_psps import Mute, Relayed


@dataclass(slots=True)
class Crowded(Relayed):
    """A provider that answers nothing, and counts who asks at the same time."""

    asking: int = 0
    most: int = 0

    @override
    async def call(self, what: Action) -> Reading:
        self.asking += 1
        self.most = max(self.most, self.asking)
        await asyncio.sleep(0.01)
        self.asking -= 1
        return Reading(Outcome.UNKNOWN, EvidenceKind.STATUS_QUERY)


MANY = IN_FLIGHT_MAX // 2 + 4


async def test_looks_at_charges_leave_places_for_charges(fresh_world: World) -> None:
    # given more charges that nobody knows the end of than are looked at together
    world = fresh_world
    for number in range(MANY):
        await world.buy(await world.shopper(token=f"tok_500_after_{number}"))
    crowded = Crowded(world.psps)
    later = world.run.at(world.now + timedelta(minutes=1))
    # when they are looked at, batch by batch
    looked = [await resolve_attempts(later, crowded, buckets=ALL) for _ in range(2)]
    # then half of the places were free all the time, and none was passed over
    assert crowded.most == IN_FLIGHT_MAX // 2
    assert looked == [IN_FLIGHT_MAX // 2, 4]


async def test_looks_at_refunds_leave_places_for_charges(fresh_world: World) -> None:
    world = fresh_world
    for _ in range(MANY):
        bought = await world.buy(await world.shopper())
        assert bought.payment_id is not None
        order = RefundOrder(bought.payment_id, 100, "goodwill")
        await request_refund(world.run, Mute(world.psps), order)
    crowded = Crowded(world.psps)
    later = world.run.at(world.now + timedelta(minutes=1))
    looked = [await resolve_refunds(later, crowded, buckets=ALL) for _ in range(2)]
    assert crowded.most == IN_FLIGHT_MAX // 2
    assert looked == [IN_FLIGHT_MAX // 2, 4]


def test_hints_are_no_more_than_have_a_place() -> None:
    assert INBOX_BATCH_MAX <= IN_FLIGHT_MAX
