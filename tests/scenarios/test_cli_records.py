"""Commands that show records: what stands where, when there is none, and when it is elsewhere."""

import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import pytest
import pytest_asyncio

from ledgerline.base.ids import PREFIXES, bucket_of, encode
from ledgerline.datasets.audit import audit
from ledgerline.flows.bear_own_failures import subject_of
from ledgerline.flows.record_contradictions import CONTRADICTIONS
from ledgerline.flows.request_refund import RefundOrder, request_refund
from ledgerline.payments.rules.exceptions import HANDLING, Reason
from tests.flow_values import Bought
from tests.flow_world import World, open_world
from tests.scenarios.shell import ledgerline, read_json

NOBODY: Final = "01h455vb4pex5vsknk084sn02q"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def bought(world: World) -> Bought:
    """Buy a plan and give a part of it back."""
    bought = await world.buy(await world.shopper())
    assert bought.payment_id is not None
    await request_refund(world.run, world.psps, RefundOrder(bought.payment_id, 199, "goodwill"))
    return bought


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def ids(world: World, bought: Bought) -> dict[str, str]:
    """Name the records of a purchase as people do."""
    [(customer, payment, refund)] = await world.rows(
        "SELECT customer_id, payment_id, id FROM refund WHERE payment_id = %s", bought.payment_id
    )
    of = {
        "customer": customer, "subscription": bought.subscription_id, "invoice": bought.invoice_id,
        "payment": payment, "refund": refund,
    }  # fmt: skip
    return {kind: encode(PREFIXES[kind], id) for kind, id in of.items()}


def said(done: subprocess.CompletedProcess[str]) -> str:
    """Return what was said, with the command as it is called where it is installed."""
    return done.stderr.replace(".venv/bin/", "")


def shown(url: str, *command: str) -> Any:
    return read_json(ledgerline(url, *command, "--json"))


def test_a_customer_is_shown_with_what_belongs_to_them(
    database_url: str, ids: dict[str, str]
) -> None:
    found = shown(database_url, "customer", "show", ids["customer"])
    assert (found["object"], found["id"], found["market"]) == ("customer", ids["customer"], "DE")
    assert (found["erased"], found["credit"]) == (False, [])
    for kind in ("subscription", "invoice", "payment", "refund"):
        assert [one["id"] for one in found[f"{kind}s"]] == [ids[kind]], kind
    assert [one["last4"] for one in found["payment_methods"]] == ["4242"]


def test_a_subscription_is_shown_with_its_next_charge_and_its_log(
    database_url: str, ids: dict[str, str]
) -> None:
    found = shown(database_url, "subscription", "show", ids["subscription"])
    assert (found["status"], found["plan"]) == ("active", "individual_monthly")
    assert (found["next_charge_at"], found["ends_on"]) == ("2026-01-31T23:00:00Z", None)
    assert [one["kind"] for one in found["log"]] == ["created", "activated"]
    assert [one["component"] for one in found["items"]] == ["base"]
    assert [one["id"] for one in found["payments"]] == [ids["payment"]]


def test_a_payment_is_shown_with_its_attempts_and_what_is_left_of_it(
    database_url: str, ids: dict[str, str]
) -> None:
    found = shown(database_url, "payment", "show", ids["payment"])
    assert (found["status"], found["refundable"]) == (
        "succeeded", {"amount": 1000, "currency": "EUR"},
    )  # fmt: skip
    [attempt] = found["attempts"]
    assert (attempt["ordinal"], attempt["status"]) == (1, "succeeded")
    assert (attempt["evidence_kind"], attempt["evidence_outcome"]) == ("response", "succeeded")
    assert ([one["id"] for one in found["refunds"]], found["exceptions"]) == ([ids["refund"]], [])


def test_a_refund_and_an_invoice_are_shown_with_their_documents(
    database_url: str, ids: dict[str, str]
) -> None:
    refund = shown(database_url, "refund", "show", ids["refund"])
    assert (refund["status"], refund["payment"], refund["total"]) == (
        "succeeded", ids["payment"], {"amount": 199, "currency": "EUR"},
    )  # fmt: skip
    invoice = shown(database_url, "invoice", "show", ids["invoice"])
    assert [one["id"] for one in invoice["credit_notes"]] == [refund["credit_note"]]
    assert [one["total"]["amount"] for one in invoice["lines"]] == [1199]
    assert invoice["credited"] == {"amount": 199, "currency": "EUR"}


@pytest.mark.parametrize("kind", ["customer", "payment"])
def test_a_record_is_shown_to_people(database_url: str, ids: dict[str, str], kind: str) -> None:
    done = ledgerline(database_url, kind, "show", ids[kind])
    assert done.returncode == 0, done.stderr
    assert ids[kind] in done.stdout
    assert " EUR" in done.stdout
    assert "currency" not in done.stdout  # an amount is read with it


