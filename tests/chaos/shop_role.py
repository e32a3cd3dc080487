"""Shoppers: they buy, cancel, change and ask for money back, and repeat what got no answer.

Every wish is written down before it is tried, so that the next process of a killed shopper asks
the same with the same key. The list of wishes and answers is part of the proof.
"""

import asyncio
import hashlib
import json
import socket
from dataclasses import asdict, dataclass
from typing import Final, NamedTuple
from uuid import UUID

from ledgerline.base.db import statements
from ledgerline.base.errors import OutcomeUnknown, Rejected, Unavailable
from ledgerline.base.ids import CustomerId, PaymentId, PaymentMethodId, SubscriptionId
from ledgerline.base.run import Run
from ledgerline.flows.cancel_subscription import cancel_subscription
from ledgerline.flows.change_plan import Change, change_plan
from ledgerline.flows.claim_key import Command
from ledgerline.flows.quote_purchase import Order
from ledgerline.flows.request_refund import RefundOrder, request_refund
from ledgerline.flows.start_purchase import start_purchase
from ledgerline.outbox.model import IdempotencyInProgress
from ledgerline.payments.model import Psps
from ledgerline.subscriptions.model import Timing
from tests.chaos.chance import Chance
from tests.chaos.place import Place
from tests.chaos.running import opened, patiently

TABS: Final = 6
PLANS: Final = ("small_weekly", "large_weekly", "small_monthly", "trial_weekly")
ANSWERS: Final = "answers.ndjson"
DONE: Final = "done"  #: the answer of a wish that makes no object

_SQL: Final = statements(__name__)


@dataclass(frozen=True, slots=True)
class Wish:
    """One command: ``subject`` is what it is about, ``with_what`` a method, amount or plan."""

    key: str
    kind: str
    subject: str
    with_what: str
    how: str


class SubjectRow(NamedTuple):
    """What a wish may be about."""

    id: UUID
    other: str


@dataclass(frozen=True, slots=True)
class Shop:
    """One shopper's process."""

    place: Place
    slot: int
    run: Run
    psps: Psps
    chance: Chance

    async def perform(self, wish: Wish, *, known: bool = False, clicks: int = 1) -> None:
        """Write the wish down, try until there is an answer, write that down.

        Two clicks are two tries at once with one key: both may be answered, and then alike.
        """
        if not known:
            self.place.append(f"wishes-{self.slot}.ndjson", asdict(wish))
        tried = await asyncio.gather(*(self._insist(wish) for _ in range(clicks)))
        answers = {answer for answer, _ in tried if answer}
        assert len(answers) <= 1, (wish, answers)
        answer, refused = next((one for one in tried if one[0]), tried[0])
        self.place.append(
            ANSWERS, {"key": wish.key, "kind": wish.kind, "answer": answer, "refused": refused}
        )

    async def _insist(self, wish: Wish) -> tuple[str, str]:
        while True:
            try:
                return await fulfil(await self.run.at_clock(), self.psps, wish), ""
            except (Unavailable, OutcomeUnknown, IdempotencyInProgress):
                await asyncio.sleep(self.chance.between(20, 80))
            except Rejected as refusal:
                return "", refusal.code

    async def tab(self, name: str) -> None:
        """Wish something again and again."""
        while True:
            wish = await self._choose(name)
            if wish is None:
                await asyncio.sleep(0.05)
            elif self.chance.hits(80):  # a double click
                await self.perform(wish, clicks=2)
            elif wish.kind == "purchase" and self.chance.hits(80):  # two tabs
                other = Wish(f"{wish.key}b", *list(asdict(wish).values())[1:])
                await asyncio.gather(self.perform(wish), self.perform(other))
            else:
                await self.perform(wish)
            await asyncio.sleep(self.chance.between(5, 60))

    async def _choose(self, name: str) -> Wish | None:
        key = f"{name}.{self.chance.seed}.{self.chance.drawn}"
        drawn = self.chance.below(100)
        if drawn < 60:
            found, plan = await self._pick("pick_customer"), self.chance.of(PLANS)
            if found is None:
                return None
            method, _, is_new = found.other.partition(" ")
            return Wish(key, "purchase", str(found.id), method, f"{plan} {is_new}")
        if drawn < 75:
            found = await self._pick("pick_payment")
            how = self.chance.of(("all", "part"))
            return found and Wish(key, "refund", str(found.id), found.other, how)
        found = await self._pick("pick_subscription")
        timing = self.chance.of((Timing.NOW, Timing.PERIOD_END))
        if drawn < 83:
            return found and Wish(key, "cancel", str(found.id), "", timing)
        return found and Wish(key, "change", str(found.id), self.chance.of(PLANS), timing)

    async def _pick(self, what: str) -> SubjectRow | None:
        try:
            async with self.run.reading() as read:
                salt = str(self.chance.below(1 << 30))
                return await read.row(_SQL[what], SubjectRow, salt=salt)
        except (Unavailable, OutcomeUnknown):
            return None


