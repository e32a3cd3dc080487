"""Payouts that fail, are sent back and sent anew, whoever tells of it first."""

from datetime import date, timedelta
from typing import Final, NamedTuple

import pytest

from ledgerline.base.states import StateRefused
from ledgerline.datasets.audit import audit
from ledgerline.flows.fail_payout import PayoutFailure, fail_payout
from ledgerline.flows.match_settlements import match_settlements
from ledgerline.flows.move_payout import Named
from ledgerline.flows.record_payout import BankLine, record_payout
from ledgerline.flows.return_payout import return_payout
from ledgerline.flows.watch_payouts import watch_payouts
from ledgerline.reconciliation.refusals import (
    PayoutFailed,
    PayoutNotFound,
    SettlementLineUnfit,
)
from ledgerline.reconciliation.rows import PayoutRow
from tests.flow_world import NEW_YEAR, World
from tests.statements import clearing, open_reasons, statement, take

FIRST: Final = NEW_YEAR.date()
NEXT: Final = FIRST + timedelta(days=1)
LATER: Final = date(2026, 1, 5)
DAY: Final = f"EUR,{LATER}\n"
HEAD: Final = "kind,reference,id,gross,gross_currency,fee,net,currency,date\n"
STANDS: Final = (
    "SELECT state, coalesce(bank_minor, 0), coalesce(reversed_minor, 0), failed_by FROM payout"
    " WHERE reference = %s"
)


class Announced(NamedTuple):
    """A payout of one charge, on its way to the bank."""

    world: World
    reference: str
    amount: int

    def line(self, amount: int | None = None, *, note: str = "statement 1") -> BankLine:
        minor = self.amount if amount is None else amount
        return BankLine(reference=self.reference, amount_minor=minor, paid_on=LATER, note=note)

    def failed(self, amount: int | None = None, *, fee: int = 0, again: str = "po_2") -> bytes:
        """Return a file that puts the payout into the balance, and pays the balance out again."""
        minor = self.amount if amount is None else amount
        back = f"payout_reversal,,{self.reference},{minor},EUR,{fee},{minor - fee},{DAY}"
        anew = f"payout,,{again},{fee - minor},EUR,0,{fee - minor},{DAY}"
        return f"{HEAD}{back}{anew}total,{again},2,,,,{minor - fee},{DAY}".encode()

    async def told(self, note: str = "their mail of today") -> PayoutRow:
        failure = PayoutFailure(named=Named(self.reference), failed_on=LATER, note=note)
        return await fail_payout(self.world.run, failure)

    async def stands(self) -> tuple[object, ...]:
        [row] = await self.world.rows(STANDS, self.reference)
        return row

    async def transit(self) -> int:
        return (await self.world.balances()).get("in_transit", 0)

    async def proven(self) -> None:
        assert [one.invariant.id for one in await audit(self.world.run) if one.broken] == []


async def announced(world: World) -> Announced:
    """Sell something, and have its payout announced."""
    await world.buy(await world.shopper())
    await world.advance(NEXT)
    await take(world, await statement(world, FIRST))
    [[reference, amount]] = await world.rows("SELECT reference, amount_minor FROM payout")
    await world.advance(LATER)
    return Announced(world, reference, amount)


async def test_payout_that_fails_is_in_the_next_one_and_then_at_the_bank(
    fresh_world: World,
) -> None:
    payout = await announced(fresh_world)
    world, amount = payout.world, payout.amount
    assert await payout.transit() == amount
    # when the provider says that it failed, and pays it out again
    imported = await take(world, payout.failed())
    # then it failed once, nothing is told, and what is on its way is the second one
    assert imported.breaks == 0
    assert await payout.stands() == ("failed", 0, amount, "line")
    assert await world.rows("SELECT explained_minor, turnover_minor FROM settlement_total"
                            " WHERE explained_minor <> turnover_minor") == []  # fmt: skip
    assert (await payout.transit(), await clearing(world)) == (amount, {})
    assert await open_reasons(world) == []
    # and the bank's line is that of the second; the first is over
    second = BankLine(reference="po_2", amount_minor=amount, paid_on=LATER, note="statement 1")
    await record_payout(world.run, second)
    with pytest.raises(PayoutFailed):
        await record_payout(world.run, payout.line())
    with pytest.raises(StateRefused):
        await payout.told()
    assert (await payout.transit(), (await world.balances())["bank"]) == (0, amount)
    # and the same file again changes nothing
    before = await world.rows("SELECT count(*) FROM transfer")
    assert not (await take(world, payout.failed())).is_new
    assert await world.rows("SELECT count(*) FROM transfer") == before
    await payout.proven()


