"""A worker: everything that falls due, in small batches and in changing order, until killed."""

import asyncio
import socket
from collections.abc import Awaitable, Callable
from typing import Final

from ledgerline.base.errors import OutcomeUnknown, Rejected, Unavailable
from ledgerline.base.ids import BUCKETS, BillRunId
from ledgerline.base.run import Run
from ledgerline.flows.apply_psp_events import apply_psp_events
from ledgerline.flows.bill_due import bill_due
from ledgerline.flows.collect_due import collect_due
from ledgerline.flows.forget_expired import forget_expired
from ledgerline.flows.number_documents import number_documents
from ledgerline.flows.open_bill_run import open_bill_run
from ledgerline.flows.relay_events import relay_events
from ledgerline.flows.resolve_attempts import resolve_attempts
from ledgerline.flows.resolve_refunds import resolve_refunds
from ledgerline.payments.model import Psps
from tests.chaos.chance import Chance
from tests.chaos.place import Place
from tests.chaos.running import Poison, opened, patiently

ALL: Final = (0, BUCKETS)
IDLE_SECONDS: Final = 0.02

Job = Callable[[Run, Psps], Awaitable[int]]


async def work(place: Place, slot: int, chance: Chance, _socket: socket.socket) -> None:
    """Do all jobs over and over."""

    async def session() -> None:
        async with opened(place, f"work-{slot}", size=3) as (run, psps):
            jobs = await _jobs(run)
            while True:
                done = 0
                for _ in jobs:
                    name = chance.of(list(jobs))
                    done += await _once(place, name, jobs[name](await run.at_clock(), psps))
                if done == 0:
                    await asyncio.sleep(IDLE_SECONDS)

    await patiently(session)


async def _once(place: Place, name: str, job: Awaitable[int]) -> int:
    try:
        return await job
    except (Unavailable, OutcomeUnknown, Poison) as failure:
        place.append("notes.ndjson", {"job": name, "again": str(failure)[:200]})
    except Rejected as refusal:  # a job is nobody's request: there is nobody to refuse
        place.append("defects.ndjson", {"who": name, "what": repr(refusal), "trace": ""})
    await asyncio.sleep(IDLE_SECONDS)
    return 0


async def _forget(run: Run, _: Psps) -> int:
    return (await forget_expired(run)).total


async def _jobs(run: Run) -> dict[str, Job]:
    here = await run.at_clock()
    bill_run_id = BillRunId(here.new_id(here.new_bucket()))
    await open_bill_run(here, bill_run_id=bill_run_id)

    async def bill(run: Run, _: Psps) -> int:
        billed = await bill_due(run, bill_run_id=bill_run_id, buckets=ALL, limit=25)
        return billed.total

    async def collect(run: Run, psps: Psps) -> int:
        return (await collect_due(run, psps, buckets=ALL, limit=10)).tried

    async def events(run: Run, psps: Psps) -> int:
        return await apply_psp_events(run, psps, limit=20)

    async def attempts(run: Run, psps: Psps) -> int:
        return await resolve_attempts(run, psps, buckets=ALL, limit=20)

    async def refunds(run: Run, psps: Psps) -> int:
        return await resolve_refunds(run, psps, buckets=ALL, limit=10)

    async def number(run: Run, _: Psps) -> int:
        return await number_documents(run, limit=50)

    async def relay(run: Run, _: Psps) -> int:
        return await relay_events(run, buckets=ALL, limit=200)

    return {
        "bill": bill, "collect": collect, "events": events, "attempts": attempts,
        "refunds": refunds, "number": number, "relay": relay, "forget": _forget,
    }  # fmt: skip
