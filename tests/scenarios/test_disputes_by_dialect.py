"""Disputes from signed webhooks to the ledger, at each dialect and however they come."""

import re
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import timedelta
from hashlib import sha256
from itertools import permutations
from pathlib import Path
from typing import Any, Final

import aiohttp
import pytest
import pytest_asyncio

from tests.disputing import broken, disputed
from tests.flow_values import Bought
from tests.scenarios.dialects import ACCOUNT, DIALECTS, Delivery, Seller, spoken

HOUR: Final = timedelta(hours=1)
ORDERS: Final = 8  # of each tale: in order, the other way round, and by chance

TALES: Final[Mapping[tuple[str, ...], str]] = {
    ("open", "submit", "win"): "won",
    ("open", "submit", "lose"): "lost",
    ("warn", "open", "lose"): "lost",
    ("open", "win", "lose"): "lost",  # at Adyen a second chargeback
    ("open", "lose", "win"): "won",
}
WITHDRAWN: Final = ("warn", "withdraw")
BANK_TALES: Final[Mapping[tuple[str, ...], str]] = {("lose",): "lost", ("lose", "win"): "won"}


@pytest_asyncio.fixture(params=DIALECTS, loop_scope="session")
async def seller(
    request: pytest.FixtureRequest, fresh_database_url: str, tmp_path: Path
) -> AsyncIterator[Seller]:
    """Open a world at a provider of each dialect."""
    async with spoken(fresh_database_url, tmp_path, request.param) as opened:
        yield opened


def _tales(dialect: str) -> Mapping[tuple[str, ...], str]:
    """Say what happens, and where it ends; what Adyen's issuers withdraw is won."""
    if dialect == "gocardless":
        return BANK_TALES
    return {**TALES, WITHDRAWN: "won" if dialect == "adyen" else "withdrawn"}


async def _played(
    seller: Seller, tale: Sequence[str], sold: Sequence[Bought]
) -> dict[Bought, list[Delivery]]:
    """Let a tale happen to each of some charges, a step an hour; nothing of it is delivered."""
    told: dict[Bought, list[Delivery]] = {one: [] for one in sold}
    for step in tale:
        await seller.world.advance(seller.world.now + HOUR)
        for one in sold:
            told[one] += await seller.step(one, step, reason="not_received")
    return told


def _orders(count: int) -> list[tuple[int, ...]]:
    forward = tuple(range(count))
    others = sorted(permutations(forward), key=lambda one: sha256(bytes(one)).digest())
    return list(dict.fromkeys([forward, forward[::-1], *others]))[:ORDERS]


async def _stands(seller: Seller, bought: Bought) -> tuple[Any, ...]:
    """Read what became of the disputes of a purchase and of its money."""
    rows = await seller.world.rows(
        "SELECT state, amount_minor, held_minor, reason = 'unmapped', psp_ref IS NULL"
        " FROM dispute WHERE payment_id = %s",
        bought.payment_id,
    )
    customer = await seller.world.value(
        "SELECT customer_id FROM payment WHERE id = %s", bought.payment_id
    )
    accounts = ("psp_clearing", "dispute_hold", "dispute_loss", "receivable", "suspense")
    balances = await seller.world.balances(customer)
    money = {account: balances[account] for account in accounts if account in balances}
    return tuple(rows), await disputed(seller.world, bought.payment_id), money


def _right(seller: Seller, state: str) -> tuple[Any, ...]:
    """Say what must have become of it; a debit that is lost is owed again."""
    if state != "lost":
        dispute = (state, 1199, 0, False, False)
        return (dispute,), (1199, 0, 0, 0, 0), {"psp_clearing": 1199}
    gone = "receivable" if seller.dialect == "gocardless" else "dispute_loss"
    return (("lost", 1199, 1199, False, False),), (1199, 0, 0, 0, 1199), {gone: 1199}


async def test_any_order_and_any_repeat_of_what_is_told_gives_one_ledger(seller: Seller) -> None:
    for tale, state in _tales(seller.dialect).items():
        sold = [await seller.sell() for _ in range(ORDERS)]
        told = await _played(seller, tale, sold)
        for one, order in zip(sold, _orders(len(told[sold[0]])), strict=False):
            await seller.arrive([told[one][n] for n in order])
            await seller.arrive([told[one][n] for n in order[::-1]])
            assert await _stands(seller, one) == _right(seller, state), (tale, order)
        assert await broken(seller.world) == [], tale


async def test_deliveries_that_come_together_are_applied_as_if_one_by_one(seller: Seller) -> None:
    [(tale, state), *_] = _tales(seller.dialect).items()
    sold = [await seller.sell() for _ in range(ORDERS)]
    told = await _played(seller, tale, sold)
    everything = [one for deliveries in told.values() for one in deliveries]
    await seller.deliver([*everything[::-1], *everything])
    await seller.apply()
    for one in sold:
        assert await _stands(seller, one) == _right(seller, state)
    assert await broken(seller.world) == []


