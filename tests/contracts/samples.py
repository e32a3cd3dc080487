"""What a connector brings to its contract tests, and which connectors there are."""

import pkgutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib import import_module
from typing import Final, NamedTuple

import msgspec

from ledgerline.payments import adapters
from ledgerline.payments.contract import (
    Answer,
    Conversation,
    Merchant,
    Psp,
    PspReply,
    PspRequest,
    SettlementLine,
    SettlementTotal,
)
from ledgerline.payments.model import Action, Lookup, Outcome, Reading, SentAttempt
from tests.contracts import connectors
from tests.unit.payments.samples import (
    ATTEMPT,
    CHALLENGED,
    CHARGE_LOOKUP,
    PRESENT,
    REFUND,
    REFUND_LOOKUP,
)

PATIENCE: Final = timedelta(seconds=20)  # never met: a busy machine must not change an outcome
MONEY: Final[tuple[Action, ...]] = (ATTEMPT, CHALLENGED, PRESENT, REFUND)
LOOKUPS: Final[tuple[Action, ...]] = (CHARGE_LOOKUP, REFUND_LOOKUP)


class Delivery(NamedTuple):
    """A webhook as it comes in."""

    headers: Mapping[str, str]
    raw: bytes


class Talk(NamedTuple):
    """A conversation as the provider documents it, and what it means."""

    what: Action
    answers: tuple[Answer, ...]
    outcome: Outcome


class Handed(NamedTuple):
    """What a payer brought back, how the provider documents its answer, and what it means."""

    what: SentAttempt
    result: str
    answers: tuple[Answer, ...]
    outcome: Outcome


class Ended(NamedTuple):
    """A charge that is to be ended, how the provider documents its answers, and what they mean."""

    what: Lookup
    answers: tuple[Answer, ...]
    outcome: Outcome


class Talked(NamedTuple):
    """What a conversation asked, and its reading; None when it would ask on."""

    requests: Sequence[PspRequest]
    reading: Reading | None


@dataclass(frozen=True, kw_only=True)
class Samples:
    """A connector with samples that its author wrote from the provider's documentation."""

    psp: Psp
    merchant: Merchant
    moves_money: Callable[[PspRequest], bool]  # by the documentation, whatever the connector says
    talks: tuple[Talk, ...]
    webhook_secrets: tuple[str, ...]  # the names of those that may sign
    sign: Callable[[str, datetime], Delivery]  # a delivery signed with a secret at an instant
    references: tuple[str | None, ...]  # what that delivery tells of
    confirms: tuple[Handed, ...] = ()
    cancels: tuple[Ended, ...] = ()
    cancel_is_told_later: bool = False  # its answer proves nothing, and a webhook tells the end
    signs_all: bool = True  # else some fields only: what is not signed then decides nothing
    settlement: tuple[bytes, tuple[SettlementLine | SettlementTotal, ...]] | None = None


def discovered() -> set[str]:
    """Find the connectors: every package below the adapters is one."""
    return {one.name for one in pkgutil.iter_modules(adapters.__path__) if one.ispkg}


def described() -> dict[str, Samples]:
    """Load the samples of all connectors, and of the one that only the how-to knows."""
    names = sorted(one.name for one in pkgutil.iter_modules(connectors.__path__))
    return {name: import_module(f"{connectors.__name__}.{name}").SAMPLES for name in names}


def reply(status: int, body: object) -> PspReply:
    """Return an answer with a JSON body."""
    return PspReply(status, {}, msgspec.json.encode(body))


def talk(psp: Psp, what: Action, merchant: Merchant, answers: Sequence[Answer]) -> Talked:
    """Have a conversation whose other side says ``answers``, without any I/O."""
    return carried(psp.talk(what, merchant), answers)


def carried(conversation: Conversation, answers: Sequence[Answer]) -> Talked:
    """Carry any conversation as ``talk`` does."""
    requests = [next(conversation)]
    for answer in answers:
        try:
            requests.append(conversation.send(answer))
        except StopIteration as end:
            return Talked(requests, end.value)
    conversation.close()
    return Talked(requests, None)
