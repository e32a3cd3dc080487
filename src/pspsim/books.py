"""The books of every provider: what was executed, under which key, and where the clock stands.

State changes in one way only: an entry is written to the journal, then applied. A restart applies
the same entries again.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from heapq import heappop, heappush
from typing import Any, Final

from msgspec import UNSET, UnsetType
from msgspec.structs import replace

from pspsim.codes import NETWORK_CODE, DeclineCode
from pspsim.faults import known_rates
from pspsim.journal import Journal
from pspsim.records import (
    AUTHENTICATED,
    Canceled,
    Charge,
    ChargeExecuted,
    ClockMoved,
    Dispute,
    DisputeChanged,
    Entry,
    Executed,
    Execution,
    FaultMet,
    Kept,
    Kind,
    Opened,
    OutageAdded,
    PaidOut,
    PayoutFailed,
    RatesSet,
    Refund,
    RefundExecuted,
    RefundReversed,
    Settled,
    Status,
    Stored,
    TargetSet,
)
from pspsim.tokens import TokenKind, parse_token
from pspsim.world import ProviderWorld, Window, World

KEY_LIFE: Final = timedelta(days=7)
PENDING_LIFE: Final = timedelta(days=1)
PAYOUT_DELAY: Final = timedelta(days=1)
"""From the success of a charge to its payout, at providers that settle on the clock."""


@dataclass(slots=True)
class Challenges:
    """What is known of charges that asked for their payers.

    ``tokens`` has the token of each of them, ``authenticated`` those whose payers have passed;
    under ``canceled`` references no charge may begin any more.
    """

    tokens: dict[str, str] = field(default_factory=dict)
    authenticated: set[str] = field(default_factory=set)
    canceled: set[str] = field(default_factory=set)


@dataclass(slots=True)
class Later:
    """Hold what payers, banks and networks did after an execution.

    ``disputes`` by the id of their charge, every step of them in order, when a refund came back
    that had succeeded, and which payouts did not arrive.
    """

    disputes: dict[str, Dispute] = field(default_factory=dict)
    changes: list[DisputeChanged] = field(default_factory=list)
    reversed: dict[str, datetime] = field(default_factory=dict)
    failed: dict[str, PayoutFailed] = field(default_factory=dict)

    def is_gone(self, charge: str) -> bool:
        """Tell whether a dispute holds what a charge took."""
        return sum(one.moved for one in self.changes if one.item.charge == charge) < 0


class ProviderBooks:
    """Hold the books and switches of one provider."""

    __slots__ = (
        "challenges",
        "charges",
        "charges_by_reference",
        "ends",
        "fixed_charges",
        "kept",
        "keys",
        "later",
        "lookups",
        "notes",
        "outages",
        "paid_out",
        "pays_out",
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
        self.ends: dict[str, str] = {}
        """How a pending charge or refund ends that will not succeed."""
        self.pays_out: set[str] = set()
        """Charges that are paid out once they succeeded."""
        self.paid_out: dict[str, datetime] = {}
        """When a charge was paid out, in that order."""
        self.challenges, self.later = Challenges(), Later()
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
        self._pending: list[tuple[datetime, str, Kind, str, bool]] = []
        """What falls due, and whether that is a payout."""
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

    def move_clock(self, now: datetime) -> Iterator[tuple[str, Charge | Refund]]:
        """Move the clock to ``now`` and settle what fell due, yielding each with its provider."""
        self.record(ClockMoved(now))
        while self._pending and self._pending[0][0] <= now:
            due, provider, kind, id_, is_payout = heappop(self._pending)
            own = self.providers[provider]
            if is_payout and id_ not in own.paid_out:
                self.record(PaidOut(provider, id_, due))
            elif _asks(own, kind, id_):
                self.record(Canceled(provider, own.charges[id_].reference, id_, due))
            elif not is_payout and id_ not in self.settled_at:
                self.record(Settled(provider, kind, id_, due, own.ends.get(id_, UNSET)))
            else:
                continue
            yield provider, own.charges[id_] if kind is Kind.CHARGE else own.refunds[id_]

    def _apply(self, entry: Entry) -> None:
        match entry:
            case ChargeExecuted():
                self._apply_charge(entry)
            case RefundExecuted():
                self._apply_refund(entry)
            case Settled() | Canceled():
                self._apply_end(entry)
            case DisputeChanged() | RefundReversed() | PayoutFailed():
                self._apply_later(entry)
            case PaidOut() | FaultMet() | Kept():
                self._apply_note(entry)
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
        if charge.status is Status.REQUIRES_ACTION:
            books.challenges.tokens[charge.id] = entry.token
        if token.is_fixed:
            books.fixed_charges.add(charge.id)
        if entry.pays_out is True:
            books.pays_out.add(charge.id)
        has_failed = charge.status is Status.DECLINED or entry.ends is not UNSET
        if token.kind is TokenKind.RECOVER and has_failed:
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
        if entry.ends is not UNSET:
            books.ends[item.id] = entry.ends
        books.requests[kind, item.reference] += 1
        self.executions.append(Execution(kind, entry.provider, item.id, entry.key))
        if item.status is Status.PENDING:
            due = item.created + PENDING_LIFE
            if "settles_on" in entry.note:
                due = max(due, datetime.fromisoformat(entry.note["settles_on"]))
            heappush(self._pending, (due, entry.provider, kind, item.id, False))
        elif isinstance(item, Charge) and item.action is not UNSET:
            expires_at = item.action.expires_at
            if expires_at is not UNSET:
                heappush(self._pending, (expires_at, entry.provider, kind, item.id, False))

    def _apply_settled(self, entry: Settled) -> None:
        books = self.providers[entry.provider]
        self.settled_at[entry.id] = entry.at
        if entry.kind is Kind.CHARGE:
            ended = _ended(books.charges[entry.id], entry.decline)
            books.charges[entry.id] = replace(ended, action=UNSET, three_ds=entry.three_ds)
            if entry.three_ds is not UNSET and entry.three_ds.status == "Y":
                books.challenges.authenticated.add(books.challenges.tokens[entry.id])
            if entry.decline is UNSET and entry.id in books.pays_out:
                due = entry.at + PAYOUT_DELAY
                heappush(self._pending, (due, entry.provider, entry.kind, entry.id, True))
            return
        refund = books.refunds[entry.id]
        has_failed = entry.decline is not UNSET
        status = Status.FAILED if has_failed else Status.SUCCEEDED
        books.refunds[entry.id] = replace(refund, status=status)
        if has_failed:
            books.refunded[refund.charge] -= refund.amount

    def _apply_end(self, entry: Settled | Canceled) -> None:
        match entry:
            case Settled():
                self._apply_settled(entry)
            case Canceled():
                self._apply_canceled(entry)

    def _apply_canceled(self, entry: Canceled) -> None:
        books = self.providers[entry.provider]
        books.challenges.canceled.add(entry.reference)
        if entry.id is not None:
            self.settled_at[entry.id] = entry.at
            held = books.charges[entry.id]
            books.charges[entry.id] = replace(
                held, status=Status.CANCELED, action=UNSET, network_transaction_id=UNSET, final=True
            )

    def _apply_later(self, entry: DisputeChanged | RefundReversed | PayoutFailed) -> None:
        books = self.providers[entry.provider]
        match entry:
            case DisputeChanged():
                books.later.disputes[entry.item.charge] = entry.item
                books.later.changes.append(entry)
            case RefundReversed():
                refund = books.refunds[entry.id]
                books.later.reversed[entry.id] = entry.at
                books.refunds[entry.id] = replace(refund, status=Status.FAILED)
                books.refunded[refund.charge] -= refund.amount
            case PayoutFailed():
                books.later.failed[entry.id] = entry

    def _apply_note(self, entry: PaidOut | FaultMet | Kept) -> None:
        books = self.providers[entry.provider]
        match entry:
            case PaidOut():
                books.paid_out[entry.id] = entry.at
            case FaultMet():
                books.requests[entry.kind, entry.reference] += 1
            case Kept():
                books.kept.setdefault(entry.collection, {})[entry.id] = entry.value
                if entry.collection == AUTHENTICATED:
                    books.challenges.authenticated.add(entry.id)

    def _apply_switch(self, entry: TargetSet | RatesSet | OutageAdded) -> None:
        books = self.providers[entry.provider]
        match entry:
            case TargetSet():
                books.target = entry.url
            case RatesSet():
                books.rates = {**books.rates, **known_rates(entry.rates)}
            case OutageAdded():
                books.outages.append(Window(entry.start, entry.end))


def _asks(own: ProviderBooks, kind: Kind, id_: str) -> bool:
    return kind is Kind.CHARGE and own.charges[id_].status is Status.REQUIRES_ACTION


def _ended(charge: Charge, decline: str | UnsetType) -> Charge:
    if decline is UNSET:
        return replace(charge, status=Status.SUCCEEDED, final=True)
    known = decline in set(DeclineCode)
    return replace(
        charge,
        status=Status.DECLINED,
        decline_code=decline,
        network_code=NETWORK_CODE[DeclineCode(decline)] if known else UNSET,
        network_transaction_id=UNSET,
        final=True,
    )
