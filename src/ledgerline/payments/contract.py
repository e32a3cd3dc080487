"""The contract of a connector: what one provider's adapter is given and what it gives."""

import hashlib
from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import BinaryIO, Final, Protocol

from ledgerline.base.money import Money
from ledgerline.payments.capabilities import Capabilities
from ledgerline.payments.debits import MandateReading
from ledgerline.payments.disputes import Defences, SentEvidence
from ledgerline.payments.model import Action, Lookup, Reading, SentAttempt, VerifiedEvent
from ledgerline.payments.refusals import SettlementFileMissing
from ledgerline.payments.setups import SentSetup


class TransportPhase(StrEnum):
    """How far a failed exchange got; all but the last two prove that nothing executed."""

    NOT_STARTED = "not_started"
    NOT_CONNECTED = "not_connected"
    NO_BYTE_SENT = "no_byte_sent"
    BYTES_SENT = "bytes_sent"
    REPLY_PARTIAL = "reply_partial"


BASE_URL: Final = "base_url"
"""The setting that every account has: where its provider is."""


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

    ``path`` follows the address in the account's setting ``base``. Secrets go into ``credentials``
    and nowhere else: headers that are sent, but neither shown nor digested.
    """

    method: str
    path: str
    moves_money: bool
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    credentials: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    base: str = BASE_URL

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
MandateLook = Generator[PspRequest, Answer, MandateReading]
DefenceLook = Generator[PspRequest, Answer, Defences]


class LineKind(StrEnum):
    """What a line of a provider's statement is about."""

    CHARGE = "charge"
    REFUND = "refund"
    REFUND_REVERSAL = "refund_reversal"
    BANK_RETURN = "bank_return"  # a debit that its bank took back, without a defence
    DISPUTE = "dispute"
    DISPUTE_REVERSAL = "dispute_reversal"
    FEE = "fee"
    TAX_ON_FEE = "tax_on_fee"
    FX = "fx"
    ADJUSTMENT = "adjustment"
    PAYOUT = "payout"
    PAYOUT_REVERSAL = "payout_reversal"  # one that failed is in the balance again
    CORRECTION = "correction"


@dataclass(frozen=True, slots=True, kw_only=True)
class SettlementLine:
    """One line of a provider's statement; ``line_no`` counts from 1 and rises.

    ``gross`` is what a payer gave, or got back where it is negative, in the currency of the charge;
    ``fee`` is what the provider kept of it and ``net`` what the payout grows by, both in the
    currency of the payout. In one currency net is gross less fee. A fee of the account has no
    gross, and a payout is negative: it leaves. One that failed comes back, and ``psp_ref`` names
    it. ``reference`` is ours, None where a line has none.
    """

    line_no: int
    kind: LineKind
    reference: str | None
    psp_ref: str | None
    gross: Money
    fee: Money
    net: Money
    settled_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class SettlementTotal:
    """What a statement says of itself: which payout it is of, and what its lines come to.

    ``lines`` counts those that are yielded; ``net`` is the sum of all but payouts.
    """

    reference: str
    lines: int
    net: Money


