"""Which role opens what: the one table of the console's routes."""

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from ledgerline.access.model import Role
from ledgerline.access.rules.people import MANAGERS
from ledgerline.base.saying import noted
from ledgerline.console import (
    account,
    audit,
    bill_runs,
    billing,
    bulk,
    changing,
    clock,
    closing,
    colleagues,
    crediting,
    customers,
    disputes,
    doing,
    entering,
    exceptions,
    exporting,
    filters,
    finding,
    invoices,
    keys,
    ledger,
    mails,
    models,
    noting,
    overview,
    payments,
    plans,
    portal_links,
    proposals,
    psp_events,
    reapplying,
    reconciliation,
    recovery,
    refund_proposals,
    refunding,
    releases,
    resting,
    routing,
    subscriptions,
)
from ledgerline.console.actions import Action
from ledgerline.console.asking import Ask, Link
from ledgerline.web.wire import Response

Handle = Callable[[Ask], Awaitable[Response]]
EVERYBODY: Final = frozenset(Role)
SUPPORT: Final = MANAGERS | {Role.SUPPORT_LEAD, Role.SUPPORT}
MONEY: Final = SUPPORT | {Role.FINANCE}
LEADING: Final = MANAGERS | {Role.FINANCE, Role.SUPPORT_LEAD}
BOOKS: Final = MANAGERS | {Role.FINANCE}
READERS: Final = MONEY | {Role.AUDITOR}
"""Who sees customers: a developer does not."""
KEEPING: Final = BOOKS | {Role.AUDITOR}
"""Who reads the books."""
INSIDERS: Final = KEEPING | {Role.DEVELOPER}
"""Who looks at what is computed, and names nobody."""
RUNNING: Final = LEADING | {Role.AUDITOR}
"""Who looks at how billing goes."""
AUDITING: Final = MANAGERS | {Role.AUDITOR}


@dataclass(frozen=True, slots=True)
class Route:
    """One address of the console, how it is asked, who answers it, and whom."""

    method: str
    path: str
    handle: Handle
    roles: frozenset[Role]

    @property
    def name(self) -> str:
        """Return what the audit log calls it."""
        return f"{self.method} {self.path}"


def _acting(path: str, action: Action[Any], roles: frozenset[Role]) -> tuple[Route, Route]:
    return Route("GET", path, action.show, roles), Route("POST", path, action.do, roles)


