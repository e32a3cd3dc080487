"""What stands where: counts and money that can be read at once, however much there is."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, NamedTuple

from ledgerline.base.db import ReadTx
from ledgerline.base.statements import statements
from ledgerline.console.asking import Ask
from ledgerline.console.headlines import books, headline, recovery
from ledgerline.payments.rules.exceptions import due_at
from ledgerline.web.wire import Response

ATTEMPTS: Final = 2_000
"""How many of the newest attempts tell how the accounts do."""
BOOKS_MAX: Final = 4
"""How many sellers and currencies are drawn, those with most subscribers."""
_SQL: Final = statements(__name__)


class InState(NamedTuple):
    """How many subscriptions stand in a state."""

    state: str
    subscriptions: int


class Estimated(NamedTuple):
    """About how many subscriptions there are."""

    subscriptions: int


class Claims(NamedTuple):
    """What is being collected in a currency."""

    currency: str
    payments: int
    amount_minor: int


class Authorised(NamedTuple):
    """How the newest attempts at an account ended."""

    psp_account: str
    attempts: int
    succeeded: int
    declined: int
    others: int


class OpenReason(NamedTuple):
    """How many exceptions of a reason are open, and since when the oldest is."""

    reason: str
    exceptions: int
    oldest: datetime


class Overview(NamedTuple):
    """All of it."""

    states: Sequence[InState]
    estimated: int
    claims: Sequence[Claims]
    authorised: Sequence[Authorised]
    exceptions: Sequence[OpenReason]


async def show(ask: Ask) -> Response:
    """Show what stands where."""
    async with ask.run.reading() as read:
        found = await _read(read)
        told = await headline(read)
    now = ask.run.now()
    tried = sum(one.attempts for one in found.authorised)
    succeeded = sum(one.succeeded for one in found.authorised)
    late = [one for one in found.exceptions if due_at(one.reason, one.oldest) < now]
    return ask.page(
        "overview.html",
        {
            "found": found, "tried": tried, "succeeded": succeeded, "late": len(late),
            "states": {one.state: one.subscriptions for one in found.states},
            "open": sum(one.exceptions for one in found.exceptions),
            "claims": sum(one.payments for one in found.claims), "headline": told,
            "books": books(ask, told)[:BOOKS_MAX] if told else [],
            "recovery": recovery(ask, told) if told else [], "section": "/console",
        },
    )  # fmt: skip


async def _read(read: ReadTx) -> Overview:
    estimated = await read.row(_SQL["estimated"], Estimated)
    assert estimated is not None, "the table is there"
    return Overview(
        states=await read.rows(_SQL["waiting_subscriptions"], InState),
        estimated=estimated.subscriptions,
        claims=await read.rows(_SQL["open_claims"], Claims),
        authorised=await read.rows(_SQL["authorised"], Authorised, limit=ATTEMPTS),
        exceptions=await read.rows(_SQL["open_exceptions"], OpenReason),
    )
