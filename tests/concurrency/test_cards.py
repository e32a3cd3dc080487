"""Two workers that try one card in the same instant see one another's tries, in every order."""

import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Final

from typing_extensions import override

from ledgerline.base.ids import BillRunId, Bucket
from ledgerline.base.pipelines import Asked, Connection
from ledgerline.datasets.audit import audit
from ledgerline.flows.bill_due import bill_due
from ledgerline.flows.collect_due import collect_due
from ledgerline.flows.do_due_work import ALL
from ledgerline.flows.number_documents import number_documents
from ledgerline.flows.open_bill_run import open_bill_run
from tests.concurrency.schedules import Order, Stepped, orders, played
from tests.concurrency.subscribers import EMPTY, RENEWED, TODAY, at
from tests.flow_catalog import Offer, small_catalog
from tests.flow_world import NEW_YEAR, World, open_world

OFFERS: Final = tuple(
    Offer(f"{name}_monthly", 1000, family=name, trial_days=30) for name in ("film", "news", "sport")
)
SHORT, LONG = 8, 200
A_DAY: Final = 2  # how often a machine may try a card in vain
_HOLD: Final = re.compile(rb"\bpg_advisory_xact_lock\(([\w.]+)\)")
MINUTE: Final = timedelta(minutes=1)


class Unheld(Stepped):
    """The same, but nobody holds a card: schedules must find what that does."""

    @override
    async def exchange(self, asked: Sequence[Asked]) -> None:
        for one in asked:
            one.text = _HOLD.sub(rb"\1", one.text)
        await super().exchange(asked)


@asynccontextmanager
async def _world(url: str, folder: Path, of: type[Connection]) -> AsyncIterator[World]:
    catalog = small_catalog(*OFFERS)
    async with open_world(url, folder, catalog=catalog, writing_class=of) as world:
        await world.advance(TODAY)
        yield world


async def _one_card_for_three(world: World) -> World:
    """Let three subscriptions of one card be due, which its bank has refused today already."""
    early = at(world, NEW_YEAR)
    shopper = await early.shopper("XX")
    for offer in OFFERS:
        await early.buy(shopper, offer.plan, trial=True)
    due = at(world, RENEWED + timedelta(hours=1))
    bill_run_id = BillRunId(due.run.new_id(Bucket(0)))
    await open_bill_run(due.run, bill_run_id=bill_run_id)
    await bill_due(due.run, bill_run_id=bill_run_id, buckets=ALL)
    await world.steal_card(shopper, f"{EMPTY}{shopper.method_id.int % 10**9}")
    assert (await collect_due(due.run, world.psps, buckets=ALL, limit=1)).tried == 1
    return at(due, due.now + MINUTE)


async def _play(world: World, order: Order) -> int:
    """Let two workers collect one payment each, and count the tries of the card."""
    due = await _one_card_for_three(world)
    before: int = await world.value("SELECT count(*) FROM attempt WHERE state = 'declined'")
    flows = {
        name: collect_due(due.run, world.psps, buckets=ALL, limit=1) for name in ("one", "other")
    }
    await played(order, world.connection, flows)
    after: int = await world.value("SELECT count(*) FROM attempt WHERE state = 'declined'")
    return 1 + after - before


async def _most(world: World, *, limit: int) -> int:
    """Play some orders, and say how often a card was tried at most."""
    return max([await _play(world, order) for order in orders(limit=limit)])


async def test_no_order_of_two_workers_tries_a_card_too_often(
    fresh_database_url: str, tmp_path: Path, *, long_form: bool
) -> None:
    async with _world(fresh_database_url, tmp_path, Stepped) as world:
        assert await _most(world, limit=LONG if long_form else SHORT) == A_DAY
        while await number_documents(world.run):
            pass
        broken = [one.invariant.id for one in await audit(world.run) if one.broken]
        assert set(broken) <= {"I-53"}  # the card was exchanged behind everybody's back


async def test_without_the_hold_some_order_does(fresh_database_url: str, tmp_path: Path) -> None:
    async with _world(fresh_database_url, tmp_path, Unheld) as world:
        assert await _most(world, limit=SHORT) == A_DAY + 1