class Psp(Protocol):
    """The connector of one provider. Everything here is pure; the gateway does the I/O."""

    capabilities: Capabilities

    def capabilities_of(self, merchant: Merchant) -> Capabilities:  # noqa: ARG002 - others read it
        """Say what the provider does for an account, where its settings change that."""
        return self.capabilities

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

    def confirm(self, sent: SentAttempt, result: str, merchant: Merchant) -> Conversation:
        """Hand in what the payer brought back, where the provider ``confirms``; else not called.

        The first request moves money. Its key is derived from the attempt and this step, so that
        the same ``result`` is executed once; ``result`` comes from a browser and may be anything.
        """
        raise AssertionError(f"{merchant.psp} takes no {len(result)} bytes for {sent.reference}")

    def cancel(self, subject: Lookup, merchant: Merchant) -> Conversation:
        """End a charge that is not executed, where the provider can (``cancel``); else not called.

        No request moves money. Only what the provider confirms reads as ``NOT_EXECUTED``, with
        ``VOID_CONFIRMED``: from then on the charge can never be executed, also if it arrives later.
        """
        raise AssertionError(f"{merchant.psp} cannot cancel {subject.reference}")

    def look_at_mandate(self, psp_token: str, merchant: Merchant) -> MandateLook:
        """Look at a mandate by its id, where the provider has ``debits``; else not called.

        No request moves money. What is not understood has no event.
        """
        raise AssertionError(f"{merchant.psp} has no mandate {psp_token}")

    def set_up(self, sent: SentSetup, merchant: Merchant) -> Conversation:
        """Verify a means to pay and keep it for charges without its payer; else not called.

        No request moves money. The first bears our key and its digest is committed before; what
        follows is a read, a step under a key that is derived from ours, or one that does no harm
        if it is done twice. Where the payer has to go somewhere it reads as ``REQUIRES_ACTION``
        with the page, and they come back to ``return_url``; without the page only where they have
        it from us. A success says what it can be charged by (``saved``), and the network's id.
        """
        raise AssertionError(f"{merchant.psp} does not set up {sent.reference}")

    def find_set_up(self, subject: Lookup, merchant: Merchant) -> Conversation:
        """Ask what became of a set-up, where that can be (``set_up.lookup``); else not called."""
        raise AssertionError(f"{merchant.psp} cannot find {subject.reference}")

    def confirm_set_up(self, sent: SentSetup, result: str, merchant: Merchant) -> Conversation:
        """Do for a set-up what ``confirm`` does for a charge (``set_up.confirms``)."""
        raise AssertionError(f"{merchant.psp} takes no {len(result)} bytes for {sent.reference}")

    def cancel_set_up(self, subject: Lookup, merchant: Merchant) -> Conversation:
        """Do for a set-up what ``cancel`` does for a charge (``set_up.cancel``)."""
        raise AssertionError(f"{merchant.psp} cannot cancel {subject.reference}")

    def defences(self, dispute_ref: str, merchant: Merchant) -> DefenceLook:
        """Ask for which reasons evidence is taken (``evidence.names_defences``); else not called.

        No request changes anything.
        """
        raise AssertionError(f"{merchant.psp} names no defences of {dispute_ref}")

    def send_evidence(self, sent: SentEvidence, merchant: Merchant) -> Conversation:
        """Hand evidence in, where the provider takes ``evidence``; else not called.

        No request moves money. The first bears our key, and so does what follows, each a key of its
        own: a conversation that is had again changes nothing. ``SUCCEEDED``: it is on its way to
        the network. ``DECLINED``: it is not taken as it is. What never got as far as being handed
        in is ``NOT_EXECUTED``.
        """
        raise AssertionError(f"{merchant.psp} takes no evidence: {sent.reference}")

    def find_evidence(self, sent: SentEvidence, merchant: Merchant) -> Conversation:
        """Ask whether evidence was handed in, where that can be (``evidence.lookup``)."""
        raise AssertionError(f"{merchant.psp} cannot find {sent.reference}")

    def read_webhook(
        self, headers: Mapping[str, str], raw: bytes, merchant: Merchant, *, now: datetime
    ) -> Sequence[VerifiedEvent]:
        """Verify over the raw bytes, then parse; raises ``SignatureRefused``. ``now`` is wall time.

        What is signed and cannot be read may be an event without a reference, so that it is kept.
        """
        ...

    def read_settlement(self, raw: BinaryIO) -> Iterator[SettlementLine | SettlementTotal]:
        """Read a settlement file as it streams by; ``SettlementFileMissing`` where there is none.

        A file that is not as documented raises ``SettlementFileRefused`` with all that is wrong, at
        the latest when it ends: until then nothing that was yielded may be relied on.
        """
        raise SettlementFileMissing("this provider has no such file", name=getattr(raw, "name", ""))
