"""Lines that are explained later, lines that take money back, and two imports at once."""

import asyncio
from datetime import date, timedelta
from typing import Final

from ledgerline.datasets.audit import audit
from ledgerline.flows.match_settlements import match_settlements
from ledgerline.flows.record_payout import BankLine, record_payout
from ledgerline.flows.watch_payouts import watch_payouts
from tests.flow_world import NEW_YEAR, World
from tests.statements import clearing, open_reasons, statement, take

FIRST: Final = NEW_YEAR.date()
NEXT: Final = FIRST + timedelta(days=1)
LATER: Final = date(2026, 1, 3)
MINOR: Final = 1199
DAY: Final = f"EUR,{FIRST}\n"
HEAD: Final = "kind,reference,id,gross,gross_currency,fee,net,currency,date\n"


async def test_line_that_is_explained_later_leaves_suspense(fresh_world: World) -> None:
    world = fresh_world
    # given a charge whose answer was lost, and a file that bears only the provider's name of it
    outage = {"provider": "aster", "from": "2026-01-01T00:00:01Z", "to": "2026-01-02T00:00:00Z"}
    await world.simulator.control("outage", outage)
    await world.buy(await world.shopper(token="tok_500_after"))
    [[attempt]] = await world.rows("SELECT id FROM attempt WHERE state = 'unknown'")
    [truth] = [one for one in await world.simulator.truth() if one["reference"] == str(attempt)]
    charge = f"charge,their-own,{truth['id']},{MINOR},EUR,0,{MINOR},{DAY}"
    await take(world, f"{HEAD}{charge}total,po_1,1,,,,{MINOR},{DAY}".encode())
    assert await open_reasons(world) == ["line_unmatched"]
    assert (await world.balances())["suspense"] == -MINOR
    # when the provider answers again, and a worker looks
    await world.advance(LATER)
    assert await world.rows("SELECT state, psp_ref FROM attempt") == [("succeeded", truth["id"])]
    assert await match_settlements(world.run) == 1
    # then the line is of the charge, and nothing of it is in suspense
    assert await world.rows("SELECT match, subject_id FROM settlement_line") == [
        ("matched", attempt)
    ]
    assert await open_reasons(world) == []
    assert "suspense" not in await world.balances()
    assert await clearing(world) == {"EUR": MINOR}  # nothing was paid out yet
    assert await world.rows("SELECT explained_minor FROM settlement_total") == [(MINOR,)]
    assert [one.invariant.id for one in await audit(world.run) if one.broken] == []
    # and looking again changes nothing
    assert await match_settlements(world.run) == 0


async def test_dispute_is_held_until_it_is_won(fresh_world: World) -> None:
    world = fresh_world
    # given a charge that is disputed, in part, and a file that says so
    await world.buy(await world.shopper())
    await world.advance(NEXT)
    [[attempt, theirs]] = await world.rows("SELECT id, psp_ref FROM attempt")
    await take(world, await statement(world, FIRST))
    paid = (await world.balances())["in_transit"]
    lost = f"dispute,{attempt},{theirs},-1000,EUR,1500,-2500,{DAY}"
    back = f"payout,,po_2,2500,EUR,0,2500,{DAY}"
    disputed = await take(world, f"{HEAD}{lost}{back}total,po_2,2,,,,-2500,{DAY}".encode())
    # then it is held, the fee is ours, and the account owes what it paid out before
    assert (disputed.file.state, disputed.breaks) == ("imported", 0)
    balances = await world.balances()
    assert (balances["dispute_hold"], balances["in_transit"]) == (1000, paid - 2500)
    assert await clearing(world) == {}
    # when it is won
    won = f"dispute_reversal,{attempt},{theirs},1000,EUR,0,1000,{DAY}"
    again = f"payout,,po_3,-1000,EUR,0,-1000,{DAY}"
    await take(world, f"{HEAD}{won}{again}total,po_3,2,,,,1000,{DAY}".encode())
    # then nothing is held any more
    assert "dispute_hold" not in await world.balances()
    assert await clearing(world) == {}
    assert await open_reasons(world) == []
    assert [one.invariant.id for one in await audit(world.run) if one.broken] == []


async def test_every_dispute_is_held_however_many_there_are(fresh_world: World) -> None:
    world = fresh_world
    await world.buy(await world.shopper())
    await world.advance(NEXT)
    [[attempt, theirs]] = await world.rows("SELECT id, psp_ref FROM attempt")
    many = 20
    lost = f"dispute,{attempt},{theirs},-1,EUR,0,-1,{DAY}" * many
    first = await take(world, f"{HEAD}{lost}total,po_2,{many},,,,-{many},{DAY}".encode())
    assert (first.file.state, first.breaks) == ("imported", 0)
    assert (await world.balances())["dispute_hold"] == many
    # and all of them are taken back where the provider corrects itself
    right = f"{HEAD}fee,,free,0,EUR,0,0,{DAY}total,po_2,1,,,,0,{DAY}".encode()
    await take(world, right, corrects=first.file.id)
    assert "dispute_hold" not in await world.balances()
    assert [one.invariant.id for one in await audit(world.run) if one.broken] == []


async def test_file_that_is_imported_twice_at_once_is_imported_once(fresh_world: World) -> None:
    world = fresh_world
    await world.buy(await world.shopper())
    await world.advance(NEXT)
    raw = await statement(world, FIRST)
    done = await asyncio.gather(*(take(world, raw) for _ in range(3)))
    assert sorted(one.is_new for one in done) == [False, False, True]
    assert await world.value("SELECT count(*) FROM settlement_file") == 1
    assert await clearing(world) == {}
    assert await open_reasons(world) == []


async def test_a_payout_that_never_arrives_is_told_people_until_the_bank_has_it(
    fresh_world: World,
) -> None:
    world = fresh_world
    # given a payout that a file announces, and a bank that is silent
    await world.buy(await world.shopper())
    await world.advance(NEXT)
    await take(world, await statement(world, FIRST))
    [[payout, reference, amount, announced]] = await world.rows(
        "SELECT id, reference, amount_minor, announced_on FROM payout"
    )
    # when two bank days and two of grace are over, whatever holidays they hold
    await world.advance(announced + timedelta(days=7))
    assert await watch_payouts(world.run) == 0
    await world.advance(announced + timedelta(days=8))
    assert [await watch_payouts(world.run) for _ in range(2)] == [1, 0]
    # then people hear which, once
    assert await world.rows("SELECT reason, subject_id FROM money_exception") == [
        ("payout_missing", payout)
    ]
    detail = await world.value("SELECT detail FROM money_exception")
    assert reference in detail
    assert [one.invariant.id for one in await audit(world.run) if one.broken] == []
    # and the line of the bank ends it
    line = BankLine(reference=reference, amount_minor=amount, paid_on=world.now.date(), note="late")
    await record_payout(world.run, line)
    assert await open_reasons(world) == []
    assert await watch_payouts(world.run) == 0
    assert [one.invariant.id for one in await audit(world.run) if one.broken] == []
