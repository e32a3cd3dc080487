"""Collecting due payments against posting the same charges with the bare HTTP client."""

import asyncio
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final, NamedTuple

import psycopg

from bench.billing_run import DUE, run_once, seed
from bench.provider import IN_FLIGHT_MAX, USUAL_LATENCY, Provider, calm_provider
from bench.report import Figure
from bench.stage import Stage, new_id
from ledgerline.base.http import Reply, Within
from ledgerline.base.ids import AttemptId, Bucket, PaymentId
from ledgerline.base.money import Currency, Money
from ledgerline.jobs.worker import work
from ledgerline.payments.adapters.sandbox.connector import Sandbox
from ledgerline.payments.contract import PspRequest
from ledgerline.payments.model import Initiator, SentAttempt

LEFT: Final = """
    SELECT EXISTS (SELECT FROM payment WHERE next_try_at <= (SELECT instant FROM environment))
        OR EXISTS (SELECT FROM attempt WHERE state = 'sent')"""
MISSED: Final = "SELECT count(*) FROM payment WHERE state <> 'succeeded'"
LOOK_SECONDS: Final = 0.05


async def collection(stage: Stage, *, payments: int = 10_000) -> list[Figure]:
    """Measure a worker that collects due payments, and the same charges posted alone.

    Once with a provider that takes its time, where the worker must keep as many calls on their way
    as the bare client; once with one that answers at once, where only processor time counts.
    """
    usual = await _measured(stage, payments, USUAL_LATENCY)
    prompt = await _measured(stage, payments, None)
    posted = f"limit: the same charges posted alone by the same client, {IN_FLIGHT_MAX} at once"
    return [
        Figure(
            name="collection",
            value=payments / usual.seconds,
            unit="payments/s",
            limit=payments / usual.limit,
            ratio=usual.seconds / usual.limit,
            note=f"{payments:,} due payments by one worker, answers after 80 ms, one in a hundred"
            f" after 1 to 2 s; {posted}",
        ),
        Figure(
            name="collection_prompt",
            value=payments / prompt.seconds,
            unit="payments/s",
            limit=payments / prompt.limit,
            ratio=prompt.seconds / prompt.limit,
            note=f"{payments:,} due payments by one worker, answers at once; {posted}",
        ),
        Figure(
            name="collection_python",
            value=prompt.cpu / payments * 1e6,
            unit="µs/payment",
            limit=None,
            ratio=None,
            note="Python CPU of the worker, HTTP included",
        ),
    ]


class _Measured(NamedTuple):
    """Seconds of the worker, of the bare client, and Python's processor seconds of the first."""

    seconds: float
    limit: float
    cpu: float


async def _measured(stage: Stage, payments: int, latency: Mapping[str, object] | None) -> _Measured:
    await seed(stage, payments)
    billed = await run_once(stage)
    assert billed.renewals == payments, (billed, payments)
    await stage.run.set_clock(DUE)
    with tempfile.TemporaryDirectory(prefix="ledgerline-bench-psp-") as folder:
        async with calm_provider(stage, Path(folder), latency=latency) as provider:
            before, cpu = time.perf_counter(), time.process_time()
            await _collect(stage, provider)
            seconds, cpu = time.perf_counter() - before, time.process_time() - cpu
            return _Measured(seconds, await _post(stage, provider), cpu)


async def _collect(stage: Stage, provider: Provider) -> None:
    """Let a worker collect until nothing is left."""
    stop = asyncio.Event()
    work_off = work(stage.run, provider.gateway, jobs=["collect_due"], stop=stop)
    async with await psycopg.AsyncConnection.connect(stage.url, autocommit=True) as looking:
        worker = asyncio.create_task(work_off)
        while (await (await looking.execute(LEFT)).fetchone()) == (True,):
            await asyncio.sleep(LOOK_SECONDS)
            assert not worker.done(), "the worker ended"
        missed = await (await looking.execute(MISSED)).fetchone()
    stop.set()
    await worker
    assert missed == (0,), f"{missed} payments had no answer in time: this machine is too busy"


async def _post(stage: Stage, provider: Provider) -> float:
    """Post the charges of the run once more under new references, ready-made."""
    requests = iter(await asyncio.to_thread(_requests, stage, provider))
    before = time.perf_counter()
    await asyncio.gather(*(_post_all(provider, requests) for _ in range(IN_FLIGHT_MAX)))
    return time.perf_counter() - before


async def _post_all(provider: Provider, requests: Iterator[tuple[str, PspRequest]]) -> None:
    for account, request in requests:
        merchant = provider.merchants[account]
        reply = await provider.http.send(
            merchant.settings["base_url"] + request.path,
            method=request.method,
            headers=(*request.headers, *request.credentials),
            body=request.body,
            within=Within(merchant.call_deadline.total_seconds()),
            in_flight=account,
        )
        assert isinstance(reply, Reply), reply
        assert reply.status < 300, reply


def _requests(stage: Stage, provider: Provider) -> list[tuple[str, PspRequest]]:
    with psycopg.connect(stage.url) as connection:
        rows = connection.execute(
            "SELECT bucket, payment_id, psp_account, psp_token, amount_minor, currency FROM attempt"
        ).fetchall()
    psp = Sandbox()
    requests = []
    for bucket, payment, account, token, minor, currency in rows:
        attempt = SentAttempt(
            bucket=bucket,
            attempt_id=AttemptId(new_id(DUE, Bucket(bucket))),
            payment_id=PaymentId(payment),
            psp_account=account,
            amount=Money(minor, Currency(currency)),
            psp_token=token,
            initiator=Initiator.MERCHANT,
        )
        requests.append((account, next(psp.talk(attempt, provider.merchants[account]))))
    return requests
