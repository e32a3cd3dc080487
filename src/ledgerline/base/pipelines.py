"""What is on its way to the server in a pipeline: statements whose answers come when it ends."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Generic, NamedTuple, TypeVar

from psycopg import AsyncCursor
from typing_extensions import override

R = TypeVar("R")
S = TypeVar("S")


class Later(list[R]):
    """Rows that arrive when the pipeline ends; to look at them before is a defect."""

    arrived = False

    @override
    def __iter__(self) -> Iterator[R]:
        assert self.arrived, "rows of a pipeline are known when it ends"
        return super().__iter__()

    @override
    def __len__(self) -> int:
        assert self.arrived, "rows of a pipeline are known when it ends"
        return super().__len__()


class Sent(NamedTuple):
    """A statement that was sent: how many rows it must change, or where its rows go."""

    cursor: AsyncCursor[Any]
    name: str
    expect: int | None
    rows: Later[Any] | None

    async def end(self) -> None:
        """Take the answer, once the pipeline has ended."""
        if self.rows is not None:
            self.rows.arrived = True
            self.rows.extend(await self.cursor.fetchall())
        assert self.expect is None or self.cursor.rowcount == self.expect, (
            self.name,
            self.cursor.rowcount,
            self.expect,
        )


@dataclass(slots=True)
class Pipeline(Generic[S]):
    """What was sent so far, and rows of which those of one statement go together at the end."""

    sent: list[Sent] = field(default_factory=list)
    last: dict[str, tuple[S, list[tuple[Any, ...]]]] = field(default_factory=dict)
