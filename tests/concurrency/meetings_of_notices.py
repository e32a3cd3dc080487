"""Flows that meet where a customer is told that a trial ends or a year renews."""

from collections.abc import Coroutine, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from ledgerline.flows.cancel_subscription import cancel_subscription
from ledgerline.flows.collect_due import collect_due
from ledgerline.flows.do_due_work import ALL
from ledgerline.flows.tell_renewals import tell_renewals
from ledgerline.flows.undo_scheduled import undo_scheduled
from ledgerline.subscriptions.model import Timing
from tests.concurrency.meetings import Meet, Meeting
from tests.concurrency.meetings_of_billing import bill
from tests.concurrency.subscribers import RENEWED, at
from tests.flow_values import Bought
from tests.flow_world import NEW_YEAR, World

_TOLD: Final = RENEWED - timedelta(days=3)
_NEAR: Final = RENEWED - timedelta(days=1)
_KINDS: Final = "('subscription.trial_ending', 'subscription.renews_soon')"


async def _trying(world: World) -> Bought:
    early = at(world, NEW_YEAR)
    return await early.buy(await early.shopper(), trial=True)


async def _told(world: World, bought: Bought) -> list[int]:
    """Read how many days before it was told, each time that it was."""
    rows = await world.rows(
        "SELECT (body ->> 'days')::integer FROM event WHERE aggregate_id = %s AND kind IN "
        f"{_KINDS} ORDER BY seq",
        bought.subscription_id,
    )
    return [days for (days,) in rows]


def _tell(world: World, instant: datetime) -> Coroutine[Any, Any, int]:
    return tell_renewals(world.run.at(instant).branch(), buckets=ALL)


async def _live_on(world: World) -> None:
    """Let days pass until the trial ends: what is told still is told, then it is billed."""
    for instant in (_NEAR, RENEWED):
        await tell_renewals(world.run.at(instant), buckets=ALL)
    await bill(at(world, RENEWED))
    await collect_due(world.run.at(RENEWED), world.psps, buckets=ALL)


async def two_tellers(world: World) -> Meeting:
    """Let two workers tell of one trial, the clock of one of them days behind."""
    bought = await _trying(world)

    async def proof(_: Sequence[object]) -> None:
        await _live_on(world)
        assert await _told(world, bought) == [3]

    return Meeting({"one": _tell(world, _TOLD), "other": _tell(world, _NEAR)}, proof)


async def notice_and_cancel(world: World) -> Meeting:
    """Let a trial be canceled while its end is told."""
    bought, then = await _trying(world), at(world, _TOLD)

    async def proof(_: Sequence[object]) -> None:
        await _live_on(world)
        assert await _told(world, bought) in ([], [3])
        assert await world.state(bought.subscription_id) == "canceled"

    return Meeting({"tell": _tell(world, _TOLD), "cancel": then.cancel(bought)}, proof)


async def notice_and_end(world: World) -> Meeting:
    """Let an end be planned while it is told that the trial ends, and taken back a day later."""
    bought = await _trying(world)
    end = cancel_subscription(
        world.run.at(_TOLD).branch(), bought.subscription_id, timing=Timing.PERIOD_END
    )

    async def proof(_: Sequence[object]) -> None:
        await undo_scheduled(world.run.at(_NEAR), bought.subscription_id, seq=None)
        await _live_on(world)
        assert await _told(world, bought) == [3]

    return Meeting({"tell": _tell(world, _TOLD), "end": end}, proof)


async def notice_and_change(world: World) -> Meeting:
    """Let another plan be taken while it is told what the present one will cost."""
    bought, then = await _trying(world), at(world, _TOLD)

    async def proof(ended: Sequence[object]) -> None:
        await _live_on(world)
        state = await world.state(bought.subscription_id)
        assert len(await _told(world, bought)) == 1, (ended, state)

    change = then.change(bought, "duo_monthly", timing=Timing.PERIOD_END)
    return Meeting({"tell": _tell(world, _TOLD), "change": change}, proof)


async def notice_change_and_end(world: World) -> Meeting:
    """Let a change and an end be planned while it is told."""
    bought, then = await _trying(world), at(world, _TOLD)
    end = cancel_subscription(
        world.run.at(_TOLD).branch(), bought.subscription_id, timing=Timing.PERIOD_END
    )

    async def proof(ended: Sequence[object]) -> None:
        await _live_on(world)
        assert await _told(world, bought) in ([], [3]), ended
        assert await world.state(bought.subscription_id) == "canceled"

    change = then.change(bought, "duo_monthly", timing=Timing.PERIOD_END)
    return Meeting({"tell": _tell(world, _TOLD), "change": change, "end": end}, proof)


NOTICES: Final[Mapping[str, Meet]] = {
    one.__name__: one
    for one in (
        two_tellers, notice_and_cancel, notice_and_end, notice_and_change, notice_change_and_end,
    )
}  # fmt: skip
