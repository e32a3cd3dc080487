"""Pages of lists: newest first, by keyset, with cursors bound to route and filters."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from collections.abc import Set as AbstractSet
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Final, Protocol, TypeVar
from uuid import UUID

import msgspec
from msgspec import Struct

from ledgerline.api.cursors import TOP, read_cursor, write_cursor
from ledgerline.api.operations import Answer, Call
from ledgerline.api.refusals import InvalidCursor, InvalidValue
from ledgerline.api.shapes import Page
from ledgerline.base.calendar import month_of, months
from ledgerline.base.ids import instant_of

_ENCODE: Final = msgspec.json.Encoder(order="sorted").encode
DAY: Final = timedelta(days=1)  # a date may be the seller's, an instant is everybody's
_NOT_FILTERS: Final = frozenset({"limit", "after"})

MONTHS_FIRST: Final = 13  # read at first for a list of one customer: a year
MONTHS_FACTOR: Final = 4  # and so many times more as long as they do not fill the page


class Listed(Protocol):
    """A row of a list: its id says when it was made."""

    @property
    def id(self) -> UUID:
        """The id."""
        ...


R = TypeVar("R", bound=Listed)
Read = Callable[[list[str] | None], Awaitable[list[R]]]


def before(call: Call) -> UUID:
    """Return the id below which the page begins; raises ``InvalidCursor``."""
    after: str | None = call.query.after
    if after is None:
        return TOP
    return read_cursor(call.run.keyring.kek, after, scope=_scope(call))


def page(call: Call, rows: Sequence[R], *, shape: Callable[[R], Struct]) -> Answer:
    """Render a page; ``rows`` holds one more than asked for when the list goes on."""
    limit: int = call.query.limit
    shown = rows[:limit]
    has_more = len(rows) > limit
    following = None
    if has_more:
        following = write_cursor(call.run.keyring.kek, shown[-1].id, scope=_scope(call))
    return Answer(200, Page(data=[shape(row) for row in shown], has_more=has_more, next=following))


def few(call: Call, shown: Sequence[Struct]) -> Answer:
    """Render what was looked up, not listed: there is nothing after it, so no cursor goes with it.

    Raises ``InvalidCursor``.
    """
    if call.query.after is not None:
        raise InvalidCursor("what is looked up by an external id has no further page")
    return Answer(200, Page(data=list(shown), has_more=False, next=None))


async def each(parts: Iterable[Sequence[str] | None], read: Read[R], *, limit: int) -> list[R]:
    """Read the newest of each set of states, by the index that each has, and merge them."""
    found = [row for part in parts for row in await read(None if part is None else list(part))]
    return sorted(found, key=lambda row: row.id, reverse=True)[:limit]


def singly(asked: Sequence[str] | None) -> list[list[str] | None]:
    """Ask for all states at once, or for each that is asked for by itself."""
    return [None] if asked is None else [[one] for one in sorted(set(asked))]


def within(asked: Sequence[str] | None, *sets: AbstractSet[str]) -> list[list[str]]:
    """Ask for the states of each set that are asked for, all unless said; empty sets are left."""
    parts = [sorted(one if asked is None else one & set(asked)) for one in sets]
    return [part for part in parts if part]


async def by_months(
    call: Call, owner: UUID, read: Callable[[list[int]], Awaitable[list[R]]]
) -> list[R]:
    """Read a page of what an owner got: of the newest months, and of more until it is full.

    ``owner`` is an id that is older than anything in the list.
    """
    known = months_of_page(call, owner)
    count = MONTHS_FIRST
    while True:
        rows = await read(known[:count])
        if count >= len(known) or _is_full(call, rows, known[count - 1]):
            return rows
        count *= MONTHS_FACTOR


def _is_full(call: Call, rows: Sequence[Listed], last_month: int) -> bool:
    """Say whether no later month can hold a row that belongs before the last one of a page.

    A month goes by the seller's date, which may be a day off that of the id.
    """
    limit: int = call.query.limit
    return len(rows) > limit and month_of(_day_of(rows[limit].id) - DAY) >= last_month


def _day_of(id: UUID) -> date:
    return datetime.fromtimestamp(instant_of(id) / 1000, UTC).date()


def states(text: str | None, known: type[StrEnum]) -> list[str] | None:
    """Read a status filter; raises ``InvalidValue`` for a status that does not exist."""
    if text is None:
        return None
    asked = text.split(",")
    unknown = sorted(set(asked) - {one.value for one in known})
    if unknown:
        raise InvalidValue(f"no such status: {unknown[0]}", pointer="/status")
    return asked


def months_of_page(call: Call, owner: UUID) -> list[int]:
    """List the months that rows of this page and of those after it can be of, newest first."""
    start = before(call)
    newest = call.run.now().date() if start == TOP else _day_of(start)
    return months(_day_of(owner) - DAY, newest + DAY)


def months_since(call: Call, id: UUID) -> list[int]:
    """List the months from the one in which something was made until now, newest first."""
    return months(_day_of(id) - DAY, call.run.now().date() + DAY)


def _scope(call: Call) -> str:
    filters = {
        name: value
        for name, value in msgspec.structs.asdict(call.query).items()
        if name not in _NOT_FILTERS
    }
    return f"{call.route}\0{sorted(call.path.items())}\0{_ENCODE(filters).decode()}"
