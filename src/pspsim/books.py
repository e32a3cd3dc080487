"""The books of every provider: what was executed, under which key, and where the clock stands.

State changes in one way only: an entry is written to the journal, then applied. A restart applies
the same entries again.
"""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from heapq import heappop, heappush
from typing import Any, Final

from msgspec.structs import replace

from pspsim.faults import known_rates
from pspsim.journal import Journal
from pspsim.records import (
    Charge,
    ChargeExecuted,
    ClockMoved,
    Entry,
    Executed,
    Execution,
    FaultMet,
    Kept,
    Kind,
    Opened,
    OutageAdded,
    RatesSet,
    Refund,
    RefundExecuted,
    Settled,
    Status,
    Stored,
    TargetSet,
)
from pspsim.tokens import TokenKind, parse_token
from pspsim.world import ProviderWorld, Window, World

KEY_LIFE: Final = timedelta(days=7)
PENDING_LIFE: Final = timedelta(days=1)


class ProviderBooks:
    """Hold the books and switches of one provider."""

    __slots__ = (
        "charges",
        "charges_by_reference",
        "fixed_charges",
        "kept",
        "keys",
        "lookups",
        "notes",
        "outages",
        "rates",
        "recovering",
        "refunded",
        "refunds",
        "refunds_by_reference",
        "requests",
        "target",
    )

    def __init__(self, world: ProviderWorld) -> None:
        """Start with empty books and the switches of ``world``."""
        self.charges: dict[str, Charge] = {}
        self.charges_by_reference: dict[str, list[str]] = {}
        self.refunds: dict[str, Refund] = {}
        self.refunds_by_reference: dict[str, list[str]] = {}
        self.refunded: Counter[str] = Counter()
        """Minor units refunded or about to be, per charge."""
        self.keys: dict[str, Stored] = {}
        self.kept: dict[str, dict[str, dict[str, Any]]] = {}
        """Objects that move no money, by collection and id."""
        self.notes: dict[str, dict[str, str]] = {}
        """What a dialect keeps beside a charge or refund, by its id."""
        self.recovering: dict[str, list[str]] = {}
        """References a recovering token has declined."""
        self.requests: Counter[tuple[Kind, str]] = Counter()
        """Requests seen per reference: the ordinal of the next fault draw."""
        self.lookups: Counter[tuple[Kind, str]] = Counter()
        """Reads seen per object or reference, while reads may fail; not kept over a restart."""
        self.fixed_charges: set[str] = set()
        """Charges of fixed test tokens."""
        self.outages: list[Window] = list(world.outages)
        self.rates = known_rates(world.rates)
        self.target: str | None = None

    def stored(self, key: str, now: datetime) -> Stored | None:
        """Find the first answer under ``key`` while the key is remembered."""
        stored = self.keys.get(key)
        if stored is None or now - stored.item.created < KEY_LIFE:
            return stored
        return None

    def is_down(self, now: datetime) -> bool:
        """Tell whether an outage covers ``now``."""
        return any(window.start <= now < window.end for window in self.outages)

    def charges_under(self, reference: str) -> list[Charge]:
        """List the charges executed under ``reference``, oldest first."""
        return [self.charges[id_] for id_ in self.charges_by_reference.get(reference, ())]

    def refunds_under(self, reference: str) -> list[Refund]:
        """List the refunds executed under ``reference``, oldest first."""
        return [self.refunds[id_] for id_ in self.refunds_by_reference.get(reference, ())]


class Books:
    """Hold the books of all providers, the order of executions and the virtual clock."""

    __slots__ = ("_journal", "_pending", "executions", "now", "providers", "settled_at")

    def __init__(self, world: World, *, seed: int, journal: Journal) -> None:
        """Apply every entry of ``journal``, then keep it for writing."""
        self._journal = journal
        self._pending: list[tuple[datetime, str, Kind, str]] = []
        self.now = world.clock
        self.providers = {name: ProviderBooks(each) for name, each in world.providers.items()}
        self.executions: list[Execution] = []
        self.settled_at: dict[str, datetime] = {}
        for entry in journal.replay(Opened(world.name, seed)):
            self._apply(entry)

    def record(self, entry: Entry) -> None:
        """Write ``entry`` down, then let it take effect."""
        self._journal.append(entry)
        self._apply(entry)

    def move_clock(self, now: datetime) -> Iterator[Settled]:
        """Move the clock to ``now`` and settle what fell due, yielding each settlement."""
        self.record(ClockMoved(now))
        while self._pending and self._pending[0][0] <= now:
            due, provider, kind, id_ = heappop(self._pending)
            settled = Settled(provider, kind, id_, due)
            if id_ not in self.settled_at:
                self.record(settled)
                yield settled

    def _apply(self, entry: Entry) -> None:
        match entry:
            case ChargeExecuted():
                self._apply_charge(entry)
            case RefundExecuted():
                self._apply_refund(entry)
            case Settled():
                self._apply_settled(entry)
            case FaultMet():
                self.providers[entry.provider].requests[entry.kind, entry.reference] += 1
            case Kept():
                kept = self.providers[entry.provider].kept
                kept.setdefault(entry.collection, {})[entry.id] = entry.value
            case ClockMoved():
                self.now = entry.now
            case TargetSet() | RatesSet() | OutageAdded():
                self._apply_switch(entry)

    def _apply_charge(self, entry: ChargeExecuted) -> None:
        books = self.providers[entry.provider]
        charge = entry.item
        books.charges[charge.id] = charge
        books.charges_by_reference.setdefault(charge.reference, []).append(charge.id)
        token = parse_token(entry.token)
        if token.is_fixed:
            books.fixed_charges.add(charge.id)
        if token.kind is TokenKind.RECOVER and charge.status is Status.DECLINED:
            references = books.recovering.setdefault(entry.token, [])
            if charge.reference not in references:
                references.append(charge.reference)
        self._apply_execution(entry, Kind.CHARGE)

    def _apply_refund(self, entry: RefundExecuted) -> None:
        books = self.providers[entry.provider]
        refund = entry.item
        books.refunds[refund.id] = refund
        books.refunds_by_reference.setdefault(refund.reference, []).append(refund.id)
        if refund.status is not Status.FAILED:
            books.refunded[refund.charge] += refund.amount
        self._apply_execution(entry, Kind.REFUND)

    def _apply_execution(self, entry: Executed, kind: Kind) -> None:
        books = self.providers[entry.provider]
        item = entry.item
        books.keys[entry.key] = Stored(entry.fingerprint, entry.answer, item)
        if entry.note:
            books.notes[item.id] = entry.note
        books.requests[kind, item.reference] += 1
        self.executions.append(Execution(kind, entry.provider, item.id, entry.key))
        if item.status is Status.PENDING:
            due = item.created + PENDING_LIFE
            heappush(self._pending, (due, entry.provider, kind, item.id))

    def _apply_settled(self, entry: Settled) -> None:
        books = self.providers[entry.provider]
        self.settled_at[entry.id] = entry.at
        if entry.kind is Kind.CHARGE:
            charge = books.charges[entry.id]
            books.charges[entry.id] = replace(charge, status=Status.SUCCEEDED, final=True)
        else:
            books.refunds[entry.id] = replace(books.refunds[entry.id], status=Status.SUCCEEDED)

    def _apply_switch(self, entry: TargetSet | RatesSet | OutageAdded) -> None:
        books = self.providers[entry.provider]
        match entry:
            case TargetSet():
                books.target = entry.url
            case RatesSet():
                books.rates = {**books.rates, **known_rates(entry.rates)}
            case OutageAdded():
                books.outages.append(Window(entry.start, entry.end))