async def fulfil(run: Run, psps: Psps, wish: Wish) -> str:
    """Carry a wish out, or find what its first try did; return what it made."""
    digest = hashlib.sha256(json.dumps(asdict(wish)).encode()).digest()
    command = Command("chaos", wish.key, digest)
    match wish.kind:
        case "purchase":
            plan, _, is_new = wish.how.partition(" ")
            order = Order(CustomerId(UUID(wish.subject)), plan, with_trial=bool(is_new))
            method = PaymentMethodId(UUID(wish.with_what))
            bought = await start_purchase(
                run, psps, order, payment_method_id=method, command=command
            )
            return str(bought.purchase_id)
        case "refund":
            amount = None if wish.how == "all" else max(1, int(wish.with_what) // 3)
            wanted = RefundOrder(PaymentId(UUID(wish.subject)), amount, "chaos")
            return str(await request_refund(run, psps, wanted, command=command))
        case "cancel":
            subscription = SubscriptionId(UUID(wish.subject))
            await cancel_subscription(run, subscription, timing=Timing(wish.how), command=command)
            return DONE
        case _:
            subscription = SubscriptionId(UUID(wish.subject))
            change = Change(subscription, wish.with_what, Timing(wish.how))
            await change_plan(run, change, command=command)
            return DONE


async def shop(place: Place, slot: int, chance: Chance, _socket: socket.socket) -> None:
    """Answer what the last process of this slot left open, then go on wishing until killed."""

    async def session() -> None:
        async with opened(place, f"shop-{slot}", size=TABS + 2) as (run, psps):
            here = Shop(place, slot, run, psps, chance)
            await _repeat_open(here)
            await asyncio.gather(*(here.tab(f"{slot}.{number}") for number in range(TABS)))

    await patiently(session)


async def finish(place: Place, slot: int, chance: Chance, _socket: socket.socket) -> None:
    """Repeat every wish without an answer, and some with one: nothing new may happen."""

    async def session() -> None:
        async with opened(place, f"finish-{slot}", size=TABS + 2) as (run, psps):
            here = Shop(place, slot, run, psps, chance)
            await _repeat_open(here)
            await _repeat_answered(here)

    await patiently(session)


async def _repeat_open(here: Shop) -> None:
    answered = {line["key"] for line in here.place.lines(ANSWERS)}
    wishes = [Wish(**line) for line in here.place.lines(f"wishes-{here.slot}.ndjson")]
    for wish in wishes:
        if wish.key not in answered:
            await here.perform(wish, known=True)


async def _repeat_answered(here: Shop) -> None:
    answers = {line["key"]: line for line in here.place.lines(ANSWERS) if line["answer"]}
    wishes = [Wish(**line) for line in here.place.lines(f"wishes-{here.slot}.ndjson")]
    for wish in wishes[-200:]:
        if wish.key in answers:
            again = await fulfil(await here.run.at_clock(), here.psps, wish)
            assert again == answers[wish.key]["answer"], (wish, again, answers[wish.key])
