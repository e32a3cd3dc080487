"""Pages of lists: newest first, by keyset, with cursors bound to route and filters."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final, TypeVar
from uuid import UUID

import msgspec
from msgspec import Struct

from ledgerline.api.cursors import TOP, Place, read_cursor, write_cursor
from ledgerline.api.operations import Answer, Call
from ledgerline.api.refusals import InvalidCursor, InvalidValue
from ledgerline.api.shapes import Page
from ledgerline.base.calendar import months
from ledgerline.base.ids import instant_of

_ENCODE: Final = msgspec.json.Encoder(order="sorted").encode
DAY: Final = timedelta(days=1)  # a date may be the seller's, an instant is everybody's
_NOT_FILTERS: Final = frozenset({"limit", "after"})

R = TypeVar("R")


def place(call: Call) -> Place:
    """Return the place after which the page begins; raises ``InvalidCursor``."""
    after: str | None = call.query.after
    if after is None:
        return TOP
    return read_cursor(call.run.keyring.kek, after, scope=_scope(call))


def page(
    call: Call,
    rows: Sequence[R],
    *,
    key: Callable[[R], tuple[datetime, UUID]],
    shape: Callable[[R], Struct],
) -> Answer:
    """Render a page; ``rows`` holds one more than asked for when the list goes on."""
    limit: int = call.query.limit
    shown = rows[:limit]
    has_more = len(rows) > limit
    following = None
    if has_more:
        last = Place(*key(shown[-1]))
        following = write_cursor(call.run.keyring.kek, last, scope=_scope(call))
    return Answer(200, Page(data=[shape(row) for row in shown], has_more=has_more, next=following))


def few(call: Call, shown: Sequence[Struct]) -> Answer:
    """Render what was looked up, not listed: there is nothing after it, so no cursor goes with it.

    Raises ``InvalidCursor``.
    """
    if call.query.after is not None:
        raise InvalidCursor("what is looked up by an external id has no further page")
    return Answer(200, Page(data=list(shown), has_more=False, next=None))


def states(text: str | None, known: type[StrEnum]) -> list[str] | None:
    """Read a status filter; raises ``InvalidValue`` for a status that does not exist."""
    if text is None:
        return None
    asked = text.split(",")
    unknown = sorted(set(asked) - {one.value for one in known})
    if unknown:
        raise InvalidValue(f"no such status: {unknown[0]}", pointer="/status")
    return asked


def months_since(call: Call, id: UUID) -> list[int]:
    """List the months from the one in which something was made until now, newest first."""
    made = datetime.fromtimestamp(instant_of(id) / 1000, UTC)
    return months(made.date() - DAY, call.run.now().date() + DAY)


def _scope(call: Call) -> str:
    filters = {
        name: value
        for name, value in msgspec.structs.asdict(call.query).items()
        if name not in _NOT_FILTERS
    }
    return f"{call.route}\0{sorted(call.path.items())}\0{_ENCODE(filters).decode()}"
