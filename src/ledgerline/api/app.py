"""The ASGI application. It reads no environment: what it needs is handed to it."""

from collections.abc import Sequence
from typing import Final

from ledgerline.api import (
    checkout_sessions,
    clock,
    credit,
    credit_gifts,
    credit_notes,
    credit_payouts,
    customer_notes,
    customers,
    default_methods,
    disputes,
    document_previews,
    documents,
    error_pages,
    evidence,
    exceptions,
    health,
    invoice_payments,
    invoices,
    ledger,
    openapi,
    pauses,
    payment_method_setups,
    payment_methods,
    payment_routes,
    payments,
    payouts,
    portal_links,
    privacy,
    psp_events,
    purchases,
    quotes,
    receipts,
    refunds,
    subscriptions,
)
from ledgerline.api.answering import Site, respond
from ledgerline.api.boundary import bounded
from ledgerline.api.operations import Operation
from ledgerline.api.routing import Routes
from ledgerline.base.run import Run
from ledgerline.payments.model import Psps
from ledgerline.web.wire import Asgi, Request, Response

OPERATIONS: Final[Sequence[Operation]] = (
    *customers.OPERATIONS,
    *privacy.OPERATIONS,
    *customer_notes.OPERATIONS,
    *credit.OPERATIONS,
    *credit_payouts.OPERATIONS,
    *payment_methods.OPERATIONS,
    *payment_method_setups.OPERATIONS,
    *default_methods.OPERATIONS,
    *payment_routes.OPERATIONS,
    *quotes.OPERATIONS,
    *checkout_sessions.OPERATIONS,
    *purchases.OPERATIONS,
    *subscriptions.OPERATIONS,
    *pauses.OPERATIONS,
    *portal_links.OPERATIONS,
    *invoices.OPERATIONS,
    *invoice_payments.OPERATIONS,
    *credit_notes.OPERATIONS,
    *credit_gifts.OPERATIONS,
    *payments.OPERATIONS,
    *refunds.OPERATIONS,
    *disputes.OPERATIONS,
    *exceptions.OPERATIONS,
    *evidence.OPERATIONS,
    *receipts.OPERATIONS,
    *documents.OPERATIONS,
    *document_previews.OPERATIONS,
    *payouts.OPERATIONS,
    *ledger.OPERATIONS,
    *clock.OPERATIONS,
    *psp_events.OPERATIONS,
    *health.OPERATIONS,
    *error_pages.OPERATIONS,
)


def make_app(run: Run, psps: Psps) -> Asgi:
    """Build the API of one process; ``composition`` owns pools and gateway.

    ``run`` must not have a fixed clock: every request fixes its own.
    """
    site = Site(run, psps)
    routes = Routes((*OPERATIONS, openapi.operation(OPERATIONS)))

    async def answer(request: Request) -> Response:
        return await respond(site, routes, request)

    return bounded(answer, run)
