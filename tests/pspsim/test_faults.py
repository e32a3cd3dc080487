"""Outages by the clock, faults by rate, and the truth behind both."""

import asyncio
from pathlib import Path

import aiohttp

from tests.pspsim.simulator import Simulator, simulator, write_world

# Every fault of a request, and how often the charge it meets is executed.
EXECUTES = {
    "rate_limit": 0,
    "reset_before": 0,
    "timeout_before_accept": 0,
    "http_5xx_before": 0,
    "timeout_after_accept": 1,
    "cut_reply": 1,
    "http_5xx_after": 1,
    "slow": 1,
}


async def test_an_outage_follows_the_virtual_clock(tmp_path: Path) -> None:
    async with simulator("demo", tmp_path / "state") as running:
        before = await running.charge("before", "tok_ok_1", provider="boreal")
        await running.control("clock", {"now": "2026-02-01T12:00:00Z"})
        during = await running.charge("during", "tok_ok_1", provider="boreal")
        lookup = await running.get("charges?reference=before", provider="boreal")
        elsewhere = await running.charge("during", "tok_ok_1", provider="aster")
        await running.control("clock", {"now": "2026-02-03T00:00:00Z"})
        after = await running.get("charges?reference=during", provider="boreal")
        again = await running.charge("during", "tok_ok_1", provider="boreal")
        assert (before.status, elsewhere.status, again.status) == (200, 200, 200)
        assert [(a.status, a.error) for a in (during, lookup)] == [(503, "unavailable")] * 2
        assert after.body == {"data": []}
        assert (await running.show("stats"))["boreal"]["faults"] == {"outage": 2}


async def test_an_outage_can_be_ordered(tmp_path: Path) -> None:
    async with simulator(write_world(tmp_path), tmp_path / "state") as running:
        window = {"from": "2026-01-01T00:00:00Z", "to": "2026-01-01T06:00:00Z"}
        await running.control("outage", {"provider": "aster", **window})
        assert (await running.charge("down", "tok_ok_1")).status == 503
        await running.control("clock", {"now": "2026-01-01T06:00:00Z"})
        assert (await running.charge("down", "tok_ok_1")).status == 200


async def test_every_ordered_fault_does_what_its_name_says(tmp_path: Path) -> None:
    async with simulator(write_world(tmp_path), tmp_path / "state") as running:
        told = {fault: await _meet(running, fault) for fault in EXECUTES}
        await running.control("faults", {"provider": "*", "rates": dict.fromkeys(EXECUTES, 0)})
        found = {
            fault: len((await running.get(f"charges?reference={fault}")).body["data"])
            for fault in EXECUTES
        }
        assert found == EXECUTES
        assert told["rate_limit"] == "429 after 1"
        assert told["reset_before"] == told["timeout_before_accept"] == "ServerDisconnectedError"
        assert told["timeout_after_accept"] == "ServerDisconnectedError"
        assert told["cut_reply"] == "ClientPayloadError"
        assert told["http_5xx_before"].startswith("50")
        assert told["http_5xx_after"].startswith("50")
        assert told["slow"] == "200"
        assert (await running.show("stats"))["aster"]["faults"] == dict.fromkeys(EXECUTES, 1)


async def _meet(running: Simulator, fault: str) -> str:
    rates = {**dict.fromkeys(EXECUTES, 0), fault: 1_000_000}
    await running.control("faults", {"provider": "aster", "rates": rates})
    try:
        answer = await running.charge(fault, "tok_visa_1")
    except aiohttp.ClientError as error:
        return type(error).__name__
    wait = answer.headers.get("Retry-After", answer.headers.get("retry-after"))
    return f"{answer.status} after {wait}" if wait else str(answer.status)


async def test_lookups_can_fail_and_recover(tmp_path: Path) -> None:
    async with simulator(write_world(tmp_path), tmp_path / "state") as running:
        await running.control("faults", {"provider": "aster", "rates": {"lookup_5xx": 500_000}})
        answers = [await running.get("charges?reference=x") for _ in range(40)]
        assert 5 < sum(answer.status == 503 for answer in answers) < 35


async def test_a_pending_charge_succeeds_after_a_virtual_day(tmp_path: Path) -> None:
    async with simulator(write_world(tmp_path), tmp_path / "state") as running:
        answer = await running.charge("later", "tok_pending_1")
        assert (answer.status, answer.body["status"], answer.body["final"]) == (
            202,
            "pending",
            False,
        )
        early = await running.control("clock", {"now": "2026-01-01T23:59:59Z"})
        due = await running.control("clock", {"now": "2026-01-05T00:00:00Z"})
        assert (early["settled"], due["settled"]) == (0, 1)
        charge = (await running.get(f"charges/{answer.body['id']}")).body
        assert (charge["status"], charge["final"]) == ("succeeded", True)
        assert (await running.truth())[0]["executed_at"] == "2026-01-02T00:00:00Z"
        assert (await running.charge("later", "tok_pending_1")).body == answer.body


async def test_the_clock_stands_still_and_never_goes_back(tmp_path: Path) -> None:
    async with simulator(write_world(tmp_path), tmp_path / "state") as running:
        # given nothing executed: the clock may be set anywhere
        await running.control("clock", {"now": "2020-02-29T12:00:00+02:00"})
        assert await running.show("clock") == {"now": "2020-02-29T10:00:00Z"}
        await running.charge("first", "tok_ok_1")
        url = f"http://127.0.0.1:{running.control_port}/_sim"
        bad = [
            ("clock", {"now": "2020-02-28T00:00:00Z"}),
            ("clock", {"now": "tomorrow"}),
            ("faults", {"provider": "aster", "rates": {"gremlin": 1}}),
            ("faults", {"provider": "nobody", "rates": {}}),
            ("webhooks", {"provider": "aster", "url": "ftp://x"}),
            ("outage", {"provider": "aster", "from": "2020-03-02T00:00:00Z"}),
        ]
        for path, body in bad:
            async with running.session.post(f"{url}/{path}", json=body) as answer:
                assert answer.status == 422, path
        assert await running.show("clock") == {"now": "2020-02-29T10:00:00Z"}
        assert await running.show("health") == {"ok": True, "providers": ["aster"]}


async def test_the_same_seed_gives_the_same_truth_whatever_arrives_first(tmp_path: Path) -> None:
    truths = []
    for name, step in (("one", 1), ("two", -1)):
        async with simulator("storm", tmp_path / name) as running:
            orders = [(provider, n) for provider in ("aster", "cobalt") for n in range(80)]
            await asyncio.gather(*(_settle(running, *order) for order in orders[::step]))
            truths.append(await running.truth())
    assert truths[0] == truths[1]
    # and in the storm every charge was executed exactly once
    assert len({line["reference"] for line in truths[0]}) == len(truths[0]) == 160
    assert 115 < sum(line["status"] == "succeeded" for line in truths[0]) < 150


async def _settle(running: Simulator, provider: str, number: int) -> None:
    """Repeat one charge under one key until it was executed."""
    for repeated in range(20):
        await asyncio.sleep(0.05 * repeated)  # a call that goes on is answered 409 until it ends
        try:
            async with asyncio.timeout(0.3 * (1 + repeated)):  # a busy machine is no fault
                reference = f"{provider}-{number}"
                answer = await running.charge(reference, f"tok_visa_{number}", provider=provider)
        except (aiohttp.ClientError, TimeoutError):
            continue
        if answer.status in {200, 402} or answer.replayed:
            return
    raise AssertionError((provider, number))
