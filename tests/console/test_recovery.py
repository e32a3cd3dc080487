"""Recovery at the console: what became of refused renewals, what is open, when it goes on."""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta

import pytest_asyncio

from ledgerline.access.model import Role
from ledgerline.base.ids import PREFIXES, encode
from ledgerline.console.recovery import DAYS, Hour, Step, heat, moneys, shade, steps
from tests.console.operator import Operator, sign_in
from tests.console.test_screens import release, short
from tests.flow_world import World
from tests.storefront.site import Site

RECOVERY = "/console/recovery"
FUNNEL = short()["funnel"]


@pytest_asyncio.fixture(loop_scope="session")
async def me(world: World, site: Site) -> AsyncIterator[Operator]:
    """Let an owner look."""
    yield await sign_in(world, site, Role.OWNER)


async def test_while_there_is_nothing_it_says_so(me: Operator) -> None:
    page = await me.look(RECOVERY)
    for said in (
        "Known once data sets were released", "Nothing that was refused is open",
        "No machine tries anything", "the calendar of the policy decides",
        "ledgerline catalog load",
    ):  # fmt: skip
        assert said in page.words, (said, page.words)
    assert page.status == 200


async def test_what_is_refused_stands_with_its_reason_and_next_try(
    site: Site, world: World, me: Operator
) -> None:
    # given a renewal for which there is no money, and one of a card that was stolen
    poor, robbed = await world.shopper(), await world.shopper()
    bought = await world.buy(poor)
    await world.buy(robbed)
    await world.steal_card(poor, "tok_decline_insufficient_funds_9")
    await world.steal_card(robbed)
    await world.advance(world.now + timedelta(days=32))
    [(id, minor, at)] = await world.rows(
        "SELECT id, amount_minor, next_try_at FROM payment"
        " WHERE subscription_id = %s AND state = 'processing'",
        bought.subscription_id,
    )
    page = await me.look(RECOVERY)
    for said in (
        f"insufficient funds 1 1 €{minor / 100:.2f}", "lost or stolen 1 0 €",
        "1 payment is tried again within fourteen days", "Tried next", f"{at.hour}:00: 1",
        "after 1 try",
    ):  # fmt: skip
        assert said in page.words, (said, page.words)
    assert f"/console/payments/{encode(PREFIXES['payment'], id)}" in page.text
    # and a developer sees the sums, and names nobody
    dev = await (await sign_in(world, site, Role.DEVELOPER)).look(RECOVERY)
    assert "insufficient funds" in dev.words
    assert "/console/payments" not in dev.text
    # and what was never refused, or was paid meanwhile, is not there
    await world.buy(await world.shopper())
    assert "insufficient funds 1 1" in (await me.look(RECOVERY)).words


async def test_a_release_tells_how_it_ended(world: World, me: Operator) -> None:
    await release(world)
    page = await me.look(RECOVERY)
    for said in (
        "as of 1 Mar 2026", "First try refused 100.0 % 10", "Paid by further try 1 50.0 % 5",
        "Paid by a later further try 10.0 % 1", "Still open 20.0 % 2", "Given up 10.0 % 1",
        "EUR €96.00 €84.00 87.5 % €0.00 €12.00 €0.00", "JPY ¥2,600 ¥0 0.0 % ¥2,600",
    ):  # fmt: skip
        assert said in page.words, (said, page.words)
    # and one that was made before this was counted says so
    await world.write("UPDATE dataset_headline SET body = body - 'funnel'")
    assert "was made before this was counted" in (await me.look(RECOVERY)).words
    await world.write("""UPDATE dataset_headline SET body = body || '{"funnel": []}'""")
    assert "No renewal was refused within these days" in (await me.look(RECOVERY)).words


async def test_a_model_stands_beside_who_is_held_out(world: World, me: Operator) -> None:
    await world.write(
        "INSERT INTO model_switch (kind, seller_code, no, mode, percent, explore_below, changed_by,"
        " reason, changed_at) VALUES ('retry', 'nordic', 1, 'canary', 5, '{}', 'mara', 'x', now())"
    )
    assert "Too few customers" in (await me.look(RECOVERY)).words
    await world.write(
        "INSERT INTO retry_model (version, body, sha256, metrics, trained_at, loaded_at, loaded_by,"
        " reason) VALUES (4, '{}', repeat('a', 64), '{}', now(), now(), 'mara', 'x')"
    )
    await world.write(
        "INSERT INTO model_tally (kind, seller_code, no, version, acts, cell, tries, good)"
        " SELECT 'retry', 'nordic', 1, 4, acts, cell, 40, CASE WHEN acts THEN 12 ELSE 10 END"
        " FROM generate_series(0, 127) AS c (cell), (VALUES (true), (false)) AS a (acts)"
    )
    page = await me.look(RECOVERY)
    for said in (
        "nordic simulated", "The model decided 30.0 % of 5120 first tries again",
        "Held out, fixed calendar 25.0 %", "−5.00 points less were paid", "it may lose 1.00",
    ):  # fmt: skip
        assert said in page.words, (said, page.words)


def test_ways_add_up_to_what_was_refused() -> None:
    found = steps(FUNNEL)
    assert found[0] == Step("refused", 0, 10)
    assert sum(one.renewals for one in found[1:]) == 10
    assert Step("recovered_retry", 4, 1) in found  # the sixth, with all later ones
    assert [one.currency for one in moneys(FUNNEL)] == ["EUR", "JPY"]
    for one in moneys(FUNNEL):
        ended = one.recovered_minor + one.given_up_minor + one.canceled_minor + one.open_minor
        assert ended == one.refused_minor
    assert steps([])[0].renewals == 0


def test_hours_lie_where_they_are_and_the_fullest_is_the_darkest() -> None:
    at = datetime(2026, 3, 2, 9, tzinfo=UTC)
    drawn = heat(date(2026, 3, 1), [Hour(at, 3), Hour(at + timedelta(hours=1), 300)])
    assert len(drawn.days) == DAYS
    day, cells = drawn.days[1]
    assert (day, [(one.payments, one.shade) for one in cells[9:12]]) == (
        date(2026, 3, 2), [(3, 1), (300, 9), (0, 0)],
    )  # fmt: skip
    assert drawn.payments == 303
    assert heat(date(2026, 3, 1), []).payments == 0
    assert [shade(n, 8) for n in (0, 1, 8)] == [0, 2, 9]
