"""A payout that fails at a provider, over its socket, until the bank has its money."""

from collections.abc import AsyncIterator
from datetime import date, datetime, time, timedelta
from pathlib import Path

import pytest
import pytest_asyncio

from ledgerline.datasets.audit import audit
from ledgerline.flows.record_payout import BankLine, record_payout
from tests.flow_world import NEW_YEAR
from tests.scenarios.dialects import ACCOUNT, Seller, spoken
from tests.statements import clearing, open_reasons

DAY = timedelta(days=1)


@pytest_asyncio.fixture(params=["sandbox", "stripe"], loop_scope="session")
async def seller(
    request: pytest.FixtureRequest, fresh_database_url: str, tmp_path: Path
) -> AsyncIterator[Seller]:
    """Open a world at a provider whose payouts can fail."""
    async with spoken(fresh_database_url, tmp_path, request.param) as opened:
        yield opened


def _span(first: date, last: date) -> dict[str, str]:
    ends = [datetime.combine(day, time.min, tzinfo=NEW_YEAR.tzinfo) for day in (first, last)]
    return {"from": ends[0].isoformat(), "to": ends[1].isoformat()}


async def test_payout_that_fails_is_paid_out_again(seller: Seller) -> None:
    world = seller.world
    # given a payout of a day that is on its way
    await seller.sell()
    first = seller.since
    await seller.settle()
    [[failed, amount]] = await world.rows("SELECT reference, amount_minor FROM payout")
    # when it fails at the bank, and a later day is paid out
    asked = {"provider": ACCOUNT, "currency": "EUR", **_span(first, seller.since)}
    told = await world.simulator.control("payout_failure", asked)
    assert (told["id"], told["amount"]) == (failed, amount)
    await seller.sell()
    await seller.settle()
    # then the second contains the first, and nothing is told or left
    rows = await world.rows(
        "SELECT reference, state, amount_minor, failed_by FROM payout ORDER BY announced_on"
    )
    assert rows[0] == (failed, "failed", amount, "line")
    [(second, state, more, _)] = rows[1:]
    assert (state, more > amount) == ("announced", True)
    assert await world.value(
        "SELECT count(*) FROM settlement_total WHERE explained_minor <> turnover_minor"
    ) == 0  # fmt: skip
    assert (await open_reasons(world), await clearing(world)) == ([], {})
    line = BankLine(reference=second, amount_minor=more, paid_on=seller.since, note="statement 1")
    await record_payout(world.run, line)
    balances = await world.balances()
    assert (balances["bank"], "in_transit" in balances) == (more, False)
    assert [one.invariant.id for one in await audit(world.run) if one.broken] == []


async def test_payout_fails_once_and_only_where_there_is_one(seller: Seller) -> None:
    await seller.sell()
    first = seller.since
    await seller.settle()
    url = f"http://127.0.0.1:{seller.world.simulator.control_port}/_sim/payout_failure"
    asked = {"provider": ACCOUNT, "currency": "EUR", **_span(first, first + DAY)}
    nothing = {**asked, **_span(first + 7 * DAY, first + 8 * DAY)}
    statuses = []
    for body in (nothing, asked, asked):
        async with seller.world.simulator.session.post(url, json=body) as response:
            statuses.append(response.status)
    assert statuses == [422, 200, 422]
