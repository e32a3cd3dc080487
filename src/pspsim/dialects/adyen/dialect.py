"""The dialect itself: who may speak, which resource it is, and what is kept under a key.

Source: Adyen's API explorer "Checkout v71".
"""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any, Final, NamedTuple
from urllib.parse import parse_qs

from typing_extensions import override

from pspsim import challenges
from pspsim.commands import answer
from pspsim.dialects.adyen import answers, defences, methods, notifications, reports, requests
from pspsim.dialects.adyen.answers import Refused, problem
from pspsim.draws import Draws
from pspsim.http_wire import Request
from pspsim.provider import Dialect, Provider, Told
from pspsim.records import (
    Canceled,
    Charge,
    DisputeChanged,
    Kept,
    Kind,
    Refund,
    Status,
    Stored,
    encode,
)
from pspsim.replies import Reply, RequestRefused

KEY_MAX: Final = 64
BATCH_MAX: Final = 6
_REPORT: Final = re.compile(
    r"reports/download/MerchantAccount/(?P<account>[^/]+)/"
    r"settlement_detail_report_batch_(?P<batch>[0-9]{1,6})\.csv"
)
_MODIFICATION: Final = re.compile(
    r"v71/payments/(?P<psp>[^/]+)/(?P<verb>refunds|reversals|captures|cancels)"
)
_METHOD: Final = re.compile(r"v71/storedPaymentMethods/(?P<id>[^/]+)")
_RETURNING: Final = {"refunds": "REFUND", "reversals": "CANCEL_OR_REFUND"}
_CHANGES: Final = {"captures": "CAPTURE", "cancels": "CANCELLATION"}
_CHANGE_ANSWERS: Final = "modifications"
_RESULTS: Final = "redirect results"


class Call(NamedTuple):
    """One request that may come in, and what its path and query say."""

    provider: Provider
    request: Request
    resource: str
    query: str

    @property
    def key(self) -> str:
        """Return the key; where none is given one that never comes again."""
        given = self.request.key.decode("latin-1")
        if len(given) > KEY_MAX:
            raise Refused("702", f"Idempotency-Key has more than {KEY_MAX} characters")
        return given or f"none {len(self.provider.books.executions)}"

    def asked(self, name: str) -> str:
        """Return a parameter of the query; empty where it is missing."""
        return parse_qs(self.query).get(name, [""])[0]


class Adyen(Dialect):
    """Speak as the section on Adyen in `docs/reference/psp-simulator.md` says."""

    batch_max = BATCH_MAX
    challenge_life = timedelta(hours=12)  # after which the offer to a payer is closed

    @override
    def knows(self, provider: Provider, request: Request) -> bool:
        secret = provider.world.providers[provider.name].api_secret
        return request.headers.get(b"x-api-key") == secret.encode()

    @override
    def serve(self, provider: Provider, request: Request, *, resource: str, query: str) -> Reply:
        # the live address has one more step in its path
        call = Call(provider, request, resource.removeprefix("checkout/"), query)
        try:
            reply = _serve(call)
        except Refused as refusal:
            reply = answers.refused(refusal)
        except RequestRefused as refusal:
            reply = answers.refused(Refused("702", refusal.message))
        if request.key and reply.status < HTTPStatus.BAD_REQUEST:
            named = b"idempotency-key: " + request.key + b"\r\n"
            return reply._replace(headers=reply.headers + named)
        return reply

    @override
    def problem(self, status: int, code: str, *, message: str = "", headers: bytes = b"") -> Reply:
        return problem(status, code, headers=headers)

    @override
    def executed(self, provider: Provider, stored: Stored) -> Reply:
        if stored.answer >= HTTPStatus.INTERNAL_SERVER_ERROR:
            return problem(stored.answer, "internal_error")
        return _result(provider, stored.item)

    @override
    def repeated(self, provider: Provider, stored: Stored) -> Reply:
        # an error that hid the result came from in front of what keeps the keys
        return _result(provider, stored.item)

    @override
    def identify(self, draws: Draws, kind: Kind, *entity: str | int) -> str:
        return draws.name("psp", kind, *entity).rpartition("_")[2][:16].upper()

    @override
    def tell(self, provider: Provider, item: Charge | Refund, *, at: datetime) -> Told | None:
        if isinstance(item, Charge):
            return notifications.of_payment(provider, item, at=at)
        return notifications.of_refund(provider, item, at=at)

    @override
    def challenged(self, provider: Provider, charge: Charge, *, passed: bool) -> dict[str, str]:
        """Give the payer a result to bring along: only once that is handed in it is paid."""
        name = provider.draws.name("redirect", provider.name, charge.id, int(passed))
        result = {"id": name, "charge": charge.id, "passed": passed}
        provider.books.record(Kept(provider.name, _RESULTS, name, result))
        return {"redirectResult": name}

    @override
    def tell_dispute(self, provider: Provider, changed: DisputeChanged) -> Sequence[Told]:
        told = notifications.of_dispute(provider, changed)
        return [] if told is None else [told]

    @override
    def tell_reversal(self, provider: Provider, refund: Refund, *, at: datetime) -> Told:
        return notifications.of_reversal(provider, refund, at=at)

    @override
    def join(self, told: Sequence[Told]) -> Told:
        return notifications.joined(told)

    @override
    def sign(self, secret: str, told: Told, *, timestamp: int) -> Mapping[str, str]:
        return {}  # every item bears its signature


