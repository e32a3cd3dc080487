"""One simulated provider: its secrets, books, chances, counters and dialect in one place.

What happens to money is the same for all of them (`commands`, `charges`, `refunds`, `payers`,
`faults`); a dialect reads requests into commands, and writes answers and events.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import ClassVar, NamedTuple, Protocol

from pspsim import faults
from pspsim.books import Books, ProviderBooks
from pspsim.draws import PPM, Draws
from pspsim.faults import Fault
from pspsim.http_wire import Request
from pspsim.payers import Payers
from pspsim.records import Charge, DisputeChanged, Kind, Refund, Status, Stored
from pspsim.replies import Reply, Send
from pspsim.world import World


class Announce(Protocol):
    """Tell the owner's webhook endpoint about an execution, some time later."""

    def __call__(self, provider: str, item: "Charge | Refund | Told") -> None:
        """Queue the event of ``item``, or one that its dialect has put into words already."""


class Told(NamedTuple):
    """The name and the bytes of one event, before it is signed."""

    id: str
    body: bytes


class Dialect(Protocol):
    """Speak for every provider of one kind; without state of its own."""

    batch_max: int
    """How many events one delivery may hold."""
    settles_later: ClassVar[bool] = False
    """Every execution is accepted first, ends on the clock and is paid out after that."""
    challenge_life: ClassVar[timedelta | None] = timedelta(minutes=15)
    """How long a charge waits for its payer; for ever without."""
    ends_references: ClassVar[bool] = False
    """Under a reference that was canceled no charge begins any more."""
    dispute_steps: ClassVar[frozenset[str]] = frozenset(
        {"warn", "open", "submit", "win", "lose", "withdraw"}
    )
    """What can happen to a dispute there."""
    is_at_root: ClassVar[bool] = False
    """Its clients know no path below a host, so the provider's name may be left out of it."""

    def knows(self, provider: "Provider", request: Request) -> bool:
        """Tell whether a request carries the provider's secret."""
        ...

    def serve(self, provider: "Provider", request: Request, *, resource: str, query: str) -> Reply:
        """Answer a request that may come in; ``resource`` is the path below the provider's name."""
        ...

    def problem(self, status: int, code: str, *, message: str = "", headers: bytes = b"") -> Reply:
        """Build an error answer; ``code`` is a word of the native dialect."""
        ...

    def executed(self, provider: "Provider", stored: Stored) -> Reply:
        """Build the first answer under a key: the object, or the error that hid it."""
        ...

    def repeated(self, provider: "Provider", stored: Stored) -> Reply:
        """Build the answer to a request that comes again under its key."""
        ...

    def identify(self, draws: Draws, kind: Kind, *entity: str | int) -> str:
        """Draw the provider's name of a new object."""
        ...

    def tell(self, provider: "Provider", item: Charge | Refund, *, at: datetime) -> Told | None:
        """Say that ``item`` came to its present state; None where this dialect is silent."""
        ...

    def challenged(self, provider: "Provider", charge: Charge, *, passed: bool) -> dict[str, str]:
        """Take the answer of a payer who was asked to act; return what they bring back."""
        raise AssertionError(f"{provider.name} never asked for the payer of {charge.id}: {passed}")

    def own_page(self, provider: "Provider", request: Request, *, id_: str) -> Reply | None:
        """Serve a page that is the dialect's own; None where its payers see that of all."""
        assert provider.name, (request, id_)
        return None

    def page_of(self, provider: "Provider", id_: str) -> tuple[bool, str] | None:
        """Tell of what is no charge whether it waits on the page, and where that leads back to."""
        assert provider.name, id_
        return None

    def answered(self, provider: "Provider", id_: str, *, passed: bool) -> dict[str, str]:
        """Take the answer of the payer of what is no charge; return what they bring back."""
        raise AssertionError(f"{provider.name} never asked for the payer of {id_}: {passed}")

    def may_be_disputed(self, provider: "Provider", charge: Charge) -> bool:
        """Tell whether a charge that took money may be disputed now."""
        return charge.amount > 0 and provider.own.charges[charge.id].status is Status.SUCCEEDED

    def tell_dispute(self, provider: "Provider", changed: DisputeChanged) -> Sequence[Told]:
        """Say what happened to a dispute: nothing, one event, or two."""
        ...

    def tell_reversal(self, provider: "Provider", refund: Refund, *, at: datetime) -> Told:
        """Say that a refund came back."""
        ...

    def join(self, told: Sequence[Told]) -> Told:
        """Put events that wait together into one delivery, ``batch_max`` at most."""
        ...

    def sign(self, secret: str, told: Told, *, timestamp: int) -> Mapping[str, str]:
        """Return the headers of a delivery; ``timestamp`` is wall time in whole seconds."""
        ...


