"""Catalogs from a shell: what is published, what a file would change, and what is refused."""

import json
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

import psycopg
import pytest

from ledgerline.catalog.rules.parse import parse
from ledgerline.catalog.rules.wording import facts
from ledgerline.flows.read_catalog import read_catalog
from tests.flow_world import World
from tests.scenarios.shell import ledgerline, read_json

SHIPPED: Final = (files("ledgerline.catalog") / "music.yaml").read_text("utf-8")
NOTHING: Final[dict[str, list[Any]]] = {
    "new": [],
    "changed": [],
    "prices": [],
    "refused": [],
    "warnings": [],
}
RISE: Final = """\
  - plan: duo_monthly
    valid_from: 2026-03-01
    amounts: {DE: "18.99", SE: "179.00"}

sources:
"""

pytestmark = pytest.mark.usefixtures("world")


def _edited(folder: Path, *edits: tuple[str, str]) -> tuple[str, str]:
    """Write the shipped catalog with some parts replaced; return the file's path and its text."""
    text = SHIPPED
    for old, new in edits:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    file = folder / "edited.yaml"
    file.write_text(text)
    return str(file), text


def _line(text: str, of: str) -> int:
    [line] = [number for number, one in enumerate(text.splitlines(), 1) if of in one]
    return line


async def test_what_was_loaded_is_read_back(world: World) -> None:
    assert facts(await read_catalog(world.run)) == facts(parse(SHIPPED))


def test_a_catalog_with_mistakes_is_refused_line_by_line(database_url: str, tmp_path: Path) -> None:
    file = tmp_path / "catalog.yaml"
    file.write_text("format: 1\nsellers: {}\nmarkets: 7\n")
    for command in ("load", "diff"):
        done = ledgerline(database_url, "catalog", command, str(file))
        assert done.returncode == 1
        assert "catalog.yaml:3: markets:" in done.stderr
        assert done.stderr.splitlines()[-1].startswith("Try: ")


def test_a_file_that_cannot_be_read_is_said(database_url: str, tmp_path: Path) -> None:
    done = ledgerline(database_url, "catalog", "diff", str(tmp_path / "none.yaml"))
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == "Try: a readable UTF-8 file"


def test_the_shipped_catalog_loads_again_without_effect(database_url: str) -> None:
    for command in ("load", "diff"):
        done = ledgerline(database_url, "catalog", command, "--example", "--json")
        assert read_json(done) == NOTHING
    done = ledgerline(database_url, "catalog", "diff", "--example")
    assert done.stdout == "music.yaml says what is published already: nothing changes\n"


async def test_a_file_that_edits_what_was_published_changes_nothing(
    database_url: str, world: World, tmp_path: Path
) -> None:
    # given a file that edits a price, a tax rate, a coupon and a market, backdates a price, and
    # leaves a plan out, beside a name that may change
    left_out = SHIPPED[SHIPPED.index("  studio_monthly:") : SHIPPED.index("  lossless_monthly:")]
    fee = SHIPPED[SHIPPED.index("  - plan: studio_monthly") : SHIPPED.index("  - plan: lossless_m")]
    file, text = _edited(
        tmp_path,
        ("name: Student, monthly", "name: Learners, monthly"),
        ('PL: "12.99"', 'PL: "13.99"'),
        ('market: AU, category: digital_services, valid_from: 2000-07-01, percent: "10"',
         'market: AU, category: digital_services, valid_from: 2000-07-01, percent: "11"'),
        ('WELCOME50: {percent: "50", periods: 2}', 'WELCOME50: {percent: "50", periods: 3}'),
        ("zone: Asia/Kuwait\n    locale: ar-KW\n    tax_behavior: inclusive",
         "zone: Asia/Kuwait\n    locale: ar-KW\n    tax_behavior: exclusive"),
        (left_out, ""),
        (fee, ""),
        ("\nsources:\n", "\n" + RISE.replace("2026-03-01", "2025-03-01")),
    )  # fmt: skip
    before = facts(await read_catalog(world.run))
    # when it is compared
    found = ledgerline(database_url, "catalog", "diff", file, "--json")
    # then all of that is refused, each with its line, and the exit status says so
    assert found.returncode == 3
    refused = json.loads(found.stdout)["refused"]
    told = {(one["line"], one["code"]) for one in refused}
    assert {
        (_line(text, "plans:"), "plan_removed"),
        (_line(text, 'PL: "13.99"'), "price_changed"),
        (_line(text, 'percent: "11"'), "tax_rate_changed"),
        (_line(text, "WELCOME50"), "coupon_changed"),
        (_line(text, 'amounts: {DE: "18.99"'), "price_backdated"),
    } <= told
    assert [one["message"] for one in refused if one["code"] == "market_changed"] == [
        (
            "tax_behavior was published as inclusive and is not edited in place:"
            " a market keeps its seller, currency, rounding and how its prices state tax"
        )
    ]
    # and when it is loaded
    done = ledgerline(database_url, "catalog", "load", file)
    # then the same is told to a person and nothing has changed, the name neither
    assert done.returncode == 1
    removed = "plans.studio_monthly: studio_monthly is left out: write `status: retired`"
    assert f"edited.yaml:{_line(text, 'plans:')}: {removed}" in done.stderr
    assert done.stderr.splitlines()[-1] == "Try: mend the lines above and load again"
    assert facts(await read_catalog(world.run)) == before


