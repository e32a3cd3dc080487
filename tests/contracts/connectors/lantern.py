"""Lantern, a provider that does not exist: the connector of docs/how-to/add-a-connector.md."""

import hmac
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import BinaryIO, Final, TypeVar

import msgspec
from typing_extensions import override

from ledgerline.base.errors import Rejected
from ledgerline.base.money import Currency, Money, currency
from ledgerline.payments.adapters.csv_rows import Problems, rows
from ledgerline.payments.adapters.merchant_checks import check_names, check_secret, check_url
from ledgerline.payments.capabilities import CancelKind, Capabilities, LookupKind
from ledgerline.payments.contract import (
    Answer,
    Conversation,
    LineKind,
    Merchant,
    Psp,
    PspReply,
    PspRequest,
    Secret,
    SettlementLine,
    SettlementTotal,
    TransportFailure,
    TransportPhase,
)
from ledgerline.payments.model import (
    Action,
    ChargeKind,
    DeclineCategory,
    EvidenceKind,
    Lookup,
    Outcome,
    Reading,
    SentRefund,
    VerifiedEvent,
)
from ledgerline.payments.refusals import SignatureRefused
from tests.contracts.samples import Delivery, Samples, Talk, reply
from tests.unit.payments.samples import ATTEMPT, CHARGE_LOOKUP, EUR_17_99, REFUND, REFUND_LOOKUP

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Held:
    """What Lantern holds of a payment or refund."""

    id: str
    key: str
    cents: int
    currency: str
    state: str
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """The body of a webhook."""

    events: tuple[Held, ...]


STATES: Final = {
    "taken": Outcome.SUCCEEDED,
    "refused": Outcome.DECLINED,
    "open": Outcome.PENDING,
}
REASONS: Final = {
    "no_funds": DeclineCategory.INSUFFICIENT_FUNDS,
    "expired": DeclineCategory.EXPIRED_CARD,
}
NOTHING_LEFT: Final = frozenset({TransportPhase.NOT_CONNECTED, TransportPhase.NO_BYTE_SENT})


class Lantern(Psp):
    capabilities = Capabilities(
        key_window=timedelta(days=2),
        lookup=LookupKind.BY_KEY,
        replays_refusals=True,
        answers_late=True,
        three_ds=False,
        cancel=CancelKind.NONE,
        confirms=False,
        batch_webhooks=True,
        settlement_file=True,
        set_up=None,
    )

    @override
    def check(
        self, settings: Mapping[str, str], secrets: Mapping[str, Secret], *, live: bool
    ) -> None:
        check_names(settings, required={"base_url", "shop"})
        check_url("base_url", settings["base_url"], live=live)
        check_names(secrets, required={"token", "hook"})
        for name, secret in secrets.items():
            check_secret(name, secret)

    @override
    def talk(self, what: Action, merchant: Merchant) -> Conversation:
        answer = yield first_request(what, merchant)
        kind = EvidenceKind.STATUS_QUERY if isinstance(what, Lookup) else EvidenceKind.RESPONSE
        if isinstance(what, Lookup):
            return read_lookup(what, answer)
        if isinstance(answer, TransportFailure):
            lost = Outcome.NOT_EXECUTED if answer.phase in NOTHING_LEFT else Outcome.UNKNOWN
            return Reading(lost, EvidenceKind.TRANSPORT, code=answer.phase)
        held = decode(answer, Held)
        if held is not None and held.state == "open":  # accepted: ask once whether it is done
            later = decode((yield read_request(what, merchant)), Held)
            held, kind = later or held, EvidenceKind.STATUS_QUERY
        return understand(what, held, kind, status=answer.status)

    @override
    def read_webhook(
        self, headers: Mapping[str, str], raw: bytes, merchant: Merchant, *, now: datetime
    ) -> Sequence[VerifiedEvent]:
        given = {name.lower(): value for name, value in headers.items()}
        key = merchant.secrets["hook"].reveal().encode()
        signature = hmac.digest(key, raw, "sha256").hex().encode()
        if not hmac.compare_digest(given.get("lantern-signature", "").encode(), signature):
            raise SignatureRefused("no signature matches", reason="signature")
        told = decode(PspReply(200, {}, raw), Told)
        return [event(held) for held in told.events] if told is not None else []

    @override
    def read_settlement(self, raw: BinaryIO) -> Iterator[SettlementLine | SettlementTotal]:
        problems = Problems()
        for number, (line_no, row) in enumerate(rows(raw), start=1):
            try:
                yield statement_line(number, row)
            except (ValueError, Rejected) as problem:
                problems.add(line_no, str(problem))
        problems.end()


