"""Plans, ledger, data sets and models: what they show, and what they say while there is nothing."""

import json
from datetime import timedelta
from typing import Any, Final

from ledgerline.access.model import Role
from ledgerline.base.ids import PREFIXES, encode
from tests.console.operator import sign_in
from tests.flow_world import World
from tests.storefront.site import Site

_CHECKS: Final = """[
    {"name": "mrr_movements_key", "sentence": "Keys are unique.", "broken": 0},
    {"name": "mrr_movements_odd", "sentence": "Nothing is odd.", "broken": 2}
]"""
_INTERVAL: Final = (
    "INSERT INTO dataset_interval (no, epoch, since, until, read_at, extracts)"
    " VALUES (1, 'e', NULL, 1, now(), '{}')"
)
_RELEASE: Final = (
    "INSERT INTO dataset_release (no, interval_no, business_day, code_version, engine, tables,"
    " checks, reason, actor, restated, made_at) VALUES (1, 1, '2026-03-01', 'c', 'duckdb',"
    " '{\"mrr_movements\": {}, \"payment\": {}}', %s, 'new intervals', 'system', '{}', now())"
)


def short() -> dict[str, list[dict[str, Any]]]:
    """Return the short of a release: who came, who left, what is paid."""
    of = {"seller_code": "nordic", "currency": "EUR"}
    return {
        "movements": [
            {**of, "booked_month": f"2026-0{month}-01", "kind": kind, "value_e4": value}
            for month, kind, value in (
                (1, "new", 5_000_000_000), (2, "new", 1_000_000_000), (2, "churn", -300_000_000),
            )
        ],
        "before": [{**of, "value_e4": 100_000_000}],
        "subscribers": [
            {**of, "day_on": f"2026-0{month}-28", "day_month": f"2026-0{month}-01",
             "closing_count": count}
            for month, count in ((1, 50), (2, 57))
        ],
        "recovery": [{"begun_month": "2026-02-01", "renewals": 8, "recovered": 6, "open": 1}],
        "funnel": [
            {"currency": code, "outcome": outcome, "again": again, "renewals": renewals,
             "amount_minor": minor}
            for code, outcome, again, renewals, minor in (
                ("EUR", "recovered_retry", 1, 5, 6_000), ("EUR", "recovered_retry", 6, 1, 1_200),
                ("EUR", "recovered_payer", 2, 1, 1_200), ("JPY", "open", 0, 2, 2_600),
                ("EUR", "ended_unpaid", 0, 1, 1_200),
            )
        ],
        "plans": [
            {"plan_code": "individual_monthly", "market_code": "DE", "currency": "EUR",
             "net_minor": 1008, "subscriptions": 57, "mrr_e4": 574_560_000},
        ],
    }  # fmt: skip


async def release(world: World) -> None:
    """Let something be released, without building it."""
    await world.write(_INTERVAL)
    await world.write(_RELEASE, _CHECKS)
    said = json.dumps(short())
    await world.write("INSERT INTO dataset_headline (release_no, body) VALUES (1, %s)", said)


async def test_empty_screens_say_what_fills_them(site: Site, world: World) -> None:
    me = await sign_in(world, site, Role.OWNER)
    for path, said in (
        ("/console/data-sets", "Nothing has been released yet"),
        ("/console/models", "rules alone decide"),
        ("/console/plans", "known once data sets were released"),
        ("/console", "Known once data sets were released"),
        ("/console/plans/individual_monthly", "Known once data sets were released"),
    ):
        seen = await me.look(path)
        assert (seen.status, said in seen.words) == (200, True), (path, seen.words)
    assert (await me.look("/console/plans/nothing")).status == 404


