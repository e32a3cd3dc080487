"""Every route for every role, and every form without its token."""

from typing import Final

import pytest

from ledgerline.access.model import Role
from ledgerline.base.ids import PREFIXES, bucket_of, encode
from ledgerline.console.addresses import PLACES, ROUTES, Route, found, opened_by, places_for
from tests.console.operator import Operator, sign_in
from tests.flow_world import World
from tests.storefront.site import Site

_KINDS: Final = {
    "customers": "customer", "payments": "payment", "invoices": "invoice",
    "subscriptions": "subscription", "exceptions": "exception", "proposals": "evidence_proposal",
    "refund-proposals": "refund_proposal", "bill-runs": "bill_run", "people": "person",
    "bulk": "bulk_job", "disputes": "dispute", "reconciliation": "settlement_file",
    "filters": "saved_filter", "mails": "mail",
}  # fmt: skip
ALLOWED: Final = {
    "GET /console": "everybody",
    "POST /console/sign-out": "everybody",
    "GET /console/sessions": "everybody",
    "POST /console/sessions": "everybody",
    "GET /console/audit": "owner admin auditor",
    "GET /console/account": "everybody",
    "GET /console/filters": "everybody",
    "POST /console/filters": "everybody",
    "POST /console/filters/{id}": "everybody",
    "POST /console/account/password": "everybody",
    "GET /console/people": "owner admin auditor",
    "GET /console/people/{id}": "owner admin auditor",
    "POST /console/people/{id}/link": "owner admin",
    "GET /console/people/new": "owner admin",
    "GET /console/bulk": "owner admin finance support_lead",
    "POST /console/bulk": "owner admin finance support_lead",
    "GET /console/bulk/{id}": "owner admin finance support_lead",
    "GET /console/bulk/{id}/start": "owner admin finance support_lead",
    "GET /console/bulk/{id}/pause": "owner admin finance support_lead",
    "GET /console/bulk/{id}/resume": "owner admin finance support_lead",
    "GET /console/bulk/{id}/cancel": "owner admin finance support_lead",
    "GET /console/people/{id}/role": "owner admin",
    "GET /console/people/{id}/disable": "owner admin",
    "GET /console/find": "everybody",
    "GET /console/ledger": "owner admin finance auditor",
    "GET /console/ledger/months": "owner admin finance auditor",
    "GET /console/reconciliation": "owner admin finance auditor",
    "GET /console/reconciliation/payouts": "owner admin finance auditor",
    "GET /console/reconciliation/{id}": "owner admin finance auditor",
    "GET /console/data-sets": "owner admin finance auditor developer",
    "GET /console/models": "owner admin finance auditor developer",
    "GET /console/provider-events": "everybody",
    "GET /console/routing": "everybody",
    "GET /console/recovery": "everybody",
    "GET /console/provider-events/event": "everybody",
    "GET /console/keys": "owner admin auditor developer",
    "GET /console/clock": "owner admin finance support_lead auditor developer",
    "GET /console/bill-runs": "owner admin finance support_lead auditor",
    "GET /console/bill-runs/preview": "owner admin finance support_lead auditor",
    "GET /console/bill-runs/{id}": "owner admin finance support_lead auditor",
    "POST /console/payments/export": "owner admin finance",
    "POST /console/invoices/export": "owner admin finance",
}
WRITES: Final = {
    "/console/bulk/{id}/start": "owner admin finance support_lead",
    "/console/bulk/{id}/pause": "owner admin finance support_lead",
    "/console/bulk/{id}/resume": "owner admin finance support_lead",
    "/console/bulk/{id}/cancel": "owner admin finance support_lead",
    "/console/people/new": "owner admin",
    "/console/people/{id}/role": "owner admin",
    "/console/people/{id}/disable": "owner admin",
    "/console/customers/{id}/portal-link": "owner admin support_lead support",
    "/console/customers/{id}/note": "owner admin finance support_lead support",
    "/console/customers/{id}/credit": "owner admin finance support_lead support",
    "/console/customers/{id}/pay-out": "owner admin finance support_lead",
    "/console/subscriptions/{id}/cancel": "owner admin support_lead support",
    "/console/subscriptions/{id}/change": "owner admin support_lead support",
    "/console/subscriptions/{id}/undo": "owner admin support_lead support",
    "/console/subscriptions/{id}/pause": "owner admin support_lead support",
    "/console/subscriptions/{id}/resume": "owner admin support_lead support",
    "/console/payments/{id}/refund": "owner admin finance support_lead support",
    "/console/invoices/{id}/pay": "owner admin finance support_lead support",
    "/console/exceptions/{id}/take": "owner admin finance support_lead support",
    "/console/exceptions/{id}/close": "owner admin finance support_lead",
    "/console/exceptions/{id}/adopt": "owner admin finance",
    "/console/exceptions/{id}/refund": "owner admin finance support_lead",
    "/console/exceptions/{id}/propose": "owner admin finance support_lead",
    "/console/proposals/{id}/approve": "owner admin finance support_lead",
    "/console/proposals/{id}/withdraw": "owner admin finance support_lead",
    "/console/refund-proposals/{id}/approve": "owner admin finance support_lead",
    "/console/keys/create": "owner admin",
    "/console/keys/{id}/revoke": "owner admin",
    "/console/keys/{id}/roll": "owner admin",
    "/console/clock/advance": "owner admin finance",
    "/console/clock/outage": "owner admin finance",
    "/console/ledger/months/close": "owner admin finance",
    "/console/provider-events/again": "owner admin finance",
    "/console/mails/{id}/resend": "owner admin finance support_lead support",
    "/console/bill-runs/pause": "owner admin finance support_lead",
    "/console/bill-runs/resume": "owner admin finance",
    "/console/bill-runs/release": "owner admin finance",
    "/console/refund-proposals/{id}/withdraw": "owner admin finance support_lead support",
}
READS: Final = "owner admin finance support_lead support auditor"


