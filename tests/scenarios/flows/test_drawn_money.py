"""Lives whose money is drawn too: answers that are lost or late, banks that ask, cards refused.

What must hold after any order of acts is what the audit asks, that nobody's money is taken for
nothing, and that no act meets a defect of ours.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

import pytest

from ledgerline.base.errors import Rejected
from ledgerline.base.ids import AttemptId, BillRunId, Bucket
from ledgerline.datasets.audit import audit
from ledgerline.flows.ask_payer import open_action
from ledgerline.flows.bill_due import bill_due
from ledgerline.flows.cancel_subscription import cancel_subscription
from ledgerline.flows.change_subscription import change_subscription
from ledgerline.flows.do_due_work import ALL
from ledgerline.flows.open_bill_run import open_bill_run
from ledgerline.flows.use_payment_method import use_payment_method
from ledgerline.rules.change import Change
from ledgerline.subscriptions.model import GivingBack, Timing
from tests.chaos.chance import Chance
from tests.flow_values import Bought
from tests.flow_world import World
from tests.scenarios.flows.test_drawn_lives import (
    PLANS,
    Act,
    cancel,
    days,
    end,
    gift,
    refund,
    rest,
    undo,
    wake,
)
from tests.scenarios.payers import RETURN_URL

STEPS: Final = 40
ENDED: Final = {"canceled", "expired"}
DRAWN: Final = (1, 2, 3)
DRAWN_LONG: Final = range(200, 300)
CARDS: Final = (
    "tok_visa", "tok_visa", "tok_challenge", "tok_pending", "tok_hang_after", "tok_hang_before",
    "tok_500_after", "tok_500_before", "tok_decline_insufficient_funds", "tok_decline_stolen_card",
)  # fmt: skip

SLOW: Final = ("tok_challenge", "tok_pending", "tok_hang_after")


async def _card(world: World, bought: Bought, draw: Chance) -> None:
    await _use(world, bought, draw.of(CARDS))


async def _use(world: World, bought: Bought, token: str) -> None:
    customer_id = await world.value(
        "SELECT customer_id FROM subscription WHERE id = %s", bought.subscription_id
    )
    method_id = await world.method(customer_id, token)
    await use_payment_method(world.run, bought.subscription_id, method_id=method_id)


async def _change(world: World, bought: Bought, draw: Chance) -> None:
    change = Change(bought.subscription_id, draw.of(PLANS), None, draw.of(list(Timing)))
    await change_subscription(world.run, world.psps, change, return_url=RETURN_URL)


async def _slowly(world: World, bought: Bought, draw: Chance) -> None:
    """Change to what costs more by a card whose charge is not known at once."""
    await _use(world, bought, draw.of(SLOW))
    change = Change(bought.subscription_id, "duo_monthly", None, Timing.NOW)
    await change_subscription(world.run, world.psps, change, return_url=RETURN_URL)


async def _back(world: World, bought: Bought, draw: Chance) -> None:
    back = draw.of(list(GivingBack))
    await cancel_subscription(world.run, bought.subscription_id, timing=Timing.NOW, back=back)


async def _minutes(world: World, _: Bought, draw: Chance) -> None:
    await world.advance(world.now + timedelta(minutes=draw.of((1, 4, 30, 90, 600))))


async def _edge(world: World, bought: Bought, _: Chance) -> None:
    """Come to the last minutes of a period."""
    at = await world.value(
        "SELECT next_bill_at FROM subscription WHERE id = %s", bought.subscription_id
    )
    if at is not None and at - timedelta(minutes=4) > world.now:
        await world.advance(at - timedelta(minutes=4))


async def _bill(world: World, _: Bought, __: Chance) -> None:
    """Bill what is due in five minutes, by a clock that is ahead, and charge nothing yet."""
    late = world.run.at(world.now + timedelta(minutes=5))
    id = BillRunId(late.new_id(Bucket(0)))
    await open_bill_run(late, bill_run_id=id)
    await bill_due(late, bill_run_id=id, buckets=ALL)
    world.run = late


async def _answer(world: World, _: Bought, draw: Chance) -> None:
    """Let a payer pass or fail what their bank asks."""
    asked = await world.rows(
        "SELECT id, action_sealed FROM attempt WHERE state = 'requires_action'"
        " AND action_sealed IS NOT NULL ORDER BY id"
    )
    if asked:
        id_, sealed = draw.of(asked)
        page = open_action(world.run, AttemptId(id_), sealed)
        await world.simulator.be_the_payer(page, draw.of(("pass", "fail")))


ACTS: Final[Sequence[Act]] = (
    *(_minutes,) * 6, *(days,) * 3, *(_edge,) * 3, *(_bill,) * 3, *(_card,) * 5, *(_change,) * 3,
    *(_slowly,) * 8, *(_answer,) * 3, *(_back,) * 4, *(cancel,) * 2, end, *(undo,) * 2, rest, wake,
    *(gift,) * 2, *(refund,) * 2,
)  # fmt: skip


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Live more seeds in the long form, each in a world of its own."""
    long = DRAWN_LONG if metafunc.config.getoption("--long") else ()
    metafunc.parametrize("seed", (*DRAWN, *long))


async def test_whatever_becomes_of_drawn_charges_the_books_say(
    fresh_world: World, seed: int
) -> None:
    world = fresh_world
    draw, story = Chance(str(seed)), [f"seed {seed}"]
    lives = [await world.buy(await world.shopper()) for _ in range(3)]
    for _ in range(STEPS):
        act = draw.of(ACTS)
        place = draw.below(len(lives))
        if await world.state(lives[place].subscription_id) in ENDED:
            lives[place] = await world.buy(await world.shopper())
        said = ""
        try:
            await act(world, lives[place], draw)
        except Rejected as refused:
            said = refused.code
        except Exception as defect:
            raise AssertionError((defect, story, act.__name__, place)) from defect
        story.append(f"{world.now:%m-%d %H:%M} {act.__name__} {place} {said}")
    for hours in (1, 6, 30, 24 * 8):
        await world.advance(world.now + timedelta(hours=hours))
    broken = [(one.invariant.id, one.rows) for one in await audit(world.run)]
    assert broken == [], (broken, story)
