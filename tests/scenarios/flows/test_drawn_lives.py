"""Lives that are drawn: notices, plans, ends, rests, refunds, credit and pauses of billing.

What must hold is what the audit asks, that nothing is told twice or of what nobody renews, and that
the data sets of all that tie to the ledger.
"""

from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Final

import pytest

from ledgerline.base.errors import Rejected
from ledgerline.base.ids import Bucket, PaymentId
from ledgerline.datasets.audit import audit
from ledgerline.datasets.lake import Lake
from ledgerline.flows.cancel_subscription import cancel_subscription
from ledgerline.flows.export_interval import export_interval
from ledgerline.flows.give_credit import CreditGift, give_credit
from ledgerline.flows.pause_billing import BillingPause, pause_billing
from ledgerline.flows.pause_subscription import pause_subscription
from ledgerline.flows.publish_release import publish_release
from ledgerline.flows.read_billing_pause import read_billing_pause
from ledgerline.flows.request_refund import RefundOrder, request_refund
from ledgerline.flows.resume_billing import resume_billing
from ledgerline.flows.resume_subscription import Resumption, resume_subscription
from ledgerline.subscriptions.model import Anchor, Timing
from tests.chaos.chance import Chance
from tests.flow_values import Bought
from tests.flow_world import World

STEPS: Final = 40
DRAWN: Final = (0, 103)
DRAWN_LONG: Final = range(104, 130)
PLANS: Final = ("individual_monthly", "individual_yearly", "duo_monthly", "duo_yearly")
_TOLD_TWICE: Final = """
    SELECT aggregate_id, body ->> 'renews_on', body ->> 'days', count(*) FROM event
     WHERE kind IN ('subscription.trial_ending', 'subscription.renews_soon')
     GROUP BY 1, 2, 3 HAVING count(*) > 1"""
_TOLD_AFTER_END: Final = """
    SELECT e.aggregate_id, e.occurred_at FROM event AS e
      JOIN subscription AS s ON s.id = e.aggregate_id
     WHERE e.kind IN ('subscription.trial_ending', 'subscription.renews_soon')
       AND s.ended_at < e.occurred_at"""
_CHARGED_IN_PAUSE: Final = """
    SELECT i.id FROM invoice AS i
      JOIN billing_pause AS p ON i.issued_at >= p.paused_at AND i.issued_at < p.resumed_at
     WHERE i.cause = 'renewal'"""


async def _pause(world: World, _: Bought, __: Chance) -> None:
    id = world.run.new_id(Bucket(0))
    await pause_billing(world.run, BillingPause(id=id, by="mara", reason="drawn", route="tests"))


async def _resume(world: World, _: Bought, __: Chance) -> None:
    held = await read_billing_pause(world.run)
    if held is not None:
        await resume_billing(world.run, held.id, by="nils", route="tests")


async def end(world: World, bought: Bought, _: Chance) -> None:
    await cancel_subscription(world.run, bought.subscription_id, timing=Timing.PERIOD_END)


async def rest(world: World, bought: Bought, _: Chance) -> None:
    await pause_subscription(world.run, bought.subscription_id)


async def wake(world: World, bought: Bought, draw: Chance) -> None:
    asked = Resumption(bought.subscription_id, draw.of(list(Anchor)))
    await resume_subscription(world.run, world.psps, asked)


async def _change(world: World, bought: Bought, draw: Chance) -> None:
    timing = draw.of((Timing.NOW, Timing.PERIOD_END))
    await world.change(bought, draw.of(PLANS), timing=timing)


async def undo(world: World, bought: Bought, _: Chance) -> None:
    await world.undo(bought)


async def cancel(world: World, bought: Bought, _: Chance) -> None:
    await world.cancel(bought)


async def _paid(world: World, bought: Bought, draw: Chance) -> tuple[PaymentId, int] | None:
    """Draw a payment of a customer, and a part of it."""
    paid = await world.rows(
        "SELECT id, amount_minor FROM payment WHERE state = 'succeeded' AND amount_minor > 0"
        " AND customer_id = (SELECT customer_id FROM subscription WHERE id = %s) ORDER BY id",
        bought.subscription_id,
    )
    if not paid:
        return None
    payment_id, amount_minor = draw.of(paid)
    return PaymentId(payment_id), 1 + draw.below(amount_minor)


async def gift(world: World, bought: Bought, draw: Chance) -> None:
    found = await _paid(world, bought, draw)
    if found is not None:
        await give_credit(world.run, CreditGift(*found))


async def refund(world: World, bought: Bought, draw: Chance) -> None:
    found = await _paid(world, bought, draw)
    if found is not None:
        await request_refund(world.run, world.psps, RefundOrder(*found, "drawn"))


async def days(world: World, _: Bought, draw: Chance) -> None:
    days = draw.of((1, 2, 3, 7, 24, 30, 60))
    await world.advance(world.now + timedelta(days=days, hours=draw.below(24)))


Act = Callable[[World, Bought, Chance], Awaitable[None]]
ACTS: Final[Sequence[Act]] = (
    *(days,) * 8, _pause, *(_resume,) * 2, *(end,) * 2, *(undo,) * 2, rest, *(wake,) * 2,
    *(_change,) * 3, cancel, *(gift,) * 3, *(refund,) * 2,
)  # fmt: skip


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Live more seeds in the long form, each in a world of its own."""
    long = DRAWN_LONG if metafunc.config.getoption("--long") else ()
    metafunc.parametrize("seed", (*DRAWN, *long))


async def test_a_drawn_life_is_told_and_billed_once(
    fresh_world: World, tmp_path: Path, seed: int
) -> None:
    """Let three live beside each other, do what is drawn, and prove what has to hold."""
    world = fresh_world
    draw, story = Chance(str(seed)), [f"seed {seed}"]
    lives = [
        await world.buy(await world.shopper(), "individual_yearly"),
        await world.buy(await world.shopper(), trial=True),
        await world.buy(await world.shopper(), "duo_yearly"),
    ]
    for _ in range(STEPS):
        act = draw.of(ACTS)
        place = draw.below(len(lives))
        try:
            await act(world, lives[place], draw)
            said = ""
        except Rejected as refused:
            said = refused.code
        story.append(f"{world.now:%Y-%m-%d} {act.__name__} {place} {said}")
    await _resume(world, lives[0], draw)
    await world.advance(world.now + timedelta(days=2))
    for query in (_TOLD_TWICE, _TOLD_AFTER_END, _CHARGED_IN_PAUSE):
        found = await world.rows(query)
        assert found == [], (query, found, story)
    broken = [(one.invariant.id, one.rows) for one in await audit(world.run)]
    assert broken == [], (broken, story)
    lake = Lake(tmp_path / "lake", world.url)
    await export_interval(world.run, lake)
    await publish_release(world.run, lake)  # which refuses what does not tie to the ledger
