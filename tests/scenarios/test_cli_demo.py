"""The demo from a shell: built, proven, the same for the same seed, and open to other commands."""

import json
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import psycopg
import pytest

from tests.postgres import temporary_folder
from tests.scenarios.forked import Forked

SCALE: Final = ("--subscribers", "1000", "--months", "2")
FEW: Final = ("--subscribers", "60", "--months", "2")
SECONDS_MAX: Final = 900


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """Give the module one data directory."""
    with temporary_folder() as path:
        yield path


def ledgerline(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(*arguments), env=environment(folder), capture_output=True, text=True,
        timeout=SECONDS_MAX, check=False,
    )  # fmt: skip


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-c", "from ledgerline.main import run; run()", *arguments]


def environment(folder: Path) -> dict[str, str]:
    return {"LEDGERLINE_DATA_DIR": str(folder), "PATH": "/usr/bin:/bin", "COLUMNS": "200"}


def read_json(done: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def test_equal_seeds_give_equal_figures_and_every_invariant_holds(folder: Path) -> None:
    # when the same demo is built twice
    first = ledgerline(folder, "demo", *SCALE, "--json", "--no-serve")
    second = ledgerline(folder, "demo", *SCALE, "--json", "--no-serve", "--reset")
    # then both prove themselves
    assert (first.returncode, second.returncode) == (0, 0), first.stderr + second.stderr
    figures, again = read_json(first), read_json(second)
    assert figures["documents"]["customers"] == 1_000
    assert figures["clock"] == "2026-02-28T00:00:00Z"
    assert figures["invariants"]["violations"] == []
    # and pages of the data sets were written, and it was said where
    page = folder / "report" / "index.html"
    assert page.is_file()
    assert f"report {page.resolve().as_uri()}" in second.stderr
    # people were told of a refund made by hand, and what came late was one charge more
    proven = figures["invariants"]["psp"]
    assert (proven["differences"], proven["open"], proven["told"]) == ({}, 0, 1)
    came_late = 1
    assert proven["executions"] == (
        figures["payments"]["succeeded"] + figures["documents"]["refund receipts"]
        + proven["told"] + came_late
    )  # fmt: skip
    _three_providers_are_routed_to_and_reconciled(figures)
    # what a model did is compared with who was held out, in what was refused as well
    assert figures["learned"]["approved"]["model"]["tries"] > 100
    assert figures["learned"]["refused"]["model"] > 0
    # and they agree in everything but the time it took
    assert figures.pop("timings") is not None
    assert again.pop("timings") is not None
    assert _different(figures, again) == {}


def _different(figures: dict[str, Any], again: dict[str, Any]) -> dict[str, Any]:
    return {name: (found, again[name]) for name, found in figures.items() if again[name] != found}


def _three_providers_are_routed_to_and_reconciled(figures: dict[str, Any]) -> None:
    # charges went to all of them, by rules
    assert {row["rule"] for row in figures["routes"]} == {
        "dear_euros_by_cost", "everything_else", "default", "model",
    }  # fmt: skip
    assert {row["account"] for row in figures["routes"]} == {"aster", "boreal", "cobalt"}
    # while one was down, charges went elsewhere or waited
    assert {row["left_alone"] for row in figures["avoided"]} == {"boreal"}
    assert {row["went_to"] for row in figures["avoided"]} == {"aster", "cobalt", "waits"}
    assert all("2026-02-01" <= row["day"] <= "2026-02-04" for row in figures["avoided"])
    # the files of both dialects explain all but what was planted
    files = {row["account"]: row for row in figures["settlement"]}
    assert {name: row["connector"] for name, row in files.items()} == {
        "aster": "sandbox", "boreal": "sandbox", "cobalt": "stripe",
    }  # fmt: skip
    assert {row["files"] for row in files.values()} == {2}
    assert files["cobalt"]["explained_percent"] == "100.00"
    assert 95 < float(files["aster"]["explained_percent"]) < 100
    # which is left for people, and nothing else is
    assert {row["reason"]: row["open"] for row in figures["exceptions"] if row["open"]} == {
        "line_unmatched": 2
    }
    assert {row["reason"]: row["ended"] for row in figures["exceptions"]}["late_success"] == 1


def test_another_run_finds_the_data_and_builds_nothing(folder: Path) -> None:
    done = ledgerline(folder, "demo", "--json", "--no-serve")
    assert done.returncode == 0, done.stderr
    assert "data of an earlier run" in done.stderr
    assert read_json(done)["documents"]["customers"] == 1_000
    assert read_json(done)["avoided"]


def test_a_running_demo_serves_and_other_commands_find_it(folder: Path) -> None:
    # given a demo that serves
    with subprocess.Popen(
        command("demo", "--port", "0"), env=environment(folder), stderr=subprocess.PIPE, text=True
    ) as demo:
        try:
            url, key = _welcome(demo)
            # then the API answers to the key it printed
            request = urllib.request.Request(  # noqa: S310 - our own address
                f"{url}/v1/customers?limit=3", headers={"Authorization": f"Bearer {key}"}
            )
            with urllib.request.urlopen(request, timeout=SECONDS_MAX) as answer:  # noqa: S310 - the same
                assert len(json.load(answer)["data"]) == 3
            _other_commands_work(folder)
        finally:
            demo.send_signal(signal.SIGTERM)
            began = time.monotonic()
            said = demo.communicate(timeout=SECONDS_MAX)[1]
    # and SIGTERM ends everything in order
    assert demo.returncode == 0, said
    assert time.monotonic() - began < 12
    assert not (folder / "running.json").exists()


def _welcome(demo: subprocess.Popen[str]) -> tuple[str, str]:
    assert demo.stderr is not None
    url = key = ""
    for line in demo.stderr:
        if line.startswith("Ledgerline is running"):
            url = line.split()[3]
        if line.startswith("API key"):
            key = line.split()[2]
        if line.startswith("Ctrl-C"):
            return url, key
    raise AssertionError((url, key))


def _other_commands_work(folder: Path) -> None:
    # when the clock moves on by a month, invoices are issued and paid
    preview = read_json(ledgerline(folder, "bill", "preview", "--date", "2026-03-31", "--json"))
    assert sum(row["invoices"] for row in preview["data"]) > 20
    moved = ledgerline(folder, "clock", "advance", "1 month", "--yes", "--json")
    assert moved.returncode == 0, moved.stderr
    assert read_json(moved)["instant"] == "2026-03-28T00:00:00Z"
    assert read_json(moved)["invoiced"] > 20
    shown = read_json(ledgerline(folder, "clock", "show", "--json"))
    assert shown["business_time"] == "2026-03-28T00:00:00Z"
    # and the books still agree with the provider's
    control_url = json.loads((folder / "running.json").read_text())["control_url"]
    proven = ledgerline(folder, "audit", "--against-psp", control_url, "--json")
    assert proven.returncode == 0, proven.stdout
    assert read_json(proven)["violations"] == []
    # and what was planted is there to be looked into
    opened = read_json(ledgerline(folder, "exceptions", "list", "--json"))["data"]
    assert sorted(row["detail"].split(" ")[1] for row in opened) == ["charge", "refund"]
    breaks = ledgerline(folder, "reconcile", "breaks", "--json")
    assert (breaks.returncode, len(read_json(breaks)["data"])) == (3, 2)
    routed = read_json(
        ledgerline(folder, "pay", "route", "--market", "KW", "--currency", "KWD", "--amount",
                   "3290", "--explain", "--json")
    )  # fmt: skip
    assert {row["account"]: row["filtered"] for row in routed["candidates"]}["cobalt"] == "excluded"
    # and every account of the trial balance sums to nothing over a seller and currency
    balance = ledgerline(folder, "ledger", "trial-balance", "--json")
    assert balance.returncode == 0
    assert sum(row["balance_minor"] for row in read_json(balance)["data"]) == 0


def has_customers(connection: psycopg.Connection) -> bool:
    """Say whether a database has our tables, and somebody in them."""
    [table] = connection.execute("SELECT to_regclass('customer')").fetchall()
    if table == (None,):
        return False
    return connection.execute("SELECT FROM customer LIMIT 1").fetchone() is not None


def test_a_demo_that_was_killed_is_not_finished_and_says_what_to_do(
    forked: Forked, empty_database_url: str, tmp_path: Path
) -> None:
    url, here = empty_database_url, {"LEDGERLINE_DATA_DIR": str(tmp_path)}
    # given a demo in a database that was named, killed once somebody has joined
    with subprocess.Popen(
        command("demo", *FEW, "--no-serve"), stderr=subprocess.DEVNULL,
        env={**environment(tmp_path), "LEDGERLINE_DATABASE_URL": url},
    ) as demo:  # fmt: skip
        with psycopg.connect(url, autocommit=True) as connection:
            while not has_customers(connection):
                assert demo.poll() is None, "it ended before it was killed"
                time.sleep(0.01)
        demo.kill()
    # then neither a demo nor a sandbox is built on it, nor does one seem to be there
    name = psycopg.conninfo.conninfo_to_dict(url)["dbname"]
    for again in (("demo", *FEW, "--no-serve"), ("env", "create", "--sandbox")):
        done = forked(url, *again, **here)
        assert done.status == 1
        assert done.err.endswith(
            "ledgerline: the database holds half of a demo; nothing was done\n"
            f"Try: it never came to its end: `dropdb {name} && createdb {name}`, then once more\n"
        ), done.err
    checks = json.loads(forked(url, "doctor", "--json", **here).out)["data"]
    [found] = [one for one in checks if one["code"] == "environment"]
    assert (found["level"], found["found"]) == ("warn", "half of a demo")
