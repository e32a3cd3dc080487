"""The contract of a connector: what one provider's adapter is given and what it gives."""

import hashlib
from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Protocol

from ledgerline.base.money import Money
from ledgerline.payments.model import Action, Capabilities, ChargeKind, Reading, VerifiedEvent
from ledgerline.payments.refusals import SettlementFileMissing


class TransportPhase(StrEnum):
    """How far a failed exchange got; all but the last two prove that nothing executed."""

    NOT_STARTED = "not_started"
    NOT_CONNECTED = "not_connected"
    NO_BYTE_SENT = "no_byte_sent"
    BYTES_SENT = "bytes_sent"
    REPLY_PARTIAL = "reply_partial"


@dataclass(frozen=True, slots=True)
class Secret:
    """A text that shows nowhere but where ``reveal`` is called."""

    _text: str = field(repr=False)

    def reveal(self) -> str:
        """Return the text, for a request's credentials or to verify a signature."""
        return self._text


@dataclass(frozen=True, slots=True, kw_only=True)
class Merchant:
    """One merchant account; what settings and secrets there are is its connector's business.

    Every account has the setting ``base_url``. ``call_deadline`` holds for a whole conversation.
    """

    code: str
    psp: str
    settings: Mapping[str, str]
    secrets: Mapping[str, Secret]
    call_deadline: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class PspRequest:
    """One request, built purely: the same action gives the same bytes.

    ``path`` follows the account's ``base_url``. Secrets go into ``credentials`` and nowhere else:
    headers that are sent, but neither shown nor digested.
    """

    method: str
    path: str
    moves_money: bool
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    credentials: tuple[tuple[str, str], ...] = field(default=(), repr=False)

    def digest(self) -> bytes:
        """Return the SHA-256 of all that the provider compares when a key comes again."""
        head = [f"{self.method} {self.path}", *(f"{name}: {value}" for name, value in self.headers)]
        return hashlib.sha256("\n".join([*head, "", ""]).encode() + self.body).digest()


@dataclass(frozen=True, slots=True)
class PspReply:
    """A complete answer, at most 1 MiB after decompression. Header names are lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class TransportFailure:
    """No complete answer arrived."""

    phase: TransportPhase
    detail: str


Answer = PspReply | TransportFailure
Conversation = Generator[PspRequest, Answer, Reading]


@dataclass(frozen=True, slots=True, kw_only=True)
class SettlementLine:
    """One line of a provider's statement; ``reference`` is ours, the amounts are as paid out."""

    line_no: int
    kind: ChargeKind
    reference: str
    psp_ref: str
    gross: Money
    fee: Money
    settled_on: date


class Psp(Protocol):
    """The connector of one provider. Everything here is pure; the gateway does the I/O."""

    capabilities: Capabilities

    def check(
        self, settings: Mapping[str, str], secrets: Mapping[str, Secret], *, live: bool
    ) -> None:
        """Raise ``PspAccountRefused`` with the name of a setting or secret that is not usable.

        Where money is real (``live``) an address without https is none.
        """
        ...

    def talk(self, what: Action, merchant: Merchant) -> Conversation:
        """Yield requests, be sent the answers, return what they mean together; most yield once.

        To charge or refund, the first request and only that one moves money; every other request
        of any conversation is a read. What is not understood reads as ``UNKNOWN``: nothing that a
        provider sends raises.
        """
        ...

    def read_webhook(
        self, headers: Mapping[str, str], raw: bytes, merchant: Merchant, *, now: datetime
    ) -> Sequence[VerifiedEvent]:
        """Verify over the raw bytes, then parse; raises ``SignatureRefused``. ``now`` is wall time.

        What is signed and cannot be read may be an event without a reference, so that it is kept.
        """
        ...

    def read_settlement(self, raw: bytes) -> Iterator[SettlementLine]:
        """Read a settlement file; raises ``SettlementFileMissing`` where there is none.

        A file that is not as documented raises ``SettlementFileRefused`` with all that is wrong.
        """
        raise SettlementFileMissing("this provider has no such file", size_bytes=len(raw))
