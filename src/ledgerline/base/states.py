"""State machines as tables: a pair that is not in the table is refused."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import ClassVar, Generic, TypeVar

from ledgerline.base.errors import Rejected

S = TypeVar("S", bound=StrEnum)
E = TypeVar("E", bound=StrEnum)


class StateRefused(Rejected):
    """The present state has no answer for this event."""

    code: ClassVar[str] = "state_refused"


@dataclass(frozen=True, slots=True)
class Machine(Generic[S, E]):
    """One lifecycle: which state follows from which state by which event."""

    name: str
    initial: S
    final: frozenset[S]
    table: Mapping[tuple[S, E], S]

    def after(self, state: S, event: E) -> S:
        """Return the state that follows; raises :class:`StateRefused` if the table has none."""
        following = self.table.get((state, event))
        if following is None:
            raise StateRefused(
                f"{self.name} is {state}: {event} is not possible",
                machine=self.name,
                state=str(state),
                event=str(event),
            )
        return following

    def as_rows(self) -> tuple[tuple[str, str, str, str], ...]:
        """Return the table as sorted rows (machine, before, event, after), as the database has."""
        return tuple(
            sorted(
                (self.name, str(before), str(event), str(after))
                for (before, event), after in self.table.items()
            )
        )


def machine(
    name: str, *, initial: S, final: AbstractSet[S], table: Mapping[tuple[S, E], S]
) -> Machine[S, E]:
    """Build a machine; a table with a hole in it is a defect and stops the import.

    Asserts that every state can be reached from ``initial`` and that the states without an exit
    are exactly the final ones.
    """
    kind: type[S] = type(initial)
    every = set(kind)
    reached = _reachable(initial, table)
    assert reached == every, (name, "never reached", sorted(every - reached))
    closed = every - {before for before, _ in table}
    assert closed == final, (name, "no exit", sorted(closed), "declared final", sorted(final))
    return Machine(name, initial, frozenset(final), MappingProxyType(dict(table)))


def _reachable(initial: S, table: Mapping[tuple[S, E], S]) -> set[S]:
    reached = {initial}
    waiting = [initial]
    while waiting:
        at = waiting.pop()
        fresh = {after for (before, _), after in table.items() if before == at} - reached
        reached |= fresh
        waiting.extend(fresh)
    return reached