def _roles(route: Route) -> set[str]:
    said = ALLOWED.get(route.name) or WRITES.get(route.path) or READS
    return set(Role) if said == "everybody" else set(said.split())


def test_each_address_is_named_once() -> None:
    names = [one.name for one in ROUTES]
    assert len(set(names)) == len(names)
    assert set(ALLOWED) | {f"POST {path}" for path in WRITES} <= set(names)
    assert {one.method for one in ROUTES} == {"GET", "POST"}
    assert found("POST", "/console/customers") is None
    assert found("GET", "/console/customers/../keys") is None


def test_nobody_who_only_reads_writes() -> None:
    for route in ROUTES:
        if route.method == "POST" and "everybody" not in ALLOWED.get(route.name, ""):
            assert not {Role.AUDITOR, Role.DEVELOPER} & route.roles, route.name


def test_the_side_bar_leads_only_where_one_may_go() -> None:
    assert {one.path for one in places_for(Role.DEVELOPER, is_sandbox=False)} == {
        "/console", "/console/sessions", "/console/data-sets", "/console/models",
        "/console/keys", "/console/provider-events", "/console/routing", "/console/recovery",
    }  # fmt: skip
    assert places_for(Role.OWNER, is_sandbox=True) == PLACES
    for role in Role:
        assert {one.path for one in places_for(role, is_sandbox=True)} <= opened_by(role)


@pytest.mark.parametrize("role", list(Role))
async def test_every_route_opens_for_its_roles_alone(site: Site, world: World, role: Role) -> None:
    me = await sign_in(world, site, role)
    for route in ROUTES:
        if route.path in {"/console/sign-out", "/console/sessions"} and route.method == "POST":
            continue
        seen = await _ask(me, route, world)
        refused = role not in _roles(route)
        assert (seen == 403) is refused, (route.name, role, seen)
        if not refused and route.method == "POST":
            assert seen in {400, 404}, (route.name, seen)  # no form is taken without its token


async def _ask(me: Operator, route: Route, world: World) -> int:
    folder = route.path.split("/")[2] if route.path.count("/") > 1 else ""
    kind = _KINDS.get(folder, "customer")
    id = world.run.new_id(bucket_of(world.run.new_id(world.run.new_bucket())))
    path = route.path.replace("{id}", encode(PREFIXES[kind], id))
    form = {"nonce": "n", "form": "f"} if route.method == "POST" else None
    return (await me.send(route.method, path, form=form)).status


async def test_forms_without_their_token_are_refused(site: Site, world: World) -> None:
    me = await sign_in(world, site, Role.OWNER)
    other = await sign_in(world, site, Role.OWNER, "Nils")
    bought = await world.buy(await world.shopper("US"))
    [(payment,)] = await world.rows(
        "SELECT id FROM payment WHERE subscription_id = %s", bought.subscription_id
    )
    path = f"/console/payments/{encode(PREFIXES['payment'], payment)}/refund"
    page = await me.look(path)
    whole = {**page.form, "reason": "asked"}
    for broken in (
        {**whole, "form": ""}, {**whole, "form": "a" * 32}, {**whole, "nonce": "other"},
        {**whole, "amount": "1.00"}, {**whole, "seal": "1"},
        {name: value for name, value in whole.items() if name != "form"},
        {name: value for name, value in whole.items() if name != "nonce"},
    ):  # fmt: skip
        assert (await me.send("POST", path, form=broken)).status == 400, broken
    assert (await other.send("POST", path, form=whole)).status == 400
    evil = {"Origin": "https://evil.example"}
    assert (await me.send("POST", path, form=whole, headers=evil)).status == 400
    cross = {"Sec-Fetch-Site": "cross-site"}
    assert (await me.send("POST", path, form=whole, headers=cross)).status == 400
    assert await world.rows("SELECT FROM refund") == []