@pytest.mark.parametrize("kind", ["customer", "refund"])
def test_what_is_not_there_names_the_next_step(database_url: str, kind: str) -> None:
    gone = ledgerline(database_url, kind, "show", f"{PREFIXES[kind]}_{NOBODY}")
    assert gone.returncode == 1
    refused, following = said(gone).splitlines()
    assert refused == f"ledgerline: there is no {kind} {PREFIXES[kind]}_{NOBODY} in this database"
    assert following.startswith("Try: `ledgerline c")  # customer show, or clock show


def test_what_is_something_else_names_its_command(database_url: str, ids: dict[str, str]) -> None:
    wrong = ledgerline(database_url, "customer", "show", ids["payment"])
    assert wrong.returncode == 1
    assert said(wrong) == (
        f"ledgerline: {ids['payment']} is the id of a payment\n"
        f"Try: ledgerline payment show {ids['payment']}\n"
    )
    nonsense = ledgerline(database_url, "customer", "show", "17")
    assert nonsense.stderr == (
        "ledgerline: 17 is no id of a customer\nTry: an id that starts with cus_\n"
    )


def test_every_reason_of_an_exception_says_what_ends_it() -> None:
    assert HANDLING.keys() == set(Reason)
    assert CONTRADICTIONS.keys() < set(Reason)


async def test_an_exception_is_listed_and_shown_with_what_ends_it(
    database_url: str, world: World, ids: dict[str, str], bought: Bought
) -> None:
    # given nothing
    done = ledgerline(database_url, "exceptions", "list")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "nothing is open\n")
    none = ledgerline(database_url, "exceptions", "show", ids["payment"])
    assert none.returncode == 1
    assert said(none).splitlines()[-1].startswith("Try: `ledgerline exceptions list`")
    # and then an exception of an attempt
    attempt_id = await world.value(
        "SELECT id FROM attempt WHERE payment_id = %s", bought.payment_id
    )
    await world.write(
        "INSERT INTO money_exception (bucket, id, subject_id, reason, detail, opened_at)"
        " VALUES (%s, gen_random_uuid(), %s, 'declined_after_success', 'declined', now())",
        bucket_of(attempt_id), attempt_id,
    )  # fmt: skip
    # when it is looked at
    [listed] = shown(database_url, "exceptions", "list")["data"]
    assert (listed["reason"], listed["payment"]) == ("declined_after_success", ids["payment"])
    [found] = shown(database_url, "exceptions", "show", listed["subject"])["exceptions"]
    assert found["ended_by"] == HANDLING[Reason.DECLINED_AFTER_SUCCESS].ended_by
    [of_payment] = shown(database_url, "payment", "show", ids["payment"])["exceptions"]
    assert of_payment["subject"] == listed["subject"]
    assert datetime.fromisoformat(found["due"]) > datetime.fromisoformat(found["opened"])
    # and decided
    wrong = ledgerline(
        database_url, "exceptions", "close", listed["subject"], "late_success", "--note", "no",
    )  # fmt: skip
    assert wrong.returncode == 1
    assert "no late_success was opened" in wrong.stderr
    close = (
        "exceptions", "close", listed["subject"], "declined_after_success", "--by", "mara",
        "--note", "the provider says it holds",
    )  # fmt: skip
    [closed] = shown(database_url, *close)["exceptions"]
    assert (closed["closed_by"], closed["resolution"]) == ("mara", "the provider says it holds")
    assert shown(database_url, "exceptions", "list")["data"] == []
    again = ledgerline(database_url, *close)
    assert again.returncode == 1
    assert "nothing of this reason is open" in again.stderr
    await world.write("DELETE FROM money_exception")


async def test_what_was_told_of_a_removed_account_is_closed_by_its_code(
    database_url: str, world: World
) -> None:
    await world.write(
        "INSERT INTO money_exception (bucket, id, subject_id, reason, detail, opened_at)"
        " VALUES (%s, gen_random_uuid(), %s, 'provider_told', 'gone: a dispute', now())",
        0, subject_of("gone"),
    )  # fmt: skip
    [listed] = shown(database_url, "exceptions", "list")["data"]
    assert (listed["subject"], listed["detail"]) == ("merchant account", "gone: a dispute")
    close = ("exceptions", "close", "gone", "provider_told", "--by", "mara", "--note", "lost")
    [closed] = shown(database_url, *close)["exceptions"]
    assert closed["resolution"] == "lost"
    await world.write("DELETE FROM money_exception")


