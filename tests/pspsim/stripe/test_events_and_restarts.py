"""Events and a killed process, as Stripe's own library (version 16.1.0) finds them."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
import requests
import stripe

from tests.pspsim.simulator import EUR_10_99, simulator, write_world
from tests.pspsim.stripe.face import (
    PROVIDERS,
    WEBHOOK_SECRET,
    client_of,
    customer_with,
    paying,
    stripe_face,
)


async def test_events_are_signed_as_stripes_library_verifies_them(tmp_path: Path) -> None:
    async with stripe_face(tmp_path) as face:
        with requests.Session() as session:
            client = client_of(face.running, session)
            paid = await asyncio.to_thread(client.v1.payment_intents.create, paying())
            refund: Any = {"payment_intent": paid.id}
            await asyncio.to_thread(client.v1.refunds.create, refund)
        deliveries = await face.told()
        events = [
            client.construct_event(raw, headers["stripe-signature"], WEBHOOK_SECRET)
            for headers, raw in deliveries
        ]
        headers, raw = deliveries[0]
        for body, secret in ((raw, "whsec_another"), (raw + b" ", WEBHOOK_SECRET)):
            with pytest.raises(stripe.SignatureVerificationError):
                client.construct_event(body, headers["stripe-signature"], secret)
    told = {event.type: event for event in events}
    assert set(told) == {"payment_intent.succeeded", "refund.created", "charge.refunded"}
    assert len({event.id for event in events}) == 3
    assert told["payment_intent.succeeded"].data.object["id"] == paid.id
    assert told["refund.created"].data.object["payment_intent"] == paid.id
    assert told["charge.refunded"].data.object["amount_refunded"] == EUR_10_99


async def test_what_was_answered_is_there_after_the_process_was_killed(tmp_path: Path) -> None:
    world = write_world(tmp_path, providers=PROVIDERS)
    with requests.Session() as session:
        async with simulator(world, tmp_path / "state") as running:
            client = client_of(running, session)
            saved = await asyncio.to_thread(customer_with, running, "pm_tok_ok_1")
            customer, method = saved.split("/")
            asked = paying(method, customer=customer)
            key: Any = {"idempotency_key": "the-key"}
            paid = await asyncio.to_thread(client.v1.payment_intents.create, asked, key)
            running.process.kill()
        async with simulator(world, tmp_path / "state") as running:
            client = client_of(running, session)
            again = await asyncio.to_thread(client.v1.payment_intents.create, asked, key)
            found = await asyncio.to_thread(client.v1.payment_intents.retrieve, paid.id)
            kept = await asyncio.to_thread(client.v1.payment_methods.retrieve, method)
            assert len(await running.truth()) == 1
    assert (again.id, found.id, found.status) == (paid.id, paid.id, "succeeded")
    assert kept.customer == customer
