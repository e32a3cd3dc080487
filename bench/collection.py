"""Collecting due payments against posting the same charges with the bare HTTP client."""

import asyncio
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg

from bench.billing_run import DUE, run_once, seed
from bench.halves import over_halves
from bench.provider import IN_FLIGHT_MAX, Provider, calm_provider
from bench.report import Figure
from bench.stage import Stage, new_id
from ledgerline.base.http import Reply
from ledgerline.base.ids import AttemptId, Bucket, PaymentId
from ledgerline.base.money import Currency, Money
from ledgerline.base.run import Run
from ledgerline.flows.collect_due import collect_due
from ledgerline.payments.adapters.sandbox.connector import Sandbox
from ledgerline.payments.contract import PspRequest
from ledgerline.payments.model import Initiator, SentAttempt


async def collection(stage: Stage, *, payments: int = 10_000) -> list[Figure]:
    """Measure claim, charge and settlement of due payments, and the charges alone."""
    await seed(stage, payments)
    billed = await run_once(stage)
    assert billed.renewals == payments, (billed, payments)
    with tempfile.TemporaryDirectory(prefix="ledgerline-bench-psp-") as folder:
        async with calm_provider(stage, Path(folder)) as provider:
            settled, seconds, cpu = await _collect(stage.run.at(DUE), provider)
            limit = await _post(stage, provider)
    assert settled == payments, (settled, payments)
    return [
        Figure(
            name="collection",
            value=settled / seconds,
            unit="payments/s",
            limit=payments / limit,
            ratio=seconds / limit,
            note=f"{payments:,} due payments settled; limit: the same charges posted alone by the"
            f" same client, {IN_FLIGHT_MAX} at once",
        ),
        Figure(
            name="collection_python",
            value=cpu / settled * 1e6,
            unit="µs/payment",
            limit=None,
            ratio=None,
            note="Python CPU of the platform, HTTP included",
        ),
    ]


async def _collect(run: Run, provider: Provider) -> tuple[int, float, float]:
    before, cpu = time.perf_counter(), time.process_time()
    settled = await over_halves(lambda buckets: _drain(run, provider, buckets))
    return settled, time.perf_counter() - before, time.process_time() - cpu


async def _drain(run: Run, provider: Provider, buckets: tuple[int, int]) -> int:
    settled = 0
    while (batch := await collect_due(run, provider.gateway, buckets=buckets)).tried:
        settled += batch.succeeded
    return settled


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
            deadline_seconds=merchant.call_deadline.total_seconds(),
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