def statement_line(number: int, row: list[str]) -> SettlementLine:
    kind, key, name, cents, fee, code, day = row
    gross, kept = Money(int(cents), currency(code)), Money(int(fee), currency(code))
    return SettlementLine(
        line_no=number,
        kind=LineKind(kind),
        reference=key,
        psp_ref=name,
        gross=gross,
        fee=kept,
        net=gross - kept,
        settled_on=date.fromisoformat(day),
    )


def first_request(what: Action, merchant: Merchant) -> PspRequest:
    if isinstance(what, Lookup):
        return read_request(what, merchant)
    order: dict[str, object] = {
        "shop": merchant.settings["shop"],
        "cents": what.amount.minor,
        "currency": what.amount.currency,
    }
    if isinstance(what, SentRefund):
        order |= {"payment": what.charge_ref}
    else:
        order |= {"card": what.psp_token, "payer_present": what.initiator == "customer"}
    return PspRequest(
        method="PUT",
        path=path(what),
        moves_money=True,
        headers=(("Content-Type", "application/json"),),
        body=msgspec.json.encode(order, order="sorted"),
        credentials=credentials(merchant),
    )


def read_request(what: Action, merchant: Merchant) -> PspRequest:
    return PspRequest(
        method="GET", path=path(what), moves_money=False, credentials=credentials(merchant)
    )


def path(what: Action) -> str:
    is_refund = isinstance(what, SentRefund) or (
        isinstance(what, Lookup) and what.kind is ChargeKind.REFUND
    )
    return f"/{'refunds' if is_refund else 'payments'}/{what.reference}"


def credentials(merchant: Merchant) -> tuple[tuple[str, str], ...]:
    return (("Lantern-Token", merchant.secrets["token"].reveal()),)


def read_lookup(what: Lookup, answer: Answer) -> Reading:
    if isinstance(answer, PspReply) and (answer.status, answer.body) == (404, b""):
        return Reading(Outcome.ABSENT, EvidenceKind.STATUS_QUERY)
    status = answer.status if isinstance(answer, PspReply) else 0
    return understand(what, decode(answer, Held), EvidenceKind.STATUS_QUERY, status=status)


def understand(what: Action, held: Held | None, kind: EvidenceKind, *, status: int) -> Reading:
    """Read what Lantern holds; what is not exactly as documented and asked for is unknown."""
    if held is None or status not in {200, 202}:
        return Reading(Outcome.UNKNOWN, kind, code=f"http_{status}")
    asked = (what.reference, what.amount.minor, what.amount.currency)
    outcome = STATES.get(held.state, Outcome.UNKNOWN)
    category = REASONS.get(held.reason or "")
    if (held.key, held.cents, held.currency) != asked:
        return Reading(Outcome.UNKNOWN, kind, code="mismatch")
    if outcome is Outcome.DECLINED and category is None:
        return Reading(Outcome.UNKNOWN, kind, psp_ref=held.id, code=held.reason)
    return Reading(
        outcome, kind, psp_ref=held.id, amount=what.amount, code=held.reason, category=category
    )


def decode(answer: Answer, kind: type[T]) -> T | None:
    if isinstance(answer, TransportFailure):
        return None
    try:
        return msgspec.json.decode(answer.body, type=kind)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return None


