"""The gateway: one way to all merchant accounts, whatever provider stands behind each."""

from asyncio import get_running_loop
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Final, TypeVar, assert_never

from typing_extensions import override

from ledgerline.base.http import Failure, HttpClient, Reply, Within
from ledgerline.base.log import logger
from ledgerline.base.moments import Dated, Moment
from ledgerline.payments.adapters.health import HealthBook
from ledgerline.payments.capabilities import CancelKind, Capabilities, Light, LookupKind
from ledgerline.payments.contract import (
    Answer,
    Merchant,
    Psp,
    PspReply,
    PspRequest,
    TransportFailure,
    TransportPhase,
)
from ledgerline.payments.debits import MandateReading
from ledgerline.payments.disputes import Defences, SentEvidence
from ledgerline.payments.model import (
    Action,
    EvidenceKind,
    Lookup,
    Outcome,
    Psps,
    Reading,
    Sent,
    SentAttempt,
    SentRefund,
    VerifiedEvent,
)
from ledgerline.payments.refusals import SignatureRefused
from ledgerline.payments.rules.breaker import seen_of
from ledgerline.payments.scores import Model
from ledgerline.payments.setups import SentSetup
from ledgerline.payments.unasked import NO_CANCEL, NO_CONFIRM, NO_LOOKUP

REQUESTS_MAX: Final = 8  # of one conversation
CALL_DEADLINE_MAX: Final = timedelta(seconds=30)
CLOCK_SEEN_SECONDS: Final = 600  # longer ago is not lately
NOT_LOADED: Final = Capabilities(
    key_window=timedelta(0),
    lookup=LookupKind.NONE,
    replays_refusals=False,
    answers_late=False,
    three_ds=False,
    cancel=CancelKind.NONE,
    confirms=False,
    batch_webhooks=False,
    settlement_file=False,
    set_up=None,
)
"""What can be relied on at an account that this process does not know."""
_log: Final = logger(__name__)
Read = TypeVar("Read", Reading, MandateReading, Defences)
Talk = Generator[PspRequest, Answer, object]

_NEVER_SENT: Final = Reading(Outcome.NOT_EXECUTED, EvidenceKind.WITHDRAWN, code="never_sent")
"""No process may ever send what has no digest: that is proof."""
_NOT_LOADED: Final = Reading(
    Outcome.NOT_EXECUTED, EvidenceKind.TRANSPORT, code="account_not_loaded"
)
"""The account was registered after this process started: no byte left from here."""


@dataclass(frozen=True, slots=True)
class Connection:
    """One merchant account and the connector that speaks its dialect."""

    merchant: Merchant
    psp: Psp


