"""Settlement files of the simulator, from its books to ours, whole and broken."""

from datetime import timedelta
from io import BytesIO
from typing import Final

import pytest

from ledgerline.datasets.audit import audit
from ledgerline.flows.import_settlement import (
    BATCH_LINES,
    NewSettlement,
    import_settlement,
)
from ledgerline.flows.record_payout import BankLine, record_payout
from ledgerline.flows.request_refund import RefundOrder, request_refund
from ledgerline.payments.adapters.sandbox.connector import Sandbox
from ledgerline.payments.refusals import SettlementFileRefused
from ledgerline.reconciliation.refusals import (
    PayoutNotFound,
    PayoutPaid,
    SellerUnclear,
    SettlementFileKnown,
    SettlementFileNotFound,
)
from tests.flow_values import Bought
from tests.flow_world import NEW_YEAR, World
from tests.statements import clearing, look_again, open_reasons, statement, take

FIRST: Final = NEW_YEAR.date()
NEXT: Final = FIRST + timedelta(days=1)
EUR: Final = 1199
FEE: Final = 42  # 1.4 % of 11.99 is 16.786, and 25
COSTS: Final = 30  # 25 of the payout and 5 of tax on it


async def sold(world: World, times: int = 3) -> list[Bought]:
    """Sell something a few times on the first day, and let the day end."""
    bought = [await world.buy(await world.shopper()) for _ in range(times)]
    await world.advance(NEXT)
    return bought


async def proven(world: World) -> None:
    """Ask the auditor."""
    assert [one.invariant.id for one in await audit(world.run) if one.broken] == []


async def booked(world: World) -> dict[tuple[str, str, str], int]:
    """Sum what is posted for files, lines and payouts."""
    rows = await world.rows(
        "SELECT purpose, debit, credit, sum(amount_minor) FROM transfer WHERE customer_id IS NULL"
        " AND purpose <> 'recognise' GROUP BY 1, 2, 3"
    )
    return {(purpose, debit, credit): int(amount) for purpose, debit, credit, amount in rows}


async def test_day_is_reconciled_to_the_unit_and_leaves_clearing_empty(
    fresh_world: World,
) -> None:
    world = fresh_world
    # given three sales of a day, one of them given back
    bought = await sold(world)
    payment = bought[0].payment_id
    assert payment is not None
    await request_refund(world.run, world.psps, RefundOrder(payment, 99, "goodwill"))
    assert await clearing(world) == {"EUR": 3 * EUR - 99}
    # when the file of both days comes
    imported = await take(world, await statement(world, FIRST, days=2))
    # then every line is ours, and what is left is on its way
    net = 3 * (EUR - FEE) - 99 - COSTS
    assert (imported.file.state, imported.breaks, imported.is_new) == ("imported", 0, True)
    assert await booked(world) == {
        ("psp_fee", "psp_fees", "psp_clearing"): 3 * FEE + 25,
        ("psp_fee_tax", "input_tax", "psp_clearing"): 5,
        ("payout", "in_transit", "psp_clearing"): net,
    }
    assert await clearing(world) == {}
    assert await world.rows(
        "SELECT turnover_minor, explained_minor, gross_minor, fee_minor, tax_minor, net_minor,"
        " paid_minor FROM settlement_total"
    ) == [(3 * EUR + 99, 3 * EUR + 99, 3 * EUR - 99, 3 * FEE + 25, 5, net, net)]
    # and when the bank has it, nothing is on its way any more
    [reference] = await world.rows("SELECT reference FROM payout")
    line = BankLine(reference=reference[0], amount_minor=net, paid_on=NEXT, note="statement 4")
    await record_payout(world.run, line)
    assert (await booked(world))["banked", "bank", "in_transit"] == net
    assert (await world.balances())["bank"] == net
    assert "in_transit" not in await world.balances()
    assert await open_reasons(world) == []
    await proven(world)
    # and the bank's line is taken once, and of what was announced
    with pytest.raises(PayoutPaid):
        await record_payout(world.run, line)
    with pytest.raises(PayoutNotFound):
        await record_payout(
            world.run, BankLine(reference="po_x", amount_minor=1, paid_on=NEXT, note="")
        )


