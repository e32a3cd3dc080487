"""Commands from a shell: what they print, how they fail, and with which exit status."""

import importlib
import json
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import pytest_asyncio
import typer

from ledgerline.base.ids import encode
from ledgerline.main import COMMANDS
from tests.flow_world import World
from tests.scenarios.forked import SECONDS_MAX
from tests.scenarios.shell import ledgerline, read_json, without_key

pytestmark = pytest.mark.usefixtures("world")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def invoice(world: World) -> str:
    """Buy a plan and name its invoice."""
    bought = await world.buy(await world.shopper())
    return encode("inv", bought.invoice_id)


def test_help_lists_every_command_and_loads_none() -> None:
    loaded = (
        "import sys, ledgerline.main as m\n"
        "try: m.run()\n"
        "finally: print(*sys.modules, file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", loaded, "--help"], env={}, capture_output=True, text=True,
        timeout=SECONDS_MAX, check=False,
    )  # fmt: skip
    assert done.returncode == 0
    assert all(name in done.stdout for name in COMMANDS)
    assert "ledgerline.main" in done.stderr.split()
    assert not {"ledgerline.composition", "psycopg", "uvicorn"} & set(done.stderr.split())


def test_an_invoice_is_explained_without_a_key(
    database_url: str, tmp_path: Path, invoice: str
) -> None:
    done = without_key(database_url, tmp_path, "bill", "explain", invoice, "--json")
    assert read_json(done)["total"] == "11.99 EUR"


async def test_an_account_nobody_can_speak_to_stops_no_command(
    database_url: str, world: World
) -> None:
    # given an account whose secrets do not open
    await world.write(
        "INSERT INTO psp_account (code, psp, seller_code, secrets_sealed, status,"
        " call_deadline_ms, settings) SELECT n.code, 'sandbox', a.seller_code, n.sealed, a.status,"
        " a.call_deadline_ms, a.settings FROM psp_account AS a, (VALUES ('shut', '\\x00'::bytea))"
        " AS n (code, sealed) WHERE a.code = 'aster'"
    )
    done = ledgerline(database_url, "collect", "run", "--yes")
    assert done.returncode == 0, done.stderr
    assert "the secrets of this account do not open" in done.stderr
    await world.write("DELETE FROM psp_account WHERE code = 'shut'")


def test_a_demo_is_built_in_an_empty_database_alone(
    database_url: str, fresh_database_url: str, tmp_path: Path
) -> None:
    # given a sandbox in use, and a live environment
    for url, what in ((database_url, "a sandbox"), (fresh_database_url, "a live environment")):
        done = ledgerline(url, "demo", "--no-serve", LEDGERLINE_DATA_DIR=str(tmp_path))
        # then nothing is done to it
        assert done.returncode == 1
        assert f"the database holds {what}" in done.stderr, done.stderr


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_entry_of_the_table_is_a_command(name: str) -> None:
    app = importlib.import_module(COMMANDS[name].module).app
    assert typer.main.get_command(app) is not None


def test_a_command_says_what_it_takes() -> None:
    done = ledgerline(None, "bill", "preview", "--help")
    assert done.returncode == 0
    assert "Usage: ledgerline bill preview [OPTIONS]" in done.stdout


def test_an_unknown_command_is_a_misuse() -> None:
    assert ledgerline(None, "invoices").returncode == 2


def test_without_assertions_nothing_starts() -> None:
    done = ledgerline(None, "version", flags=("-O",))
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == "Try: python without -O"


def test_a_setting_that_cannot_be_used_is_named() -> None:
    done = ledgerline(None, "db", "status", LEDGERLINE_PORT="http")
    assert done.returncode == 1
    assert done.stderr == (
        "ledgerline: LEDGERLINE_PORT is not usable\nTry: LEDGERLINE_PORT = a port, 0 to 65535\n"
    )


def test_an_engine_that_nobody_ran_builds_nothing_and_is_named_so(database_url: str) -> None:
    done = ledgerline(database_url, "data", "run", LEDGERLINE_DATA_ENGINE="bigquery")
    assert done.returncode == 1
    assert "engine_not_run" in done.stderr
    assert "compiled, not run" in done.stderr
    told = ledgerline(database_url, "data", "status", "--json", LEDGERLINE_DATA_ENGINE="bigquery")
    found = json.loads(told.stdout)
    assert (found["engine"], found["intervals"]) == ("bigquery (compiled, not run)", 0)
    wrong = ledgerline(database_url, "data", "status", LEDGERLINE_DATA_ENGINE="oracle")
    assert "LEDGERLINE_DATA_ENGINE is not usable" in wrong.stderr