async def test_order_of_what_is_told_makes_no_difference(fresh_world: World) -> None:
    payout = await announced(fresh_world)
    world, amount = payout.world, payout.amount
    # given that the bank has it, when the provider says that it failed, people are told
    await record_payout(world.run, payout.line())
    await take(world, payout.failed())
    assert await open_reasons(world) == ["line_unmatched"]
    assert await payout.stands() == ("paid", amount, 0, None)
    assert (await world.balances())["suspense"] == -amount
    # and when they note that the bank took it back, the line is matched by itself
    await return_payout(world.run, payout.line(note="statement 2"))
    assert await payout.stands() == ("returned", 0, 0, None)
    assert (await payout.transit(), "bank" in await world.balances()) == (2 * amount, False)
    assert await match_settlements(world.run) == 1
    assert await payout.stands() == ("failed", 0, amount, "line")
    assert await open_reasons(world) == []
    assert (await payout.transit(), await clearing(world)) == (amount, {})
    assert "suspense" not in await world.balances()
    assert await world.rows(
        "SELECT no, event, amount_minor FROM payout_step ORDER BY payout_id, no"
    ) == [(1, "arrived", amount), (2, "sent_back", -amount), (3, "failed", amount)]
    await payout.proven()


async def test_what_the_bank_sent_back_is_sent_anew_or_fails(fresh_world: World) -> None:
    payout = await announced(fresh_world)
    world, amount = payout.world, payout.amount
    with pytest.raises(StateRefused):
        await return_payout(world.run, payout.line())
    await record_payout(world.run, payout.line())
    # when less is sent back than came, people are told of the rest
    await return_payout(world.run, payout.line(amount - 5))
    assert await payout.stands() == ("returned", 5, 0, None)
    assert await open_reasons(world) == ["bank_differs"]
    assert await payout.transit() == amount - 5
    await payout.proven()
    # and when it arrives anew, less what was kept, all of it is there
    await record_payout(world.run, payout.line(amount - 5, note="statement 3"))
    assert await payout.stands() == ("paid", amount, 0, None)
    assert (await payout.transit(), await open_reasons(world)) == (0, [])
    # and once more back, it fails by the provider's line
    await return_payout(world.run, payout.line())
    await take(world, payout.failed())
    assert await payout.stands() == ("failed", 0, amount, "line")
    assert (await payout.transit(), await open_reasons(world)) == (amount, [])
    await payout.proven()


async def test_corrected_file_takes_back_what_it_said(fresh_world: World) -> None:
    payout = await announced(fresh_world)
    world, amount = payout.world, payout.amount
    await record_payout(world.run, payout.line())
    await return_payout(world.run, payout.line())
    first = await take(world, payout.failed())
    # when a file corrects it that says the same, it has failed still, once
    again = await take(world, payout.failed(fee=7), corrects=first.file.id)
    assert await payout.stands() == ("failed", 0, amount, "line")
    assert (await payout.transit(), await clearing(world)) == (amount - 7, {})
    # and when it never failed, it stands where it stood
    none = f"{HEAD}fee,,free,0,EUR,0,0,{DAY}total,po_2,1,,,,0,{DAY}".encode()
    await take(world, none, corrects=again.file.id)
    assert await payout.stands() == ("returned", 0, 0, None)
    assert (await payout.transit(), await clearing(world)) == (amount, {})
    assert await open_reasons(world) == []
    await payout.proven()


@pytest.mark.parametrize("case", ["another amount", "no such payout", "twice"])
async def test_line_of_no_payout_that_it_can_be_of_is_told_people(
    fresh_world: World, case: str
) -> None:
    payout = await announced(fresh_world)
    world, amount = payout.world, payout.amount
    if case == "another amount":
        await take(world, payout.failed(amount - 1))
        wrong, failed = amount - 1, 0
    elif case == "no such payout":
        await take(world, payout._replace(reference="po_x").failed())
        wrong, failed = amount, 0
    else:
        await take(world, payout.failed())
        await take(world, payout.failed(again="po_3"))
        wrong, failed = amount, amount
    # then it stands in suspense, and what it does not explain stays on its way
    assert await open_reasons(world) == ["line_unmatched"]
    assert (await world.balances())["suspense"] == -wrong
    assert await payout.transit() == amount + wrong
    assert (await payout.stands())[2] == failed
    assert await match_settlements(world.run) == 0
    await payout.proven()


async def test_line_that_comes_before_its_payout_waits_for_it(fresh_world: World) -> None:
    world = fresh_world
    await world.buy(await world.shopper())
    await world.advance(NEXT)
    raw = await statement(world, FIRST)
    [row] = [one for one in raw.decode().splitlines() if one.startswith("payout")]
    payout = Announced(world, row.split(",")[2], -int(row.split(",")[3]))
    await take(world, payout.failed())
    assert await open_reasons(world) == ["line_unmatched"]
    # when the file of the payout comes, the line is of it
    await take(world, raw)
    assert await payout.stands() == ("failed", 0, payout.amount, "line")
    assert (await open_reasons(world), await clearing(world)) == ([], {})
    await payout.proven()


