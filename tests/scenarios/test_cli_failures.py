"""What is wrong around a command is said in one sentence by every command, and nothing is done."""

import importlib
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple

import psycopg
import pytest
import typer
from psycopg.sql import SQL, Identifier

from ledgerline.cli.local_postgres import LocalPostgres
from ledgerline.main import COMMANDS
from tests.flow_world import World
from tests.postgres import execute
from tests.scenarios.forked import KEK, Case, Done, Forked

PASSWORD: Final = "hunter2hunter2"
RULES: Final = str(Path(__file__).with_name("routing.yaml"))
RETRY_TABLE: Final = str(Path(__file__).with_name("retry_table.json"))
CHURN_HEADS: Final = str(Path(__file__).with_name("churn_heads.json"))
PSP_ADD: Final = ("psp", "add", "odd", "--setting", "base_url=http://127.0.0.1:1/odd",
                  "--secret", "api_secret=/etc/hostname", "--secret",
                  "webhook_secret=/etc/hostname", "--dry-run")  # fmt: skip
SEALS: Final = (  # what reads or writes under the key
    ("checkout", "open", "cus_01h455vb4pex5vsknk084sn02q", "duo_monthly"),
    ("clock", "advance", "1 day", "--control-url", "http://127.0.0.1:1", "--yes"),
    ("clock", "follow", "--control-url", "http://127.0.0.1:1"),
    ("collect", "run", "--yes"),
    ("customer", "export", "cus_01h455vb4pex5vsknk084sn02q"),
    ("customer", "note", "cus_01h455vb4pex5vsknk084sn02q", "called twice"),
    ("customer", "notes", "cus_01h455vb4pex5vsknk084sn02q"),
    ("customer", "portal", "cus_01h455vb4pex5vsknk084sn02q"),
    ("disputes", "send", "dsp_01h455vb4pex5vsknk084sn02q", "--yes"),
    ("documents", "archive", "/dev/null/a.zip", "--year", "2026"),
    ("documents", "export", "inv_01h455vb4pex5vsknk084sn02q", "/dev/null/a.pdf"),
    ("documents", "preview", "sub_01h455vb4pex5vsknk084sn02q", "/dev/null/a.pdf"),
    ("documents", "register", "--from", "2026-01-01", "--to", "2026-12-31"),
    ("documents", "show", "inv_01h455vb4pex5vsknk084sn02q"),
    ("documents", "verify"),
    ("keys", "create", "shop"),
    ("keys", "roll", "nobody"),
    ("login-link", "--person", "ida@shop.example"),
    PSP_ADD,
    ("mail", "show", "mail_01h455vb4pex5vsknk084sn02q"),
    ("psp", "test", "aster"),
    ("serve", "--port", "0"),
    ("setup", "cancel", "pms_01h455vb4pex5vsknk084sn02q", "--yes"),
    ("setup", "confirm", "pms_01h455vb4pex5vsknk084sn02q"),
    ("setup", "start", "cus_01h455vb4pex5vsknk084sn02q"),
    ("work",),
    ("invoice", "pay", "inv_01h455vb4pex5vsknk084sn02q", "--dry-run"),
)
MAKES: Final = (  # what makes something of an empty database
    ("db", "upgrade"),
    ("demo", "--no-serve", "--subscribers", "1", "--months", "1"),
    ("env", "create", "--sandbox"),
)
KEYLESS: Final = (
    *MAKES,
    ("audit",),
    ("bill", "explain", "inv_01h455vb4pex5vsknk084sn02q"),
    ("bill", "parked", "list"),
    ("bill", "pause", "prices are wrong", "--yes"),
    ("bill", "resume", "--yes"),
    ("bill", "runs"),
    ("bill", "preview"),
    ("bill", "run", "--yes"),
    ("catalog", "diff", "--example"),
    ("catalog", "load", "--example"),
    ("catalog", "show"),
    ("texts", "load", "--example"),
    ("texts", "show", "DE"),
    ("checkout", "expire", "cs_01h455vb4pex5vsknk084sn02q", "--yes"),
    ("checkout", "show", "cs_01h455vb4pex5vsknk084sn02q"),
    ("clock", "show"),
    ("mail", "list"),
    ("mail", "resend", "mail_01h455vb4pex5vsknk084sn02q", "--yes"),
    ("mail", "unblock", "cus_01h455vb4pex5vsknk084sn02q"),
    ("collect", "mend", "pay_01h455vb4pex5vsknk084sn02q", "--method",
     "pm_01h455vb4pex5vsknk084sn02q", "--yes"),
    ("credit", "give", "pay_01h455vb4pex5vsknk084sn02q", "500", "--why", "outage", "--yes"),
    ("customer", "detach", "pm_01h455vb4pex5vsknk084sn02q", "--yes"),
    ("customer", "erase", "cus_01h455vb4pex5vsknk084sn02q", "--dry-run"),
    ("customer", "payout", "cus_01h455vb4pex5vsknk084sn02q", "--reason", "asked", "--dry-run"),
    ("customer", "show", "cus_01h455vb4pex5vsknk084sn02q"),
    ("data", "adopt", "--reason", "restored", "--as", "me", "--dry-run"),
    ("data", "audit"),
    ("data", "backfill", "--from", "2026-01", "--to", "2026-02", "--reason", "x", "--as", "me"),
    ("data", "diff", "1", "2"),
    ("data", "close", "2026-01", "--as", "finance", "--dry-run"),
    ("data", "export"),
    ("data", "follow"),
    ("data", "query", "SELECT 1"),
    ("data", "report", "--out", "build/report-of-tests"),
    ("data", "restate", "2026-01", "--reason", "late file", "--as", "finance"),
    ("data", "run"),
    ("data", "status"),
    ("data", "sweep", "--dry-run"),
    ("db", "status"),
    ("disputes", "accept", "dsp_01h455vb4pex5vsknk084sn02q", "--note", "no", "--yes"),
    ("disputes", "evidence", "dsp_01h455vb4pex5vsknk084sn02q", "--out", "/nowhere/pack.pdf"),
    ("disputes", "list"),
    ("disputes", "policy"),
    ("disputes", "show", "dsp_01h455vb4pex5vsknk084sn02q"),
    ("disputes", "submit", "dsp_01h455vb4pex5vsknk084sn02q", "--note", "sent"),
    ("doctor", "--json"),
    ("customer", "default", "cus_01h455vb4pex5vsknk084sn02q", "pm_01h455vb4pex5vsknk084sn02q",
     "--dry-run"),
    ("evidence", "approve", "evp_01h455vb4pex5vsknk084sn02q", "--dry-run"),
    ("evidence", "list"),
    ("evidence", "propose", "att_01h455vb4pex5vsknk084sn02q", "declined", "--note", "so they say"),
    ("evidence", "withdraw", "evp_01h455vb4pex5vsknk084sn02q"),
    ("exceptions", "adopt", "exc_01h455vb4pex5vsknk084sn02q", "--note", "ours", "--dry-run"),
    ("exceptions", "assign", "exc_01h455vb4pex5vsknk084sn02q"),
    ("exceptions", "close", "aster", "events_unmatched", "--note", "ours"),
    ("exceptions", "list"),
    ("exceptions", "refund", "exc_01h455vb4pex5vsknk084sn02q", "--note", "ours", "--dry-run"),
    ("exceptions", "show", "inv_01h455vb4pex5vsknk084sn02q"),
    ("invoice", "show", "inv_01h455vb4pex5vsknk084sn02q"),
    ("keys", "list"),
    ("person", "add", "ida@shop.example", "--name", "Ida", "--role", "owner"),
    ("person", "disable", "ida@shop.example", "--yes"),
    ("person", "limit", "support", "EUR", "8000"),
    ("person", "limits"),
    ("person", "list"),
    ("person", "role", "ida@shop.example", "support"),
    ("keys", "revoke", "nobody"),
    ("ledger", "close", "2020-01", "--seller", "nordic", "--dry-run"),
    ("ledger", "trial-balance"),
    ("ml", "load", RETRY_TABLE, "--reason", "to see", "--as", "me"),
    ("ml", "card", "--out", "build/card-of-tests"),
    ("ml", "claims"),
    ("ml", "drift"),
    ("ml", "evaluate"),
    ("ml", "score", "churn", CHURN_HEADS),
    ("ml", "replay", "att_01h455vb4pex5vsknk084sn02q"),
    ("ml", "promote", "--seller", "nobody", "--reason", "to see", "--as", "me"),
    ("ml", "shadow", "--seller", "nobody", "--reason", "to see", "--as", "me", "--dry-run"),
    ("ml", "show"),
    ("ml", "versions"),
    ("ml", "train", "fees", "/dev/null"),
    ("ml", "train", "retry", "/dev/null"),
    ("ml", "switch", "off", "--seller", "nobody", "--reason", "to see", "--as", "me"),
    ("pay", "route", "--market", "DE", "--currency", "EUR", "--amount", "1199"),
    ("pay", "rules", "diff", RULES),
    ("pay", "rules", "load", RULES),
    ("pay", "rules", "show"),
    ("psp", "disable", "aster", "--dry-run"),
    ("psp", "enable", "aster", "--dry-run"),
    ("psp", "list"),
    ("psp", "remove", "aster", "--dry-run"),
    ("payment", "show", "pay_01h455vb4pex5vsknk084sn02q"),
    ("reconcile", "bank", "po_1", "--amount", "1", "--on", "2026-01-05", "--note", "", "--yes"),
    ("reconcile", "breaks"),
    ("reconcile", "explain", "po_1"),
    ("reconcile", "failed", "po_1", "--on", "2026-01-05", "--note", "mail", "--yes"),
    ("reconcile", "files"),
    ("reconcile", "import", "/etc/hostname", "--account", "aster"),
    ("reconcile", "payouts"),
    ("reconcile", "returned", "po_1", "--amount", "1", "--on", "2026-01-05", "--note", "", "--yes"),
    ("refund", "show", "ref_01h455vb4pex5vsknk084sn02q"),
    ("retention", "run", "--dry-run"),
    ("subscription", "cancel", "sub_01h455vb4pex5vsknk084sn02q", "now", "--dry-run"),
    ("subscription", "method", "sub_01h455vb4pex5vsknk084sn02q", "pm_01h455vb4pex5vsknk084sn02q",
     "--yes"),
    ("subscription", "pause", "sub_01h455vb4pex5vsknk084sn02q", "--dry-run"),
    ("subscription", "resume", "sub_01h455vb4pex5vsknk084sn02q", "--dry-run"),
    ("setup", "list", "cus_01h455vb4pex5vsknk084sn02q"),
    ("setup", "show", "pms_01h455vb4pex5vsknk084sn02q"),
    ("subscription", "show", "sub_01h455vb4pex5vsknk084sn02q"),
)  # fmt: skip
DATA_SETS: Final = Path(__file__).parents[2] / "docs/reference/data-sets"
E_INVOICE: Final = (
    Path(__file__).parents[1] / "unit/documents/einvoice/en16931/ubl/ubl-tc434-example1.xml"
)
ALONE: Final = (
    ("catalog", "example"),
    ("data", "docs", "--check", "--out", str(DATA_SETS)),
    ("data", "show", "revenue_schedule"),
    ("documents", "validate", str(E_INVOICE)),
    ("mail", "preview", "receipt", "--help"),
    ("psp-simulator", "--help"),
    ("version",),
)
ON_A_DATABASE: Final = (*SEALS, *KEYLESS)
ON_A_WORLD: Final = tuple(each for each in ON_A_DATABASE if each not in MAKES)
# what is wrong is what doctor and status are for
READY: Final = tuple(
    each for each in ON_A_WORLD if each not in {("doctor", "--json"), ("db", "status")}
)
UNTIL: Final = {"data follow": "release 1"}
"""What is said by commands that end when they are stopped, once there is nothing left to do."""