def test_a_lake_may_lie_at_an_address_and_at_nothing_else(database_url: str) -> None:
    address = "s3://books/lake"
    told = ledgerline(database_url, "data", "status", "--json", LEDGERLINE_LAKE=address)
    assert json.loads(told.stdout)["lake"] == address
    wrong = ledgerline(database_url, "data", "status", LEDGERLINE_LAKE="books")
    assert "LEDGERLINE_LAKE is not usable" in wrong.stderr


def test_a_flag_beats_the_environment(database_url: str) -> None:
    url = "postgresql://127.0.0.1:1/nothing"
    assert ledgerline(url, "db", "status").returncode == 1
    assert ledgerline(url, "--database-url", database_url, "db", "status").returncode == 0


def test_a_database_that_does_not_answer_is_said_in_the_drivers_words() -> None:
    done = ledgerline("postgresql://127.0.0.1:1/nothing", "clock", "show")
    assert done.returncode == 1
    assert "127.0.0.1" in done.stderr
    assert done.stderr.splitlines()[-1].startswith("Try: ")


def test_an_invoice_is_explained_to_the_minor_unit(database_url: str, invoice: str) -> None:
    found = read_json(ledgerline(database_url, "bill", "explain", invoice, "--json"))
    assert found["total"] == "11.99 EUR"
    assert [line["formula"] for line in found["lines"]] == [
        "11.99 EUR × 1 = 11.99 EUR, of it 1.91 EUR tax at 19 %"
    ]
    assert [(row["source"], row["purpose"], row["amount_minor"]) for row in found["transfers"]] == [
        ("attempt", "capture", 1199),
        ("invoice", "issue_net", 1008),
        ("invoice", "issue_tax", 191),
    ]


def test_what_is_not_there_cannot_be_explained(database_url: str) -> None:
    done = ledgerline(database_url, "bill", "explain", "inv_01h455vb4pex5vsknk084sn02q")
    assert done.returncode == 1
    assert done.stderr.startswith("ledgerline: there is no invoice")


def test_keys_are_created_listed_and_revoked(database_url: str) -> None:
    # given a new key
    made = read_json(ledgerline(database_url, "keys", "create", "shop", "--json"))
    key_id = made["key"].split("_")[2]
    # when it is rolled, and revoked before its end
    done = ledgerline(database_url, "keys", "roll", key_id, "--ends", "1 day", "--json")
    other = read_json(done)["key"].split("_")[2]
    assert ledgerline(database_url, "keys", "revoke", key_id).returncode == 0
    # then the list says so, and it is neither rolled nor revoked twice
    listed = read_json(ledgerline(database_url, "keys", "list", "--json"))["data"]
    revoked = {row["id"]: row["revoked_at"] is not None for row in listed}
    assert revoked == {key_id: True, other: False}
    assert ledgerline(database_url, "keys", "roll", key_id).returncode == 1
    assert ledgerline(database_url, "keys", "revoke", key_id).returncode == 1


def test_a_key_may_be_read_only_and_expire(database_url: str) -> None:
    # given a key to read with for thirty days, and one to do everything with
    made = read_json(
        ledgerline(
            database_url, "keys", "create", "reports", "--read-only", "--expires", "30 days",
            "--json",
        )
    )  # fmt: skip
    assert list(made) == ["principal", "key"]
    assert ledgerline(database_url, "keys", "create", "till").returncode == 0
    # when they are listed
    listed = read_json(ledgerline(database_url, "keys", "list", "--json"))["data"]
    keys = {row["principal"]: row for row in listed}
    # then both say what they may do and until when
    assert keys["reports"]["scopes"] == ["read"]
    assert (keys["till"]["scopes"], keys["till"]["expires_at"]) == (["read", "write"], None)
    created, expires = (
        datetime.fromisoformat(keys["reports"][name]) for name in ("created_at", "expires_at")
    )
    assert timedelta(days=30) - timedelta(minutes=1) < expires - created <= timedelta(days=30)
    assert "read write" in ledgerline(database_url, "keys", "list").stdout
    # and a length of time that is none makes no key
    wrong = ledgerline(database_url, "keys", "create", "never", "--expires", "a while")
    assert (wrong.returncode, wrong.stderr.startswith("ledgerline: bad_duration")) == (1, True)
    assert "never" not in ledgerline(database_url, "keys", "list").stdout