class Provider:
    """Hold what answering a request of this provider needs."""

    __slots__ = (
        "announce",
        "bearer",
        "books",
        "counts",
        "dialect",
        "draws",
        "name",
        "origin",
        "own",
        "payers",
        "running",
        "world",
    )

    def __init__(
        self,
        name: str,
        *,
        dialect: Dialect,
        world: World,
        draws: Draws,
        books: Books,
        announce: Announce,
    ) -> None:
        """Join the parts of provider ``name``."""
        self.dialect = dialect
        self.bearer = f"Bearer {world.providers[name].api_secret}".encode()
        self.name = name
        self.world = world
        self.draws = draws
        self.payers = Payers(draws, world)
        self.books = books
        self.own: ProviderBooks = books.providers[name]
        self.announce = announce
        self.origin = ""
        """Where the public port is reached, once it listens."""
        self.counts: Counter[str] = Counter()
        self.running: set[str] = set()
        """Keys whose first answer has not been sent yet."""

    def is_down(self) -> bool:
        """Tell whether the provider is in an outage now."""
        return bool(self.own.outages) and self.own.is_down(self.books.now)

    def challenge_ppm(self, segment: str) -> int:
        """Return how often the issuers of a segment want to see a payer who is here."""
        row = self.world.segments.get(segment)
        return 0 if row is None else row.challenge_ppm

    def lookup_fault(self, kind: Kind, what: str) -> Reply | None:
        """Draw whether reading ``what`` fails this time."""
        if not self.own.rates.get(Fault.LOOKUP_5XX):
            return None
        ordinal = self.own.lookups[kind, what]
        self.own.lookups[kind, what] += 1
        entity = (self.name, kind, what, ordinal)
        if not faults.happens(self.draws, self.own.rates, fault=Fault.LOOKUP_5XX, entity=entity):
            return None
        self.count_fault(Fault.LOOKUP_5XX)
        return self.dialect.problem(503, "unavailable")

    def count_fault(self, fault: Fault) -> None:
        """Count one fault that met a request or an event."""
        self.counts[f"fault.{fault}"] += 1

    def hang(self) -> Reply:
        """Build the answer that never comes: silence, then the end of the connection."""
        wait_ms = int(self.world.hang_seconds * 1000)
        return Reply(504, b"", wait_ms=wait_ms, send=Send.NOTHING)

    def slow_ms(self, *entity: str | int) -> int:
        """Draw how long a slow answer takes."""
        low, high = self.world.slow_ms
        return low + self.draws.below(high - low + 1, "slow-ms", *entity)

    def latency_ms(self, number: int) -> int:
        """Draw how long the answer to the request of this number takes: half to thrice the half."""
        latency = self.world.latency
        if latency is None:
            return 0
        entity = (self.name, number)
        if self.draws.below(PPM, "latency-tail", *entity) < latency.tail_ppm:
            low, high = latency.tail_ms
            return low + self.draws.below(high - low + 1, "latency-ms", *entity)
        return latency.median_ms // 2 + self.draws.below(latency.median_ms, "latency-ms", *entity)

    def server_error(self, *entity: str | int) -> int:
        """Draw a 5xx status; none of them says whether the request was executed."""
        return (500, 502, 503, 504)[self.draws.below(4, "5xx", *entity)]
