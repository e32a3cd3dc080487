"""``ledgerline doctor`` from a shell: codes, names of UTC, and hints that can be pasted."""

import json
import re
import shlex
from typing import Any

import psycopg
import pytest
from psycopg.sql import SQL, Identifier, Literal

from tests.flow_world import World
from tests.scenarios.forked import Forked


def checks(forked: Forked, url: str) -> dict[str, dict[str, Any]]:
    """Ask the doctor; one finding a code."""
    done = forked(url, "doctor", "--json")
    found = json.loads(done.out)["data"]
    named = {one["code"]: one for one in found}
    assert len(named) == len(found), "a code is given twice"
    return named


def set_zone(url: str, zone: str) -> None:
    """Change the time zone of a database."""
    with psycopg.connect(url, autocommit=True) as connection:
        name = Identifier(connection.info.dbname)
        connection.execute(SQL("ALTER DATABASE {} SET timezone TO {}").format(name, Literal(zone)))


@pytest.mark.parametrize("zone", ["Etc/UTC", "UTC", "Zulu", "Etc/GMT", "Universal"])
def test_every_name_of_utc_is_utc(forked: Forked, fresh_database_url: str, zone: str) -> None:
    set_zone(fresh_database_url, zone)
    found = checks(forked, fresh_database_url)["time_zone"]
    assert (found["level"], found["found"], found["fix"]) == ("ok", zone, "")


@pytest.mark.parametrize("zone", ["Europe/London", "America/New_York", "Africa/Abidjan"])
def test_a_zone_is_utc_where_it_never_differs(
    forked: Forked, fresh_database_url: str, zone: str
) -> None:
    # London is at +00:00 in winter, Abidjan always
    set_zone(fresh_database_url, zone)
    level = "ok" if zone == "Africa/Abidjan" else "fail"
    assert checks(forked, fresh_database_url)["time_zone"]["level"] == level


def test_what_fix_prints_mends_what_was_found(forked: Forked, fresh_database_url: str) -> None:
    # given a database in another zone
    set_zone(fresh_database_url, "Europe/Berlin")
    # when what --fix prints for it is pasted, the statements through psql
    done = forked(fresh_database_url, "doctor", "--fix")
    assert done.status == 3
    lines = [shlex.split(line) for line in done.out.splitlines()]
    assert all(words[0] in {"psql", "ledgerline", "df", "timedatectl"} for words in lines), done.out
    zones = [words[-1].encode() for words in lines if "timezone" in words[-1]]
    assert [words[:3] for words in lines if "timezone" in words[-1]] == [
        ["psql", "$LEDGERLINE_DATABASE_URL", "-c"]
    ]
    with psycopg.connect(fresh_database_url, autocommit=True) as connection:
        for statement in zones:
            connection.execute(statement)
    # then it is mended, and everything that is no command was said beside it
    assert checks(forked, fresh_database_url)["time_zone"]["level"] == "ok"
    assert "time_zone: time zone: Europe/Berlin\n" in done.err


def test_findings_have_codes_and_say_what_to_do(forked: Forked, world: World) -> None:
    found = checks(forked, world.url)
    assert all(re.fullmatch(r"[a-z_]+|I-\d\d", code) for code in found)
    for one in found.values():
        wrong = one["level"] != "ok"
        assert bool(one["fix"] or one["commands"]) == wrong, one
    assert found["environment"]["found"] == "a sandbox in use"
    assert found["durability"]["commands"][-1].endswith("'SELECT pg_reload_conf()'")
    # and a person sees the codes too
    shown = forked(world.url, "doctor")
    assert shown.status == 3
    assert "time_zone" in shown.out
    assert "`ledgerline doctor --fix` prints commands to paste" in shown.err
