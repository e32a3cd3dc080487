"""Months of the books: which of them are closed, and closing one."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Final, NamedTuple
from uuid import UUID

from markupsafe import Markup

from ledgerline.access import views as access
from ledgerline.access.rules.people import actor_of
from ledgerline.base.calendar import add_months, local_date
from ledgerline.base.db import ReadTx
from ledgerline.base.ids import Bucket
from ledgerline.base.saying import noted
from ledgerline.base.statements import statements
from ledgerline.console.actions import Action, Field, Home, Preview, Said
from ledgerline.console.asking import Ask
from ledgerline.console.ledger import SUMMED_MAX, EstimatedTransfers
from ledgerline.flows.claim_key import Command
from ledgerline.flows.close_month import ClosedMonth, close_month
from ledgerline.ledger.rows import TurnoverRow
from ledgerline.web.forms import PageMissing
from ledgerline.web.refusals import Malformed
from ledgerline.web.wire import Response

SECTION: Final = "/console/ledger/months"
LISTED: Final = 36
OFFERED: Final = 24
"""How many months before this one may be chosen; they are closed in order."""
_SQL: Final = statements(__name__)


class SellerView(NamedTuple):
    """A seller, in which zone its books are kept, and the last month that it has closed."""

    code: str
    zone: str
    closed_through: date | None


class ClosedView(NamedTuple):
    """A month that a seller has closed; ``closed_at`` is there where it is (a CHECK holds it)."""

    seller_code: str
    month: date
    closed_at: datetime | None


class ClosedSetsView(NamedTuple):
    """A month whose data sets are closed."""

    month: date
    no: int
    release_no: int
    actor: str
    closed_at: datetime


class FirstOpen(NamedTuple):
    """The seller whose books are open since the earliest day that has transfers, and that day."""

    code: str
    booked_on: date


class Books(NamedTuple):
    """The books of all sellers, what is to be closed first, and the id of an act about them."""

    id: UUID
    today: date
    sellers: Sequence[SellerView]
    first_open: FirstOpen | None


async def show(ask: Ask) -> Response:
    """Show until when each seller has closed its books, and which months of data sets are."""
    async with ask.run.reading() as read:
        sellers = await _sellers(read)
        closed = await read.rows(_SQL["closed"], ClosedView, limit=LISTED)
        sets = await read.rows(_SQL["closed_sets"], ClosedSetsView, limit=LISTED)
        is_large = await _is_large(read)
        colleagues = {actor_of(one.id): one.name for one in await access.people(read)}
    return ask.page(
        "months.html",
        {
            "sellers": [(one, _over(ask, one)) for one in sellers], "closed": closed, "sets": sets,
            "is_large": is_large, "colleagues": colleagues, "section": "/console/ledger",
        },
    )  # fmt: skip


async def _sellers(read: ReadTx) -> list[SellerView]:
    return await read.rows(_SQL["sellers"], SellerView)


async def _is_large(read: ReadTx) -> bool:
    """Say whether there is more than a page adds up: to close a month all of it is."""
    estimated = await read.row(_SQL["estimated"], EstimatedTransfers)
    assert estimated is not None, "the table is there"
    return estimated.transfers > SUMMED_MAX


def _over(ask: Ask, seller: SellerView) -> date:
    """Return the last month that is over where a seller keeps its books."""
    return _back(local_date(ask.run.now(), seller.zone), 1)


def _back(day: date, count: int) -> date:
    return add_months(day.replace(day=1), -count, anchor_day=1)


async def _find(ask: Ask) -> Home[Books]:
    async with ask.run.reading() as read:
        sellers = await _sellers(read)
        if await _is_large(read):
            raise PageMissing
    async with ask.run.surveying() as read:
        first_open = await read.row(_SQL["first_open"], FirstOpen)
    id = ask.run.new_id(Bucket(0))
    books = Books(id, ask.run.now().date(), sellers, first_open)
    return Home(of=books, path=SECTION, label=noted("Months"), kind="ledger_period", id=id)


def _asks(ask: Ask, books: Books) -> list[Field]:
    codes = [(one.code, one.code) for one in books.sellers] or [("", noted("there is none"))]
    months = [_back(books.today, back) for back in range(1, OFFERED + 1)]
    choices = [(f"{one:%Y-%m}", ask.writer.month(one)) for one in months]
    # A page that opens with what cannot be closed yet would open with a refusal.
    first = books.first_open
    seller = codes[0][0] if first is None else first.code
    month = choices[0][0] if first is None else f"{first.booked_on:%Y-%m}"
    return [
        Field(name="seller", label=noted("Whose books"), choices=codes, value=seller),
        Field(
            name="month", label=noted("Month"), choices=choices, value=month,
            hint=noted("Months are closed in order; one that is closed is never opened again."),
        ),
    ]  # fmt: skip


def _chosen(ask: Ask, books: Books, said: Said) -> tuple[SellerView, date]:
    seller = next((one for one in books.sellers if one.code == said.get("seller")), None)
    offered = [_back(books.today, back) for back in range(1, OFFERED + 1)]
    month = next((one for one in offered if f"{one:%Y-%m}" == said.get("month")), None)
    if seller is None or month is None:
        raise Malformed(ask.say("one of the choices"))
    if seller.closed_through is not None and month <= seller.closed_through:
        raise Malformed(
            ask.say("closed already, until the end of %(month)s",
                    month=ask.writer.month(seller.closed_through))
        )  # fmt: skip
    return seller, month


async def _preview(ask: Ask, books: Books, said: Said) -> Preview:
    seller, month = _chosen(ask, books, said)
    found = await close_month(ask.run, seller_code=seller.code, month=month, dry_run=True)
    writer, following = ask.writer, add_months(month, 1, anchor_day=1)
    until = seller.closed_through
    return Preview(
        sentence=ask.say(
            "Nothing is booked into %(month)s of %(seller)s any more. What comes late, such as a"
            " refund or a line of a provider’s file, is booked on %(day)s or the first open day"
            " after it. It cannot be opened again.",
            month=writer.month(month), seller=seller.code, day=writer.day(following),
        ),
        button=ask.say("Close %(month)s", month=writer.month(month)),
        seal=f"{seller.code} {month} {_sums(found.turnover)}",
        facts=(
            (ask.say("Closed so far"), writer.month(until) if until else ask.say("none")),
            (ask.say("Revenue of the month"), ask.say("is recognised")),
            *_booked(ask, found),
        ),
        before=None if until is None else {"closed_through": f"{until:%Y-%m}"},
        after={"seller": seller.code, "month": f"{month:%Y-%m}"},
    )  # fmt: skip


def _sums(turnover: Sequence[TurnoverRow]) -> str:
    return " ".join(f"{one.currency} {one.account} {one.debit_minor}" for one in turnover)


def _booked(ask: Ask, found: ClosedMonth) -> list[tuple[str, str | Markup]]:
    """Write what the month has booked: in each currency what was debited, which is credited too."""
    sums: dict[str, int] = {}
    for one in found.turnover:
        sums[one.currency] = sums.get(one.currency, 0) + one.debit_minor
    booked = ask.say("Booked in it")
    if not sums:
        return [(booked, ask.say("nothing"))]
    return [(booked, ask.writer.money(minor, currency)) for currency, minor in sums.items()]


async def _close(ask: Ask, books: Books, said: Said, command: Command) -> None:
    seller, month = _chosen(ask, books, said)
    await close_month(ask.run, seller_code=seller.code, month=month, command=command)


CLOSE: Final = Action(
    name="month_closed", heading=noted("Close a month"), find=_find, preview=_preview,
    carry_out=_close, asks=_asks,
)  # fmt: skip