def _result(provider: Provider, item: Charge | Refund) -> Reply:
    if isinstance(item, Charge):
        return answers.payment(provider.draws, item, stored=_kept(provider, item))
    return answers.refund(item, provider.own.notes[item.id])


def _kept(provider: Provider, charge: Charge) -> dict[str, str]:
    """Say which card an authorised payment has stored for which shopper."""
    note = provider.own.notes[charge.id]
    if requests.STORES not in note or charge.status is not Status.SUCCEEDED:
        return {}
    methods.keep(provider, note["shopper"], note[requests.STORES])
    return {
        "recurring.recurringDetailReference": note[requests.STORES],
        "recurring.shopperReference": note["shopper"],
        "tokenization.shopperReference": note["shopper"],
        "tokenization.storedPaymentMethodId": note[requests.STORES],
    }


def _serve(call: Call) -> Reply:
    if call.request.method == b"POST" and call.resource.startswith(defences.PREFIX):
        verb = call.resource.removeprefix(defences.PREFIX)
        key = call.request.key.decode("latin-1")
        said = defences.serve(call.provider, verb, body=call.request.body, key=key)
        return said or problem(HTTPStatus.NOT_FOUND, "not_found")
    route = _ROUTES.get((call.request.method, call.resource))
    if route is not None:
        return route(call)
    for method, pattern, serve in _PATTERNS:
        found = pattern.fullmatch(call.resource)
        if found is not None and call.request.method == method:
            return serve(call, found)
    return problem(HTTPStatus.NOT_FOUND, "not_found")


def _pay(call: Call) -> Reply:
    command = requests.read_payment(call.provider, call.request.body)
    reply = answer(call.provider, command, key=call.key)
    is_stored = requests.STORES not in command.note
    if is_stored and call.provider.own.charges_under(command.reference):  # no fault came before
        methods.keep(call.provider, command.note["shopper"], command.body.payment_token)
    return reply


def _details(call: Call) -> Reply:
    """Go on with a payment whose payer is back; what they brought is good for one payment."""
    provider = call.provider
    found = provider.own.kept.get(_RESULTS, {}).get(requests.read_details(call.request.body))
    if found is None:
        raise Refused("174", "Unable to decrypt data")
    challenges.end(provider, provider.own.charges[found["charge"]], passed=found["passed"])
    charge = provider.own.charges[found["charge"]]
    if charge.status is Status.CANCELED:
        raise Refused("174", "Unable to decrypt data")
    return answers.payment(provider.draws, charge, stored=_kept(provider, charge))


def _modify(call: Call, found: re.Match[str]) -> Reply:
    body, verb, psp = requests.read_modification(call.request.body), found["verb"], found["psp"]
    if verb in _RETURNING:
        event, key = _RETURNING[verb], call.key
        command = requests.returning(call.provider, body, psp=psp, event=event, key=key)
        return answer(call.provider, command, key=key)
    charge = call.provider.own.charges.get(psp)
    if charge is None:
        raise Refused("167", "Original pspReference required for this operation")
    more: dict[str, Any] = {"paymentPspReference": psp}
    if verb == "captures":
        if body.amount is None:
            raise Refused("100", "No amount specified")
        more["amount"] = {"currency": body.amount.currency, "value": body.amount.value}
    return _change(call, body, charge, event=_CHANGES[verb], more=more)


