"""``ledgerline env create --sandbox`` from a shell: one command, and everything is there."""

import json
import os
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import psycopg
import pytest

from ledgerline.cli import migrate
from ledgerline.cli.migrate import Sandbox
from tests.scenarios.forked import Forked

SECONDS_MAX: Final = 600
RUN: Final = [sys.executable, "-c", "from ledgerline.main import run; run()"]
CREATE: Final = ("env", "create", "--sandbox")


def free_ports() -> tuple[int, int]:
    """Find two ports that nobody listens at."""
    with (
        socket.create_server(("127.0.0.1", 0)) as one,
        socket.create_server(("127.0.0.1", 0)) as two,
    ):
        return one.getsockname()[1], two.getsockname()[1]


@contextmanager
def started(url: str, folder: Path, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """Run a command in a process of its own, which SIGTERM must end in order."""
    environment = {
        "LEDGERLINE_DATABASE_URL": url, "LEDGERLINE_DATA_DIR": str(folder),
        "PATH": "/usr/bin:/bin",
    }  # fmt: skip
    with subprocess.Popen(
        [*RUN, *arguments], env=environment, text=True, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:  # fmt: skip
        try:
            yield process
            process.send_signal(signal.SIGTERM)
            assert process.wait(SECONDS_MAX) == 0
        finally:
            process.kill()


def ask(url: str, key: str, path: str, body: object) -> Any:
    """Post to the API as a shop would."""
    request = urllib.request.Request(  # noqa: S310 - our own address
        url + path, data=json.dumps(body).encode(),
        headers={"Authorization": f"Bearer {key}", "Content-Type": "application/json",
                 "Idempotency-Key": path},
    )  # fmt: skip
    with urllib.request.urlopen(request, timeout=SECONDS_MAX) as answer:  # noqa: S310 - the same
        return json.load(answer)


def test_a_sandbox_is_made_by_one_command_and_sells(
    forked: Forked, empty_database_url: str, tmp_path: Path
) -> None:
    url = empty_database_url
    port, control = free_ports()
    # when a sandbox is made of an empty database, where no key is named
    keyless = {"LEDGERLINE_DATA_DIR": str(tmp_path), "LEDGERLINE_KEK": ""}
    done = forked(
        url, *CREATE, "shop", "reports", "--clock", "2026-01-01", "--json",
        "--psp-port", str(port), "--control-port", str(control), **keyless,
    )  # fmt: skip
    assert done.status == 0, done.err
    made = json.loads(done.out)
    assert (made["environment"], made["clock"]) == ("sandbox", "2026-01-01T00:00:00Z")
    assert [one["principal"] for one in made["keys"]] == ["shop", "reports"]
    # then the commands that it names start provider and API
    with (
        started(url, tmp_path, "psp-simulator") as provider,
        started(url, tmp_path, "serve", "--port", "0") as serving,
    ):
        assert provider.stdout is not None
        assert json.loads(provider.stdout.readline())["port"] == port
        assert serving.stderr is not None
        api = serving.stderr.readline().split()[-1]
        # and a subscription is sold with the key
        key = made["keys"][0]["key"]
        customer = ask(api, key, "/v1/customers", {"market": "DE", "name": "First"})["id"]
        method = ask(
            api, key, f"/v1/customers/{customer}/payment_methods",
            {"psp_account": "aster", "token": "tok_ok_1", "brand": "visa", "last4": "4242"},
        )["id"]  # fmt: skip
        bought = ask(
            api, key, "/v1/purchases",
            {"customer": customer, "plan": "individual_monthly", "payment_method": method,
             "trial": False},
        )  # fmt: skip
        assert bought["status"] == "completed", bought
        # and the clock moves with the provider's, without being told where that is
        moved = forked(url, "clock", "advance", "1 month", "--yes", "--json", **keyless)
        assert moved.status == 0, moved.err
        facts = json.loads(moved.out)
        assert (facts["instant"], facts["invoiced"], facts["succeeded"]) == (
            "2026-02-01T00:00:00Z", 1, 1,
        )  # fmt: skip
    # and a second one is not made of it
    again = forked(url, *CREATE, **keyless)
    assert (again.status, again.out) == (1, "")
    assert "the database holds a sandbox in use; nothing was done" in again.err


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_simulator_and_leaves_no_child(
    tmp_path: Path, number: signal.Signals
) -> None:
    # given a simulator that was started by our command
    arguments = (
        "psp-simulator", "serve", "--world", "calm", "--seed", "7", "--port", "0",
        "--control-port", "0", "--state", str(tmp_path / "state"),
    )  # fmt: skip
    with subprocess.Popen(
        [*RUN, *arguments], env={"PATH": "/usr/bin:/bin"}, stdout=subprocess.PIPE, text=True,
        start_new_session=True,
    ) as process:  # fmt: skip
        try:
            assert process.stdout is not None
            ports = json.loads(process.stdout.readline())
            # when the process that was started, and only this one, is told to end
            process.send_signal(number)
            # then it ends in order, and with it all that it started
            assert process.wait(SECONDS_MAX) == 0
            with pytest.raises(ConnectionRefusedError):
                socket.create_connection(("127.0.0.1", ports["port"]))
            with pytest.raises(ProcessLookupError):
                os.killpg(process.pid, 0)
        finally:
            process.kill()


def finding(forked: Forked, url: str, **here: str) -> tuple[str, str]:
    """Ask the doctor about the environment."""
    checks = json.loads(forked(url, "doctor", "--json", **here).out)["data"]
    [found] = [one for one in checks if one["code"] == "environment"]
    return found["level"], found["found"]


def test_what_was_interrupted_is_said_and_finished_by_the_same_command(
    forked: Forked, empty_database_url: str, tmp_path: Path
) -> None:
    url, here = empty_database_url, {"LEDGERLINE_DATA_DIR": str(tmp_path)}
    # given what a run leaves that was killed once the tables stood, with a key nobody has seen
    migrate.upgrade(url, migrate.migrations_folder(), sandbox=Sandbox(None, 7))
    unseen = forked.read(url, "keys", "create", "shop", **here)["key"].split("_")[2]
    # then doctor and demo say so
    assert finding(forked, url, **here) == ("warn", "a sandbox that is half made")
    refused = forked(url, "demo", "--no-serve", **here)
    assert refused.err.endswith(
        "ledgerline: the database holds a sandbox that is half made; nothing was done\n"
        "Try: `ledgerline env create --sandbox` finishes it\n"
    ), refused.err
    # and the same command again finishes it, and shuts what nobody knows
    made = forked.read(url, *CREATE, **here)
    assert [one["principal"] for one in made["keys"]] == ["shop"]
    keys = forked.read(url, "keys", "list", **here)["data"]
    assert [one["id"] for one in keys if one["revoked_at"]] == [unseen]
    assert finding(forked, url, **here) == ("ok", "a sandbox in use")


def _fill(url: str, what: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        if what == "tables that are not ours":
            connection.execute("CREATE TABLE theirs (id integer)")
        else:
            migrate.upgrade(url, migrate.migrations_folder())


@pytest.mark.parametrize("what", ["a live environment", "tables that are not ours"])
def test_nothing_is_changed_into_a_sandbox_that_holds_anything(
    forked: Forked, empty_database_url: str, tmp_path: Path, what: str
) -> None:
    _fill(empty_database_url, what)
    everything = (
        "SELECT array_agg(c.relname::text || c.reltuples ORDER BY c.relname),"
        " pg_current_wal_insert_lsn() IS NOT NULL FROM pg_class c WHERE c.relkind = 'r'"
    )
    with psycopg.connect(empty_database_url, autocommit=True) as connection:
        before = connection.execute(everything).fetchone()
        for command in (CREATE, ("demo", "--no-serve")):
            done = forked(empty_database_url, *command, LEDGERLINE_DATA_DIR=str(tmp_path))
            assert (done.status, done.out) == (1, "")
            assert f"ledgerline: the database holds {what}" in done.err
            assert "; nothing was done\nTry: an empty database: `createdb NAME`" in done.err
        assert connection.execute(everything).fetchone() == before
        if what == "a live environment":
            assert connection.execute("SELECT kind, instant FROM environment").fetchone() == (
                "live", None,
            )  # fmt: skip
            assert connection.execute("SELECT count(*) FROM api_key").fetchone() == (0,)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("env", "create"), "only a sandbox is made this way"),
        ((*CREATE, "shop", "shop"), "a name is given twice"),
        ((*CREATE, " shop"), "' shop' is no name"),
        ((*CREATE, "--psp-port", "9401"), "both ports of the simulator are the same"),
    ],
)
def test_what_is_asked_for_in_a_wrong_way_is_refused(
    forked: Forked, empty_database_url: str, tmp_path: Path, arguments: tuple[str, ...], said: str
) -> None:
    done = forked(empty_database_url, *arguments, LEDGERLINE_DATA_DIR=str(tmp_path))
    assert (done.status, done.err.splitlines()[0]) == (1, f"ledgerline: {said}")
    with psycopg.connect(empty_database_url) as connection:
        [count] = connection.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'")
    assert count == (0,)
