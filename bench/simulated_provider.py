"""How many charges a second the simulator answers with one core of its own."""

import asyncio
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from bench.billing_run import DUE
from bench.provider import IN_FLIGHT_MAX, Provider, calm_provider
from bench.report import Figure
from bench.stage import Stage, new_id
from ledgerline.base.http import Reply, Within
from ledgerline.base.ids import AttemptId, Bucket, PaymentId
from ledgerline.base.money import Currency, Money
from ledgerline.payments.adapters.sandbox.connector import Sandbox
from ledgerline.payments.model import Initiator, SentAttempt

WANTED: Final = 1_000
"""Requests a second of one core: with fewer, runs of the platform would wait for its provider."""
_BUCKET: Final = Bucket(7)


async def simulated_provider(stage: Stage, *, charges: int = 10_000) -> list[Figure]:
    """Measure processor time of the simulator's process a charge, whatever else is running."""
    await stage.reset()
    with tempfile.TemporaryDirectory(prefix="ledgerline-bench-psp-") as folder:
        async with calm_provider(stage, Path(folder)) as provider:
            before, numbers = _processor_seconds(), iter(range(charges))
            await asyncio.gather(*(_post(provider, numbers) for _ in range(IN_FLIGHT_MAX)))
            seconds = _processor_seconds() - before
    return [
        Figure(
            name="simulated_provider",
            value=charges / seconds,
            unit="requests/s",
            limit=WANTED,
            ratio=charges / seconds / WANTED,
            note=f"{charges:,} charges, {IN_FLIGHT_MAX} at once, by processor time of the"
            " simulator's process; limit: what is wanted of it",
        )
    ]


def _processor_seconds() -> float:
    """Return what our child process that is the simulator has used so far, by Linux."""
    children = {
        pid
        for task in Path("/proc/self/task").iterdir()
        for pid in (task / "children").read_text().split()
    }
    found = [pid for pid in children if b"pspsim" in Path("/proc", pid, "cmdline").read_bytes()]
    assert len(found) == 1, found
    fields = Path("/proc", found[0], "stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def _post(provider: Provider, numbers: Iterator[int]) -> None:
    psp, merchants = Sandbox(), list(provider.merchants.values())
    for number in numbers:
        merchant = merchants[number % len(merchants)]
        attempt = SentAttempt(
            bucket=_BUCKET,
            attempt_id=AttemptId(new_id(DUE, _BUCKET)),
            payment_id=PaymentId(new_id(DUE, _BUCKET)),
            psp_account=merchant.code,
            psp_token="tok_visa_bench",  # noqa: S106 - a test card of the simulator
            amount=Money(1199, Currency("EUR")),
            initiator=Initiator.MERCHANT,
        )
        talk = psp.talk(attempt, merchant)
        request = next(talk)
        talk.close()
        reply = await provider.http.send(
            merchant.settings["base_url"] + request.path,
            method=request.method,
            headers=(*request.headers, *request.credentials),
            body=request.body,
            within=Within(merchant.call_deadline.total_seconds()),
            in_flight=merchant.code,
        )
        assert isinstance(reply, Reply), reply
        assert reply.status < 300, reply
