"""A console with something on it: a customer with a life, an exception, and people signed in."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from playwright.async_api import Browser

from ledgerline.access.model import Role
from ledgerline.base.ids import PREFIXES, CustomerId, PaymentId, decode, encode
from ledgerline.bulk.model import BulkKind
from ledgerline.bulk.rows import Candidate
from ledgerline.flows.add_person import NewPerson, add_person
from ledgerline.flows.choose_bulk import By, Choice, choose_bulk
from ledgerline.flows.give_credit import GiftReason
from ledgerline.flows.load_routing import load_routing
from ledgerline.flows.propose_refund import propose_refund
from ledgerline.flows.request_refund import RefundOrder, request_refund
from ledgerline.payments.disputes import DisputeEvent
from ledgerline.payments.rules.refund_proposals import Gives
from tests.browser.visit import Visit, visit
from tests.console.operator import link_for
from tests.console.test_routing import POLICY
from tests.console.test_screens import release
from tests.disputing import attempt_of, tell
from tests.flow_values import Shopper
from tests.flow_world import NEW_YEAR, World
from tests.mailing import deliver_all
from tests.statements import statement, take
from tests.storefront.site import Site

_UNKNOWN: Final = (
    "INSERT INTO money_exception (bucket, id, subject_id, reason, detail, opened_at)"
    " SELECT bucket, id, id, 'unknown_too_long', 'nobody could say for a day what became of it', %s"
    " FROM attempt WHERE state = 'unknown'"
)
_OPENED: Final = (
    "INSERT INTO money_exception (bucket, id, subject_id, reason, detail, opened_at)"
    " SELECT bucket, id, id, 'provider_told', 'the provider says that the charge is disputed"
    " by its payer, at a place of its own', %s FROM attempt ORDER BY id LIMIT 1"
)


@dataclass(frozen=True, slots=True)
class Place:
    """A console, and where its pages are."""

    world: World
    site: Site
    customer: str
    payment: str
    invoice: str
    subscription: str
    exception: str
    unsure: str
    proposed: str
    gift: str
    person: str
    bulk: str
    dispute: str
    settlement: str
    mail: str

    @property
    def pages(self) -> tuple[str, ...]:
        """Return every page that somebody who owns it may open."""
        return (
            "/console", "/console/customers", self.customer, f"{self.customer}/pay-out",
            f"{self.customer}/credit", f"{self.customer}/portal-link",
            f"{self.customer}/note",
            f"{self.subscription}/cancel", f"{self.subscription}/change",
            f"{self.subscription}/pause", f"{self.subscription}/undo",
            f"{self.subscription}/resume", "/console/payments", self.payment,
            f"{self.payment}/refund", "/console/invoices", self.invoice, f"{self.invoice}/pay",
            "/console/subscriptions",
            "/console/exceptions", self.exception, f"{self.exception}/close", "/console/audit",
            "/console/sessions", "/console/find", "/console/find?q=clara.neumann@mail.example",
            "/console/find?q=nothing", self.proposed, f"{self.proposed}/approve",
            self.gift,
            "/console/people", "/console/people/new", self.person, f"{self.person}/disable",
            "/console/account", "/console/filters", "/console/payments?state=failed",
            "/console/bulk", self.bulk, f"{self.bulk}/start",
            "/console/plans", "/console/plans/family_monthly", "/console/ledger",
            "/console/ledger?account=psp_clearing", "/console/ledger/months",
            "/console/data-sets", "/console/models",
            "/console/bill-runs", "/console/bill-runs/preview", "/console/bill-runs/pause",
            "/console/bill-runs/resume", "/console/bill-runs/release",
            "/console/provider-events", "/console/provider-events?state=waiting",
            "/console/provider-events/again",
            "/console/disputes", "/console/disputes?state=all", self.dispute,
            "/console/reconciliation", "/console/reconciliation/payouts", self.settlement,
            "/console/recovery",
            "/console/mails", "/console/mails?state=shown&kind=receipt", self.mail,
            f"{self.mail}/resend",
            "/console/keys", "/console/keys/create", "/console/routing",
            "/console/routing?market=DE&currency=EUR&amount=11.99&initiator=customer",
            "/console/clock", "/console/clock/advance", "/console/clock/outage",
        )  # fmt: skip


async def furnish(world: World, site: Site) -> Place:
    """Give a customer a purchase, a refund and a renewal that was refused."""
    person = {"market": "DE", "name": "Clara Neumann", "email": "clara.neumann@mail.example"}
    made = (await site.api.post("/v1/customers", person)).body
    customer_id = CustomerId(decode(PREFIXES["customer"], made["id"]))
    shopper = Shopper(customer_id, await world.method(customer_id))
    bought = await world.buy(shopper, "family_monthly")
    assert bought.payment_id is not None
    order = RefundOrder(bought.payment_id, 340, "no music on 6 January")
    await request_refund(world.run, world.psps, order)
    poor = await world.shopper()
    await world.buy(poor)
    await world.steal_card(poor, "tok_decline_insufficient_funds_1")
    await world.advance(world.now + timedelta(days=33))
    await world.buy(await world.shopper("US", token="tok_500_before"))
    given = await world.buy(await world.shopper("US"))
    assert given.payment_id is not None
    await release(world)
    await world.connection.execute(_OPENED, (world.now,))
    await load_routing(world.run, POLICY)
    await world.connection.execute(_UNKNOWN, (world.now,))
    return Place(
        world, site,
        customer=f"/console/customers/{made['id']}",
        payment=_path("payments", "payment", bought.payment_id),
        invoice=_path("invoices", "invoice", bought.invoice_id),
        subscription=_path("subscriptions", "subscription", bought.subscription_id),
        exception=await _exception(world, "provider_told"),
        unsure=await _exception(world, "unknown_too_long"),
        proposed=await _proposed(world, bought.payment_id),
        gift=await _gift(world, given.payment_id),
        person=await _person(world),
        bulk=await _bulk(world),
        dispute=await _dispute(world),
        settlement=await _settlement(world),
        mail=await _mail(world, customer_id),
    )  # fmt: skip


async def _proposed(world: World, payment_id: PaymentId) -> str:
    """Let somebody ask for a refund, with words that nobody should run."""
    order = RefundOrder(payment_id, 1_000, "<img src=x onerror=alert(1)> asked by phone")
    id = await propose_refund(world.run, order, by="mara")
    return _path("refund-proposals", "refund_proposal", id)


async def _gift(world: World, payment_id: PaymentId) -> str:
    """Let somebody ask for credit."""
    order = RefundOrder(payment_id, 600, GiftReason.OUTAGE)
    id = await propose_refund(world.run, order, by="mara", gives=Gives.CREDIT)
    return _path("refund-proposals", "refund_proposal", id)


async def _person(world: World) -> str:
    """Let somebody work here whose name nobody should run."""
    new = NewPerson("vera@shop.example", "Vera <img src=x onerror=alert(1)>", Role.SUPPORT)
    return _path("people", "person", await add_person(world.run, new, by="tests", route="tests"))


async def _bulk(world: World) -> str:
    """Choose what may be charged at once, and what may not."""
    rows = await world.rows("SELECT id, customer_id, total_minor, currency FROM invoice")
    chosen = [
        Candidate(
            subject_id=id,
            customer_id=customer,
            amount_minor=minor,
            currency=currency,
            exclusion="its payment is succeeded" if no else "",
        )
        for no, (id, customer, minor, currency) in enumerate(rows)
    ]
    choice = Choice(BulkKind.CHARGE_INVOICES, "ids", chosen)
    return _path("bulk", "bulk_job", await choose_bulk(world.run, choice, By("mara", "test", "k")))


async def _dispute(world: World) -> str:
    """Let a charge be disputed, to be answered within days."""
    attempt = await attempt_of(world, await world.buy(await world.shopper()))
    due = world.now + timedelta(days=3)
    id = await tell(world, attempt, DisputeEvent.OPENED, ref="<img src=x>", due_by=due)
    return _path("disputes", "dispute", id)


async def _settlement(world: World) -> str:
    """Import a file whose last line is of nothing of ours, and note what the bank received."""
    raw = await statement(world, NEW_YEAR.date(), broken="extra_line")
    imported = await take(world, raw)
    return _path("reconciliation", "settlement_file", imported.file.id)


async def _mail(world: World, customer_id: CustomerId) -> str:
    """Deliver what there is to tell into the sink, and fail one of it."""
    await deliver_all(world)
    await world.write(
        "UPDATE mail SET state = 'failed', reason = '450 <img src=x> busy', tries = 7"
        " WHERE kind = 'order_confirmed' AND customer_id = %s", customer_id,
    )  # fmt: skip
    id = await world.value(
        "SELECT id FROM mail WHERE kind = 'receipt' AND customer_id = %s LIMIT 1", customer_id
    )
    return _path("mails", "mail", id)


async def _exception(world: World, reason: str) -> str:
    id = await world.value("SELECT id FROM money_exception WHERE reason = %s", reason)
    return _path("exceptions", "exception", id)


def _path(folder: str, kind: str, id: Any) -> str:
    return f"/console/{folder}/{encode(PREFIXES[kind], id)}"


@asynccontextmanager
async def signed_in(
    browser: Browser, place: Place, role: Role = Role.OWNER, name: str = "Ida", **how: Any
) -> AsyncGenerator[Visit]:
    """Sign somebody in through the page of their link."""
    link = await link_for(place.world, role, name)
    async with visit(browser, place.site.url + link, **how) as visitor:
        await visitor.page.locator("main form button").click()
        await visitor.page.wait_for_url("**/console")
        yield visitor
