"""Settlement files come from the books, add up, and are wrong only where that is asked for."""

import csv
import io
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.pspsim.simulator import Simulator, simulator, write_world

DAY = {
    "provider": "aster",
    "currency": "EUR",
    "from": "2026-01-01T00:00:00Z",
    "to": "2026-01-02T00:00:00Z",
}
FEE = 40  # 1.4 % of 10.99 is 15.386, and 25


@pytest_asyncio.fixture(loop_scope="session")
async def fresh(tmp_path: Path) -> AsyncIterator[Simulator]:
    """Serve a provider of which nobody has asked anything."""
    async with simulator(write_world(tmp_path), tmp_path / "state") as running:
        yield running


async def lines(fresh: Simulator, **asked: object) -> list[list[str]]:
    raw = await fresh.statement(**{**DAY, **asked})
    return list(csv.reader(io.StringIO(raw.decode())))


async def test_file_says_what_is_paid_out_and_adds_up(fresh: Simulator) -> None:
    # given two charges and a refund of a part, a decline, and a charge that is not settled yet
    first = (await fresh.charge("first", "tok_ok_1")).body["id"]
    second = (await fresh.charge("second", "tok_ok_2")).body["id"]
    await fresh.charge("none", "tok_decline_expired_card_1")
    await fresh.charge("later", "tok_pending_1")
    back = (await fresh.refund("back", first, amount=99)).body["id"]
    # when the day is paid out
    head, *rows = await lines(fresh)
    payout = rows[-1][1]
    # then it says what moved, what was kept and what is left
    net = 2 * (1099 - FEE) - 99 - 30
    assert head == [
        "kind", "reference", "id", "gross", "gross_currency", "fee", "net", "currency", "date",
    ]  # fmt: skip
    day = ["EUR", "2026-01-01"]
    assert rows == [
        ["charge", "first", first, "1099", "EUR", f"{FEE}", f"{1099 - FEE}", *day],
        ["charge", "second", second, "1099", "EUR", f"{FEE}", f"{1099 - FEE}", *day],
        ["refund", "back", back, "-99", "EUR", "0", "-99", *day],
        ["fee", "", f"{payout}_fee", "0", "EUR", "25", "-25", *day],
        ["tax_on_fee", "", f"{payout}_tax_on_fee", "0", "EUR", "5", "-5", *day],
        ["payout", "", payout, f"{-net}", "EUR", "0", f"{-net}", *day],
        ["total", payout, "6", "", "", "", f"{net}", *day],
    ]
    # and the same question has the same answer, to the byte
    assert await fresh.statement(**DAY) == await fresh.statement(**DAY)


async def test_other_currency_is_paid_out_at_the_rate(fresh: Simulator) -> None:
    await fresh.charge("converted", "tok_ok_9")
    rows = await lines(fresh, currency="USD", rates={"EUR": 1_100_000})
    [line] = [row for row in rows if row[1] == "converted"]
    assert line[3:8] == ["1099", "EUR", "42", f"{1209 - 42}", "USD"]  # 12.089, 16.926 and 25
    rest = await lines(fresh, currency="USD")
    assert [row[0] for row in rest[1:]] == ["fee", "tax_on_fee", "total"]  # nothing to pay out


@pytest.mark.parametrize(
    ("broken", "charges"),
    [
        ("missing_line", []),
        ("extra_line", [("broken", 1099, FEE, 1059), ("nobody-asked", 1099, FEE, 1059)]),
        ("double_line", [("broken", 1099, FEE, 1059)] * 2),
        ("amount_off", [("broken", 1100, FEE, 1060)]),
        ("wrong_fee", [("broken", 1099, FEE + 1, 1059)]),
    ],
)
async def test_break_is_where_it_was_asked_for(
    fresh: Simulator, broken: str, charges: list[tuple[str, int, int, int]]
) -> None:
    await fresh.charge("broken", "tok_ok_1")
    rows = await lines(fresh, broken=broken)
    found = [(row[1], int(row[3]), int(row[5]), int(row[6])) for row in rows if row[0] == "charge"]
    assert found == charges
    # and the file still adds up to what it says
    told = rows[-1]
    assert int(told[6]) == sum(int(row[6]) for row in rows[1:-1] if row[0] != "payout")
    assert int(told[2]) == len(rows) - 2


async def test_whole_file_can_be_wrong_too(fresh: Simulator) -> None:
    await fresh.charge("cut", "tok_ok_1")
    whole = await fresh.statement(**DAY)
    cut = await fresh.statement(**DAY, broken="truncated")
    assert whole.startswith(cut)
    assert len(cut) < len(whole)
    wrong = (await lines(fresh, broken="wrong_total"))[-1]
    right = (await lines(fresh))[-1]
    assert int(wrong[6]) == int(right[6]) + 1


@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        ({"to": "2026-01-01T00:00:00Z"}, "a span ends after it begins"),
        ({"provider": "dune"}, "there is no provider"),
        ({"currency": "euro"}, "`$.currency`"),
        ({"broken": "burnt"}, "`$.broken`"),
    ],
)
async def test_what_cannot_be_is_refused(
    fresh: Simulator, changed: dict[str, str], problem: str
) -> None:
    url = f"http://127.0.0.1:{fresh.control_port}/_sim/statement"
    async with fresh.session.post(url, json={**DAY, **changed}) as response:
        assert response.status == 422
        assert problem in await response.text()