def test_people_are_let_in_changed_and_put_out(database_url: str) -> None:
    # given somebody, who may be named in any spelling, once
    add = ("person", "add", "Ida@shop.example", "--name", "Ida", "--role")
    assert ledgerline(database_url, *add, "owner").returncode == 0
    again = ledgerline(database_url, *add, "support")
    assert (again.returncode, again.stderr.startswith("ledgerline: email_taken")) == (1, True)
    # when links are made for them, then each is another
    who = ("login-link", "--person", "ida@shop.example", "--json")
    links = {read_json(ledgerline(database_url, *who))["link"] for _ in range(2)}
    assert {link.rpartition("/")[0] for link in links} == {"/console/sign-in"}
    assert len(links) == 2
    # and the last owner stays, until there is another
    out = ("person", "disable", "ida@shop.example", "--yes")
    assert "last_owner" in ledgerline(database_url, *out).stderr
    nils = ("person", "add", "nils@shop.example", "--name", "Nils", "--role", "support")
    assert ledgerline(database_url, *nils).returncode == 0
    assert ledgerline(database_url, "person", "role", "nils@shop.example", "owner").returncode == 0
    assert ledgerline(database_url, *out).returncode == 0
    listed = read_json(ledgerline(database_url, "person", "list", "--json"))["data"]
    assert [(row["email"], row["role"], row["disabled_at"] is None) for row in listed] == [
        ("ida@shop.example", "owner", False), ("nils@shop.example", "owner", True),
    ]  # fmt: skip
    assert listed[0]["id"].startswith("per_")
    assert "person_not_found" in ledgerline(database_url, *who).stderr


def test_money_does_not_move_unasked(database_url: str) -> None:
    done = ledgerline(database_url, "clock", "advance", "1 day", "--control-url", "http://x")
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == "Try: the same with --yes"


def test_nothing_is_due_so_nothing_is_billed_or_charged(database_url: str) -> None:
    done = ledgerline(database_url, "bill", "run", "--json")
    assert read_json(done) == {"invoiced": 0, "ended": 0, "parked": 0}
    assert "invoiced" not in done.stderr
    assert read_json(ledgerline(database_url, "collect", "run", "--json"))["tried"] == 0


def test_the_audit_finds_nothing_and_says_so(database_url: str) -> None:
    done = ledgerline(database_url, "audit")
    assert done.returncode == 0
    assert "invariants hold" in done.stderr


@pytest.mark.usefixtures("invoice")
async def test_the_audit_ends_with_3_when_an_invariant_is_broken(
    database_url: str, world: World
) -> None:
    # given a number that nobody stamped
    await world.write(
        "UPDATE number_series SET next_number = next_number + 1 WHERE kind = 'invoice'"
    )
    try:
        done = ledgerline(database_url, "audit", "--json")
    finally:
        await world.write(
            "UPDATE number_series SET next_number = next_number - 1 WHERE kind = 'invoice'"
        )
    # then the gap is reported
    assert done.returncode == 3
    assert [one["id"] for one in json.loads(done.stdout)["violations"]] == ["I-30"]


async def test_a_refused_payment_is_found_and_mended(database_url: str, world: World) -> None:
    # given a renewal whose card has expired, and an account that refuses us
    shopper = await world.shopper(token="tok_decline_expired_card")
    bought = await world.buy(shopper, trial=True)
    due = await world.value(
        "SELECT next_bill_at FROM subscription WHERE id = %s", bought.subscription_id
    )
    await world.advance(due)
    payment_id = await world.value(
        "SELECT id FROM payment WHERE subscription_id = %s", bought.subscription_id
    )
    method_id = await world.method(shopper.customer_id)
    await world.write(
        "INSERT INTO money_exception (bucket, id, subject_id, reason, detail, opened_at)"
        " VALUES (0, gen_random_uuid(), %s, 'account_refuses_us', 'aster: 401', now())",
        bought.subscription_id,
    )
    # when it is mended
    named = encode("pay", payment_id), "--method", encode("pm", method_id)
    done = ledgerline(database_url, "collect", "mend", *named, "--yes")
    assert done.returncode == 0, done.stderr
    # then it is due at once, and the exception stands in list and doctor
    await world.advance(world.now + timedelta(seconds=1))
    assert await world.receipts(shopper.customer_id) == [("payment", 1199)]
    listed = read_json(ledgerline(database_url, "exceptions", "list", "--json"))
    [open_one] = listed["data"]
    assert (open_one["reason"], open_one["detail"]) == ("account_refuses_us", "aster: 401")
    doctor = ledgerline(database_url, "doctor", "--json")
    checks = {one["check"]: one for one in json.loads(doctor.stdout)["data"]}
    refusing = checks["merchant accounts that refuse us"]
    assert (refusing["level"], refusing["found"]) == ("fail", "aster: 401")
    # and a second time there is nothing to mend
    again = ledgerline(database_url, "collect", "mend", *named, "--yes")
    assert again.returncode != 0
    assert "payment_not_mendable" in again.stderr
    await world.write("DELETE FROM money_exception")
    assert "nothing is open" in ledgerline(database_url, "exceptions", "list").stderr


