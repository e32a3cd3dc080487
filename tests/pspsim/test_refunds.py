"""Refunds never exceed what was captured, whatever came before."""

import asyncio
from pathlib import Path

import pytest

from tests.pspsim.simulator import EUR_10_99, Simulator, simulator, write_world


async def test_a_refund_shows_exactly_the_documented_object(calm: Simulator) -> None:
    charge = (await calm.charge("refunded", "tok_ok_1")).body["id"]
    answer = await calm.refund("refund-1", charge, amount=99)
    assert answer.status == 200
    assert answer.body == {
        "id": answer.body["id"],
        "object": "refund",
        "reference": "refund-1",
        "charge": charge,
        "amount": 99,
        "currency": "EUR",
        "status": "succeeded",
        "created": "2026-01-01T00:00:00Z",
    }
    assert (await calm.get(f"refunds/{answer.body['id']}")).body == answer.body
    assert (await calm.get("refunds?reference=refund-1")).body == {"data": [answer.body]}
    assert (await calm.refund("refund-1", charge, amount=99)).replayed


async def test_parts_add_up_to_the_whole_and_no_further(calm: Simulator) -> None:
    charge = (await calm.charge("parts", "tok_ok_1")).body["id"]
    whole = await calm.refund("parts-0", charge, amount=EUR_10_99 + 1)
    first = await calm.refund("parts-1", charge, amount=1000)
    over = await calm.refund("parts-2", charge, amount=100)
    rest = await calm.refund("parts-3", charge, amount=99)
    # the first refund is repeated when nothing is left: that is a replay, not a refusal
    again = await calm.refund("parts-1", charge, amount=1000)
    assert [whole.error, over.error] == ["refund_exceeds_captured"] * 2
    assert [first.status, whole.status, over.status, rest.status] == [200, 422, 422, 200]
    assert again.body == first.body
    truth = [line for line in await calm.truth() if line["reference"].startswith("parts-")]
    assert sum(line["amount"] for line in truth) == EUR_10_99


async def test_refunds_at_once_cannot_exceed_the_charge(calm: Simulator) -> None:
    charge = (await calm.charge("race", "tok_ok_1")).body["id"]
    answers = await asyncio.gather(
        *(calm.refund(f"race-{n}", charge, amount=500) for n in range(10))
    )
    assert sorted(answer.status for answer in answers) == [200, 200] + [422] * 8


@pytest.mark.parametrize("token", ["tok_decline_expired_card_1", "tok_pending_1"])
async def test_nothing_captured_nothing_refunded(calm: Simulator, token: str) -> None:
    charge = (await calm.charge(f"uncaptured-{token}", token)).body["id"]
    answer = await calm.refund(f"refund-{token}", charge, amount=1)
    assert (answer.status, answer.error) == (422, "refund_exceeds_captured")


async def test_a_refund_must_name_a_charge_and_its_currency(calm: Simulator) -> None:
    charge = (await calm.charge("currency", "tok_ok_1")).body["id"]
    body = {"reference": "r", "charge": charge, "amount": 1, "currency": "USD"}
    dollars = await calm.post("refunds", body, key="dollars")
    unknown = await calm.refund("unknown", "ch_none", amount=1)
    assert (dollars.status, dollars.error) == (422, "invalid_request")
    assert (unknown.status, unknown.error) == (422, "invalid_request")


async def test_a_failed_refund_gives_nothing_back_and_a_pending_one_succeeds_in_a_day(
    tmp_path: Path,
) -> None:
    async with simulator(write_world(tmp_path), tmp_path / "state") as running:
        charge = (await running.charge("paid", "tok_visa_1")).body["id"]
        # given a refund that fails, which leaves everything to be refunded
        await running.control(
            "faults", {"provider": "aster", "rates": {"refund_failed": 1_000_000}}
        )
        failed = await running.refund("failed", charge, amount=EUR_10_99)
        # and one that is pending, which leaves nothing
        rates = {"refund_failed": 0, "refund_pending": 1_000_000}
        await running.control("faults", {"provider": "aster", "rates": rates})
        pending = await running.refund("pending", charge, amount=EUR_10_99)
        over = await running.refund("over", charge, amount=1)
        # when a day passes
        await running.control("clock", {"now": "2026-01-02T00:00:00Z"})
        # then only the pending one moved money
        assert [failed.body["status"], pending.body["status"]] == ["failed", "pending"]
        assert over.error == "refund_exceeds_captured"
        statuses = {line["reference"]: line["status"] for line in await running.truth()}
        assert statuses == {"paid": "succeeded", "failed": "failed", "pending": "succeeded"}
