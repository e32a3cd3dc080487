"""Flows that meet at the boundary of a period, where a run bills and somebody pauses billing."""

from collections.abc import Coroutine, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from ledgerline.base.ids import BillRunId, Bucket
from ledgerline.flows.bill_due import BatchBilled, bill_due
from ledgerline.flows.cancel_subscription import cancel_subscription
from ledgerline.flows.collect_due import collect_due
from ledgerline.flows.do_due_work import ALL
from ledgerline.flows.open_bill_run import open_bill_run
from ledgerline.flows.pause_billing import BillingPause, pause_billing
from ledgerline.flows.pause_subscription import pause_subscription
from ledgerline.flows.resume_billing import resume_billing
from ledgerline.flows.resume_subscription import Resumption, resume_subscription
from ledgerline.flows.tell_renewals import tell_renewals
from ledgerline.flows.undo_scheduled import undo_scheduled
from ledgerline.subscriptions.model import Anchor, Timing
from tests.concurrency.meetings import Meet, Meeting
from tests.concurrency.subscribers import RENEWED, at, finish, moved
from tests.flow_values import Bought
from tests.flow_world import NEW_YEAR, World

_BEFORE: Final = RENEWED - timedelta(days=2)
_MONTH: Final = datetime(2026, 1, 31, 23, tzinfo=UTC)  # when a month from New Year ends, in Berlin
_TWICE: Final = (
    "SELECT count(*) FROM invoice_line AS l JOIN invoice AS i ON i.id = l.invoice_id"
    " JOIN invoice_line AS o ON o.subscription_id = l.subscription_id AND o.item_no = l.item_no"
    " JOIN invoice AS j ON j.id = o.invoice_id"
    " WHERE l.subscription_id = %s AND l.period_start < o.period_start"
    " AND o.period_start < l.period_end AND i.state <> 'void' AND j.state <> 'void'"
)


async def bill(world: World) -> BatchBilled:
    """Bill until nothing is due, as a run does, in batches of one."""
    bill_run_id = BillRunId(world.run.new_id(Bucket(0)))
    await open_bill_run(world.run, bill_run_id=bill_run_id)
    done = BatchBilled(0, 0, 0, more=True)
    while done.more:
        done = done.plus(await bill_due(world.run, bill_run_id=bill_run_id, buckets=ALL, limit=1))
    return done


async def _buy(world: World, *, trial: bool = True) -> Bought:
    early = at(world, NEW_YEAR)
    return await early.buy(await early.shopper(), trial=trial)


def _between(due: World, bought: Bought, **others: Coroutine[Any, Any, object]) -> Meeting:
    """Let a run bill, somebody pause billing, and ``others`` happen to what is billed."""
    world = due
    id = world.run.new_id(Bucket(0))
    pause = BillingPause(id=id, by="mara", reason="prices are wrong", route="tests")

    async def proof(ended: Sequence[object]) -> None:
        paused = await world.rows(
            "SELECT done_before, (SELECT sum(invoiced + ended + parked) FROM bill_run)"
            " FROM billing_pause WHERE id = %s",
            id,
        )
        assert [(before, now) for before, now in paused if before != now] == [], ended
        await resume_billing(due.run, id, by="nils", route="tests")
        await bill(due)
        await collect_due(due.run, world.psps, buckets=ALL)
        await finish(due)
        assert (await bill(due)).total == 0, ended
        assert await world.value(_TWICE, bought.subscription_id) == 0, ended
        charges = sum(amount for kind, amount in await moved(world, bought) if kind == "charge")
        paid = await world.value(
            "SELECT coalesce(sum(p.amount_minor), 0) FROM payment AS p"
            " WHERE p.subscription_id = %s AND p.state = 'succeeded'",
            bought.subscription_id,
        )
        assert charges == paid, ended

    flows = {"bill": bill(due), "pause": pause_billing(due.run.branch(), pause), **others}
    return Meeting(flows, proof)


async def billing_and_pause(world: World) -> Meeting:
    """Let somebody pause billing in the middle of a run."""
    await _buy(world)
    return _between(at(world, RENEWED), await _buy(world))


async def billing_and_cancel(world: World) -> Meeting:
    """Let a subscription be canceled where its next period begins, while billing is paused."""
    bought, due = await _buy(world), at(world, RENEWED)
    return _between(due, bought, cancel=due.cancel(bought))


async def billing_and_end(world: World) -> Meeting:
    """Let an end be planned, at the boundary at which it would be."""
    bought, due = await _buy(world), at(world, RENEWED)
    end = cancel_subscription(due.run.branch(), bought.subscription_id, timing=Timing.PERIOD_END)
    return _between(due, bought, end=end)


async def billing_and_undo(world: World) -> Meeting:
    """Let a planned end be taken back at the boundary at which it is."""
    bought, due = await _buy(world), at(world, RENEWED)
    await cancel_subscription(
        world.run.at(_BEFORE), bought.subscription_id, timing=Timing.PERIOD_END
    )
    return _between(
        due, bought, undo=undo_scheduled(due.run.branch(), bought.subscription_id, seq=None)
    )


async def billing_and_change(world: World) -> Meeting:
    """Let a plan be changed at the boundary, at once."""
    bought, due = await _buy(world), at(world, RENEWED)
    return _between(due, bought, change=due.change(bought, "duo_monthly"))


async def billing_and_later_change(world: World) -> Meeting:
    """Let a change be planned at the boundary, for the end of the period."""
    bought, due = await _buy(world), at(world, RENEWED)
    change = due.change(bought, "individual_yearly", timing=Timing.PERIOD_END)
    return _between(due, bought, change=change)


async def billing_and_rest(world: World) -> Meeting:
    """Let a subscription be paused at the boundary."""
    bought, due = await _buy(world, trial=False), at(world, _MONTH)
    rest = pause_subscription(due.run.branch(), bought.subscription_id)
    return _between(due, bought, rest=rest)


async def billing_and_waking(world: World) -> Meeting:
    """Let what was paused be resumed at the instant at which others are billed."""
    bought, due = await _buy(world, trial=False), at(world, _MONTH)
    await _buy(world, trial=False)
    await pause_subscription(world.run.at(_BEFORE), bought.subscription_id)
    asked = Resumption(bought.subscription_id, Anchor.RESTART)
    wake = resume_subscription(due.run.branch(), world.psps, asked)
    return _between(due, bought, wake=wake)


async def billing_and_notice(world: World) -> Meeting:
    """Let a worker whose clock was read before the boundary tell that a trial ends."""
    bought, due = await _buy(world), at(world, RENEWED)
    tell = tell_renewals(world.run.at(_BEFORE).branch(), buckets=ALL)
    return _between(due, bought, tell=tell)


BILLING: Final[Mapping[str, Meet]] = {
    one.__name__: one
    for one in (
        billing_and_pause, billing_and_cancel, billing_and_end, billing_and_undo,
        billing_and_change, billing_and_later_change, billing_and_rest, billing_and_waking,
        billing_and_notice,
    )
}  # fmt: skip