def _cancel(call: Call) -> Reply:
    """Receive a technical cancel by our reference; what nobody knows is told of by nobody."""
    body = requests.read_modification(call.request.body)
    if not body.payment_reference:
        raise Refused("130", "Reference Missing")
    charges = call.provider.own.charges_under(body.payment_reference)
    charge = charges[-1] if charges else None
    more = {"paymentReference": body.payment_reference}
    return _change(call, body, charge, event="TECHNICAL_CANCEL", more=more)


def _change(
    call: Call,
    body: requests.ModificationBody,
    charge: Charge | None,
    *,
    event: str,
    more: dict[str, Any],
) -> Reply:
    """Receive a capture or a cancel, once a key, and tell what came of it."""
    provider, key = call.provider, call.key
    kept = provider.own.kept.get(_CHANGE_ANSWERS, {})
    if key in kept:
        return Reply(HTTPStatus.CREATED, encode(kept[key]))
    name = provider.draws.name("psp", "modification", provider.name, key, len(kept))
    psp = name.rpartition("_")[2][:16].upper()
    received: dict[str, Any] = {
        "merchantAccount": body.merchant_account,
        **more,
        "pspReference": psp,
    }
    received |= {"reference": body.reference} if body.reference else {}
    received["status"] = "received"
    kept_under = key if call.request.key else psp
    provider.books.record(Kept(provider.name, _CHANGE_ANSWERS, kept_under, received))
    if charge is not None:
        reason = _changed(provider, charge, event)
        told = notifications.of_change(provider, charge, event, received, reason=reason)
        provider.announce(provider.name, told)
    return Reply(HTTPStatus.CREATED, encode(received))


def _changed(provider: Provider, charge: Charge, event: str) -> str:
    """Change a payment, or say why not: what is authorised was captured at once.

    So only what is still on its way to be authorised can be canceled.
    """
    if charge.status is Status.REQUIRES_ACTION:
        return "Transaction is not authorised"
    if charge.status is not Status.PENDING or event == "CAPTURE":
        return "Transaction was captured already"
    now = provider.books.now
    provider.books.record(Canceled(provider.name, charge.reference, charge.id, now))
    return ""


def _offer(call: Call) -> Reply:
    plain = requests.read(call.request.body)
    requests.require_account(str(plain.get("merchantAccount", "")))
    shopper = str(plain.get("shopperReference", ""))
    return Reply(HTTPStatus.OK, encode(methods.offered(call.provider, shopper)))


def _stored(call: Call) -> Reply:
    account, shopper = call.asked("merchantAccount"), call.asked("shopperReference")
    requests.require_account(account)
    found = methods.stored(call.provider, shopper)
    listed = {"merchantAccount": account, "shopperReference": shopper}
    return Reply(HTTPStatus.OK, encode({**listed, "storedPaymentMethods": found}))


def _delete(call: Call, found: re.Match[str]) -> Reply:
    requests.require_account(call.asked("merchantAccount"))
    methods.delete(call.provider, call.asked("shopperReference"), found["id"])
    return Reply(HTTPStatus.NO_CONTENT, b"")


def _report(call: Call, found: re.Match[str]) -> Reply:
    body = reports.report(call.provider, found["account"], int(found["batch"]))
    if body is None:
        return problem(HTTPStatus.NOT_FOUND, "not_found")
    return Reply(HTTPStatus.OK, body, content_type=b"text/csv")


_ROUTES: Final[Mapping[tuple[bytes, str], Callable[[Call], Reply]]] = {
    (b"POST", "v71/payments"): _pay,
    (b"POST", "v71/payments/details"): _details,
    (b"POST", "v71/cancels"): _cancel,
    (b"POST", "v71/paymentMethods"): _offer,
    (b"GET", "v71/storedPaymentMethods"): _stored,
}
_PATTERNS: Final[
    Sequence[tuple[bytes, re.Pattern[str], Callable[[Call, re.Match[str]], Reply]]]
] = (
    (b"POST", _MODIFICATION, _modify),
    (b"DELETE", _METHOD, _delete),
    (b"GET", _REPORT, _report),
)