_EXCEPTION: Final = "/console/exceptions/{id}"
_PROPOSAL: Final = "/console/proposals/{id}"
_REFUND: Final = "/console/refund-proposals/{id}"
_BULK: Final = "/console/bulk/{id}"
_PERSON: Final = "/console/people/{id}"
_SUBSCRIPTION: Final = "/console/subscriptions/{id}"
ROUTES: Final = (
    Route("GET", "/console", overview.show, EVERYBODY),
    Route("POST", "/console/sign-out", entering.leave, EVERYBODY),
    Route("GET", "/console/sessions", entering.sessions, EVERYBODY),
    Route("POST", "/console/sessions", entering.end, EVERYBODY),
    Route("GET", "/console/account", account.show, EVERYBODY),
    Route("POST", "/console/account/password", account.choose, EVERYBODY),
    Route("GET", "/console/people", colleagues.list_, AUDITING),
    *_acting("/console/people/new", colleagues.ADD, MANAGERS),
    Route("GET", _PERSON, colleagues.show, AUDITING),
    Route("POST", f"{_PERSON}/link", colleagues.invite, MANAGERS),
    *_acting(f"{_PERSON}/role", colleagues.ROLE, MANAGERS),
    *_acting(f"{_PERSON}/disable", colleagues.DISABLE, MANAGERS),
    Route("GET", "/console/filters", filters.list_, EVERYBODY),
    Route("POST", "/console/filters", filters.save, EVERYBODY),
    Route("POST", "/console/filters/{id}", filters.change, EVERYBODY),
    Route("GET", "/console/find", finding.find, EVERYBODY),
    Route("GET", "/console/customers", customers.list_, READERS),
    Route("GET", "/console/customers/{id}", customers.show, READERS),
    Route("GET", "/console/customers/{id}/portal-link", portal_links.LINK.show, SUPPORT),
    Route("POST", "/console/customers/{id}/portal-link", portal_links.make, SUPPORT),
    *_acting("/console/customers/{id}/note", noting.NOTE, MONEY),
    *_acting("/console/customers/{id}/credit", crediting.GIVE, MONEY),
    *_acting("/console/customers/{id}/pay-out", doing.PAY_OUT, LEADING),
    Route("GET", "/console/subscriptions", subscriptions.list_, READERS),
    *_acting(f"{_SUBSCRIPTION}/change", changing.CHANGE, SUPPORT),
    *_acting(f"{_SUBSCRIPTION}/undo", changing.UNDO, SUPPORT),
    *_acting(f"{_SUBSCRIPTION}/pause", resting.PAUSE, SUPPORT),
    *_acting(f"{_SUBSCRIPTION}/resume", resting.RESUME, SUPPORT),
    *_acting(f"{_SUBSCRIPTION}/cancel", doing.CANCEL, SUPPORT),
    Route("GET", "/console/payments", payments.list_, READERS),
    Route("POST", "/console/payments/export", exporting.export_payments, BOOKS),
    Route("GET", "/console/payments/{id}", payments.show, READERS),
    *_acting("/console/payments/{id}/refund", refunding.REFUND, MONEY),
    Route("GET", "/console/invoices", invoices.list_, READERS),
    Route("POST", "/console/invoices/export", exporting.export_invoices, BOOKS),
    Route("GET", "/console/invoices/{id}", invoices.show, READERS),
    *_acting("/console/invoices/{id}/pay", doing.CHARGE, MONEY),
    Route("GET", "/console/exceptions", exceptions.list_, READERS),
    Route("GET", _EXCEPTION, exceptions.show, READERS),
    *_acting(f"{_EXCEPTION}/take", exceptions.TAKE, MONEY),
    *_acting(f"{_EXCEPTION}/close", exceptions.CLOSE, LEADING),
    *_acting(f"{_EXCEPTION}/adopt", exceptions.ADOPT, BOOKS),
    *_acting(f"{_EXCEPTION}/refund", exceptions.GIVE_BACK, LEADING),
    *_acting(f"{_EXCEPTION}/propose", proposals.PROPOSE, LEADING),
    Route("GET", _PROPOSAL, proposals.show, READERS),
    *_acting(f"{_PROPOSAL}/approve", proposals.APPROVE, LEADING),
    *_acting(f"{_PROPOSAL}/withdraw", proposals.WITHDRAW, LEADING),
    Route("GET", _REFUND, refund_proposals.show, READERS),
    *_acting(f"{_REFUND}/approve", refund_proposals.APPROVE, LEADING),
    *_acting(f"{_REFUND}/withdraw", refund_proposals.WITHDRAW, MONEY),
    Route("GET", recovery.SECTION, recovery.show, READERS | INSIDERS),
    Route("GET", "/console/disputes", disputes.list_, READERS),
    Route("GET", "/console/disputes/{id}", disputes.show, READERS),
    Route("GET", "/console/reconciliation", reconciliation.show, KEEPING),
    Route("GET", reconciliation.PAYOUTS, reconciliation.payouts, KEEPING),
    Route("GET", "/console/reconciliation/{id}", reconciliation.show_file, KEEPING),
    Route("GET", "/console/bill-runs", bill_runs.list_, RUNNING),
    Route("GET", "/console/bill-runs/preview", bill_runs.preview, RUNNING),
    *_acting("/console/bill-runs/pause", billing.PAUSE, LEADING),
    *_acting("/console/bill-runs/resume", billing.RESUME, BOOKS),
    *_acting("/console/bill-runs/release", billing.RELEASE, BOOKS),
    Route("GET", "/console/bill-runs/{id}", bill_runs.show, RUNNING),
    Route("GET", "/console/provider-events", psp_events.list_, READERS | INSIDERS),
    Route("GET", "/console/provider-events/event", psp_events.show, READERS | INSIDERS),
    *_acting("/console/provider-events/again", reapplying.AGAIN, BOOKS),
    Route("GET", mails.SECTION, mails.list_, READERS),
    Route("GET", f"{mails.SECTION}/{{id}}", mails.show, READERS),
    Route("GET", f"{mails.SECTION}/{{id}}/letter", mails.show_letter, READERS),
    *_acting(f"{mails.SECTION}/{{id}}/resend", mails.RESEND, MONEY),
    Route("GET", "/console/keys", keys.list_, AUDITING | {Role.DEVELOPER}),
    Route("GET", "/console/keys/create", keys.CREATE.show, MANAGERS),
    Route("POST", "/console/keys/create", keys.create, MANAGERS),
    Route("GET", "/console/keys/{id}/roll", keys.ROLL.show, MANAGERS),
    Route("POST", "/console/keys/{id}/roll", keys.roll, MANAGERS),
    *_acting("/console/keys/{id}/revoke", keys.REVOKE, MANAGERS),
    Route("GET", "/console/clock", clock.show, INSIDERS | LEADING),
    *_acting("/console/clock/advance", clock.ADVANCE, BOOKS),
    *_acting("/console/clock/outage", clock.OUTAGE, BOOKS),
    Route("GET", "/console/bulk", bulk.list_, LEADING),
    Route("POST", "/console/bulk", bulk.choose, LEADING),
    Route("GET", _BULK, bulk.show, LEADING),
    *_acting(f"{_BULK}/start", bulk.START, LEADING),
    *_acting(f"{_BULK}/pause", bulk.PAUSE, LEADING),
    *_acting(f"{_BULK}/resume", bulk.RESUME, LEADING),
    *_acting(f"{_BULK}/cancel", bulk.CANCEL, LEADING),
    Route("GET", "/console/plans", plans.list_, READERS),
    Route("GET", "/console/plans/{id}", plans.show, READERS),
    Route("GET", "/console/ledger", ledger.show, KEEPING),
    Route("GET", closing.SECTION, closing.show, KEEPING),
    *_acting(f"{closing.SECTION}/close", closing.CLOSE, BOOKS),
    Route("GET", "/console/data-sets", releases.show, INSIDERS),
    Route("GET", "/console/models", models.show, INSIDERS),
    Route("GET", routing.SECTION, routing.show, READERS | INSIDERS),
    Route("GET", "/console/audit", audit.show, AUDITING),
)
PLACES: Final = (
    Link(noted("Overview"), "/console", "overview"),
    Link(noted("Customers"), "/console/customers", "users"),
    Link(noted("Subscriptions"), "/console/subscriptions", "repeat"),
    Link(noted("Payments"), "/console/payments", "card"),
    Link(noted("Invoices"), "/console/invoices", "file"),
    Link(noted("Exceptions"), "/console/exceptions", "alert"),
    Link(noted("Recovery"), recovery.SECTION, "repeat"),
    Link(noted("Disputes"), disputes.SECTION, "undo"),
    Link(noted("Bill runs"), "/console/bill-runs", "repeat"),
    Link(noted("Bulk jobs"), "/console/bulk", "layers"),
    Link(noted("Plans and prices"), "/console/plans", "tag"),
    Link(noted("Ledger"), "/console/ledger", "book"),
    Link(noted("Reconciliation"), reconciliation.SECTION, "scale"),
    Link(noted("Data sets"), "/console/data-sets", "layers"),
    Link(noted("Models"), "/console/models", "route"),
    Link(noted("Routing"), routing.SECTION, "route"),
    Link(noted("Mails"), mails.SECTION, "mail"),
    Link(noted("Provider events"), "/console/provider-events", "inbox"),
    Link(noted("Keys"), "/console/keys", "key"),
    Link(noted("Clock"), clock.SECTION, "clock"),
    Link(noted("Audit"), "/console/audit", "shield"),
    Link(noted("People"), "/console/people", "user"),
    Link(noted("Sessions"), "/console/sessions", "lock"),
)
"""What stands in the side bar: each for whom its route is open."""


@cache
def places_for(role: Role, *, is_sandbox: bool) -> tuple[Link, ...]:
    """Return what a role sees in the side bar; only a sandbox has a clock that is moved."""
    opened = {one.path for one in ROUTES if one.method == "GET" and role in one.roles}
    if not is_sandbox:
        opened -= {clock.SECTION}
    return tuple(one for one in PLACES if one.path in opened)


@cache
def opened_by(role: Role) -> frozenset[str]:
    """Return the addresses that a role opens."""
    return frozenset(one.path for one in ROUTES if role in one.roles)


def found(method: str, path: str) -> tuple[Route, Mapping[str, str]] | None:
    """Find the route of an address, and what stands in its place for an id."""
    for route, form in _FORMS:
        match = form.fullmatch(path)
        if match is not None and route.method == method:
            return route, match.groupdict()
    return None


_FORMS: Final = tuple(
    (one, re.compile(re.escape(one.path).replace(r"\{id\}", r"(?P<id>[0-9a-z_]{1,40})")))
    for one in ROUTES
)