Command = tuple[str, ...]


class Fault(NamedTuple):
    """A database URL that does not serve, made of one that does, and what is said of it."""

    url: Callable[[str], str]
    said: str


def _with(**changed: str) -> Callable[[str], str]:
    """Change parts of a good URL."""

    def changing(url: str) -> str:
        return psycopg.conninfo.make_conninfo(url, **changed)

    return changing


def _instead(url: str) -> Callable[[str], str]:
    return lambda _good: url


FAULTS: Final = {
    "unparsable": Fault(
        _instead(f"postgresql://me:{PASSWORD}%zz@127.0.0.1/shop"),
        "the database URL is not usable: PostgreSQL does not understand it",
    ),
    "half encoded": Fault(
        _instead(f"postgresql://me:in/{PASSWORD}@127.0.0.1/shop"),
        "the database URL is not usable: its user or password holds a character that must be",
    ),
    "bad port": Fault(
        _instead(f"postgresql://me:{PASSWORD}@127.0.0.1:99999/shop"),
        "the database URL is not usable: its port is none of 1 to 65535",
    ),
    "nobody there": Fault(
        _instead(f"postgresql://me:{PASSWORD}@127.0.0.1:1/shop"),
        "the database is not reachable: ",
    ),
    "wrong password": Fault(_with(password=PASSWORD), "the database is not reachable: "),
    "no such database": Fault(_with(dbname="nothing"), "the database is not reachable: "),
}


