"""What a provider publishes about itself, as values that rules compare."""

from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum


class LookupKind(StrEnum):
    """How a provider can be asked what became of a charge or refund."""

    NONE = "none"
    BY_ID = "by_id"  # once it told its own id
    BY_KEY = "by_key"  # while it keeps the idempotency key
    BY_REFERENCE = "by_reference"  # for ever


class CancelKind(StrEnum):
    """How a provider can be told to end a charge that has not been executed."""

    NONE = "none"
    HELD = "held"  # one that it holds; one that never arrived may still arrive
    BY_REFERENCE = "by_reference"  # even one that never arrived: it is never executed then


class SetUpSource(StrEnum):
    """From what a provider sets up a means to pay."""

    TOKEN = "token"  # noqa: S105 - what its fields in the merchant's page give
    DATA = "data"  # what its fields give instead of a token, for it alone to read
    PAGE = "page"  # what the payer tells it on a page of its own; they come back by a link


class Light(StrEnum):
    """Whether a charge may go to an account, as its health is."""

    CLOSED = "closed"  # it is well
    HALF_OPEN = "half_open"  # one charge may try whether it is well again
    OPEN = "open"


@dataclass(frozen=True, slots=True, kw_only=True)
class SetUp:
    """How a provider sets up a means to pay without a charge.

    A payer who has to go somewhere is waited for as long as ``open_for``. The other fields mean
    what they mean for a charge.
    """

    sources: frozenset[SetUpSource]
    lookup: LookupKind
    cancel: CancelKind
    confirms: bool
    open_for: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Debits:
    """What a provider of bank debits does and asks for.

    Where it ``sends_notices`` it tells payers of their debits itself, and chooses a day that is far
    enough. A debit reaches it at least ``lead_bank_days`` before its day.
    """

    sends_notices: bool
    lead_bank_days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """How a provider takes evidence for disputes.

    A pack has ``bytes_max`` at most. Where it ``names_defences``, one of the reasons that it allows
    for a dispute is named with it. ``lookup`` says that it can be asked whether any was handed in.
    """

    bytes_max: int
    lookup: bool
    names_defences: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """What a provider publishes about itself, as values that rules compare."""

    key_window: timedelta  # how long it keeps an idempotency key
    lookup: LookupKind
    replays_refusals: bool  # a replay of a refused charge is answered, and not tried once more
    answers_late: bool  # it may accept first and say later what came of it
    three_ds: bool  # it may ask for the payer before it executes
    cancel: CancelKind
    confirms: bool  # what the payer brings back has to be handed in; else looking is enough
    batch_webhooks: bool  # one delivery may hold several events
    settlement_file: bool
    set_up: SetUp | None  # None where nothing is set up without a charge
    evidence: Evidence | None = None  # None where it takes none by a request
    card_fields: str | None = None  # the address of fields that a page may show in a frame
    debits: Debits | None = None  # what it charges are mandates, which can be looked at

    def of_set_ups(self) -> "Capabilities":
        """Return what holds for a set-up instead of a charge; nothing where there is none."""
        told = self.set_up
        if told is None:
            return replace(
                self, lookup=LookupKind.NONE, cancel=CancelKind.NONE, confirms=False,
                replays_refusals=False,
            )  # fmt: skip
        return replace(self, lookup=told.lookup, cancel=told.cancel, confirms=told.confirms)
