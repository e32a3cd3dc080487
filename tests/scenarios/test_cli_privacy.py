"""``ledgerline customer`` and ``ledgerline retention`` from a shell."""

import json
import stat
from datetime import timedelta
from pathlib import Path

import pytest

from ledgerline.base.ids import encode
from tests.flow_values import Shopper
from tests.flow_world import World
from tests.numbering import number_all
from tests.scenarios.shell import ledgerline, read_json, without_key


async def _ended(world: World) -> Shopper:
    shopper = await world.shopper()
    await world.cancel(await world.buy(shopper))
    await number_all(world.run)
    return shopper


async def test_a_customer_is_exported_to_a_file_of_ones_own(world: World, tmp_path: Path) -> None:
    # given a customer, and a file that is not there
    shopper = await _ended(world)
    name, out = encode("cus", shopper.customer_id), tmp_path / "export.json"
    # when they are exported to standard output and to the file
    printed = read_json(ledgerline(world.url, "customer", "export", name))
    written = ledgerline(world.url, "customer", "export", name, "--out", str(out))
    # then both say the same, and only its owner reads the file
    assert (written.returncode, written.stdout) == (0, "")
    kept = json.loads(out.read_text())
    assert kept["sections"] == printed["sections"]
    assert (kept["object"], kept["id"]) == ("customer_export", name)
    assert [row["name"] for row in kept["sections"][1]["rows"]] == ["Alva"]
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    # and what is there is not written over, nor is anything written with the wrong key
    again = ledgerline(world.url, "customer", "export", name, "--out", str(out))
    assert (again.returncode, json.loads(out.read_text())) == (1, kept)
    assert "name a file that is not there yet" in again.stderr
    other = tmp_path / "other.json"
    wrong = ledgerline(
        world.url, "customer", "export", name, "--out", str(other), LEDGERLINE_KEK="ff" * 32
    )
    assert wrong.returncode == 1
    assert not other.exists()


async def test_a_customer_is_erased_after_a_look_and_a_word(world: World, tmp_path: Path) -> None:
    # given a customer who has ended
    shopper = await _ended(world)
    command = ("customer", "erase", encode("cus", shopper.customer_id), "--forfeit-credit")
    # when it is only looked at, which needs no key
    shown = read_json(without_key(world.url, tmp_path, *command, "--dry-run", "--json"))
    # then it is counted and nothing is deleted
    assert (shown["dry_run"], shown["erased_at"]) == (True, None)
    assert (shown["deletes"]["data_key"], shown["keeps"]["invoices"]) == (1, 1)
    # and nobody is erased unasked
    unasked = ledgerline(world.url, *command)
    assert unasked.returncode == 1
    assert "nobody can undo it" in unasked.stderr
    assert "--yes" in unasked.stderr
    assert await _erased_at(world, shopper) is None
    # and with a word it is done
    done = read_json(ledgerline(world.url, *command, "--yes", "--json"))
    assert done["deletes"] == shown["deletes"]
    assert done["erased_at"] == "2026-01-01T00:00:00Z"
    assert await _erased_at(world, shopper) == world.now


async def test_what_must_end_first_is_said_in_one_sentence(world: World) -> None:
    shopper = await world.shopper()
    await world.buy(shopper)
    name = encode("cus", shopper.customer_id)
    for more in (["--dry-run"], ["--yes"]):
        done = ledgerline(world.url, "customer", "erase", name, *more)
        assert done.returncode == 1
        assert "a subscription is live: cancel it now, then ask again" in done.stderr
        assert "Traceback" not in done.stderr
    assert await _erased_at(world, shopper) is None


@pytest.mark.parametrize("name", ["erika", "sub_01h455vb4pex5vsknk084sn02q"])
@pytest.mark.parametrize("verb", ["export", "erase"])
def test_what_is_no_customer_is_said_in_one_sentence(world: World, verb: str, name: str) -> None:
    done = ledgerline(world.url, "customer", verb, name)
    assert done.returncode == 1
    assert done.stderr.startswith("ledgerline: "), done.stderr
    assert "Traceback" not in done.stderr


def test_no_command_takes_a_card_number(world: World) -> None:
    done = ledgerline(world.url, "customer", "erase", "4111 1111 1111 1111")
    assert done.returncode == 1
    assert "card_number_refused" in done.stderr
    assert "4111" not in done.stderr + done.stdout


def test_no_command_takes_what_is_no_text(world: World) -> None:
    note = b"\xff\xfe".decode(errors="surrogateescape")
    done = ledgerline(world.url, "exceptions", "close", "aster", "provider_told", "--note", note)
    assert done.returncode == 1
    assert done.stderr.startswith("ledgerline: an argument is no UTF-8 text")


async def test_what_is_kept_long_enough_is_counted_and_then_deleted(world: World) -> None:
    # given two old idempotency keys and a new one, and an old webhook
    await world.write(
        "INSERT INTO idempotency_key (bucket, principal, key, fingerprint, state, status, body,"
        " created_at) SELECT 1, 'shop', 'k' || n, '', 'finished', 200, 'x',"
        " clock_timestamp() - n * interval '16 days' FROM generate_series(1, 3) AS n"
    )
    await world.write(
        "INSERT INTO psp_event (psp_account, event_key, event_type, state, body, body_sha256,"
        " received_at) VALUES ('aster', 'evt_old', 'x', 'ignored', '{}', sha256(''), %s)",
        world.now - timedelta(days=91),
    )
    # when it is only looked at
    shown = read_json(ledgerline(world.url, "retention", "run", "--dry-run", "--json"))
    # then it is counted
    assert shown == {
        "dry_run": True,
        "would_delete": {"idempotency_keys": 2, "webhook_bodies": 1, "portal_sessions": 0},
        "kept_days": {"idempotency_keys": 30, "webhook_bodies": 90, "portal_sessions": 40},
    }  # fmt: skip
    assert await _keys(world) == ["k1", "k2", "k3"]
    # and then deleted, once; of the webhook stays that it came
    done = read_json(ledgerline(world.url, "retention", "run", "--json"))
    assert done["deleted"] == shown["would_delete"]
    assert await _keys(world) == ["k1"]
    assert await world.rows("SELECT body, state FROM psp_event") == [(None, "ignored")]
    table = ledgerline(world.url, "retention", "run")
    assert "idempotency keys" in table.stdout
    await world.write("DELETE FROM idempotency_key WHERE key = 'k1'")


async def _keys(world: World) -> list[str]:
    rows = await world.rows("SELECT key FROM idempotency_key WHERE key LIKE 'k_' ORDER BY key")
    return [key for (key,) in rows]


async def _erased_at(world: World, shopper: Shopper) -> object:
    return await world.value("SELECT erased_at FROM customer WHERE id = %s", shopper.customer_id)
