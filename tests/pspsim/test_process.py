"""The process: killed, restarted, told to stop, refused."""

import asyncio
from pathlib import Path

from pspsim.journal import FILE_NAME
from tests.pspsim.simulator import answering, simulator, start, write_world

PIPE = asyncio.subprocess.PIPE


async def test_books_keys_and_clock_survive_kill_9(tmp_path: Path) -> None:
    path, state = write_world(tmp_path), tmp_path / "state"
    async with simulator(path, state) as running:
        paid = await running.charge("paid", "tok_ok_1")
        refund = await running.refund("back", paid.body["id"], amount=1000)
        pending = await running.charge("pending", "tok_pending_1")
        await running.charge("short", "tok_recover_1_x")
        await running.charge("failed", "tok_500_before_1")
        await running.control("clock", {"now": "2026-01-01T12:00:00Z"})
        rates = {"provider": "aster", "rates": {"rate_limit": 1_000_000}}
        await running.control("faults", rates)
        truth = await running.truth()
        running.process.kill()
        await running.process.wait()
    async with simulator(path, state) as running:
        # then everything said before is still said
        assert await running.truth() == truth
        assert await running.show("clock") == {"now": "2026-01-01T12:00:00Z"}
        # and ordered faults still hold, for payers that are drawn
        assert (await running.charge("drawn", "tok_visa_1")).status == 429
        again = await running.charge("paid", "tok_ok_1")
        assert (again.status, again.body, again.replayed) == (200, paid.body, True)
        mismatch = await running.charge("paid", "tok_ok_2")
        assert mismatch.error == "idempotency_mismatch"
        assert (await running.get("refunds?reference=back")).body == {"data": [refund.body]}
        over = await running.refund("over", paid.body["id"], amount=100)
        assert over.error == "refund_exceeds_captured"
        # and what had begun goes on
        assert (await running.charge("short-2", "tok_recover_1_x")).status == 200
        assert (await running.charge("failed", "tok_500_before_1")).status == 200
        await running.control("clock", {"now": "2026-01-02T00:00:00Z"})
        settled = await running.get(f"charges/{pending.body['id']}")
        assert settled.body["status"] == "succeeded"


async def test_no_answer_under_load_is_forgotten_by_kill_9(tmp_path: Path) -> None:
    path, state = write_world(tmp_path), tmp_path / "state"
    answered: set[str] = set()

    async with simulator(path, state) as running:

        async def pay(worker: int) -> None:
            for number in range(10_000):
                answered.add((await running.charge(f"{worker}-{number}", "tok_visa_1")).body["id"])

        payers = [asyncio.create_task(pay(worker)) for worker in range(16)]
        await asyncio.sleep(0.4)
        running.process.kill()
        await asyncio.gather(*payers, return_exceptions=True)
    async with simulator(path, state) as running:
        assert len(answered) > 100
        assert answered <= {line["id"] for line in await running.truth()}


async def test_canceled_reference_stays_canceled_after_a_restart(tmp_path: Path) -> None:
    path, state = write_world(tmp_path), tmp_path / "state"
    async with simulator(path, state) as running:
        ended = await running.post("charges/cancel", {"reference": "given-up"}, key="cancel")
        assert ended.body["canceled"] is True
    async with simulator(path, state) as running:
        late = await running.charge("given-up", "tok_ok_1")
        assert late.status == 409
        assert await running.truth() == []


async def test_a_half_written_line_is_cut_off(tmp_path: Path) -> None:
    path, state = write_world(tmp_path), tmp_path / "state"
    async with simulator(path, state) as running:
        await running.charge("whole", "tok_ok_1")
    with (state / FILE_NAME).open("ab") as journal:
        journal.write(b'{"type":"charge","provider":"as')
    async with simulator(path, state) as running:
        await running.charge("next", "tok_ok_1")
    async with simulator(path, state) as running:
        assert {line["reference"] for line in await running.truth()} == {"whole", "next"}


async def test_a_state_of_another_seed_or_in_use_is_refused(tmp_path: Path) -> None:
    path, state = write_world(tmp_path), tmp_path / "state"
    async with simulator(path, state):
        second = await start(path, state)
        _, complaint = await second.communicate()
        assert second.returncode == 2
        assert b"is used by another simulator" in complaint
    other = await start(path, state, seed=8)
    _, complaint = await other.communicate()
    assert other.returncode == 2
    assert b"belongs to another world or seed" in complaint


async def test_sigterm_ends_the_process_cleanly_even_with_a_request_open(tmp_path: Path) -> None:
    process = await start(write_world(tmp_path, hang_seconds=60), tmp_path / "state")
    async with answering(process) as running:
        hanging = asyncio.create_task(running.charge("hang", "tok_hang_after_1"))
        await asyncio.sleep(0.05)
        process.terminate()
        _, complaints = await process.communicate()
        await asyncio.gather(hanging, return_exceptions=True)
        assert process.returncode == 0
        assert complaints == b""


async def test_it_can_end_with_its_parent(tmp_path: Path) -> None:
    process = await start(write_world(tmp_path), tmp_path / "state", stdin=PIPE)
    async with answering(process):
        assert process.stdin is not None
        process.stdin.close()
        async with asyncio.timeout(50):
            assert await process.wait() == 0
