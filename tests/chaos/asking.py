"""Two ways to ask for the same thing: by calling the flows, and over HTTP."""

import hashlib
import json
from dataclasses import asdict, dataclass
from typing import Any, Final, Protocol
from uuid import UUID

import aiohttp
from typing_extensions import override

from ledgerline.base.errors import OutcomeUnknown, Rejected, Unavailable
from ledgerline.base.ids import (
    CustomerId,
    PaymentId,
    PaymentMethodId,
    SubscriptionId,
    decode,
    encode,
)
from ledgerline.base.run import Run
from ledgerline.flows.cancel_subscription import cancel_subscription
from ledgerline.flows.change_subscription import Changed, change_subscription
from ledgerline.flows.claim_key import Command
from ledgerline.flows.request_refund import RefundOrder, request_refund
from ledgerline.flows.start_purchase import start_purchase
from ledgerline.payments.model import Psps
from ledgerline.payments.refusals import CardLimitReached
from ledgerline.rules.change import Change
from ledgerline.rules.quote import Order
from ledgerline.subscriptions.model import Timing
from tests.chaos.place import Place

DONE: Final = "done"  #: the answer of a wish that makes no object
WAITS: Final = "waits"  #: of a change that waits for its payment: a repeat may say more
CARD_LIMIT: Final = CardLimitReached.code
_RETRIED: Final = frozenset({429, 502, 503, 504})
_PREFIXES: Final = {"purchase": "pur", "refund": "ref"}


class Again(Exception):
    """There is no answer yet: ask the same once more."""


class Refused(Exception):
    """A rule refused; the only argument is its code."""


@dataclass(frozen=True, slots=True)
class Wish:
    """One command: ``subject`` is what it is about, ``with_what`` a method, amount or plan."""

    key: str
    kind: str
    subject: str
    with_what: str
    how: str

    @property
    def amount(self) -> int | None:
        """How much a refund asks for; None is all that is left."""
        return None if self.how == "all" else max(1, int(self.with_what) // 3)

    @property
    def plan(self) -> tuple[str, bool]:
        """Return the plan a purchase is for, and whether it may begin with a trial."""
        plan, _, is_new = self.how.partition(" ")
        return plan, bool(is_new)


class Asker(Protocol):
    """Asks for one wish and returns what it made; raises ``Again`` and ``Refused``."""

    async def ask(self, wish: Wish) -> str:
        """Ask once."""
        ...


@dataclass(frozen=True, slots=True)
class ByFlows(Asker):
    """Calls the flows in this process."""

    run: Run
    psps: Psps

    @override
    async def ask(self, wish: Wish) -> str:
        try:
            return await _fulfil(await self.run.at_clock(), self.psps, wish)
        except (Unavailable, OutcomeUnknown) as failure:
            raise Again from failure
        except Rejected as refusal:
            raise Refused(refusal.code) from refusal


async def _fulfil(run: Run, psps: Psps, wish: Wish) -> str:
    digest = hashlib.sha256(json.dumps(asdict(wish)).encode()).digest()
    command, subject = Command("chaos", wish.key, digest), UUID(wish.subject)
    match wish.kind:
        case "purchase":
            plan, trial = wish.plan
            order = Order(CustomerId(subject), plan, with_trial=trial)
            method = PaymentMethodId(UUID(wish.with_what))
            bought = await start_purchase(
                run, psps, order, payment_method_id=method, command=command
            )
            return str(bought.purchase_id)
        case "refund":
            wanted = RefundOrder(PaymentId(subject), wish.amount, "chaos")
            return str(await request_refund(run, psps, wanted, command=command))
        case "cancel":
            timing = Timing(wish.how)
            await cancel_subscription(run, SubscriptionId(subject), timing=timing, command=command)
        case _:
            timing = Timing(wish.how)
            change = Change(SubscriptionId(subject), wish.with_what, None, timing)
            became = await change_subscription(run, psps, change, command=command)
            if became.changed is Changed.WAITS:
                return WAITS
            if became.changed is Changed.WITHDRAWN:
                raise Refused("change_withdrawn")
            if became.changed is Changed.DECLINED:
                raise Refused("payment_declined")
    return DONE


@dataclass(frozen=True, slots=True)
class ByHttp(Asker):
    """Calls the API, which may be killed at any time; an answer of 500 is evidence of a defect."""

    place: Place
    session: aiohttp.ClientSession
    url: str
    secret: str

    @override
    async def ask(self, wish: Wish) -> str:
        path, body = _request(wish)
        headers = {"Authorization": f"Bearer {self.secret}", "Idempotency-Key": wish.key}
        try:
            async with self.session.post(self.url + path, json=body, headers=headers) as reply:
                text = await reply.text()
        except (aiohttp.ClientError, TimeoutError) as failure:
            raise Again from failure
        return self._read(wish, reply.status, json.loads(text))

    def _read(self, wish: Wish, status: int, answer: dict[str, Any]) -> str:
        code = str(answer.get("code", ""))
        if code == CARD_LIMIT:  # it is lifted in weeks, and the clock of the storm stands by then
            raise Refused(code)
        if status in _RETRIED:
            raise Again
        if status == 202 and answer.get("object") == "outcome":
            raise Again
        if status == 202 and wish.kind == "change":
            return WAITS
        if status >= 500:
            self.place.append(
                "defects.ndjson", {"who": f"api, {wish}", "what": str(answer), "trace": ""}
            )
            raise Again
        if status == 402 and wish.kind == "purchase":
            return str(decode("pur", answer["purchase"]))
        if status >= 400:
            raise Refused(code)
        prefix = _PREFIXES.get(wish.kind)
        return DONE if prefix is None else str(decode(prefix, answer["id"]))


def _request(wish: Wish) -> tuple[str, dict[str, object]]:
    subject = UUID(wish.subject)
    match wish.kind:
        case "purchase":
            plan, trial = wish.plan
            method = encode("pm", UUID(wish.with_what))
            customer = encode("cus", subject)
            asked: dict[str, object] = {"customer": customer, "plan": plan, "trial": trial}
            return "/v1/purchases", {**asked, "payment_method": method}
        case "refund":
            asked = {"payment": encode("pay", subject), "reason": "chaos"}
            amount = wish.amount
            return "/v1/refunds", asked if amount is None else {**asked, "amount": amount}
        case "cancel":
            path = f"/v1/subscriptions/{encode('sub', subject)}/cancel"
            return path, {"when": wish.how}
        case _:
            path = f"/v1/subscriptions/{encode('sub', subject)}/change"
            return path, {"when": wish.how, "plan": wish.with_what}
