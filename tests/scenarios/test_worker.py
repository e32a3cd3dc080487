"""Workers: many side by side do everything once, and SIGTERM lets them finish what they began."""

import asyncio
import json
import signal
import sys
import time
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Final
from uuid import UUID

import pytest
import pytest_asyncio
from typing_extensions import override

from ledgerline.base.db import connected
from ledgerline.base.ids import BUCKETS, AttemptId, BillRunId
from ledgerline.base.run import Run
from ledgerline.cli.work import JOBS as NAMED
from ledgerline.flows.bill_due import bill_due
from ledgerline.flows.collect_due import BatchCollected, collect_due, collecting_pace
from ledgerline.flows.open_bill_run import open_bill_run
from ledgerline.jobs.leases import CLAIM_MAX, Lease, LeaseLost, leased, open_ranges
from ledgerline.jobs.rows import RangeRow
from ledgerline.jobs.still_clock import StillClock
from ledgerline.jobs.units import BATCH_MIN, BATCH_START, JOBS, LATENCY_SECONDS_MAX, Memory
from ledgerline.jobs.worker import work
from ledgerline.payments.model import Action, Reading, SentAttempt
from tests.flow_world import World, open_world
from tests.relayed_psps import Relayed

FEBRUARY_2: Final = datetime(2026, 2, 2, tzinfo=UTC)
SHOPPERS: Final = 24
ALL: Final = (0, BUCKETS)
SECONDS_MAX: Final = 300
MONEY_JOBS: Final = ("bill_due", "collect_due", "number_documents", "resolve_attempts")


@pytest_asyncio.fixture(loop_scope="session")
async def due(fresh_database_url: str, tmp_path: Path) -> AsyncIterator[tuple[World, str]]:
    """Give a world in which every subscription fell due a month ago and nobody worked since."""
    async with open_world(fresh_database_url, tmp_path) as world:
        for _ in range(SHOPPERS):
            await world.buy(await world.shopper())
        await world.simulator.control("clock", {"now": FEBRUARY_2.isoformat()})
        assert await world.run.set_clock(FEBRUARY_2)
        yield world, fresh_database_url


async def _until(world: World, sql: str, wanted: int) -> None:
    deadline = time.monotonic() + SECONDS_MAX
    while (found := await world.value(sql)) != wanted:
        assert time.monotonic() < deadline, (sql, found, wanted)
        await asyncio.sleep(0.05)


PAID_RENEWALS: Final = "SELECT count(*) FROM invoice WHERE cause = 'renewal' AND state = 'paid'"
NUMBERED: Final = """
    SELECT count(*) FROM invoice i JOIN document_number d ON d.document_id = i.id
     WHERE i.cause = 'renewal'"""


async def test_two_workers_at_once_bill_and_charge_each_subscription_once(
    due: tuple[World, str],
) -> None:
    # given two workers with connections of their own
    world, url = due
    stop = asyncio.Event()
    async with connected(url, size=6, name="second worker") as database:
        runs = [Run(world.run.database, world.run.keyring), Run(database, world.run.keyring)]
        # when both work at once
        working = [
            asyncio.create_task(work(run, world.psps, jobs=MONEY_JOBS, stop=stop)) for run in runs
        ]
        await _until(world, PAID_RENEWALS, SHOPPERS)
        await _until(world, NUMBERED, SHOPPERS)
        stop.set()
        await asyncio.gather(*working)
    # then every subscription has its one renewal, paid by one charge
    assert await world.value("SELECT count(*) FROM invoice WHERE cause = 'renewal'") == SHOPPERS
    assert await world.value("SELECT count(*) FROM attempt") == 2 * SHOPPERS
    assert len(await world.simulator.truth()) == 2 * SHOPPERS
    # and nobody holds a lease any more
    assert await world.value("SELECT count(*) FROM lease WHERE token IS NOT NULL") == 0


@dataclass(slots=True)
class _OneWaits(Relayed):
    """Holds back the first charge it is asked for until it is let go."""

    first: AttemptId | None = None
    go: asyncio.Event = field(default_factory=asyncio.Event)

    @override
    async def call(self, what: Action) -> Reading:
        assert isinstance(what, SentAttempt)
        if self.first is None:
            self.first = what.attempt_id
            await self.go.wait()
        return await self.gateway.call(what)


