"""Shoppers: they buy, cancel, change and ask for money back, and repeat what got no answer.

Every wish is written down before it is tried, so that the next process of a killed shopper asks
the same with the same key. The list of wishes and answers is part of the proof.
"""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, replace
from typing import Final, NamedTuple
from uuid import UUID

import aiohttp

from ledgerline.base.errors import OutcomeUnknown, Unavailable
from ledgerline.base.run import Run
from ledgerline.base.statements import statements
from ledgerline.subscriptions.model import Timing
from tests.chaos.asking import WAITS, Again, Asker, ByFlows, ByHttp, Refused, Wish
from tests.chaos.chance import Chance
from tests.chaos.place import API_KEY, Place
from tests.chaos.running import opened, patiently

TABS: Final = 6
PLANS: Final = ("small_weekly", "large_weekly", "small_monthly", "trial_weekly")
ANSWERS: Final = "answers.ndjson"
HTTP_SLOT: Final = 1  #: this shopper asks over HTTP, the others call the flows

_SQL: Final = statements(__name__)


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
    asker: Asker
    chance: Chance

    async def perform(self, wish: Wish, *, known: bool = False, clicks: int = 1) -> None:
        """Write the wish down, try until there is an answer, write that down.

        Two clicks are two tries at once with one key: both may be answered, and then alike, unless
        one was told of a purchase under way that the provider then refused to execute for us.
        """
        if not known:
            self.place.append(f"wishes-{self.slot}.ndjson", asdict(wish))
        tried = await asyncio.gather(*(self.insist(wish) for _ in range(clicks)))
        answers = {one for one in tried if one[0] not in {"", WAITS}}
        best = max(tried, key=lambda one: (one[0] != "", one[0] != WAITS))
        for answer, refused in answers or {best}:
            self.note(wish, answer, refused)

    def note(self, wish: Wish, answer: str, refused: str) -> None:
        """Write an answer down."""
        self.place.append(
            ANSWERS, {"key": wish.key, "kind": wish.kind, "answer": answer, "refused": refused}
        )

    async def insist(self, wish: Wish) -> tuple[str, str]:
        """Ask until there is an answer or a refusal."""
        while True:
            try:
                return await self.asker.ask(wish), ""
            except Again:
                await asyncio.sleep(self.chance.between(20, 80))
            except Refused as refusal:
                return "", str(refusal)

    async def tab(self, name: str) -> None:
        """Wish something again and again."""
        while True:
            wish = await self._choose(name)
            if wish is None:
                await asyncio.sleep(0.05)
            elif self.chance.hits(80):  # a double click
                await self.perform(wish, clicks=2)
            elif wish.kind == "purchase" and self.chance.hits(80):  # two tabs
                other = replace(wish, key=f"{wish.key}b")
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
            return Wish(
                key=key,
                kind="purchase",
                subject=str(found.id),
                with_what=method,
                how=f"{plan} {is_new}",
            )
        found = await self._pick("pick_payment" if drawn < 75 else "pick_subscription")
        if found is None:
            return None
        if drawn < 75:
            return Wish(
                key=key,
                kind="refund",
                subject=str(found.id),
                with_what=found.other,
                how=self.chance.of(("all", "part")),
            )
        timing = self.chance.of((Timing.NOW, Timing.PERIOD_END))
        if drawn < 83:
            return Wish(key=key, kind="cancel", subject=str(found.id), with_what="", how=timing)
        return Wish(
            key=key,
            kind="change",
            subject=str(found.id),
            with_what=self.chance.of(PLANS),
            how=timing,
        )

    async def _pick(self, what: str) -> SubjectRow | None:
        try:
            async with self.run.reading() as read:
                salt = str(self.chance.below(1 << 30))
                return await read.row(_SQL[what], SubjectRow, salt=salt)
        except (Unavailable, OutcomeUnknown):
            return None


@asynccontextmanager
async def _opened(place: Place, slot: int, chance: Chance, port: int) -> AsyncIterator[Shop]:
    async with opened(place, f"shop-{slot}", size=TABS + 2) as (run, psps):
        if slot != HTTP_SLOT:
            yield Shop(place=place, slot=slot, run=run, asker=ByFlows(run, psps), chance=chance)
            return
        deadline = aiohttp.ClientTimeout(total=10)
        async with aiohttp.ClientSession(timeout=deadline) as session:
            secret = place.path(API_KEY).read_text()
            asker = ByHttp(place, session, f"http://127.0.0.1:{port}", secret)
            yield Shop(place=place, slot=slot, run=run, asker=asker, chance=chance)


async def shop(place: Place, slot: int, chance: Chance, listening: socket.socket) -> None:
    """Answer what the last process of this slot left open, then go on wishing until killed."""

    async def session() -> None:
        async with _opened(place, slot, chance, listening.getsockname()[1]) as here:
            await _repeat_open(here)
            await asyncio.gather(*(here.tab(f"{slot}.{number}") for number in range(TABS)))

    await patiently(session)


async def finish(place: Place, slot: int, chance: Chance, listening: socket.socket) -> None:
    """Repeat every wish without an answer, and some with one: nothing new may happen."""

    async def session() -> None:
        async with _opened(place, slot, chance, listening.getsockname()[1]) as here:
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
            again, refused = await here.insist(wish)
            first = answers[wish.key]["answer"]
            if first not in {again, WAITS}:
                here.note(wish, again, refused)