async def test_same_file_again_changes_nothing(fresh_world: World) -> None:
    world = fresh_world
    await sold(world)
    raw = await statement(world, FIRST)
    first = await take(world, raw)
    before = await booked(world)
    again = await take(world, raw)
    assert (again.is_new, again.file.id) == (False, first.file.id)
    assert await booked(world) == before
    assert await world.value("SELECT count(*) FROM settlement_line") == first.file.lines
    # and another file of the same payout is refused by name
    with pytest.raises(SettlementFileKnown):
        await take(world, await statement(world, FIRST, broken="missing_line"))
    assert await world.value("SELECT count(*) FROM settlement_file") == 1


@pytest.mark.parametrize(
    ("broken", "reason", "suspense"),
    [
        ("extra_line", "line_unmatched", EUR),
        ("double_line", "duplicate_capture", EUR),
        ("amount_off", "line_mismatch", 1),
    ],
)
async def test_broken_line_opens_one_exception_and_stands_in_suspense(
    fresh_world: World, broken: str, reason: str, suspense: int
) -> None:
    world = fresh_world
    await sold(world)
    # when a file comes with a line that is not what our books say
    wrong = await take(world, await statement(world, FIRST, broken=broken))
    # then people are told once, and the money is booked, but nobody's
    assert await open_reasons(world) == [reason]
    assert (wrong.file.state, wrong.breaks) == ("imported", 1)
    assert (await world.balances())["suspense"] == -suspense
    assert await clearing(world) == {}
    await look_again(world)
    assert await open_reasons(world) == [reason]
    await proven(world)
    # and when the provider corrects the file, all that is taken back
    await take(world, await statement(world, FIRST), corrects=wrong.file.id)
    assert await open_reasons(world) == []
    assert "suspense" not in await world.balances()
    assert await clearing(world) == {}
    assert (await world.balances())["in_transit"] == 3 * (EUR - FEE) - COSTS
    assert (await world.balances())["psp_fees"] == 3 * FEE + 25
    states = await world.rows("SELECT state FROM settlement_file ORDER BY state")
    assert states == [("imported",), ("replaced",)]
    await proven(world)


async def test_capture_without_a_line_is_missed_after_two_cadences(fresh_world: World) -> None:
    world = fresh_world
    bought = await sold(world)
    # given the file of a day that leaves a sale out, and files that come daily
    short = await take(world, await statement(world, FIRST, broken="missing_line"))
    await take(world, await statement(world, NEXT))
    assert await open_reasons(world) == []
    await world.advance(FIRST + timedelta(days=2))
    assert (await look_again(world)).missing == 0
    # when two days are over, then people are told of it once
    await world.advance(FIRST + timedelta(days=4))
    assert (await look_again(world)).missing == 1
    assert (await look_again(world)).missing == 0
    assert await open_reasons(world) == ["line_missing"]
    [[subject]] = await world.rows("SELECT subject_id FROM money_exception")
    assert subject in [
        id
        for one in bought
        for (id,) in await world.rows(
            "SELECT id FROM attempt WHERE payment_id = %s", one.payment_id
        )
    ]
    # and no more once a file has it
    await take(world, await statement(world, FIRST), corrects=short.file.id)
    assert await open_reasons(world) == []
    await proven(world)


