"""What is forgotten after its time, in batches, by whoever does what is due."""

import asyncio
from datetime import datetime, timedelta

import pytest
from typing_extensions import override

from ledgerline.access.model import IdempotencyKeyReused
from ledgerline.base.ids import CustomerId
from ledgerline.base.run import Run
from ledgerline.flows.claim_key import Command
from ledgerline.flows.create_customer import NewCustomer, create_customer
from ledgerline.flows.forget_expired import Forgotten, count_expired, forget_expired
from ledgerline.jobs.worker import work
from tests.flow_world import World


async def _make(world: World, key: str, *, name: str = "Alva") -> CustomerId:
    command = Command("shop", key, name.encode())
    return CustomerId(
        await create_customer(world.run, NewCustomer("DE", name=name), command=command)
    )


async def test_a_key_is_kept_for_30_days_and_then_free(world: World) -> None:
    # given three keys, two of them a month old
    first = [await _make(world, key) for key in ("young", "old-1", "old-2")]
    await world.write(
        "UPDATE idempotency_key SET created_at = created_at - interval '30 days' - interval"
        " '1 minute' WHERE key LIKE 'old-%%'"
    )
    assert await count_expired(world.run) == Forgotten(2, 0, 0)
    # when it is forgotten, one at a time
    batches = [await forget_expired(world.run, limit=1) for _ in range(3)]
    # then those two are gone, and their reservations with them
    assert batches == [Forgotten(1, 0, 0), Forgotten(1, 0, 0), Forgotten(0, 0, 0)]
    assert await world.value("SELECT count(*) FROM global_key WHERE kind = 'idempotency'") == 1
    # and may stand for another request, while the young one may not
    assert await _make(world, "old-1", name="Bo") not in first
    assert await _make(world, "young") == first[0]
    with pytest.raises(IdempotencyKeyReused):
        await _make(world, "young", name="Bo")


async def test_what_a_webhook_said_is_kept_for_90_days_of_the_clock(world: World) -> None:
    # given a webhook of now, applied or still waiting
    for state in ("applied", "parked"):
        await world.write(
            "INSERT INTO psp_event (psp_account, event_key, event_type, state, reference, body,"
            " body_sha256, received_at, due_at) VALUES ('aster', %s, 'charge.succeeded', %s,"
            " 'nobody', '{}', sha256(''), %s, %s)",
            state, state, world.now, None if state == "applied" else world.now + timedelta(300),
        )  # fmt: skip
    # when the clock of the sandbox goes on
    await world.advance(world.now + timedelta(days=90))
    kept = await world.value("SELECT count(body) FROM psp_event")
    await world.advance(world.now + timedelta(minutes=1))
    # then it is forgotten with what is due, and that it came is not
    assert kept == 2
    assert await world.rows("SELECT state, body FROM psp_event ORDER BY state") == [
        ("applied", None), ("parked", None),
    ]  # fmt: skip
    await world.write("DELETE FROM psp_event")


class FortyDaysAhead(Run):
    """A process on a machine whose clock nobody sets."""

    @override
    def wall(self) -> datetime:
        return super().wall() + timedelta(days=40)


async def test_a_process_with_a_wrong_clock_forgets_no_key(world: World) -> None:
    # given a key of today
    await _make(world, "kept")
    ahead = FortyDaysAhead(world.run.database, world.run.keyring, instant=world.now)
    # when a process that is forty days ahead forgets what is old
    assert (await count_expired(ahead)).idempotency_keys == 0
    assert (await forget_expired(ahead)).idempotency_keys == 0
    # then its request is not done anew
    assert await world.value("SELECT count(*) FROM idempotency_key WHERE key = 'kept'") == 1


async def test_a_worker_forgets_as_one_of_its_jobs(world: World) -> None:
    # given a key that is too old
    await _make(world, "worker")
    await world.write(
        "UPDATE idempotency_key SET created_at = created_at - interval '40 days'"
        " WHERE key = 'worker'"
    )
    # when a worker does that job
    stop = asyncio.Event()
    working = asyncio.create_task(
        work(Run(world.run.database, world.run.keyring), world.psps, jobs=["forget_expired"],
             stop=stop)
    )  # fmt: skip
    # then it is forgotten
    async with asyncio.timeout(300):
        while True:
            if await world.value("SELECT count(*) FROM idempotency_key WHERE key = 'worker'") == 0:
                break
            await asyncio.sleep(0.01)
    stop.set()
    await working
