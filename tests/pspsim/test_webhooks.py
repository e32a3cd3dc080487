"""Webhooks: signed, repeated until acknowledged, and as unreliable as ordered."""

import asyncio
import base64
import hashlib
import hmac
import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiohttp import web

from pspsim.dialects.native import signature
from tests.listening import serving
from tests.pspsim.simulator import Simulator, simulator, write_world

SECRET = b"secret00"


@dataclass
class Inbox:
    """An endpoint that keeps what it is sent and refuses the first ``refusals`` deliveries."""

    refusals: int = 0
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)

    async def take(self, request: web.Request) -> web.Response:
        """Take one delivery."""
        names = ("webhook-id", "webhook-timestamp", "webhook-signature")
        self.got.append(({name: request.headers[name] for name in names}, await request.read()))
        self.refusals -= 1
        return web.Response(status=500 if self.refusals >= 0 else 204)

    def events(self) -> list[Any]:
        """Return the bodies."""
        return [json.loads(body) for _, body in self.got]


@asynccontextmanager
async def _listening(folder: Path, inbox: Inbox) -> AsyncGenerator[Simulator]:
    application = web.Application()
    application.add_routes([web.post("/hooks", inbox.take)])
    async with (
        serving(application) as origin,
        simulator(write_world(folder), folder / "state") as running,
    ):
        await running.control("webhooks", {"provider": "aster", "url": f"{origin}/hooks"})
        yield running


async def test_events_carry_the_object_and_a_standard_signature(tmp_path: Path) -> None:
    inbox = Inbox()
    async with _listening(tmp_path, inbox) as running:
        paid = await running.charge("paid", "tok_ok_1")
        declined = await running.charge("declined", "tok_decline_lost_card_1")
        refund = await running.refund("back", paid.body["id"], amount=1)
        await running.charge("paid", "tok_ok_1")  # a replay is no news
        drained = await running.control("drain")
    assert drained == {"sent": 3, "failed": 0, "dropped": 0, "queued": 0}
    events = {event["type"]: event for event in inbox.events()}
    assert events["charge.succeeded"]["data"] == paid.body
    assert events["charge.declined"]["data"] == declined.body
    assert events["refund.succeeded"]["data"] == refund.body
    assert len(inbox.got) == 3
    for headers, body in inbox.got:
        event_id, timestamp = headers["webhook-id"], headers["webhook-timestamp"]
        message = f"{event_id}.{timestamp}.".encode() + body
        digest = hmac.new(SECRET, message, hashlib.sha256).digest()
        assert headers["webhook-signature"] == "v1," + base64.b64encode(digest).decode()
        assert json.loads(body)["id"] == event_id
        assert event_id.startswith("evt_")


async def test_an_unacknowledged_event_is_tried_three_times(tmp_path: Path) -> None:
    inbox = Inbox(refusals=4)
    async with _listening(tmp_path, inbox) as running:
        await running.charge("first", "tok_ok_1")
        first = await running.control("drain")
        await running.charge("second", "tok_ok_1")
        second = await running.control("drain")
    # then the first event is given up, and the second arrives with its second try
    assert (first["failed"], first["sent"]) == (1, 0)
    assert (second["failed"], second["sent"]) == (1, 1)
    assert [event["data"]["reference"] for event in inbox.events()] == ["first"] * 3 + [
        "second"
    ] * 2
    assert len({headers["webhook-id"] for headers, _ in inbox.got}) == 2


async def test_events_are_duplicated_lost_and_late_as_ordered(tmp_path: Path) -> None:
    inbox = Inbox()
    async with _listening(tmp_path, inbox) as running:
        await _order(running, webhook_dup=1_000_000)
        await running.charge("doubled", "tok_ok_1")
        await running.control("drain")
        await _order(running, webhook_dup=0, webhook_lost=1_000_000)
        await running.charge("lost", "tok_ok_1")
        await _order(running, webhook_lost=0, webhook_late=1_000_000)
        await running.charge("late", "tok_ok_1")
        await _order(running, webhook_late=0)
        await running.charge("early", "tok_ok_1")
        await running.control("drain")
        stats = (await running.show("stats"))["aster"]
    references = [event["data"]["reference"] for event in inbox.events()]
    assert references == ["doubled", "doubled", "early", "late"]
    assert inbox.got[0][1] == inbox.got[1][1]
    assert inbox.got[0][0]["webhook-id"] == inbox.got[1][0]["webhook-id"]
    assert stats["faults"] == {"webhook_dup": 1, "webhook_late": 1, "webhook_lost": 1}
    assert stats["webhooks"] == {"sent": 4, "tries": 4}


async def test_a_pending_charge_announces_its_end_and_the_event_may_precede_the_answer(
    tmp_path: Path,
) -> None:
    inbox = Inbox()
    async with _listening(tmp_path, inbox) as running:
        await running.charge("later", "tok_pending_1")
        assert (await running.control("drain"))["sent"] == 0
        await running.control("clock", {"now": "2026-01-03T00:00:00Z"})
        await running.control("drain")
        event = inbox.events()[0]
        assert (event["type"], event["created"]) == ("charge.succeeded", "2026-01-02T00:00:00Z")
        assert (event["data"]["status"], event["data"]["final"]) == ("succeeded", True)
        # given a slow answer, then the event is here before it
        await _order(running, slow=1_000_000)
        slow = asyncio.create_task(running.charge("slow", "tok_visa_1"))
        await asyncio.sleep(0.08)
        assert inbox.events()[1]["data"]["reference"] == "slow"
        assert not slow.done()
        await slow


async def test_webhooks_are_off_until_and_after_a_target_is_set(tmp_path: Path) -> None:
    inbox = Inbox()
    async with _listening(tmp_path, inbox) as running:
        await running.control("webhooks", {"provider": "*", "url": "off"})
        await running.charge("silent", "tok_ok_1")
        drained = await running.control("drain")
    assert drained == {"sent": 0, "failed": 0, "dropped": 0, "queued": 0}
    assert inbox.got == []


def test_a_plain_secret_signs_with_its_own_bytes() -> None:
    plain = signature("secret00", event_id="evt_1", timestamp=5, body=b"{}")
    encoded = signature("whsec_c2VjcmV0MDA=", event_id="evt_1", timestamp=5, body=b"{}")
    assert plain == encoded


async def _order(running: Simulator, **rates: int) -> None:
    await running.control("faults", {"provider": "aster", "rates": rates})


async def test_a_lost_event_is_told_on_request(tmp_path: Path) -> None:
    inbox = Inbox()
    async with _listening(tmp_path, inbox) as running:
        rates = {"webhook_lost": 1_000_000}
        await running.control("faults", {"provider": "aster", "rates": rates})
        await running.charge("one", "tok_ok_1")
        await running.charge("other", "tok_ok_2")
        await running.control("drain")
        assert inbox.events() == []
        asked = {"provider": "aster", "references": ["one", "nobody's"]}
        assert await running.control("retell", asked) == {"told": 1}
        await running.control("drain")
    assert [event["data"]["reference"] for event in inbox.events()] == ["one"]