def _name(command: Command) -> str:
    """Say of which command a line is."""
    return " ".join(word for word in command[:2] if not word.startswith("-"))


def _leaves() -> Iterator[str]:
    for name, entry in COMMANDS.items():
        command: Any = typer.main.get_command(importlib.import_module(entry.module).app)
        below = getattr(command, "commands", {})
        yield from (f"{name} {each}" for each in below)
        if not below:
            yield name


def test_every_command_is_tried() -> None:
    tried = {_name(each) for each in (*ON_A_DATABASE, *ALONE)}
    assert tried == set(_leaves())


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the module a data directory."""
    return tmp_path_factory.mktemp("data")


def _cases(commands: tuple[Command, ...], url: str, folder: Path, **more: str) -> Iterator[Case]:
    environment = {
        "LEDGERLINE_DATABASE_URL": url, "LEDGERLINE_DATA_DIR": str(folder),
        "LEDGERLINE_KEK": KEK, "PATH": "/usr/bin:/bin", "COLUMNS": "400", **more,
    }  # fmt: skip
    given = {name: value for name, value in environment.items() if value}
    yield from (Case(each, given, UNTIL.get(_name(each), "")) for each in commands)


def _expect_one_sentence(command: Command, done: Done, said: str) -> None:
    assert PASSWORD not in done.out + done.err, command
    assert "Traceback" not in done.err, done.err
    if _name(command) == "doctor":
        failed = [one["found"] for one in json.loads(done.out)["data"] if one["level"] == "fail"]
        assert (done.status, failed[0].startswith(said)) == (3, True), (command, done)
        return
    [what, hint] = done.err.splitlines()[-2:]
    assert what.startswith(f"ledgerline: {said}"), (command, done)
    assert hint.startswith("Try: "), (command, done)
    assert (done.status, done.out) == (1, ""), (command, done)
    assert len(done.err.splitlines()) == 2, (command, done)


@pytest.mark.parametrize("fault", FAULTS)
def test_a_database_that_cannot_be_used_is_said_by_every_command(
    forked: Forked, database_url: str, folder: Path, fault: str
) -> None:
    url = FAULTS[fault].url(database_url)
    for command, done in zip(
        ON_A_DATABASE, forked.run_all(list(_cases(ON_A_DATABASE, url, folder))), strict=True
    ):
        _expect_one_sentence(command, done, FAULTS[fault].said)


def test_an_empty_database_is_said_by_every_command_but_those_that_fill_it(
    forked: Forked, empty_database_url: str, folder: Path
) -> None:
    for command, done in zip(
        READY, forked.run_all(list(_cases(READY, empty_database_url, folder))), strict=True
    ):
        _expect_one_sentence(command, done, "the database has no tables of ours")
        assert done.err.endswith("`ledgerline db status`, then `ledgerline db upgrade`\n")


def test_a_database_of_an_older_release_is_said_by_every_command(
    forked: Forked, fresh_database_url: str, folder: Path
) -> None:
    with psycopg.connect(fresh_database_url, autocommit=True) as connection:
        connection.execute("DELETE FROM migration WHERE name = '0001_foundation.sql'")
    for command, done in zip(
        READY, forked.run_all(list(_cases(READY, fresh_database_url, folder))), strict=True
    ):
        _expect_one_sentence(
            command, done, "the database is older than this release: it lacks 0001"
        )
    made = forked.run_all(list(_cases(MAKES, fresh_database_url, folder)))
    assert [done.status for done in made] == [1, 1, 1], made
    assert not any("Traceback" in done.err for done in made), made


@pytest.fixture(scope="module")
def lame_url(postgres: LocalPostgres, world: World) -> Iterator[str]:
    """Connect to the world under a role that may not read it."""
    role = Identifier("ledgerline_lame")
    execute(postgres, SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(role, PASSWORD))
    yield psycopg.conninfo.make_conninfo(world.url, user="ledgerline_lame", password=PASSWORD)
    execute(postgres, SQL("DROP ROLE {}").format(role))


def test_a_right_that_is_lacking_is_said_by_every_command(
    forked: Forked, lame_url: str, folder: Path
) -> None:
    for command, done in zip(
        READY, forked.run_all(list(_cases(READY, lame_url, folder))), strict=True
    ):
        _expect_one_sentence(command, done, "the role of the database URL lacks a right: ")


KEYS: Final = {
    "none": ("", "", "there is no key-encryption key"),
    "malformed": ("another", "", "LEDGERLINE_KEK is not usable"),
    "no file": ("", "/nowhere/key", "/nowhere/key: "),
    "another": ("ff" * 32, "", "the key-encryption key is not the one this database was begun"),
}


@pytest.mark.parametrize("key", KEYS)
def test_the_key_is_asked_for_by_what_seals_and_by_nothing_else(
    forked: Forked, world: World, tmp_path: Path, key: str
) -> None:
    named, file, said = KEYS[key]
    commands = SEALS if key != "none" else ON_A_WORLD
    more = {"LEDGERLINE_KEK": named, "LEDGERLINE_KEK_FILE": file}
    ended = forked.run_all(list(_cases(commands, world.url, tmp_path, **more)))
    for command, done in zip(commands, ended, strict=True):
        if command in SEALS:
            _expect_one_sentence(command, done, said)
        else:
            assert "LEDGERLINE_KEK" not in done.err, (command, done)
            assert "key-encryption" not in done.err, (command, done)
            assert "Traceback" not in done.err, (command, done)
            assert done.status >= 0, (command, done)  # it ended by itself, or well when stopped


def test_what_needs_no_database_asks_for_none(forked: Forked, tmp_path: Path) -> None:
    ended = forked.run_all([Case(each, {"LEDGERLINE_DATA_DIR": str(tmp_path)}) for each in ALONE])
    assert [done.status for done in ended] == [0] * len(ALONE), ended