async def test_a_release_is_told_where_one_looks(site: Site, world: World) -> None:
    await release(world)
    me = await sign_in(world, site, Role.OWNER)
    overview = await me.look("/console")
    for said in (
        "€5,800.00",
        "€100.00",
        "+€6,000.00",
        "57 customers pay",
        "+7 this month",
        "What changed it",
        "View as table",
        "Recovery",
        "75.0 %",
    ):
        assert said in overview.words, (said, overview.words)
    sets = await me.look("/console/data-sets")
    for said in ("MRR movements", "1 warns", "Nothing is odd.", "fresh", "1 / 2"):
        assert said in sets.words, (said, sets.words)
    assert "57" in (await me.look("/console/plans")).words
    plan = await me.look("/console/plans/individual_monthly")
    keeps = "57 subscriptions pay it and keep their prices"
    for said in ("Individual", "in force", keeps, "€10.08", "€574.56"):
        assert said in plan.words, (said, plan.words)


async def test_the_ledger_leads_from_an_account_to_its_cause(site: Site, world: World) -> None:
    bought = await world.buy(await world.shopper("US"))
    assert bought.payment_id is not None
    me = await sign_in(world, site, Role.FINANCE)
    ledger = await me.look("/console/ledger")
    assert "psp clearing" in ledger.words
    account = await me.look("/console/ledger?account=psp_clearing")
    payment = f"/console/payments/{encode(PREFIXES['payment'], bought.payment_id)}"
    assert payment in account.text
    assert "issue net" not in account.words
    assert "No transfer of this account" in (await me.look("/console/ledger?account=bank")).words
    odd = await me.look("/console/ledger?account=%3Cscript%3E&after=x")
    assert (odd.status, "<script>" in odd.text) == (200, False)


async def test_a_page_of_the_ledger_cuts_no_source_in_two(site: Site, world: World) -> None:
    for _ in range(20):
        await world.buy(await world.shopper("DE"))
    me = await sign_in(world, site, Role.AUDITOR)
    first = await me.look("/console/ledger")
    assert "Show older" in first.words
    following = first.text.partition("after=")[2][:32]
    older = await me.look(f"/console/ledger?after={following}")
    assert older.status == 200
    shown = first.text.count("<tr><th") + older.text.count("<tr><th")
    total = await world.value("SELECT count(*) FROM transfer")
    assert min(total, 60) <= shown <= total + 2  # each page has a head besides


async def test_models_tell_who_decided(site: Site, world: World) -> None:
    await world.write(
        "INSERT INTO model_switch (kind, seller_code, no, mode, percent, explore_below, changed_by,"
        " reason, changed_at) VALUES ('routing', 'nordic', 1, 'shadow', 0, '{}', 'mara',"
        " '<b>to see</b>', now())"
    )
    await world.write(
        "INSERT INTO model_switch (kind, seller_code, no, mode, percent, explore_below, changed_by,"
        " reason, changed_at) VALUES ('retry', 'nordic', 1, 'canary', 5, '{}', 'mara', 'x', now())"
    )
    await world.write(
        "INSERT INTO model_feature VALUES ('routing', %s, 'market', 'SE', 900),"
        " ('routing', %s, 'market', 'SE', 600), ('routing', %s, 'market', 'NO', 600)",
        world.now.date() - timedelta(days=9), world.now.date(), world.now.date(),
    )  # fmt: skip
    monday = world.now.date() - timedelta(days=world.now.weekday())
    await world.write(
        "INSERT INTO model_belief VALUES ('routing', %s, 8, 1000, 850000000, 790)", monday
    )
    await world.write(
        "INSERT INTO retry_model VALUES (1, '{}', repeat('a', 64), '{\"release\": 3}', %s, %s,"
        " 'mara', 'x')", world.now, world.now,
    )  # fmt: skip
    me = await sign_in(world, site, Role.DEVELOPER)
    seen = await me.look("/console/models")
    for said in (
        "Versions", "release 3", "aaaaaaaaaaaa",
        "Believed and seen, by week", "85.0 %", "79.0 %", "76.4 % – 81.4 %",
        "nordic", "shadow", "<b>to see</b>", "What decided", "Nothing is counted yet", "falls back",
        "retry, nordic", "there is nothing to compare yet", "Everything on this page is simulated",
    ):  # fmt: skip
        assert said in seen.words, said
    assert "<b>to see</b>" not in seen.text