def test_a_rise_is_compared_then_loaded_then_shown(database_url: str, tmp_path: Path) -> None:
    # given a rise on the first of March, above a tenth in one market
    file, text = _edited(tmp_path, ("\nsources:\n", "\n" + RISE))
    # when it is compared, and then loaded
    compared = read_json(ledgerline(database_url, "catalog", "diff", file, "--json"))
    loaded = read_json(ledgerline(database_url, "catalog", "load", file, "--json"))
    # then both say the same: old and new price of each market, and the large one
    assert compared == loaded
    assert [(one["market"], one["before"], one["after"], one["change_percent"])
            for one in loaded["prices"]] == [
        ("DE", "16.99", "18.99", "+11.8"), ("SE", "169.00", "179.00", "+5.9"),
    ]  # fmt: skip
    assert [(one["code"], one["line"]) for one in loaded["warnings"]] == [
        ("price_moved", _line(text, '{DE: "18.99"'))
    ]
    # and what is published has both prices
    [plan] = read_json(ledgerline(database_url, "catalog", "show", "duo_monthly", "--json"))["data"]
    assert (plan["kind"], plan["phases"], plan["status"], plan["add_ons"]) == (
        "base", "trial 30 days, evergreen", "on_sale", ["lossless_monthly"],
    )  # fmt: skip
    [german] = [price for price in plan["prices"] if price["market"] == "DE"]
    assert (german["in_force"], german["since"], german["coming"]) == (
        "16.99", "2020-01-01", [{"amount": "18.99", "valid_from": "2026-03-01"}],
    )  # fmt: skip
    shown = ledgerline(database_url, "catalog", "show", "duo_monthly")
    assert "18.99 from 2026-03-01" in shown.stdout


def test_a_plan_that_is_retired_is_still_listed(database_url: str, tmp_path: Path) -> None:
    # given the catalog of the test before with a plan retired and another name
    retired = SHIPPED[SHIPPED.index("  studio_monthly:") : SHIPPED.index("  lossless_monthly:")]
    file, _ = _edited(
        tmp_path, ("\nsources:\n", "\n" + RISE), (retired, retired.replace("on_sale", "retired"))
    )
    # when it is loaded
    done = read_json(ledgerline(database_url, "catalog", "load", file, "--json"))
    # then its status is what changed, and the plan is listed with fee and price
    assert done["changed"] == [
        {"key": "plans.studio_monthly", "field": "status", "before": "on_sale", "after": "retired"}
    ]
    [plan] = read_json(ledgerline(database_url, "catalog", "show", "studio_monthly", "--json"))[
        "data"
    ]
    assert plan["status"] == "retired"
    assert [(one["component"], one["phase"], one["in_force"]) for one in plan["prices"]
            if one["market"] == "KW"] == [
        ("base", "evergreen", "9.990"), ("setup", None, "15.000"),
    ]  # fmt: skip


def test_a_plan_that_is_not_there_cannot_be_shown(database_url: str) -> None:
    done = ledgerline(database_url, "catalog", "show", "choir_monthly")
    assert done.returncode == 1
    assert done.stderr.startswith("ledgerline: there is no plan choir_monthly\nTry: one of these: ")


def test_an_empty_database_says_how_to_begin_and_what_would_be_new(
    fresh_database_url: str,
) -> None:
    # given a database without a catalog
    done = ledgerline(fresh_database_url, "catalog", "show")
    assert done.returncode == 1
    assert done.stderr.startswith("ledgerline: nothing is published\nTry: `")
    assert done.stderr.endswith("ledgerline catalog load FILE`\n")
    assert read_json(ledgerline(fresh_database_url, "catalog", "show", "--json")) == {"data": []}
    # when nothing is named, or what is invented would be sold for real money
    unnamed = ledgerline(fresh_database_url, "catalog", "load")
    live = ledgerline(fresh_database_url, "catalog", "load", "--example")
    # then nothing is loaded
    assert unnamed.stderr.startswith("ledgerline: no catalog file is named\n")
    assert live.stderr.startswith("ledgerline: this is a live environment, and the example is")
    assert read_json(ledgerline(fresh_database_url, "catalog", "show", "--json")) == {"data": []}
    # when the shipped one is loaded into a sandbox
    with psycopg.connect(fresh_database_url, autocommit=True) as connection:
        connection.execute("UPDATE environment SET kind = 'sandbox', instant = '2026-01-01 00:00Z'")
    done = ledgerline(fresh_database_url, "catalog", "load", "--example")
    # then it says what is new
    assert done.returncode == 0
    assert "individual_intro_monthly" in done.stdout
    # and the list shows it
    shown = ledgerline(fresh_database_url, "catalog", "show")
    assert "intro 3 months, evergreen" in shown.stdout
