"""``ledgerline reconcile`` from a shell, with files of the simulator."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

import pytest
import pytest_asyncio

from tests.flow_world import NEW_YEAR, World, open_world
from tests.scenarios.forked import Done, Forked
from tests.statements import statement

FIRST: Final = NEW_YEAR.date()
NEXT: Final = date(2026, 1, 2)
STATEMENT: Final = "stl_01h455vb4pex5vsknk084sn02q"
NET: Final = 2 * (1199 - 42) - 30
FOUND_PROBLEMS: Final = 3


@dataclass(frozen=True, slots=True)
class Desk:
    """Runs commands on a world in which two things were sold on the first day."""

    world: World
    forked: Forked
    folder: Path

    def run(self, *arguments: str) -> Done:
        return self.forked(self.world.url, "reconcile", *arguments)

    def read(self, *arguments: str) -> Any:
        done = self.run(*arguments, "--json")
        assert done.status in {0, FOUND_PROBLEMS}, done
        return json.loads(done.out)

    async def take(self, *more: str, broken: str | None = None) -> Done:
        file = self.folder / "statement.csv"
        file.write_bytes(await statement(self.world, FIRST, broken=broken))
        return self.run(
            "import", str(file), "--account", "aster", "--seller", "nordic", "--json", *more
        )


@pytest_asyncio.fixture(loop_scope="session")
async def desk(fresh_database_url: str, forked: Forked, tmp_path: Path) -> AsyncIterator[Desk]:
    """Sell two things on a day that is over, in a world of its own."""
    async with open_world(fresh_database_url, tmp_path) as world:
        for _ in range(2):
            await world.buy(await world.shopper())
        await world.advance(NEXT)
        yield Desk(world, forked, tmp_path)


async def test_day_is_imported_looked_at_and_banked(desk: Desk) -> None:
    # given a rehearsal, which keeps nothing
    rehearsed = await desk.take("--dry-run")
    assert (rehearsed.status, json.loads(rehearsed.out)["imported"]) == (0, False)
    assert desk.read("files")["data"] == []
    # when the file is imported, then all of it is explained
    done = await desk.take()
    assert done.status == 0, done
    shown = json.loads(done.out)
    assert (shown["status"], shown["lines"], shown["breaks"]) == ("imported", 5, 0)
    assert (shown["imported"], shown["known"]) == (True, False)
    assert shown["explained_volume_of_file"] == "100.00"
    assert shown["explained_volume"] == {"percent": "100.00", "aster EUR": "2398 of 2398"}
    # and again it is known
    again = json.loads((await desk.take()).out)
    assert (again["imported"], again["known"], again["file"]) == (False, True, shown["file"])
    # and the list, the breaks and the bank say the same
    [listed] = desk.read("files", "--account", "aster")["data"]
    assert (listed["file"], listed["payout"], listed["breaks"]) == (
        shown["file"], shown["payout"], 0,
    )  # fmt: skip
    none = desk.run("breaks", "--json")
    assert (none.status, json.loads(none.out)["data"]) == (0, [])
    paid = desk.read("bank", shown["payout"], "--amount", str(NET), "--on", "2026-01-05", "--note",
                     "statement 2", "--yes")  # fmt: skip
    assert (paid["status"], paid["bank"]) == ("paid", {"amount": NET, "currency": "EUR"})
    assert paid["explained_volume"]["percent"] == "100.00"
    twice = desk.run("bank", shown["payout"], "--amount", "1", "--on", "2026-01-05", "--note", "",
                     "--yes")  # fmt: skip
    assert (twice.status, "payout_paid" in twice.err) == (1, True)
    # and the payout is explained by what it moved
    found = desk.read("explain", shown["payout"])
    assert [one["purpose"] for one in found["transfers"]] == [
        "banked", "payout", "psp_fee", "psp_fee_tax",
    ]  # fmt: skip


async def test_break_is_listed_and_explained_from_every_side(desk: Desk) -> None:
    done = await desk.take(broken="amount_off")
    assert done.status == FOUND_PROBLEMS
    shown = json.loads(done.out)
    assert (shown["breaks"], shown["explained_volume"]["percent"]) == (1, "49.97")
    listed = desk.run("breaks", "--json")
    assert listed.status == FOUND_PROBLEMS
    [told] = json.loads(listed.out)["data"]
    assert told["reason"] == "line_mismatch"
    # and at a terminal below the account of which something is not explained
    words = " ".join(desk.run("breaks").out.split())
    assert "explained percent 49.97 explained in part" in words
    assert "aster 11.99 EUR 23.99 EUR" in words
    line = told["detail"].split(" ")[2]
    assert line.rpartition(":")[0] == shown["file"]
    # by the line, by our reference in both forms, and by theirs
    found = desk.read("explain", line)
    [row], [subject] = found["lines"], found["subjects"]
    assert (row["match"], row["in_suspense"]) == ("mismatch", {"amount": 1, "currency": "EUR"})
    assert subject["total"] == {"amount": 1199, "currency": "EUR"}
    purposes = [one["purpose"] for one in found["transfers"]]
    assert sorted(purposes) == ["capture", "line_suspense"]
    for name in (subject["id"], subject["reference"], subject["provider_reference"]):
        assert {**desk.read("explain", name), "name": line} == found
    # and at a terminal in words
    told_in_words = desk.run("explain", line)
    assert "line_suspense" in told_in_words.out
    assert "0.01 EUR" in told_in_words.out
    # and it is closed by who found out what it is, under the name of the line
    closed = desk.forked.read(
        desk.world.url, "exceptions", "close", line, "line_mismatch", "--note", "their cent",
        "--by", "alva",
    )  # fmt: skip
    assert [one["resolution"] for one in closed["exceptions"]] == ["their cent"]
    assert desk.read("breaks")["data"] == []


async def test_what_cannot_be_read_is_told_line_by_line(desk: Desk) -> None:
    done = await desk.take(broken="truncated")
    assert done.status == 1
    assert "settlement_file_refused" in done.err
    assert "nothing was imported" in done.err
    assert desk.read("files")["data"] == []
    # and what does not add up is kept, and said
    wrong = await desk.take(broken="wrong_total")
    shown = json.loads(wrong.out)
    assert (wrong.status, shown["status"]) == (FOUND_PROBLEMS, "quarantined")
    assert "1 off" in shown["why"]
    assert shown["explained_volume"]["percent"] is None
    [listed] = desk.read("files")["data"]
    assert (listed["status"], listed["why"]) == ("quarantined", shown["why"])


async def test_corrected_file_takes_the_place_of_the_other(desk: Desk) -> None:
    first = json.loads((await desk.take(broken="extra_line")).out)
    refused = await desk.take()
    assert (refused.status, "settlement_file_known" in refused.err) == (1, True)
    right = await desk.take("--corrects", first["file"])
    assert right.status == 0
    assert sorted(one["status"] for one in desk.read("files")["data"]) == ["imported", "replaced"]
    assert desk.read("breaks")["data"] == []


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("import", "/nowhere", "--account", "aster"), "/nowhere: No such file or directory"),
        (("import", "/etc/hostname", "--account", "nobody"), "there is no account 'nobody'"),
        (("import", "/etc/hostname", "--account", "aster", "--corrects", "stl_1"), "no id of"),
        (("explain", "nothing-of-that-name"), "nothing is called 'nothing-of-that-name' here"),
        (("bank", "po_x", "--amount", "1", "--on", "2026-01-05", "--note", ""), "Nobody is there"),
        (
            ("bank", "po_x", "--amount", "1", "--on", "2026-01-05", "--note", "", "--yes"),
            "payout_not_found",
        ),
    ],
)
def test_what_is_asked_wrongly_is_told(
    forked: Forked, world: World, arguments: tuple[str, ...], said: str
) -> None:
    done = forked(world.url, "reconcile", *arguments)
    assert done.status == 1
    assert said in done.err


async def test_payout_that_comes_back_and_fails_is_noted_and_listed(desk: Desk) -> None:
    payout = json.loads((await desk.take()).out)["payout"]
    line = ("--on", "2026-01-05", "--note", "statement 2", "--yes")
    desk.read("bank", payout, "--amount", str(NET), *line)
    # when the bank takes back less than it received, that is a break
    less = desk.run("returned", payout, "--amount", str(NET - 5), *line, "--json")
    assert (less.status, json.loads(less.out)["status"]) == (FOUND_PROBLEMS, "returned")
    again = desk.read("bank", payout, "--amount", str(NET - 5), *line)
    assert (again["status"], again["bank"]["amount"]) == ("paid", NET)
    back = desk.read("returned", payout, "--amount", str(NET), *line)
    assert (back["status"], back["returned"]) == ("returned", "2026-01-05")
    # and what its provider says of it is noted with who said so
    for line_, said in (("po_1", "names no line"), (f"{STATEMENT}:1", "settlement_line_unfit")):
        unfit = desk.run("failed", payout, *line, "--line", line_)
        assert (unfit.status, said in unfit.err) == (1, True)
    mute = desk.run("failed", payout, "--on", "2026-01-06", "--note", " ", "--yes")
    assert (mute.status, "the note is empty" in mute.err) == (1, True)
    gone = desk.read("failed", payout, "--on", "2026-01-06", "--note", "their mail", "--yes")
    assert (gone["status"], gone["failed_by"], gone["failed_note"]) == (
        "failed", "person", "their mail",
    )  # fmt: skip
    [listed] = desk.read("payouts", "--account", "aster", "--status", "failed")["data"]
    assert (listed["payout"], listed["days"], listed["amount"]["amount"]) == (payout, 1, NET)
    assert desk.read("payouts", "--status", "paid")["data"] == []
    told = desk.run("payouts").out
    assert ("failed" in told, "22.84 EUR" in told) == (True, True)
    twice = desk.run("failed", payout, "--on", "2026-01-06", "--note", "x", "--yes")
    assert (twice.status, "state_refused" in twice.err) == (1, True)
