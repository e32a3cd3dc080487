"""People at the command line: what they decide is shown first, and two of them end what is open."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date, timedelta
from hashlib import sha256
from pathlib import Path
from typing import cast

import pytest_asyncio

from ledgerline.base.ids import AttemptId, bucket_of, encode
from ledgerline.flows.settle_attempt import Evidence, settle_attempt
from ledgerline.payments.adapters.gateway import Gateway
from ledgerline.payments.model import EvidenceKind, Outcome, Reading
from tests.flow_world import World, open_world
from tests.scenarios.flows.test_exceptions import NOTHING, Saying
from tests.scenarios.flows.test_late_success import Denying
from tests.scenarios.shell import ledgerline
from tests.scenarios.test_cli_records import said, shown


@pytest_asyncio.fixture(loop_scope="session")
async def world(fresh_database_url: str, tmp_path: Path) -> AsyncIterator[World]:
    async with open_world(fresh_database_url, tmp_path) as opened:
        yield opened


async def test_late_money_is_adopted_after_a_look(fresh_database_url: str, world: World) -> None:
    # given a renewal that was charged while its provider said that it was not
    shopper = await world.shopper()
    await world.buy(shopper, trial=True)
    denying = replace(world, psps=cast("Gateway", Denying(world.psps)))
    await denying.advance(date(2026, 2, 2))
    world.run = denying.run
    attempt = AttemptId(await world.value("SELECT id FROM attempt WHERE state = 'declined'"))
    [line] = [one for one in await world.simulator.truth() if one["reference"] == str(attempt)]
    truth = Reading(Outcome.SUCCEEDED, EvidenceKind.STATUS_QUERY, psp_ref=line["id"])
    await settle_attempt(world.run, [Evidence(bucket_of(attempt), attempt, truth)])
    # when it is listed and taken
    url = fresh_database_url
    [open_one] = shown(url, "exceptions", "list", "--reason", "late_success")["data"]
    assert shown(url, "exceptions", "list", "--overdue")["data"] == []
    assert ledgerline(url, "exceptions", "assign", open_one["id"], "--to", "mara").returncode == 0
    [mine] = shown(url, "exceptions", "list", "--of", "mara")["data"]
    assert mine["id"] == open_one["id"]
    # a look says what would be booked, and nothing happens without a yes
    adopt = ("exceptions", "adopt", open_one["id"], "--note", "paid after all", "--by", "mara")
    look = shown(url, *adopt, "--dry-run")
    assert [(one["debit"], one["credit"]) for one in look["books"]] == [
        ("suspense", "psp_clearing"), ("psp_clearing", "receivable"),
    ]  # fmt: skip
    assert look["does"].startswith("11.99 EUR: the money leaves suspense")
    assert ledgerline(url, *adopt).returncode == 1
    assert await world.receipts(shopper.customer_id) == []
    # then it is done once
    assert shown(url, *adopt, "--yes")["dry_run"] is False
    assert await world.receipts(shopper.customer_id) == [("payment", 1_199)]
    [closed] = shown(url, "exceptions", "list", "--all")["data"]
    assert (closed["closed_by"], closed["resolution"]) == ("mara", "paid after all")
    again = ledgerline(url, *adopt, "--yes")
    assert again.returncode == 1
    assert "no exception is open by this id" in again.stderr
    refund = ledgerline(url, "exceptions", "refund", open_one["id"], "--note", "x", "--dry-run")
    assert "no exception is open by this id" in refund.stderr


async def test_two_people_end_what_nobody_knows(
    fresh_database_url: str, tmp_path: Path, world: World
) -> None:
    # given a purchase that nobody knows the end of for days
    url = fresh_database_url
    bought = await world.buy(await world.shopper(token="tok_500_before"))
    silent = replace(world, psps=cast("Gateway", Saying(world.psps, NOTHING)))
    await silent.advance(world.now + timedelta(hours=40))
    world.run = silent.run
    attempt = encode("att", await world.value("SELECT id FROM attempt"))
    letter = tmp_path / "answer.txt"
    letter.write_bytes(b"never executed")
    propose = ("evidence", "propose", attempt, "declined", "--note", "ticket 4711", "--as", "mara")
    missing = ledgerline(url, *propose, "--letter", str(tmp_path / "none"))
    assert missing.returncode == 1
    made = shown(url, *propose, "--letter", str(letter))
    assert (made["status"], made["file_sha256"]) == (
        "proposed", sha256(b"never executed").hexdigest(),
    )  # fmt: skip
    [listed] = shown(url, "evidence", "list", "--state", "proposed")["data"]
    assert listed["id"] == made["id"]
    # when whoever proposed it approves, it is refused
    approve = ("evidence", "approve", made["id"])
    look = shown(url, *approve, "--dry-run")
    assert (look["state"], look["status"]) == ("unknown", "proposed")
    assert look["does"].startswith("no money moves")
    own = ledgerline(url, *approve, "--as", "Mara", "--yes")
    assert own.returncode == 1
    assert "self_approval" in said(own)
    # and when another does, it has ended
    done = shown(url, *approve, "--as", "nils", "--yes")
    assert (done["status"], done["state"], done["ended_by"]) == ("approved", "declined", "nils")
    assert await world.state(bought.subscription_id) == "expired"
    late = ledgerline(url, "evidence", "withdraw", made["id"])
    assert "the proposal is approved" in late.stderr


async def test_a_cancellation_says_what_comes_back_where(
    fresh_database_url: str, world: World
) -> None:
    url = fresh_database_url
    shopper = await world.shopper()
    bought = await world.buy(shopper)
    subscription = encode("sub", bought.subscription_id)
    cancel = ("subscription", "cancel", subscription, "now", "--refund", "full")
    look = shown(url, *cancel, "--dry-run")
    assert [one["total"]["amount"] for one in look["refunds"]] == [1_199]
    assert look["stays_credit"]["amount"] == 0
    assert ledgerline(url, *cancel).returncode == 1
    assert await world.state(bought.subscription_id) == "active"
    assert ledgerline(url, *cancel, "--yes").returncode == 0
    assert await world.state(bought.subscription_id) == "canceled"
    await world.advance(world.now + timedelta(minutes=1))
    assert (await world.receipts(shopper.customer_id))[-1] == ("refund", 1_199)
    # and what a customer is charged by is said with a look before
    customer, method = encode("cus", shopper.customer_id), encode("pm", shopper.method_id)
    asked = ledgerline(url, "customer", "default", customer, method, "--dry-run")
    assert f"{method} would pay no subscription" in asked.stderr
    assert ledgerline(url, "customer", "default", customer, method, "--yes").returncode == 0
    assert await world.value("SELECT payment_method_id FROM default_method") == shopper.method_id


async def test_a_pause_and_a_resumption_are_shown_before_they_happen(
    fresh_database_url: str, world: World
) -> None:
    url = fresh_database_url
    shopper = await world.shopper()
    bought = await world.buy(shopper)
    await world.advance(world.now + timedelta(days=3))
    subscription = encode("sub", bought.subscription_id)
    pause, resume = (("subscription", verb, subscription) for verb in ("pause", "resume"))
    look = shown(url, *pause, "--dry-run")
    assert await world.state(bought.subscription_id) == "active"
    assert ledgerline(url, *pause).returncode == 1
    assert ledgerline(url, *pause, "--yes").returncode == 0
    assert await world.state(bought.subscription_id) == "paused"
    assert await world.credit(shopper.customer_id) == look["credited"]["amount"]
    head = shown(url, "subscription", "show", subscription)
    assert (head["next_charge_at"], head["ends_on"]) == (None, look["ends_on"])
    look = shown(url, *resume, "restart", "--dry-run")
    assert look["due_now"]["amount"] == 1_199 - await world.credit(shopper.customer_id)
    done = shown(url, *resume, "restart", "--yes")
    assert done["outcome"] == "done"
    assert await world.state(bought.subscription_id) == "active"
    late = ledgerline(url, *resume, "--dry-run")
    assert "not paused" in late.stderr
