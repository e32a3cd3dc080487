"""Do something in a transaction and take it back: a preview that cannot differ from the deed."""

from collections.abc import Awaitable, Callable
from typing import Generic, NoReturn, TypeVar

from ledgerline.base.db import Tx
from ledgerline.base.repeating import repeated
from ledgerline.base.run import Run

T = TypeVar("T")


class _TakenBack(Exception, Generic[T]):
    """Nothing failed: it takes the transaction back."""

    def __init__(self, seen: T) -> None:
        super().__init__()
        self.seen = seen


@repeated
async def take_back(run: Run, do: Callable[[Tx], Awaitable[T]]) -> T:
    """Return what ``do`` saw in a transaction of which nothing stays; raises what it raises."""
    try:
        async with run.transaction() as tx:
            _raise(await do(tx))
    except _TakenBack as taken_back:
        seen: T = taken_back.seen
        return seen


def _raise(seen: object) -> NoReturn:
    raise _TakenBack(seen)
