"""Webhooks out: signed events, sent by a few workers from a bounded queue, with their faults.

Off until a target is set. What is queued dies with the process, like any lost event.
"""

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import aiohttp

from pspsim import faults
from pspsim.books import Books
from pspsim.draws import Draws
from pspsim.faults import Fault
from pspsim.provider import Provider, Told
from pspsim.records import Charge, Refund
from pspsim.world import World

TRIES_MAX: Final = 3
WORKERS: Final = 16
_ACKNOWLEDGED: Final = range(200, 300)


@dataclass(frozen=True, slots=True)
class Event:
    """One event, ready to be sent any number of times."""

    provider: str
    told: Told


@dataclass(frozen=True, slots=True)
class Drained:
    """Count what became of the events so far, over all providers."""

    sent: int
    failed: int
    dropped: int
    queued: int


class Sender:
    """Queue and deliver the events of all providers."""

    __slots__ = (
        "_books",
        "_draws",
        "_idle",
        "_outstanding",
        "_providers",
        "_queue",
        "_session",
        "_workers",
        "_world",
    )

    def __init__(self, *, world: World, draws: Draws, books: Books) -> None:
        """Prepare; ``start`` needs a running loop."""
        self._world = world
        self._draws = draws
        self._books = books
        self._providers: Mapping[str, Provider] = {}
        self._queue: asyncio.Queue[Event] = asyncio.Queue()
        self._outstanding = 0
        self._idle = asyncio.Event()
        self._idle.set()
        self._session: aiohttp.ClientSession | None = None
        self._workers: list[asyncio.Task[None]] = []

    async def start(self, providers: Mapping[str, Provider]) -> None:
        """Start delivering for ``providers``."""
        self._providers = providers
        timeout = aiohttp.ClientTimeout(total=self._world.webhooks.timeout_ms / 1000)
        connector = aiohttp.TCPConnector(limit=WORKERS)
        self._session = aiohttp.ClientSession(timeout=timeout, connector=connector)
        self._workers = [asyncio.create_task(self._work()) for _ in range(WORKERS)]

    async def stop(self) -> None:
        """Stop at once; what is queued is lost."""
        for worker in self._workers:
            worker.cancel()
        await asyncio.gather(*self._workers, return_exceptions=True)
        if self._session is not None:
            await self._session.close()

    def announce(self, provider: str, item: Charge | Refund | Told) -> None:
        """Queue the event of an execution, unless webhooks are off or it gets lost."""
        own = self._books.providers[provider]
        if own.target is None:
            return
        told = item if isinstance(item, Told) else self._told(provider, item)
        if told is None:
            return
        event = Event(provider, told)
        entity = (provider, told.id)
        timing = faults.for_webhook(self._draws, own.rates, entity=entity)
        if timing is not None:
            self._providers[provider].count_fault(timing)
        if timing is Fault.WEBHOOK_LOST:
            return
        delay_ms = self._delay_ms(timing, *entity)
        self._schedule(event, delay_ms)
        if faults.happens(self._draws, own.rates, fault=Fault.WEBHOOK_DUP, entity=entity):
            self._providers[provider].count_fault(Fault.WEBHOOK_DUP)
            self._schedule(event, delay_ms + self._world.webhooks.delay_ms)

    def retell(self, provider: str, item: Charge | Refund) -> bool:
        """Queue the event of an execution once more, whatever became of the first; no fault met."""
        if self._books.providers[provider].target is None:
            return False
        told = self._told(provider, item)
        if told is None:
            return False
        self._schedule(Event(provider, told), self._world.webhooks.delay_ms)
        return True

    def _told(self, provider: str, item: Charge | Refund) -> Told | None:
        of = self._providers[provider]
        at = self._books.settled_at.get(item.id, item.created)
        return of.dialect.tell(of, item, at=at)

    async def drain(self, timeout_seconds: float) -> Drained:
        """Wait until nothing is queued or under way, at most ``timeout_seconds``."""
        try:
            async with asyncio.timeout(timeout_seconds):
                await self._idle.wait()
        except TimeoutError:
            pass
        return Drained(
            self._total("webhooks.sent"),
            self._total("webhooks.failed"),
            self._total("webhooks.dropped"),
            self._outstanding,
        )

    def _delay_ms(self, timing: Fault | None, *entity: str | int) -> int:
        times = self._world.webhooks
        if timing is Fault.WEBHOOK_LATE:
            low, high = times.late_ms
            return low + self._draws.below(high - low + 1, "webhook-ms", *entity)
        if timing is Fault.WEBHOOK_REORDER:
            return self._draws.below(times.reorder_ms + 1, "webhook-ms", *entity)
        return times.delay_ms

    def _schedule(self, event: Event, delay_ms: int) -> None:
        if self._outstanding >= self._world.webhooks.queue_max:
            self._count(event, "dropped")
            return
        self._outstanding += 1
        self._idle.clear()
        if delay_ms == 0:
            self._queue.put_nowait(event)
        else:
            loop = asyncio.get_running_loop()
            loop.call_later(delay_ms / 1000, self._queue.put_nowait, event)

    async def _work(self) -> None:
        while True:
            first = await self._queue.get()
            events = [first, *self._more(first)]
            try:
                outcome = await self._deliver(events)
            finally:
                self._outstanding -= len(events)
                if self._outstanding == 0:
                    self._idle.set()
            for event in events:
                self._count(event, outcome)

    def _more(self, first: Event) -> list[Event]:
        """Take what goes along in the same delivery; everything else stays in its order."""
        room = self._providers[first.provider].dialect.batch_max - 1
        if room == 0:
            return []
        waiting = [self._queue.get_nowait() for _ in range(self._queue.qsize())]
        along: list[Event] = []
        for event in waiting:
            if event.provider == first.provider and len(along) < room:
                along.append(event)
            else:
                self._queue.put_nowait(event)
        return along

    async def _deliver(self, events: Sequence[Event]) -> str:
        name = events[0].provider
        told = self._providers[name].dialect.join([event.told for event in events])
        for number in range(TRIES_MAX):
            url = self._books.providers[name].target
            if url is None:
                return "dropped"
            self._count(events[0], "tries")
            if await self._post(name, told, url):
                return "sent"
            if number + 1 < TRIES_MAX:
                await asyncio.sleep(self._world.webhooks.retry_ms * 2**number / 1000)
        return "failed"

    async def _post(self, provider: str, told: Told, url: str) -> bool:
        assert self._session is not None
        # The one reading of the wall clock: receivers check it against their own.
        timestamp = time.time_ns() // 1_000_000_000
        secret = self._world.providers[provider].webhook_secret
        signed = self._providers[provider].dialect.sign(secret, told, timestamp=timestamp)
        headers = {"content-type": "application/json", **signed}
        try:
            async with self._session.post(
                url, data=told.body, headers=headers, allow_redirects=False
            ) as response:
                return response.status in _ACKNOWLEDGED
        except (aiohttp.ClientError, TimeoutError):
            return False

    def _count(self, event: Event, what: str) -> None:
        self._providers[event.provider].counts[f"webhooks.{what}"] += 1

    def _total(self, name: str) -> int:
        return sum(provider.counts[name] for provider in self._providers.values())
