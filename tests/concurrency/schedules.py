"""Put the statements of concurrent flows in every order, on a real server.

A flow stops before each message that locks or writes, and before each commit; the schedule says who
goes on. Who waits for a lock of the other cannot be chosen, which the server's own lock table
tells. ``orders`` gives the schedules, those with the fewest changes of turn first, each once.

    async for order in orders(limit=200):
        outcome = await played(order, control, {"left": flow, "right": other_flow})
"""

import asyncio
import heapq
import re
from collections.abc import Coroutine, Iterator, Mapping, Sequence
from contextvars import ContextVar, copy_context
from dataclasses import dataclass, field
from typing import Any, ClassVar, Final, TypeVar

from psycopg import AsyncConnection
from psycopg.pq import TransactionStatus
from typing_extensions import override

from ledgerline.base.errors import Rejected
from ledgerline.base.pipelines import Asked, Connection

T = TypeVar("T")

_POINT: Final = re.compile(
    rb"\b(INSERT|UPDATE|DELETE|FOR NO KEY UPDATE|FOR SHARE|FOR KEY SHARE|pg_advisory\w*)\b"
)
_LOCK: Final = re.compile(rb"\bFOR (NO KEY )?UPDATE\b( OF \w+)?( SKIP LOCKED)?")
_MOMENT: Final = 0.002
_PATIENCE_SECONDS: Final = 200
_WAITING: Final = "SELECT pid FROM pg_locks WHERE NOT granted AND pid = ANY(%s)"


@dataclass(slots=True, eq=False)
class Actor:
    """One of the flows: where it stands, and on which connection it was last seen."""

    name: str
    arrived: asyncio.Event
    at: str | None = None
    pid: int = 0
    is_asleep: bool = False
    going: asyncio.Event = field(default_factory=asyncio.Event)
    task: asyncio.Task[Any] | None = None

    async def stand(self, point: str, pid: int) -> None:
        """Wait until it is this one's turn."""
        assert self.at is None, f"{self.name} does two things at once: {self.at}, {point}"
        self.at, self.pid = point, pid
        self.arrived.set()
        await self.going.wait()
        self.going.clear()

    def go(self) -> str:
        """Let it go on to its next point."""
        assert self.at is not None
        point, self.at = self.at, None
        self.going.set()
        return f"{self.name}: {point}"

    @property
    def is_done(self) -> bool:
        """Whether its flow has ended."""
        return self.task is not None and self.task.done()


_ACTOR: ContextVar[Actor | None] = ContextVar("actor", default=None)


class Stepped(Connection):
    """A connection whose messages and commits wait for their turn, where a schedule is played."""

    locks: ClassVar[bool] = True

    @override
    async def exchange(self, asked: Sequence[Asked]) -> None:
        points = [one.name for one in asked if _POINT.search(one.text)]
        if points:
            await self._stand(" + ".join(points))
        if not self.locks:
            for one in asked:
                one.text = _LOCK.sub(b"", one.text)
        await super().exchange(asked)

    @override
    async def commit(self) -> None:
        if self.pgconn.transaction_status == TransactionStatus.INTRANS:
            await self._stand("commit")
        await super().commit()
        actor = _ACTOR.get()
        if actor is not None:
            actor.pid = 0  # the connection is another's from now on

    async def _stand(self, point: str) -> None:
        actor = _ACTOR.get()
        if actor is not None:
            await actor.stand(point, self.pgconn.backend_pid)


class Unlocked(Stepped):
    """The same, but nothing that is read is locked: schedules must find what that does."""

    locks = False


@dataclass(slots=True)
class Cue:
    """Lets a flow begin in the middle of another."""

    _given: asyncio.Event = field(default_factory=asyncio.Event)
    _sleeper: Actor | None = None

    def give(self) -> None:
        """Let the flow begin."""
        if self._sleeper is not None:
            self._sleeper.is_asleep = False
        self._given.set()

    async def then(self, flow: Coroutine[Any, Any, T]) -> T:
        """Do ``flow`` once the cue is given."""
        if not self._given.is_set():
            self._sleeper = _ACTOR.get()
            assert self._sleeper is not None
            self._sleeper.is_asleep = True
            await self._given.wait()
        return await flow


def unscheduled(work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
    """Do what a flow of the schedule brings about, but does not do itself."""
    context = copy_context()
    context.run(_ACTOR.set, None)
    return asyncio.get_running_loop().create_task(work, context=context)


@dataclass(slots=True)
class Order:
    """Who goes on at each choice: a number among those that can, 0 being whoever went last.

    Beyond ``prefix`` it is always 0. ``choices`` says how many could go at each, once played.
    """

    prefix: tuple[int, ...] = ()
    choices: list[int] = field(default_factory=list)
    steps: list[str] = field(default_factory=list)

    def choose(self, able: int) -> int:
        """Say who of ``able`` goes on."""
        number = len(self.choices)
        self.choices.append(able)
        return min(self.prefix[number], able - 1) if number < len(self.prefix) else 0


def orders(*, limit: int) -> Iterator[Order]:
    """Give orders until there are no others, ``limit`` at most.

    Each must be played before the next is asked for: only then is it known where others branch off.
    """
    waiting: list[tuple[int, tuple[int, ...]]] = [(0, ())]
    for _ in range(limit):
        if not waiting:
            return
        _, prefix = heapq.heappop(waiting)
        order = Order(prefix)
        yield order
        for number in range(len(prefix), len(order.choices)):
            same = (0,) * (number - len(prefix))
            for other in range(1, order.choices[number]):
                branch = (*prefix, *same, other)
                heapq.heappush(waiting, (sum(1 for one in branch if one), branch))


async def played(
    order: Order,
    control: AsyncConnection[tuple[Any, ...]],
    flows: Mapping[str, Coroutine[Any, Any, Any]],
) -> list[object]:
    """Play flows in an order; return what each returned, or the refusal it raised."""
    arrived = asyncio.Event()
    actors = [Actor(name, arrived) for name in flows]
    for actor, flow in zip(actors, flows.values(), strict=True):
        context = copy_context()
        context.run(_ACTOR.set, actor)
        actor.task = asyncio.get_running_loop().create_task(flow, context=context)
        actor.task.add_done_callback(lambda _: arrived.set())
    last = actors[0]
    try:
        async with asyncio.timeout(_PATIENCE_SECONDS):
            while able := await _able(actors, control, arrived):
                able.sort(key=lambda one: one is not last)
                last = able[order.choose(len(able))] if len(able) > 1 else able[0]
                order.steps.append(last.go())
            assert not any(one.is_asleep for one in actors), [one.task for one in actors]
            return [await _outcome(actor) for actor in actors]
    finally:
        for actor in actors:
            if actor.task is not None:
                actor.task.cancel()


async def _able(
    actors: list[Actor], control: AsyncConnection[tuple[Any, ...]], arrived: asyncio.Event
) -> list[Actor]:
    """Wait until everybody stands, has ended or waits for a lock; return those that stand."""
    while True:
        arrived.clear()
        moving = [one for one in actors if not (one.at or one.is_done or one.is_asleep)]
        standing = [one for one in actors if one.at is not None]
        if not moving:
            return standing
        try:
            async with asyncio.timeout(_MOMENT):
                await arrived.wait()
        except TimeoutError:
            cursor = await control.execute(_WAITING, [[one.pid for one in moving]])
            waiting = {pid for (pid,) in await cursor.fetchall()}
            if standing and waiting >= {one.pid for one in moving}:
                return standing


async def _outcome(actor: Actor) -> object:
    assert actor.task is not None
    try:
        return await actor.task
    except Rejected as refusal:
        return refusal