@pytest.mark.parametrize("broken", ["wrong_fee", "wrong_total"])
async def test_file_that_does_not_add_up_is_kept_and_posts_nothing(
    fresh_world: World, broken: str
) -> None:
    world = fresh_world
    await sold(world)
    wrong = await take(world, await statement(world, FIRST, broken=broken))
    assert wrong.file.state == "quarantined"
    assert wrong.file.why is not None
    assert await open_reasons(world) == ["file_quarantined"]
    assert await booked(world) == {}
    assert await world.value("SELECT count(*) FROM settlement_line") == wrong.file.lines
    assert await world.value("SELECT count(*) FROM payout") == 0
    await proven(world)
    # when the right file comes, it takes no notice of the wrong one
    right = await take(world, await statement(world, FIRST))
    assert (right.file.state, right.breaks) == ("imported", 0)
    assert await open_reasons(world) == []
    assert await clearing(world) == {}
    await proven(world)


async def test_file_that_is_cut_off_leaves_nothing(fresh_world: World) -> None:
    world = fresh_world
    await sold(world)
    with pytest.raises(SettlementFileRefused) as refusal:
        await take(world, await statement(world, FIRST, broken="truncated"))
    assert refusal.value.facts["problems"]
    for table in ("settlement_file", "settlement_line", "settlement_total", "payout"):
        assert await world.value(f"SELECT count(*) FROM {table}") == 0, table
    assert await booked(world) == {}


async def test_rehearsal_says_what_would_be_and_leaves_nothing(fresh_world: World) -> None:
    world = fresh_world
    await sold(world)
    raw = await statement(world, FIRST, broken="extra_line")
    new = NewSettlement(psp_account="aster", raw=BytesIO(raw), seller_code="nordic", dry_run=True)
    seen: list[int] = []
    imported = await import_settlement(world.run, Sandbox(), new, progress=seen.append)
    assert (imported.breaks, imported.is_new, seen) == (1, True, [imported.file.lines])
    assert await world.value("SELECT count(*) FROM settlement_line") == 0
    assert await open_reasons(world) == []
    assert await booked(world) == {}


async def test_line_is_the_evidence_that_ends_an_attempt(fresh_world: World) -> None:
    world = fresh_world
    # given a purchase whose answer was lost, and a provider that cannot be asked
    shopper = await world.shopper(token="tok_500_after")
    await world.simulator.control("outage", {"provider": "aster", "from": "2026-01-01T00:00:01Z",
                                             "to": "2026-02-01T00:00:00Z"})  # fmt: skip
    bought = await world.buy(shopper)
    assert await world.state(bought.subscription_id) == "incomplete"
    assert await world.rows("SELECT state FROM attempt") == [("unknown",)]
    await world.advance(NEXT)
    # when the file says that it was paid
    imported = await take(world, await statement(world, FIRST))
    # then it is, by that evidence, and all follows from it
    assert imported.breaks == 0
    assert await world.rows("SELECT state, evidence_no FROM attempt") == [("succeeded", 1)]
    assert await world.rows("SELECT kind, outcome FROM attempt_evidence") == [
        ("settlement_line", "succeeded")
    ]
    assert await world.state(bought.subscription_id) == "active"
    assert await world.rows("SELECT match FROM settlement_line WHERE kind = 'charge'") == [
        ("matched",)
    ]
    assert await world.rows("SELECT turnover_minor, explained_minor FROM settlement_total") == [
        (EUR, EUR)
    ]
    assert await clearing(world) == {}
    assert await open_reasons(world) == []
    await proven(world)