async def test_word_of_a_person_is_proven_by_the_line_or_withdrawn_by_the_bank(
    fresh_world: World,
) -> None:
    payout = await announced(fresh_world)
    world, amount = payout.world, payout.amount
    # given that somebody was told that it failed
    await payout.told()
    assert await payout.stands() == ("failed", 0, amount, "person")
    assert (await payout.transit(), await clearing(world)) == (0, {"EUR": amount})
    await payout.proven()
    # when the line comes, it moves nothing more, and taken back it leaves the word
    first = await take(world, payout.failed())
    assert await payout.stands() == ("failed", 0, amount, "line")
    assert (await payout.transit(), await clearing(world)) == (amount, {})
    await payout.proven()
    none = f"{HEAD}fee,,free,0,EUR,0,0,{DAY}total,po_2,1,,,,0,{DAY}".encode()
    await take(world, none, corrects=first.file.id)
    assert await payout.stands() == ("failed", 0, amount, "person")
    await payout.proven()
    # and when the bank has it after all, the word was wrong
    await record_payout(world.run, payout.line())
    assert await payout.stands() == ("paid", amount, 0, None)
    assert (await payout.transit(), await clearing(world)) == (0, {})
    assert await world.rows("SELECT event FROM payout_step ORDER BY no") == [
        ("failed",), ("proven",), ("withdrawn",), ("withdrawn",), ("arrived",),
    ]  # fmt: skip
    with pytest.raises(PayoutNotFound):
        await payout._replace(reference="po_x").told()
    await payout.proven()


async def test_money_that_is_nowhere_for_a_week_is_told_people(fresh_world: World) -> None:
    payout = await announced(fresh_world)
    world = payout.world
    late = timedelta(days=9)
    # given a payout that is missed, and then said to have failed
    await world.advance(LATER + late)
    assert await watch_payouts(world.run) == 1
    failure = PayoutFailure(
        named=Named(payout.reference), failed_on=LATER + late, note="their mail"
    )
    await fail_payout(world.run, failure)
    assert (await open_reasons(world), await watch_payouts(world.run)) == ([], 0)
    # when there is no later payout for a week, its money is missed again
    await world.advance(LATER + 2 * late)
    assert [await watch_payouts(world.run) for _ in range(2)] == [1, 0]
    detail = await world.value("SELECT detail FROM money_exception WHERE closed_at IS NULL")
    assert "in no later payout" in detail
    # and the next payout of the account ends it
    day = f"EUR,{LATER + 2 * late}\n"
    back = f"payout_reversal,,{payout.reference},{payout.amount},EUR,0,{payout.amount},{day}"
    anew = f"payout,,po_2,{-payout.amount},EUR,0,{-payout.amount},{day}"
    await take(world, f"{HEAD}{back}{anew}total,po_2,2,,,,{payout.amount},{day}".encode())
    assert (await watch_payouts(world.run), await open_reasons(world)) == (0, [])
    await payout.proven()


async def test_file_of_a_payout_that_failed_may_be_corrected(fresh_world: World) -> None:
    payout = await announced(fresh_world)
    world, amount = payout.world, payout.amount
    await payout.told()
    [[first]] = await world.rows("SELECT id FROM settlement_file")
    # when its own file is corrected to another amount, people are told of what came back else
    raw = (await statement(world, FIRST)).decode()
    costs = f"fee,,more,0,EUR,3,-3,EUR,{FIRST}\n"
    other = raw.replace("payout,,", f"{costs}payout,,").replace(f"{-amount}", f"{3 - amount}")
    [*lines, total] = other.splitlines()
    counted = total.replace(",4,", ",5,").replace(f",{amount},", f",{amount - 3},")
    second = await take(world, "\n".join([*lines, counted, ""]).encode(), corrects=first)
    assert await payout.stands() == ("failed", 0, amount, "person")
    assert (await payout.transit(), await open_reasons(world)) == (-3, ["bank_differs"])
    await payout.proven()
    # and corrected back, nothing is told
    again = raw.replace("tax_on_fee,,", "tax_on_fee,,again_")
    await take(world, again.encode(), corrects=second.file.id)
    assert (await payout.transit(), await open_reasons(world)) == (0, [])
    await payout.proven()


async def test_line_under_another_name_is_of_the_payout_that_a_person_names(
    fresh_world: World,
) -> None:
    payout = await announced(fresh_world)
    world, amount = payout.world, payout.amount
    first = await take(world, payout._replace(reference="tx_9").failed())
    [[line]] = await world.rows("SELECT id FROM settlement_line WHERE match = 'unmatched'")
    failure = PayoutFailure(
        named=Named(payout.reference), failed_on=LATER, note="their mail", line_id=line
    )
    # when somebody says of which payout it is, both are explained
    await fail_payout(world.run, failure)
    assert await payout.stands() == ("failed", 0, amount, "line")
    assert (await payout.transit(), await clearing(world)) == (amount, {})
    assert (await open_reasons(world), "suspense" in await world.balances()) == ([], False)
    await payout.proven()
    # and once only
    with pytest.raises(SettlementLineUnfit):
        await fail_payout(world.run, failure)
    # and a file that is corrected leaves the word
    none = f"{HEAD}fee,,free,0,EUR,0,0,{DAY}total,po_2,1,,,,0,{DAY}".encode()
    await take(world, none, corrects=first.file.id)
    assert await payout.stands() == ("failed", 0, amount, "person")
    with pytest.raises(SettlementLineUnfit):
        await fail_payout(world.run, failure)
    await payout.proven()
