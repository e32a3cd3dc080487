"""Two flows at one payment, their statements in every order: the books are right after each.

The short form plays the orders with the fewest changes of turn; ``make schedules`` plays all, up to
200 of a pair. That they would find a lost lock is shown by taking all locks away.
"""

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Final

import pytest
import pytest_asyncio

from ledgerline.base.errors import ConstraintViolated
from ledgerline.datasets.audit import audit
from ledgerline.flows.number_documents import number_documents
from tests.concurrency.meetings import MEETINGS as OF_PAYMENTS
from tests.concurrency.meetings_of_answers import ANSWERS
from tests.concurrency.meetings_of_billing import BILLING
from tests.concurrency.meetings_of_bulk import BULK
from tests.concurrency.meetings_of_disputes import DISPUTES
from tests.concurrency.meetings_of_notices import NOTICES
from tests.concurrency.schedules import Order, Stepped, Unlocked, orders, played
from tests.concurrency.subscribers import TODAY
from tests.flow_proof import prove
from tests.flow_world import World, open_world

MEETINGS: Final = {**OF_PAYMENTS, **DISPUTES, **BULK, **BILLING, **NOTICES, **ANSWERS}
LONG: Final = 200
SHORT: Final = 8
# The bounds of `payment` hold what locks hold, and so do keys, versions and the lock of billing; of
# others a few orders do not find it.
BOUNDED: Final = {
    "two_refunds", "refund_and_dispute", *BILLING, *ANSWERS, *(set(BULK) - {"bulk_and_late_money"}),
    *(set(NOTICES) - {"two_tellers"}),
}  # fmt: skip


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def world(
    database_url: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[World]:
    """Give all schedules one world, whose clock stands."""
    folder: Path = tmp_path_factory.mktemp("world")
    async with open_world(database_url, folder, writing_class=Stepped) as opened:
        await opened.advance(TODAY)
        yield opened


async def _play(world: World, name: str, order: Order, *, audits: bool) -> None:
    """Play one order of one pair on a subscriber of its own, and prove the whole world."""
    meeting = await MEETINGS[name](world)
    ended = await played(order, world.connection, meeting.flows)
    try:
        await meeting.proof(ended)
        while await number_documents(world.run):
            pass
        await prove(world.connection, world.simulator)
        if audits:
            assert [(one.invariant.id, one.rows) for one in await audit(world.run)] == []
    except AssertionError as wrong:
        story = "\n".join([f"{name}, order {order.prefix}", *order.steps, repr(ended)])
        raise AssertionError(f"{wrong}\n{story}") from wrong


async def _play_all(world: World, name: str, *, limit: int) -> int:
    """Play a pair; the short form asks the audit with the last order, which is most of its time."""
    number = 0
    for order in orders(limit=limit):
        number += 1
        await _play(world, name, order, audits=limit == LONG or number == SHORT)
    return number


@pytest.mark.parametrize("name", MEETINGS)
async def test_no_order_of_two_flows_breaks_the_books(
    world: World, say: Callable[[str], None], name: str, *, long_form: bool
) -> None:
    number = await _play_all(world, name, limit=LONG if long_form else SHORT)
    if long_form:
        say(f"{name}: {number} orders")
    assert number >= SHORT


@pytest.mark.parametrize("name", [name for name in MEETINGS if name not in BOUNDED])
async def test_schedules_find_what_happens_without_locks(
    fresh_database_url: str, tmp_path: Path, name: str
) -> None:
    with pytest.raises((AssertionError, ConstraintViolated)):
        await _play_unlocked(fresh_database_url, tmp_path, name)


async def _play_unlocked(url: str, folder: Path, name: str) -> None:
    async with open_world(url, folder, writing_class=Unlocked) as unlocked:
        await unlocked.advance(TODAY)
        await _play_all(unlocked, name, limit=SHORT)