async def test_a_slow_answer_keeps_no_other_of_its_batch_waiting(due: tuple[World, str]) -> None:
    # given renewals that are billed, and a provider that does not answer the first charge
    world, _ = due
    run = world.run.at(FEBRUARY_2)
    await bill_due(run, bill_run_id=await _bill_run(run), buckets=ALL, limit=SHOPPERS)
    psps = _OneWaits(world.psps)
    # when they are collected as one batch
    pace = collecting_pace(wave_seconds=0.05)

    async def collect() -> BatchCollected:
        async with pace.share(SHOPPERS) as share:
            return await collect_due(run, psps, buckets=ALL, share=share)

    collecting = asyncio.create_task(collect())
    # then all the others are paid meanwhile
    await _until(world, PAID_RENEWALS, SHOPPERS - 1)
    sent = "SELECT id FROM attempt WHERE state = 'sent'"
    assert await world.rows(sent) == [(psps.first,)]
    # and the batch ends when it answers
    psps.go.set()
    collected = await collecting
    assert (collected.tried, collected.succeeded) == (SHOPPERS, SHOPPERS)
    assert pace.on_way == 0
    assert await world.value(PAID_RENEWALS) == SHOPPERS


async def _bill_run(run: Run) -> BillRunId:
    id = BillRunId(run.new_id(run.new_bucket()))
    await open_bill_run(run, bill_run_id=id)
    return id


async def test_parts_of_a_range_are_collected_side_by_side(due: tuple[World, str]) -> None:
    # given renewals that are billed
    world, _ = due
    run = world.run.at(FEBRUARY_2)
    await bill_due(run, bill_run_id=await _bill_run(run), buckets=ALL, limit=SHOPPERS)
    # when a worker collects them in the parts of its ranges
    stop = asyncio.Event()
    working = asyncio.create_task(work(world.run, world.psps, jobs=("collect_due",), stop=stop))
    await _until(world, PAID_RENEWALS, SHOPPERS)
    stop.set()
    await working
    # then each was charged once
    assert await world.value("SELECT count(*) FROM attempt") == 2 * SHOPPERS
    assert len(await world.simulator.truth()) == 2 * SHOPPERS


async def test_a_lost_answer_is_found_out_while_the_clock_of_a_sandbox_stands_still(
    fresh_database_url: str, tmp_path: Path
) -> None:
    # given a purchase whose answer was lost, in a sandbox whose clock nobody moves
    async with open_world(fresh_database_url, tmp_path) as world:
        paid = await world.buy(await world.shopper())
        lost = await world.buy(await world.shopper(token="tok_500_after"))
        assert await world.state(lost.subscription_id) == "incomplete"
        before = await world.run.environment()
        # when a worker sees it stand still for an hour
        memory = Memory(
            clock=StillClock(
                every_seconds=0.05, instant=before.instant, since=time.monotonic() - 3600
            )
        )
        stop = asyncio.Event()
        run = Run(world.run.database, world.run.keyring)
        jobs = ("resolve_attempts", "resolve_refunds", "apply_psp_events")
        working = asyncio.create_task(work(run, world.psps, jobs=jobs, stop=stop, memory=memory))
        await _until(world, "SELECT count(*) FROM attempt WHERE state = 'unknown'", 0)
        stop.set()
        await working
        # then the answer is known, dated by the clock that stands
        assert await world.state(lost.subscription_id) == "active"
        assert await world.captures(lost.payment_id) == [1199]
        ended = "SELECT DISTINCT ended_at FROM attempt"
        assert await world.rows(ended) == [(before.instant,)]
        assert await world.captures(paid.payment_id) == [1199]


