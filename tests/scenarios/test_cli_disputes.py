"""Disputes at the command line: read, contested with a pack, given up, and what a loss means."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest_asyncio

from ledgerline.base.ids import encode
from ledgerline.payments.disputes import DisputeEvent
from tests.disputing import HOUR, attempt_of, disputed, tell
from tests.flow_world import World, open_world
from tests.scenarios.shell import ledgerline
from tests.scenarios.test_cli_records import shown


@pytest_asyncio.fixture(loop_scope="session")
async def world(fresh_database_url: str, tmp_path: Path) -> AsyncIterator[World]:
    async with open_world(fresh_database_url, tmp_path) as opened:
        yield opened


async def test_a_dispute_is_read_contested_and_won(
    fresh_database_url: str, tmp_path: Path, world: World
) -> None:
    url = fresh_database_url
    assert "no dispute is open" in ledgerline(url, "disputes", "list").stderr
    bought = await world.buy(await world.shopper())
    attempt = await attempt_of(world, bought)
    due = world.now + timedelta(days=7)
    dispute = await tell(world, attempt, DisputeEvent.OPENED, due_by=due)
    assert dispute is not None
    name = encode("dsp", dispute)
    # when it is listed and shown
    [listed] = shown(url, "disputes", "list")["data"]
    assert (listed["id"], listed["answer_by"]) == (name, "2026-01-07T00:00:00Z")
    held = shown(url, "disputes", "show", name)
    assert [(one["event"], one["source"]) for one in held["facts"]] == [("opened", "webhook")]
    # and a pack is written, once
    pack = tmp_path / "pack.pdf"
    written = shown(url, "disputes", "evidence", name, "--out", str(pack))
    assert pack.read_bytes().startswith(b"%PDF-")
    assert written["bytes"] == pack.stat().st_size
    again = ledgerline(url, "disputes", "evidence", name, "--out", str(pack))
    assert (again.returncode, "name a file that is not there" in again.stderr) == (1, True)
    # then a look changes nothing, and a note is needed
    submit = ("disputes", "submit", name, "--by", "mara", "--note")
    assert shown(url, *submit, "case 123", "--dry-run")["status"] == "under_review"
    assert shown(url, "disputes", "show", name)["status"] == "needs_response"
    assert ledgerline(url, *submit, "  ").returncode == 1
    assert ledgerline(url, *submit, "card 4242424242424242").returncode == 1
    # and when it was sent, it can be sent no more, until it is decided
    assert shown(url, *submit, "case 123")["status"] == "under_review"
    assert "it is under_review" in ledgerline(url, *submit, "once more").stderr
    await tell(world, attempt, DisputeEvent.WON, at=world.now + HOUR)
    assert shown(url, "disputes", "list")["data"] == []
    [closed] = shown(url, "disputes", "list", "--all")["data"]
    assert (closed["id"], closed["status"]) == (name, "won")


async def test_a_dispute_is_given_up_after_a_look(fresh_database_url: str, world: World) -> None:
    url = fresh_database_url
    bought = await world.buy(await world.shopper())
    dispute = await tell(world, await attempt_of(world, bought), DisputeEvent.OPENED)
    assert dispute is not None
    accept = ("disputes", "accept", encode("dsp", dispute), "--note", "not worth it")
    # given a policy that claims the invoice again
    policy = ("disputes", "policy")
    assert shown(url, *policy)["card"] == "absorb"
    assert ledgerline(url, *policy, "--kind", "card").returncode == 1
    changed = shown(url, *policy, "--kind", "card", "--when-lost", "recollect")
    assert (changed["card"], changed["wallet_claim"]) == ("recollect", "absorb")
    # then a look says so, and nothing happens without a yes
    look = shown(url, *accept, "--dry-run")
    assert (look["status"], look["owed_again"]) == ("accepted", {"amount": 1199, "currency": "EUR"})
    assert ledgerline(url, *accept).returncode == 1
    assert await disputed(world, bought.payment_id) == (1199, 0, 0, 1199, 0)
    assert shown(url, *accept, "--yes")["status"] == "accepted"
    assert await disputed(world, bought.payment_id) == (1199, 0, 0, 0, 1199)
    assert await world.rows("SELECT state FROM invoice") == [("open",)]
    missing = ledgerline(url, "disputes", "show", "dsp_01h455vb4pex5vsknk084sn02q")
    assert (missing.returncode, "ledgerline disputes list" in missing.stderr) == (1, True)


async def test_evidence_is_sent_after_a_look_and_what_came_of_it_is_shown(
    fresh_database_url: str, world: World
) -> None:
    url = fresh_database_url
    bought = await world.buy(await world.shopper())
    dispute = await tell(world, await attempt_of(world, bought), DisputeEvent.OPENED)
    assert dispute is not None
    name = encode("dsp", dispute)
    send = ("disputes", "send", name, "--by", "mara")
    # when somebody looks, and names a reason where none is wanted
    assert shown(url, *send, "--dry-run")["status"] == "not_sent"
    assert ledgerline(url, *send, "--yes", "--defence", "any").returncode == 1
    assert shown(url, "disputes", "show", name)["evidence"] == []
    # when it is sent to a provider that does not know of it
    assert shown(url, *send, "--yes")["status"] == "refused"
    [sent] = shown(url, "disputes", "show", name)["evidence"]
    assert (sent["status"], sent["sent_by"]) == ("refused", "mara")