async def test_money_that_was_refused_and_came_is_a_late_success(fresh_world: World) -> None:
    world = fresh_world
    # given a charge that our books call declined, and a file that says it was paid
    bought = await world.buy(await world.shopper(token="tok_decline_do_not_honor"))
    [[attempt, minor]] = await world.rows("SELECT id, amount_minor FROM attempt")
    await world.advance(NEXT)
    raw = (await statement(world, FIRST)).decode().splitlines(keepends=True)
    day = f"EUR,{FIRST}\n"
    lines = [
        raw[0], f"charge,{attempt},ch_late,{minor},EUR,0,{minor},{day}",
        f"payout,,po_late,-{minor},EUR,0,-{minor},{day}", f"total,po_late,2,,,,{minor},{day}",
    ]  # fmt: skip
    await take(world, "".join(lines).encode())
    # then nothing changes its end, and people decide about the money
    assert await open_reasons(world) == ["late_success"]
    assert await world.rows("SELECT state FROM attempt") == [("declined",)]
    assert bought.payment_id is not None
    assert (await world.balances())["suspense"] == -minor
    assert await clearing(world) == {}
    assert await world.rows("SELECT match FROM settlement_line ORDER BY line_no") == [
        ("matched",), ("account",),
    ]  # fmt: skip
    await proven(world)


async def test_other_currency_leaves_clearing_in_both(fresh_world: World) -> None:
    world = fresh_world
    # given a sale in kronor at an account that pays out in euro
    bought = await world.buy(await world.shopper("SE"))
    gross = int(await world.value("SELECT amount_minor FROM attempt"))
    currency = str(await world.value("SELECT currency FROM attempt"))
    assert (currency, bought.payment_id is not None) == ("SEK", True)
    await world.advance(NEXT)
    await take(world, await statement(world, FIRST, rates={"SEK": 90_000}))
    # then what was sold and what was bought stand against each other, at the rate of the file
    converted = (gross * 90_000 + 500_000) // 1_000_000
    rows = await world.rows(
        "SELECT purpose, currency, amount_minor FROM transfer WHERE purpose LIKE 'fx%%' ORDER BY 1"
    )
    assert rows == [("fx_bought", "EUR", converted), ("fx_sold", "SEK", gross)]
    assert await clearing(world) == {}
    await proven(world)


async def test_second_line_is_found_however_far_down_it_stands(fresh_world: World) -> None:
    world = fresh_world
    await sold(world, 1)
    # given a file that is read in two batches, with the same charge in both
    head, charge, *_ = (await statement(world, FIRST)).decode().splitlines(keepends=True)
    day = f"EUR,{FIRST}\n"
    free = [f"fee,,free_{n},0,EUR,0,0,{day}" for n in range(BATCH_LINES)]
    net = 2 * (EUR - FEE)
    total = f"total,po_long,{BATCH_LINES + 2},,,,{net},{day}"
    imported = await take(world, "".join([head, charge, *free, charge, total]).encode())
    assert (imported.file.state, imported.breaks) == ("imported", 1)
    assert await open_reasons(world) == ["duplicate_capture"]
    assert (await world.balances())["suspense"] == -EUR
    assert "payout" not in {purpose for purpose, _, _ in await booked(world)}
    await proven(world)


async def test_bank_that_saw_another_amount_is_told(fresh_world: World) -> None:
    world = fresh_world
    await sold(world, 1)
    await take(world, await statement(world, FIRST))
    [[reference, amount]] = await world.rows("SELECT reference, amount_minor FROM payout")
    line = BankLine(
        reference=reference, amount_minor=amount - 7, paid_on=NEXT, note="their bank kept 7"
    )
    await record_payout(world.run, line)
    assert await open_reasons(world) == ["bank_differs"]
    assert (await world.balances())["in_transit"] == 7
    await proven(world)


async def test_what_cannot_be_imported_is_refused_by_name(fresh_world: World) -> None:
    world = fresh_world
    bought = await sold(world, 1)
    raw = await statement(world, FIRST)
    with pytest.raises(SellerUnclear):
        await take(world, raw, seller_code=None)
    with pytest.raises(SettlementFileNotFound):
        await take(world, raw, corrects=bought[0].subscription_id)
    assert await world.value("SELECT count(*) FROM settlement_file") == 0
    # and a file of another account is not believed: its lines are nothing of ours there
    strange = await take(world, raw, account="boreal")
    assert (strange.file.state, strange.breaks) == ("imported", 1)
    assert await open_reasons(world) == ["line_unmatched"]