async def test_sigterm_lets_a_worker_finish_and_give_its_leases_back(
    due: tuple[World, str],
) -> None:
    # given a worker process in the middle of its work
    world, url = due
    environment = {"LEDGERLINE_DATABASE_URL": url, "LEDGERLINE_KEK": bytes(32).hex()}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", "from ledgerline.main import run; run()",
        "--log", "json", "work", "bill_due", "collect_due",
        env=environment, stdout=DEVNULL, stderr=PIPE,
    )  # fmt: skip
    await _until(world, "SELECT count(*) > 0 FROM invoice WHERE cause = 'renewal'", wanted=True)
    # when it is told to stop
    began = time.monotonic()
    process.send_signal(signal.SIGTERM)
    _, said = await process.communicate()
    # then it ends by itself within its time, in order
    assert process.returncode == 0, said.decode()
    assert time.monotonic() - began < 10
    lines = [json.loads(line) for line in said.decode().splitlines() if line.startswith("{")]
    assert [line["event"] for line in lines] == ["worker started", "worker stopped"]
    assert lines[-1]["given_up"] == 0
    # and what it did not reach is still due, for the next worker
    assert await world.value("SELECT count(*) FROM lease WHERE token IS NOT NULL") == 0
    renewed = await world.value("SELECT count(*) FROM invoice WHERE cause = 'renewal'")
    still_due = await world.value(
        "SELECT count(*) FROM subscription WHERE next_bill_at <= %s", FEBRUARY_2
    )
    assert renewed + still_due == SHOPPERS


async def test_a_worker_whose_lease_ran_out_cannot_commit(due: tuple[World, str]) -> None:
    # given a worker that holds ranges and was paused until they ran out
    world, _ = due
    await open_ranges(world.run, job="bill_due", parts=16)
    async with leased(world.run, job="bill_due", holder="paused") as lease:
        assert lease is not None
        await world.write("UPDATE lease SET expires_at = '-infinity' WHERE token = %s", lease.token)
        # when another worker has taken them
        async with leased(world.run, job="bill_due", holder="other") as other:
            assert other is not None
            assert set(other.ranges) == set(lease.ranges)
            # then the first one's commit is refused, and the other's is not
            with pytest.raises(LeaseLost):
                await _commit_under(world.run, lease)
            await _commit_under(world.run, other)


async def _commit_under(run: Run, lease: Lease) -> None:
    async with run.transaction() as tx:
        await lease.fence(tx)


async def test_a_worker_leaves_ranges_to_others(due: tuple[World, str]) -> None:
    world, _ = due
    await open_ranges(world.run, job="collect_due", parts=16)
    async with (
        leased(world.run, job="collect_due", holder="first") as first,
        leased(world.run, job="collect_due", holder="second") as second,
    ):
        assert first is not None
        assert second is not None
        assert len(first.ranges) == len(second.ranges) == CLAIM_MAX
        assert not set(first.ranges) & set(second.ranges)


def test_neighbouring_ranges_are_worked_as_one() -> None:
    ranges = [RangeRow(512, 768), RangeRow(0, 256), RangeRow(256, 512)]
    assert Lease("bill_due", UUID(int=1), ranges).spans() == [(0, 768)]


def test_ranges_are_cut_into_parts_that_leave_nothing_out() -> None:
    lease = Lease("collect_due", UUID(int=1), [RangeRow(512, 768), RangeRow(0, 256)])
    assert lease.parts(3) == [
        (0, 85), (85, 170), (170, 256), (512, 597), (597, 682), (682, 768),
    ]  # fmt: skip


def test_a_slow_batch_is_halved_and_a_quick_full_one_doubled() -> None:
    memory = Memory()
    memory.learn(billed=BATCH_START, seconds=LATENCY_SECONDS_MAX / 5)
    assert memory.batch == 2 * BATCH_START
    memory.learn(billed=2 * BATCH_START, seconds=1.4 * LATENCY_SECONDS_MAX)
    assert memory.batch == BATCH_START
    memory.learn(billed=10, seconds=LATENCY_SECONDS_MAX / 5)
    assert memory.batch == BATCH_START
    for _ in range(10):
        memory.learn(billed=BATCH_START, seconds=4 * LATENCY_SECONDS_MAX)
    assert memory.batch == BATCH_MIN


def test_the_command_line_knows_every_job() -> None:
    assert set(NAMED) == set(JOBS)