class Gateway(Psps):
    """Send what connectors build and let them read what came back.

    Of charges it notes in ``health`` how they fared on the wire, and nothing else.
    """

    def __init__(
        self,
        connections: Mapping[str, Connection],
        client: HttpClient,
        *,
        health: HealthBook | None = None,
        model: Model | None = None,
    ) -> None:
        """Serve ``connections``, by account code; whoever entered ``client`` leaves it.

        Without ``health`` every account counts as well, whatever happens. ``model`` is handed to
        flows that choose accounts.
        """
        assert all(code == at.merchant.code for code, at in connections.items()), connections
        self._connections = connections
        self._client = client
        self._health = health
        self._model = model
        self._dates: dict[str, tuple[str, Moment]] = {}

    @override
    def capabilities(self, account: str) -> Capabilities:
        at = self._connections.get(account)
        return NOT_LOADED if at is None else at.psp.capabilities_of(at.merchant)

    @override
    def is_loaded(self, account: str) -> bool:
        return account in self._connections

    @override
    def call_deadline(self, account: str) -> timedelta:
        at = self._connections.get(account)
        return CALL_DEADLINE_MAX if at is None else at.merchant.call_deadline

    @override
    def clock(self, account: str) -> datetime | None:
        if account not in self._dates:
            return None
        told, heard_at = self._dates[account]
        seconds = heard_at.seconds_until(self._client.clock())
        if not told or seconds > CLOCK_SEEN_SECONDS:
            return None
        try:
            there = parsedate_to_datetime(told)
        except ValueError:  # not the date of RFC 9110
            return None
        return None if there.tzinfo is None else there + timedelta(seconds=seconds)

    @override
    def prepared(self, what: Sent) -> Sent:
        what = replace(what, decided=self._client.clock())
        at = self._connections.get(what.psp_account)
        if at is None:
            return replace(what, request_digest=None)
        if isinstance(what, SentEvidence):
            if at.psp.capabilities_of(at.merchant).evidence is None:
                return replace(what, request_digest=None)
            conversation = at.psp.send_evidence(what, at.merchant)
            first = _first(conversation, moves_money=False)
        elif isinstance(what, SentSetup):
            if at.psp.capabilities.set_up is None:
                return replace(what, request_digest=None)
            conversation = at.psp.set_up(what, at.merchant)
            first = _first(conversation, moves_money=False)
        else:
            conversation = at.psp.talk(what, at.merchant)
            first = _first(conversation, moves_money=True)
        conversation.close()
        return replace(what, request_digest=first.digest())

    @override
    def lights(self, *, now: datetime, to_charge: bool) -> Mapping[str, Light]:
        return {} if self._health is None else self._health.lights(now=now, to_charge=to_charge)

    @override
    def model(self) -> Model | None:
        return self._model

    @override
    async def call(self, what: Action) -> Reading:
        at = self._connections.get(what.psp_account)
        if isinstance(what, Lookup):
            if at is None or at.psp.capabilities.lookup is LookupKind.NONE:
                return Reading(Outcome.UNKNOWN, EvidenceKind.STATUS_QUERY, code=NO_LOOKUP)
            conversation = at.psp.talk(what, at.merchant)
            reading, _ = await self._drive(
                at, conversation, _first(conversation, moves_money=False)
            )
            return reading
        if what.request_digest is None:
            return _NEVER_SENT
        if at is None:
            return _NOT_LOADED
        conversation = at.psp.talk(what, at.merchant)
        first = _first(conversation, moves_money=True)
        if first.digest() != what.request_digest:
            return _changed(what, conversation)
        began = get_running_loop().time()
        reading, answer = await self._drive(at, conversation, first, of=what)
        if self._health is not None and isinstance(what, SentAttempt):
            seen = seen_of(
                answer,
                reading,
                milliseconds=round(1000 * (get_running_loop().time() - began)),
                budget_milliseconds=at.merchant.call_deadline // timedelta(milliseconds=1),
            )
            if seen is not None:
                self._health.note(what.psp_account, seen)
        return reading

    @override
    async def confirm(self, sent: SentAttempt, result: str) -> Reading:
        at = self._connections.get(sent.psp_account)
        if at is None or not at.psp.capabilities.confirms:
            return Reading(Outcome.UNKNOWN, EvidenceKind.STATUS_QUERY, code=NO_CONFIRM)
        conversation = at.psp.confirm(sent, result, at.merchant)
        first = _first(conversation, moves_money=True)
        return (await self._drive(at, conversation, first, of=sent))[0]

    @override
    async def cancel(self, subject: Lookup) -> Reading:
        at = self._connections.get(subject.psp_account)
        if at is None or at.psp.capabilities.cancel is CancelKind.NONE:
            return Reading(Outcome.UNKNOWN, EvidenceKind.STATUS_QUERY, code=NO_CANCEL)
        conversation = at.psp.cancel(subject, at.merchant)
        reading, _ = await self._drive(at, conversation, _first(conversation, moves_money=False))
        return reading

    @override
    async def mandate(self, account: str, psp_token: str) -> MandateReading | None:
        at = self._connections.get(account)
        if at is None or at.psp.capabilities.debits is None:
            return None
        talk = at.psp.look_at_mandate(psp_token, at.merchant)
        found, _ = await self._drive(at, talk, _first(talk, moves_money=False))
        return found if found.event is not None else None

    @override
    async def set_up(self, sent: SentSetup) -> Reading:
        at = self._connections.get(sent.psp_account)
        if sent.request_digest is None:
            return _NEVER_SENT
        if at is None:
            return _NOT_LOADED
        conversation = at.psp.set_up(sent, at.merchant)
        first = _first(conversation, moves_money=False)
        if first.digest() != sent.request_digest:
            return _changed(sent, conversation)
        return (await self._drive(at, conversation, first, of=sent))[0]

    @override
    async def find_set_up(self, subject: Lookup) -> Reading:
        at = self._connections.get(subject.psp_account)
        if at is None or at.psp.capabilities.of_set_ups().lookup is LookupKind.NONE:
            return Reading(Outcome.UNKNOWN, EvidenceKind.STATUS_QUERY, code=NO_LOOKUP)
        conversation = at.psp.find_set_up(subject, at.merchant)
        return (await self._drive(at, conversation, _first(conversation, moves_money=False)))[0]

    @override
    async def confirm_set_up(self, sent: SentSetup, result: str) -> Reading:
        at = self._connections.get(sent.psp_account)
        if at is None or not at.psp.capabilities.of_set_ups().confirms:
            return Reading(Outcome.UNKNOWN, EvidenceKind.STATUS_QUERY, code=NO_CONFIRM)
        conversation = at.psp.confirm_set_up(sent, result, at.merchant)
        first = _first(conversation, moves_money=False)
        return (await self._drive(at, conversation, first, of=sent))[0]

    @override
    async def cancel_set_up(self, subject: Lookup) -> Reading:
        at = self._connections.get(subject.psp_account)
        if at is None or at.psp.capabilities.of_set_ups().cancel is CancelKind.NONE:
            return Reading(Outcome.UNKNOWN, EvidenceKind.STATUS_QUERY, code=NO_CANCEL)
        conversation = at.psp.cancel_set_up(subject, at.merchant)
        return (await self._drive(at, conversation, _first(conversation, moves_money=False)))[0]

    @override
    async def defences(self, account: str, dispute_ref: str) -> Defences:
        at = self._connections.get(account)
        can = None if at is None else at.psp.capabilities_of(at.merchant).evidence
        if at is None or can is None or not can.names_defences:
            return Defences(None)
        talk = at.psp.defences(dispute_ref, at.merchant)
        return (await self._drive(at, talk, _first(talk, moves_money=False)))[0]

    @override
    async def send_evidence(self, sent: SentEvidence) -> Reading:
        at = self._connections.get(sent.psp_account)
        if sent.request_digest is None:
            return _NEVER_SENT
        if at is None or at.psp.capabilities_of(at.merchant).evidence is None:
            return _NOT_LOADED
        conversation = at.psp.send_evidence(sent, at.merchant)
        first = _first(conversation, moves_money=False)
        if first.digest() != sent.request_digest:
            return _changed(sent, conversation)
        return (await self._drive(at, conversation, first, of=sent))[0]

    @override
    async def find_evidence(self, sent: SentEvidence) -> Reading:
        at = self._connections.get(sent.psp_account)
        can = None if at is None else at.psp.capabilities_of(at.merchant).evidence
        if at is None or can is None or not can.lookup:
            return Reading(Outcome.UNKNOWN, EvidenceKind.STATUS_QUERY, code=NO_LOOKUP)
        conversation = at.psp.find_evidence(sent, at.merchant)
        return (await self._drive(at, conversation, _first(conversation, moves_money=False)))[0]

    @override
    def read_webhook(
        self, account: str, headers: Mapping[str, str], raw: bytes, *, now: datetime
    ) -> Sequence[VerifiedEvent]:
        at = self._connections.get(account)
        if at is None:
            raise SignatureRefused("no such account", reason="account")
        return at.psp.read_webhook(headers, raw, at.merchant, now=now)

    async def _drive(
        self,
        at: Connection,
        talk: Generator[PspRequest, Answer, Read],
        first: PspRequest,
        *,
        of: Dated | None = None,
    ) -> tuple[Read, Answer]:
        """Carry a conversation to its end; return what it means, and the answer to ``first``.

        All of it has the one deadline of the account. ``of`` is what it sends, where that does
        something: then it goes out soon after it was decided, or not at all.
        """
        assert of is None or of.decided is not None, f"nobody decided {of}"
        deadline = get_running_loop().time() + at.merchant.call_deadline.total_seconds()
        request, answers = first, list[Answer]()
        for _ in range(REQUESTS_MAX):
            answers.append(await self._send(at.merchant, request, deadline, of=of))
            try:
                request = talk.send(answers[-1])
            except StopIteration as end:
                reading: Read = end.value
                return reading, answers[0]
            _check(talk, request, moves_money=False)
        talk.close()
        raise AssertionError(f"a conversation of more than {REQUESTS_MAX} requests")

    async def _send(
        self, merchant: Merchant, request: PspRequest, deadline: float, *, of: Dated | None
    ) -> Answer:
        left = max(0.0, deadline - get_running_loop().time())
        answer = await self._client.send(
            merchant.settings[request.base].rstrip("/") + request.path,
            method=request.method,
            headers=(*request.headers, *request.credentials),
            body=request.body,
            within=Within(left, None if of is None else of.decided),
            in_flight=merchant.code,
        )
        match answer:
            case Reply():
                told = answer.headers.get("date", "")
                self._dates[merchant.code] = (told, self._client.clock())
                return PspReply(answer.status, answer.headers, answer.body)
            case Failure():
                return TransportFailure(TransportPhase(answer.phase.value), answer.detail)
            case _:
                assert_never(answer)


def _changed(what: SentAttempt | SentRefund | SentSetup | SentEvidence, talk: Talk) -> Reading:
    """Send nothing: a request that is not the one that was committed is another one."""
    talk.close()
    _log.error("request changed", account=what.psp_account, reference=what.reference)
    return Reading(Outcome.NOT_EXECUTED, EvidenceKind.TRANSPORT, code="request_changed")


def _first(talk: Talk, *, moves_money: bool) -> PspRequest:
    """Return the first request of a conversation, checked; nothing is sent yet."""
    try:
        request = next(talk)
    except StopIteration:
        raise AssertionError("a conversation without a request") from None
    _check(talk, request, moves_money=moves_money)
    return request


def _check(talk: Talk, request: PspRequest, *, moves_money: bool) -> None:
    """Stop a connector that would move money twice, or read before it moves money."""
    if request.moves_money is not moves_money:
        talk.close()
        found = "moves money" if request.moves_money else "moves no money"
        raise AssertionError(f"{request.method} {request.path} {found} where it must not")
