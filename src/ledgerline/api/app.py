"""The ASGI application. It reads no environment: what it needs is handed to it."""

from collections.abc import Sequence
from typing import Any, Final

from litestar import Litestar, Request, Response
from litestar.exceptions import HTTPException
from litestar.handlers import HTTPRouteHandler

from ledgerline.api import (
    clock,
    customers,
    error_pages,
    health,
    invoices,
    ledger,
    openapi,
    payment_methods,
    payments,
    psp_events,
    purchases,
    quotes,
    receipts,
    refunds,
    subscriptions,
)
from ledgerline.api.answering import Site, answer, defect, http_refusal
from ledgerline.api.boundary import Asgi, bounded
from ledgerline.api.operations import Operation
from ledgerline.api.parsing import BODY_BYTES_MAX
from ledgerline.base.run import Run
from ledgerline.payments.model import Psps

OPERATIONS: Final[Sequence[Operation]] = (
    *customers.OPERATIONS,
    *payment_methods.OPERATIONS,
    *quotes.OPERATIONS,
    *purchases.OPERATIONS,
    *subscriptions.OPERATIONS,
    *invoices.OPERATIONS,
    *payments.OPERATIONS,
    *refunds.OPERATIONS,
    *receipts.OPERATIONS,
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
    served = (*OPERATIONS, openapi.operation(OPERATIONS))
    litestar = Litestar(
        [_route(site, operation) for operation in served],
        openapi_config=None,
        logging_config=None,
        request_max_body_size=BODY_BYTES_MAX,
        exception_handlers={HTTPException: http_refusal, Exception: defect},
    )
    return bounded(litestar, run)  # type: ignore[arg-type] # the framework types scopes its own way


def _route(site: Site, operation: Operation) -> HTTPRouteHandler:
    async def handle(request: Request[Any, Any, Any]) -> Response[bytes]:
        return await answer(site, operation, request)

    path = operation.path.replace("{id}", "{id:str}").replace("{account}", "{account:str}")
    return HTTPRouteHandler(
        path, http_method=operation.method, name=operation.name, include_in_schema=False
    )(handle)