async def test_an_open_invoice_is_paid_and_a_card_detached(database_url: str, world: World) -> None:
    # given a renewal whose card has expired, and another card
    shopper = await world.shopper(token="tok_decline_expired_card_cli")
    bought = await world.buy(shopper, trial=True)
    await world.advance(world.now + timedelta(days=32))
    [[open_one]] = await world.rows(
        "SELECT id FROM invoice WHERE subscription_id = %s AND state = 'open'",
        bought.subscription_id,
    )
    invoice, old = encode("inv", open_one), encode("pm", shopper.method_id)
    new = encode("pm", await world.method(shopper.customer_id))
    # when it is tried by the old one
    pay = ("invoice", "pay", invoice, "--yes", "--json")
    refused = ledgerline(database_url, *pay)
    # then it says so, and the invoice stays open
    assert refused.returncode == 3, refused.stderr
    assert json.loads(refused.stdout)["status"] == "declined"
    # when the new one is looked at and charged
    shown = read_json(ledgerline(database_url, *pay, "--method", new, "--dry-run"))
    assert (shown["dry_run"], shown["total"]) == (
        True, {"amount": 1199, "currency": "EUR"},
    )  # fmt: skip
    paid = read_json(ledgerline(database_url, *pay, "--method", new))
    assert paid["status"] == "succeeded"
    # then the old one may go, and the new one may not
    assert ledgerline(database_url, "customer", "detach", old, "--yes").returncode == 0
    kept = ledgerline(database_url, "customer", "detach", new, "--yes")
    assert kept.returncode != 0
    assert "payment_method_in_use" in kept.stderr
    # and a subscription is told by what it is charged
    third = encode("pm", await world.method(shopper.customer_id))
    subscription = encode("sub", bought.subscription_id)
    used = ledgerline(database_url, "subscription", "method", subscription, third, "--yes")
    assert used.returncode == 0, used.stderr
    assert ledgerline(database_url, "customer", "detach", new, "--yes").returncode == 0


def test_the_doctor_names_what_is_not_fit_for_money(database_url: str) -> None:
    done = ledgerline(database_url, "doctor", "--json")
    assert done.returncode == 3  # a test database gives up durability for speed
    found = {row["code"]: row["level"] for row in json.loads(done.stdout)["data"]}
    assert found["durability"] == "warn"
    assert found["schema"] == found["I-21"] == "ok"


def test_a_month_that_is_not_over_is_not_closed(database_url: str) -> None:
    done = ledgerline(database_url, "ledger", "close", "2099-01", "--seller", "nordic", "--dry-run")
    assert done.returncode == 1
    assert done.stderr.startswith("ledgerline: month_not_over: the month is not over where")


def test_an_empty_month_is_closed_once_it_was_looked_at(database_url: str) -> None:
    command = ("ledger", "close", "2020-01", "--seller", "nordic", "--json")
    # given a look that closes nothing
    assert read_json(ledgerline(database_url, *command, "--dry-run")) == {
        "seller": "nordic", "month": "2020-01", "closed_at": None, "turnover": [],
    }  # fmt: skip
    # when nobody says yes, then when somebody does
    unasked = ledgerline(database_url, *command)
    closed = read_json(ledgerline(database_url, *command, "--yes"))
    # then it is closed for good
    assert (unasked.returncode, closed["closed_at"] is None) == (1, False)
    assert read_json(ledgerline(database_url, *command, "--dry-run")) == closed
