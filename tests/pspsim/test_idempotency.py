"""One key, one execution, one answer."""

import asyncio
import json
from pathlib import Path

import aiohttp
import pytest

from tests.pspsim.simulator import Answer, Simulator, charge_body, simulator, write_world


@pytest.mark.parametrize("token", ["tok_ok_1", "tok_decline_do_not_honor_1", "tok_pending_1"])
async def test_the_same_request_again_gets_the_stored_answer(calm: Simulator, token: str) -> None:
    reference = f"replay-{token}"
    first = await calm.charge(reference, token)
    second = await calm.charge(reference, token)
    assert (second.status, second.body) == (first.status, first.body)
    assert (first.replayed, second.replayed) == (False, True)
    assert len((await calm.get(f"charges?reference={reference}")).body["data"]) == 1


async def test_the_order_of_fields_does_not_make_another_request(calm: Simulator) -> None:
    body = charge_body("order", "tok_ok_1")
    await calm.post("charges", body, key="order")
    turned = json.dumps(dict(reversed(body.items())), indent=1).encode()
    assert (await calm.post("charges", turned, key="order")).replayed


@pytest.mark.parametrize("changed", [{"amount": 1}, {"reference": "other"}, {"description": ""}])
async def test_the_key_with_another_body_is_refused(
    calm: Simulator, changed: dict[str, object]
) -> None:
    key = f"mismatch-{next(iter(changed))}"
    await calm.charge(key, "tok_ok_1")
    body = charge_body(key, "tok_ok_1", **changed)
    answer = await calm.post("charges", body, key=key)
    assert (answer.status, answer.error) == (409, "idempotency_mismatch")


async def test_a_key_of_a_charge_cannot_be_used_for_a_refund(calm: Simulator) -> None:
    charge = await calm.charge("shared", "tok_ok_1")
    answer = await calm.refund("shared", charge.body["id"], amount=1)
    assert (answer.status, answer.error) == (409, "idempotency_mismatch")


async def test_requests_at_once_under_one_key_execute_once(calm: Simulator) -> None:
    answers = await asyncio.gather(*(calm.charge("at-once", "tok_visa_1") for _ in range(50)))
    assert {answer.body["id"] for answer in answers} == {answers[0].body["id"]}
    assert sum(not answer.replayed for answer in answers) == 1
    assert len((await calm.get("charges?reference=at-once")).body["data"]) == 1


async def test_a_key_is_in_progress_while_its_answer_is_slow(tmp_path: Path) -> None:
    path = write_world(tmp_path)
    async with simulator(path, tmp_path / "state") as running:
        await running.control("faults", {"provider": "aster", "rates": {"slow": 1_000_000}})
        # given a charge whose answer takes 150 ms
        slow = asyncio.create_task(running.charge("slow", "tok_visa_1"))
        await asyncio.sleep(0.05)
        # when the same request and another body come in between
        meanwhile = await running.charge("slow", "tok_visa_1")
        other = await running.charge("slow", "tok_visa_2")
        # then neither executes, and afterwards the stored answer is there
        assert (meanwhile.status, meanwhile.error) == (409, "idempotency_in_progress")
        assert (other.status, other.error) == (409, "idempotency_mismatch")
        first = await slow
        await running.control("faults", {"provider": "aster", "rates": {"slow": 0}})
        again = await running.charge("slow", "tok_visa_1")
        assert (again.status, again.body, again.replayed) == (200, first.body, True)


async def test_a_key_is_forgotten_after_seven_virtual_days(tmp_path: Path) -> None:
    async with simulator(write_world(tmp_path), tmp_path / "state") as running:
        first = await running.charge("week", "tok_visa_1")
        await running.control("clock", {"now": "2026-01-07T23:59:59Z"})
        kept = await running.charge("week", "tok_visa_1")
        await running.control("clock", {"now": "2026-01-08T00:00:00Z"})
        forgotten = await running.charge("week", "tok_visa_1")
        assert (kept.replayed, kept.body) == (True, first.body)
        assert not forgotten.replayed
        assert forgotten.body["id"] != first.body["id"]


async def test_the_error_that_hid_an_execution_is_what_the_key_keeps(calm: Simulator) -> None:
    first = await calm.charge("kept-error", "tok_500_after_1")
    second = await calm.charge("kept-error", "tok_500_after_1")
    assert [first.status, second.status] == [500, 500]
    assert second.error == "internal_error"
    assert second.replayed
    found = (await calm.get("charges?reference=kept-error")).body["data"]
    assert [charge["status"] for charge in found] == ["succeeded"]


async def test_an_error_before_execution_leaves_the_key_free(calm: Simulator) -> None:
    first = await calm.charge("free-key", "tok_500_before_1")
    assert (await calm.get("charges?reference=free-key")).body == {"data": []}
    second = await calm.charge("free-key", "tok_500_before_1")
    assert (first.status, second.status, second.replayed) == (500, 200, False)


async def test_a_hang_after_execution_hides_a_charge_that_replay_shows(calm: Simulator) -> None:
    with pytest.raises(aiohttp.ServerDisconnectedError):
        await calm.charge("hang-after", "tok_hang_after_1")
    found = (await calm.get("charges?reference=hang-after")).body["data"]
    again = await calm.charge("hang-after", "tok_hang_after_1")
    assert (again.status, again.replayed) == (200, True)
    assert found == [again.body]


async def test_a_client_that_gives_up_early_learns_nothing(calm: Simulator) -> None:
    # given a deadline far shorter than the hang
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await calm.charge("hang-before", "tok_hang_before_1")
    # then nothing was executed, and the second request behaves
    assert (await calm.get("charges?reference=hang-before")).body == {"data": []}
    second: Answer = await calm.charge("hang-before", "tok_hang_before_1")
    assert (second.status, second.replayed) == (200, False)