async def test_credit_is_paid_out_after_a_look(fresh_database_url: str, tmp_path: Path) -> None:
    async with open_world(fresh_database_url, tmp_path) as world:
        shopper = await world.shopper()
        await world.give_credit(shopper, "individual_monthly")
        customer = encode(PREFIXES["customer"], shopper.customer_id)
        command = ("customer", "payout", customer, "--reason", "asked for it")
        dry = shown(fresh_database_url, *command, "--dry-run")
        [part] = dry["parts"]
        assert (part["total"]["amount"], dry["refunds"]) == (1_199, [])
        refused = ledgerline(fresh_database_url, *command)
        assert refused.returncode == 1
        assert "Pay 11.99 EUR of credit back" in refused.stderr
        done = ledgerline(fresh_database_url, *command, "--yes", "--json")
        assert done.returncode == 0, done.stderr
        [refund] = read_json(done)["refunds"]
        await world.advance(world.now + timedelta(minutes=1))
        assert shown(fresh_database_url, "refund", "show", refund)["status"] == "succeeded"
        again = ledgerline(fresh_database_url, *command, "--yes")
        assert again.returncode == 1
        assert "there is no credit to pay out" in again.stderr


async def test_credit_is_given_after_a_look_and_once_a_key(
    fresh_database_url: str, tmp_path: Path
) -> None:
    async with open_world(fresh_database_url, tmp_path) as world:
        shopper = await world.shopper()
        bought = await world.buy(shopper)
        assert bought.payment_id is not None
        payment = encode(PREFIXES["payment"], bought.payment_id)
        command = ("credit", "give", payment, "700", "--why", "outage", "--as", "mara")
        dry = shown(fresh_database_url, *command, "--dry-run")
        assert (dry["total"]["amount"], dry["left"]["amount"], dry["dry_run"]) == (700, 499, True)
        refused = ledgerline(fresh_database_url, *command)
        assert (refused.returncode, "Give 7.00 EUR of" in refused.stderr) == (1, True)
        assert await world.credit(shopper.customer_id) == 0
        # asked twice under a key it is given once, though no more is left for another
        keyed = (*command, "--yes", "--json", "--key", "ticket 4711")
        done = [read_json(ledgerline(fresh_database_url, *keyed)) for _ in range(2)]
        assert done[0]["credit_note"] == done[1]["credit_note"]
        assert await world.credit(shopper.customer_id) == 700
        again = ledgerline(fresh_database_url, *command, "--yes")
        assert (again.returncode, "Traceback" in again.stderr) == (1, False), again.stderr
        entries = await world.rows(
            "SELECT actor, route, after->>'why' FROM audit_entry WHERE act = 'credit_given'"
        )
        assert entries == [("mara", "ledgerline credit give", "outage")]
        assert await audit(world.run) == []


def test_nothing_is_parked_until_a_run_parks_it(database_url: str, ids: dict[str, str]) -> None:
    done = ledgerline(database_url, "bill", "parked", "list")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "nothing is parked\n")
    done = ledgerline(database_url, "bill", "parked", "release", ids["subscription"], "--yes")
    assert done.returncode == 1
    assert said(done) == (
        f"ledgerline: {ids['subscription']} is not parked\n"
        "Try: `ledgerline bill parked list` names what is\n"
    )


async def test_what_is_parked_is_released_once_billing_would_take_it(
    fresh_database_url: str, tmp_path: Path
) -> None:
    async with open_world(fresh_database_url, tmp_path) as world:
        await _park_and_release(world, fresh_database_url)


async def _park_and_release(world: World, url: str) -> None:
    # given a subscription whose market lost its tax rate, so that a run sets it aside
    bought = await world.buy(await world.shopper())
    held = encode(PREFIXES["subscription"], bought.subscription_id)
    await world.write("UPDATE tax_rate SET market_code = '-' WHERE market_code = 'DE'")
    await world.advance(datetime(2026, 2, 2, tzinfo=UTC))
    [listed] = shown(url, "bill", "parked", "list")["data"]
    assert listed["id"] == held
    found = shown(url, "bill", "parked", "show", held)
    assert found["now"].startswith(f"set aside again ({listed['reason']}")
    # when it is released too early, nothing happens
    refused = ledgerline(url, "bill", "parked", "release", held, "--yes")
    assert refused.returncode == 1
    assert "would set" in refused.stderr
    # and once that is mended, a dry run says what comes and writes nothing
    await world.write("UPDATE tax_rate SET market_code = 'DE' WHERE market_code = '-'")
    dry = shown(url, "bill", "parked", "release", held, "--dry-run")
    assert (dry["released"], dry["now"]) == (
        False, "invoice 11.99 EUR for 2026-02-01 – 2026-03-01",
    )  # fmt: skip
    assert len(shown(url, "bill", "parked", "list")["data"]) == 1
    assert shown(url, "bill", "parked", "release", held, "--yes")["released"] is True
    # then the next run bills it
    assert shown(url, "bill", "parked", "list") == {"data": []}
    await world.advance(datetime(2026, 2, 2, 1, tzinfo=UTC))
    assert [total for _, _, total in await world.invoices(bought.subscription_id)] == [1199, 1199]