@pytest.mark.parametrize("forged", ["another key", "another amount"])
async def test_what_the_provider_did_not_sign_disputes_nothing(seller: Seller, forged: str) -> None:
    sold = await seller.sell()
    step = "lose" if seller.dialect == "gocardless" else "open"
    told = await seller.step(sold, step)
    url = f"{seller.api.url}/v1/psp/{ACCOUNT}/events"
    for one in told:
        raw, headers = one.raw, one.headers
        if forged == "another key":
            raw, headers = _signed_by_nobody(one)
        else:
            raw = raw.replace(b"1199", b"1198").replace(b"charged_back", b"paid_out")
        status, _ = await _post(url, raw, headers)
        assert status in {401, 498}, status
    await seller.apply()
    assert await seller.world.rows("SELECT id FROM dispute") == []
    await seller.arrive(told)
    [(state,)] = await seller.world.rows("SELECT state FROM dispute")
    assert state in {"needs_response", "lost"}


def _signed_by_nobody(one: Delivery) -> tuple[bytes, dict[str, str]]:
    """Spoil the signature: in a header, or in the item at Adyen."""
    spoiled = {
        name: f"{text[:-4]}{'0000' if text[-4:] != '0000' else '1111'}"
        if "signature" in name.lower()
        else text
        for name, text in one.headers.items()
    }
    raw = re.sub(rb'(hmacSignature":")....', rb"\g<1>AAAA", one.raw)
    return raw, spoiled


async def _post(url: str, raw: bytes, headers: Mapping[str, str]) -> tuple[int, bytes]:
    async with (
        aiohttp.ClientSession() as session,
        session.post(url, data=raw, headers=headers) as response,
    ):
        return response.status, await response.read()


@pytest.mark.parametrize("told", ["never", "before", "after", "at last"])
async def test_what_a_statement_tells_is_in_the_ledger_once_whether_webhooks_come_or_not(
    seller: Seller, told: str
) -> None:
    sold = [await seller.sell(), await seller.sell()]
    await seller.settle()
    kept = await _taken_and_settled(seller, sold, told)
    named = await seller.world.rows("SELECT psp_ref IS NOT NULL FROM dispute")
    is_told = told in {"before", "after"} or seller.dialect == "gocardless"  # by its payout, too
    assert named == [(is_told,)] * 2
    if seller.dialect != "gocardless":
        kept += await _returned_and_settled(seller, sold, told)
    if told == "at last":
        await seller.arrive(kept)
        assert await broken(seller.world) == []
        held, gone = (0, 1199) if seller.dialect == "gocardless" else (1199, 0)
        assert await disputed(seller.world, sold[0].payment_id) == (1199, 0, 0, held, gone)
        assert await seller.world.value("SELECT count(*) FROM dispute WHERE psp_ref IS NULL") == 0


async def _taken_and_settled(seller: Seller, sold: list[Bought], told: str) -> list[Delivery]:
    """Let what was sold be disputed, and a statement say so before or after any webhook."""
    is_bank = seller.dialect == "gocardless"
    step, kind = ("lose", "bank_return") if is_bank else ("open", "dispute")
    kept = [one for each in (await _played(seller, (step,), sold)).values() for one in each]
    if told == "before":
        await seller.arrive(kept)
    for _ in range(1 if is_bank else 6):  # what is taken is deducted from what is paid out
        await seller.sell()
    await seller.settle()
    assert await _matches(seller) == [(kind, "matched")] * 2
    if told == "after":
        await seller.arrive(kept)
    held, gone = (0, 1199) if is_bank else (1199, 0)
    for one in sold:
        assert await disputed(seller.world, one.payment_id) == (1199, 0, 0, held, gone)
    assert await broken(seller.world) == []
    return kept


async def _returned_and_settled(seller: Seller, sold: list[Bought], told: str) -> list[Delivery]:
    """Let the second be won, and a statement say so before or after any webhook."""
    more = await seller.step(sold[1], "win")
    if told == "before":
        await seller.arrive(more)
    await seller.settle()
    assert (await _matches(seller))[2:] == [("dispute_reversal", "matched")]
    if told == "after":
        await seller.arrive(more)
    assert await disputed(seller.world, sold[1].payment_id) == (1199, 0, 0, 0, 0)
    assert await disputed(seller.world, sold[0].payment_id) == (1199, 0, 0, 1199, 0)
    assert await broken(seller.world) == []
    return more


async def _matches(seller: Seller) -> list[tuple[Any, ...]]:
    return await seller.world.rows(
        "SELECT kind, match FROM settlement_line WHERE kind IN ('dispute', 'dispute_reversal',"
        " 'bank_return') ORDER BY settled_on, line_no"
    )