def event(held: Held) -> VerifiedEvent:
    return VerifiedEvent(
        event_key=f"{held.key}:{held.state}",
        event_type=held.state,
        kind=None,
        reference=held.key,
        reading=None,
    )


def held(what: Action, **changes: object) -> dict[str, object]:
    """Return what Lantern would hold of ``what``, with ``changes``."""
    amount = {"cents": what.amount.minor, "currency": what.amount.currency}
    return {"id": "la_1", "key": what.reference, "state": "taken", **amount, **changes}


def _moves_money(request: PspRequest) -> bool:
    return request.method == "PUT"


def _sign(secret: str, _: datetime) -> Delivery:
    raw = msgspec.json.encode({"events": [held(ATTEMPT), held(REFUND, state="refused")]})
    return Delivery({"Lantern-Signature": hmac.digest(secret.encode(), raw, "sha256").hex()}, raw)


_LOST = TransportFailure(TransportPhase.BYTES_SENT, "lost")
_NO_FUNDS = held(ATTEMPT, state="refused", reason="no_funds")
_OPEN = reply(202, held(ATTEMPT, state="open"))
_STATEMENT = b"""charge,%(charge)b,la_1,1799,42,EUR,2026-03-02
refund,%(refund)b,la_2,-1799,0,EUR,2026-03-02
""" % {b"charge": ATTEMPT.reference.encode(), b"refund": REFUND.reference.encode()}

SAMPLES = Samples(
    psp=Lantern(),
    merchant=Merchant(
        code="aster_eu",
        psp="lantern",
        settings={"base_url": "https://lantern.example/v2", "shop": "s-1"},
        secrets={"token": Secret("a-token"), "hook": Secret("a-hook-secret")},
        call_deadline=timedelta(seconds=2),
    ),
    moves_money=_moves_money,
    talks=(
        Talk(ATTEMPT, (reply(200, held(ATTEMPT)),), Outcome.SUCCEEDED),
        Talk(ATTEMPT, (reply(200, _NO_FUNDS),), Outcome.DECLINED),
        Talk(ATTEMPT, (_OPEN, reply(200, held(ATTEMPT))), Outcome.SUCCEEDED),
        Talk(ATTEMPT, (_OPEN, _OPEN), Outcome.PENDING),
        Talk(ATTEMPT, (_OPEN, _LOST), Outcome.PENDING),
        Talk(ATTEMPT, (reply(200, held(ATTEMPT, cents=1)),), Outcome.UNKNOWN),
        Talk(ATTEMPT, (_LOST,), Outcome.UNKNOWN),
        Talk(REFUND, (reply(200, held(REFUND)),), Outcome.SUCCEEDED),
        Talk(CHARGE_LOOKUP, (reply(200, held(ATTEMPT)),), Outcome.SUCCEEDED),
        Talk(CHARGE_LOOKUP, (PspReply(404, {}, b""),), Outcome.ABSENT),
        Talk(REFUND_LOOKUP, (reply(200, held(REFUND)),), Outcome.SUCCEEDED),
    ),
    webhook_secrets=("hook",),
    sign=_sign,
    references=(ATTEMPT.reference, REFUND.reference),
    settlement=(
        _STATEMENT,
        (
            SettlementLine(
                line_no=1,
                kind=LineKind.CHARGE,
                reference=ATTEMPT.reference,
                psp_ref="la_1",
                gross=EUR_17_99,
                fee=Money(42, Currency("EUR")),
                net=Money(1757, Currency("EUR")),
                settled_on=date(2026, 3, 2),
            ),
            SettlementLine(
                line_no=2,
                kind=LineKind.REFUND,
                reference=REFUND.reference,
                psp_ref="la_2",
                gross=Money(-1799, Currency("EUR")),
                fee=Money(0, Currency("EUR")),
                net=Money(-1799, Currency("EUR")),
                settled_on=date(2026, 3, 2),
            ),
        ),
    ),
)
