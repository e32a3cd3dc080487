"""Fees that were not agreed, from a settlement file to a claim; the books know nothing of it."""

import csv
import io
import json
from datetime import timedelta
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import pytest
import pytest_asyncio
import yaml

from ledgerline.ml.fees.lines import FeeLine
from tests.flow_world import World
from tests.scenarios.forked import Forked
from tests.statements import take
from tests.unit.ml.fee_lines import BEGIN, PLAIN, lines, whole

HEAD: Final = (
    "kind", "reference", "id", "gross", "gross_currency", "fee", "net", "currency", "date",
)  # fmt: skip
DEARER: Final = PLAIN._replace(rate_ppm=17_000)
WRONG: Final = range(100, 130)


def _fee(no: int, line: FeeLine) -> int:
    return whole(DEARER.of(line.amount_minor)) if no in WRONG else line.fee_minor


SOLD: Final = lines(240, instead=_fee)


def _file(some: list[FeeLine]) -> bytes:
    """Write a settlement file of charges that nobody here knows; it pays out what is left."""
    rows: list[tuple[object, ...]] = []
    for no, one in enumerate(some):
        net = one.amount_minor - one.fee_minor
        rows.append((
            "charge", str(UUID(int=no + 1)), f"ch_{no}", one.amount_minor, "EUR", one.fee_minor,
            net, "EUR", one.settled_on,
        ))  # fmt: skip
    left, day = sum(one.amount_minor - one.fee_minor for one in some), some[-1].settled_on
    rows.append(("payout", "", "po_fees", -left, "EUR", 0, -left, "EUR", day))
    rows.append(("total", "po_fees", len(some) + 1, "", "", "", left, "EUR", day))
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows([HEAD, *rows])
    return out.getvalue().encode()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def place(
    world: World, forked: Forked, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, str]:
    """Release a file of sixty days in which a week is dearer, and return where."""
    found = {"LEDGERLINE_DATA_DIR": str(tmp_path_factory.mktemp("lake"))}
    early = forked(world.url, "ml", "claims", **found)
    assert (early.status, "nothing has been released yet" in early.err) == (1, True)
    await world.advance(world.now + timedelta(days=70))
    imported = await take(world, _file(SOLD))
    assert (imported.file.state, imported.file.lines) == ("imported", 241)
    assert forked.read(world.url, "data", "run", **found)["release"] == 1
    return found


async def _books(world: World) -> Any:
    return await world.rows("SELECT count(*), sum(amount_minor), max(occurred_at) FROM transfer")


async def test_what_was_not_agreed_is_claimed_and_nothing_is_booked(
    world: World, forked: Forked, place: dict[str, str]
) -> None:
    before = await _books(world)
    done = forked(world.url, "ml", "claims", "--json", **place)
    found = json.loads(done.out)
    assert (done.status, found["release"], found["lines"], found["lines_held_to"]) == (
        3, 1, 240, 240
    )  # fmt: skip
    assert found["simulated"] is True
    [claim] = found["claims"]
    wrong = [SOLD[no] for no in WRONG]
    assert claim["charged_minor"] == sum(one.fee_minor for one in wrong)
    assert claim["expected_minor"] == whole(sum(PLAIN.of(one.amount_minor) for one in wrong))
    assert found["over_minor"] == {"EUR": claim["over_minor"]}
    assert claim["because"] == "agreed was 1.4 % + 25; these lines follow 1.7 % + 25"
    assert (claim["since"], claim["until"]) == (
        str(BEGIN + timedelta(days=25)), str(BEGIN + timedelta(days=32))
    )  # fmt: skip
    # each line is one that reconciliation explains
    assert len(claim["lines"]) == len(WRONG)
    explained = forked.read(world.url, "reconcile", "explain", claim["lines"][0])
    assert explained["lines"][0]["fee"] == {"amount": wrong[0].fee_minor, "currency": "EUR"}
    told = forked(world.url, "ml", "claims", **place)
    assert (told.status, "these lines follow 1.7 % + 25" in told.out) == (3, True)
    assert await _books(world) == before


async def test_what_is_found_is_written_and_proposed_and_loaded_by_nobody(
    world: World, forked: Forked, place: dict[str, str], tmp_path: Path
) -> None:
    before = await _books(world)
    out, rules = tmp_path / "contracts.json", tmp_path / "rules.yaml"
    said = ("ml", "train", "fees", str(out), "--propose", str(rules))
    trained = forked.read(world.url, *said, **place)
    found = json.loads(out.read_text())
    assert (trained["sha256"], trained["lines_held_to"]) == (found["sha256"], 240)
    assert (trained["foreseen_since"], trained["foreseen_lines"]) == (
        str(BEGIN + timedelta(days=30)), 120
    )  # fmt: skip
    assert trained["loaded_fees_within_15_bp_ppm"] == 0  # none are loaded
    assert trained["contracts_within_15_bp_ppm"] > 0
    fees = yaml.safe_load(rules.read_text())["fees"]
    assert fees == {"aster": {"EUR": {"fixed_minor": 25, "ppm": 14_000}}}
    changes = forked.read(world.url, "pay", "rules", "diff", str(rules))["data"]
    assert [one["what"] for one in changes] == ["default", "fees"]
    assert await world.value("SELECT count(*) FROM routing_policy") == 0
    assert await _books(world) == before
    refused = forked(world.url, "ml", "train", "retry", str(out), "--propose", str(rules), **place)
    assert (refused.status, "only fees are proposed" in refused.err) == (1, True)
    nobody = forked(world.url, "ml", "claims", "--seller", "nobody", **place)
    assert (nobody.status, "no seller has this code" in nobody.err) == (1, True)


def test_the_card_is_a_page_and_what_was_changed_is_no_artefact(
    world: World, forked: Forked, place: dict[str, str], tmp_path: Path
) -> None:
    out, changed = tmp_path / "contracts.json", tmp_path / "changed.json"
    forked.read(world.url, "ml", "train", "fees", str(out), **place)
    card = forked.read(world.url, "ml", "card", "fees", "--file", str(out), **place)
    assert (card["sha256"], card["simulated"]) == (json.loads(out.read_text())["sha256"], True)
    page = Path(place["LEDGERLINE_DATA_DIR"], "fees-card/index.html").read_text()
    for said in (card["sha256"], "1.4 % + 25", "Everything on this page is simulated"):
        assert said in page, said
    changed.write_text(out.read_text().replace('"simulated": true', '"simulated": false'))
    refused = forked(world.url, "ml", "card", "fees", "--file", str(changed), **place)
    assert (refused.status, "its SHA-256 is another" in refused.err) == (1, True)
