"""How a model of routing comes into a demo's time: it watches, then it decides, and is compared."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from math import sqrt
from typing import Final, NamedTuple

from ledgerline.base.run import Run
from ledgerline.base.statements import statements
from ledgerline.cli.program import Paying
from ledgerline.flows.count_outcomes import count_outcomes
from ledgerline.flows.load_routing import load_routing
from ledgerline.flows.switch_model import switch_model
from ledgerline.payments.rules.routing import Policy
from ledgerline.payments.scores import PERCENTS, Mode, Switch

WATCHES_AFTER: Final = 3 / 4
DECIDES_AFTER: Final = 5 / 6
"""Shares of a demo's time after which the model is asked, and after which it is followed."""
EXPLORE_BELOW: Final[Mapping[str, int]] = {"EUR": 3000, "GBP": 3000, "SEK": 30_000, "USD": 3000}
WHO: Final = "demo"
_NORMAL_95: Final = 1.96
_WAIT_SECONDS: Final = 0.01
_SQL: Final = statements(__name__)


class Stage(NamedTuple):
    """How far the model decides from an instant on."""

    at: datetime
    mode: Mode
    why: str


class _FencesRow(NamedTuple):
    done: int
    begun: int


class TriesRow(NamedTuple):
    """The first tries of one customer's payments while a model decided for most.

    Of those ``refused`` that were renewals, so many are ``recovered``: paid by now.
    """

    is_models: bool
    tries: int
    approved: int
    refused: int = 0
    recovered: int = 0


class Approval(NamedTuple):
    """How many first tries were approved, of those that a model chose for or of those held out.

    Or how many renewals that were refused at first were paid in the end. ``percent`` is
    100 × approved / tries.
    """

    chosen_by: str
    customers: int
    tries: int
    approved: int
    percent: float


class Compared(NamedTuple):
    """What a model did against those who were held out, in points of approval."""

    model: Approval
    held_out: Approval
    difference: float
    low: float
    high: float


class Learned(NamedTuple):
    """What a model did to first tries, and to what becomes of refused renewals.

    Each is None before there is something of both sides. ``refused`` counts renewals of who the
    model decided for, and of who was held out.
    """

    approved: Compared | None
    recovered: Compared | None
    refused: tuple[int, int]


def stages(start: datetime, end: datetime) -> list[Stage]:
    """Say when in a demo's time a model watches and when it decides."""
    days = (end - start).days
    return [
        Stage(_midnight(start, days, WATCHES_AFTER), Mode.SHADOW, "look what it would have chosen"),
        Stage(_midnight(start, days, DECIDES_AFTER), Mode.ON, "show a model that decides"),
    ]


def _midnight(start: datetime, days: int, share: float) -> datetime:
    return start.fromordinal(start.toordinal() + int(days * share)).replace(tzinfo=start.tzinfo)


@dataclass(slots=True)
class Learning:
    """The model of a demo: equal seeds teach it the same, in the same order.

    As soon as it watches, the rule that splits what no other rule decides is taken out: a model is
    asked of what rules leave open.
    """

    paying: Paying
    policy: Policy
    sellers: Sequence[str]
    stages: list[Stage]

    async def begin_day(self, here: Run) -> None:
        """Go on to the stage that begins today, if one does."""
        while self.stages and self.stages[0].at <= here.now():
            stage = self.stages.pop(0)
            rules = [one for one in self.policy.rules if one.then.split is None]
            await load_routing(here, replace(self.policy, rules=tuple(rules)))
            switch = Switch(stage.mode, PERCENTS[stage.mode][-1], EXPLORE_BELOW)
            for seller in self.sellers:
                await switch_model(here, seller, switch, changed_by=WHO, reason=stage.why)
            await self.paying.learn(here)

    async def end_day(self, here: Run) -> None:
        """Count what came of the day's charges, once all of them have ended, and learn of it."""
        await _all_ended(here)
        await count_outcomes(here)
        await self.paying.learn(here)


async def _all_ended(run: Run) -> None:
    """Wait until every transaction has ended that had begun: what is counted is counted in days."""
    newest: _FencesRow | None = None
    async with run.reading() as read:
        while True:
            now = await read.row(_SQL["fences"], _FencesRow)
            newest = newest or now
            if now is None or newest is None or now.done >= newest.begun:
                return
            await asyncio.sleep(_WAIT_SECONDS)


async def compare(run: Run) -> Learned:
    """Compare what a model chose with who was held out."""
    async with run.surveying() as read:
        return learned_of(await read.rows(_SQL["tries"], TriesRow))


def learned_of(rows: Sequence[TriesRow]) -> Learned:
    """Compare both sides by first tries, and by renewals that were refused."""
    again = [one._replace(tries=one.refused, approved=one.recovered) for one in rows if one.refused]
    ours, others = _sides(again)
    return Learned(
        approved=_perhaps(rows),
        recovered=_perhaps(again),
        refused=(sum(one.tries for one in ours), sum(one.tries for one in others)),
    )


def _perhaps(rows: Sequence[TriesRow]) -> Compared | None:
    ours, others = _sides(rows)
    return compared(ours, others) if ours and others else None


def _sides(rows: Sequence[TriesRow]) -> tuple[list[TriesRow], list[TriesRow]]:
    return (
        [one for one in rows if one.is_models],
        [one for one in rows if not one.is_models],
    )


def compared(ours: Sequence[TriesRow], others: Sequence[TriesRow]) -> Compared:
    """Return both shares with their difference and its 95 % interval.

    One approval and one refusal are added to each side, so that few tries claim nothing (Agresti
    and Caffo 2000). Payments of one customer are not independent of each other: their variance is
    that of a ratio of sums over customers, where that is larger (Cochran 1977, 6.3).
    """
    model, held_out = _approval("model", ours), _approval("rules, for who is held out", others)
    (high_share, variance), (low_share, other) = _moderate(ours), _moderate(others)
    middle, spread = high_share - low_share, _NORMAL_95 * sqrt(variance + other)
    return Compared(
        model=model,
        held_out=held_out,
        difference=model.percent - held_out.percent,
        low=100 * (middle - spread),
        high=100 * (middle + spread),
    )


def _approval(chosen_by: str, rows: Sequence[TriesRow]) -> Approval:
    tries, approved = sum(one.tries for one in rows), sum(one.approved for one in rows)
    return Approval(
        chosen_by=chosen_by,
        customers=len(rows),
        tries=tries,
        approved=approved,
        percent=100 * approved / tries,
    )


def _moderate(rows: Sequence[TriesRow]) -> tuple[float, float]:
    """Return the share of approvals with one of each added, and the variance of it."""
    tries, approved = sum(one.tries for one in rows), sum(one.approved for one in rows)
    added, count = (approved + 1) / (tries + 2), len(rows)
    share = approved / tries
    squares = sum((one.approved - share * one.tries) ** 2 for one in rows)
    of_customers = squares * count / max(count - 1, 1) / tries**2
    return added, max(of_customers, added * (1 - added) / (tries + 2))


def lines_of(
    found: Compared, tries: str = "first tries", approved: str = "approved"
) -> Iterator[dict[str, object]]:
    """Yield the rows of the table that a demo prints; its last columns are called so."""
    for one in (found.model, found.held_out):
        yield {
            "chosen by": one.chosen_by,
            "customers": f"{one.customers:,}",
            tries: f"{one.tries:,}",
            approved: f"{one.approved:,} ({one.percent:.1f} %)",
        }


def sentence_of(found: Compared) -> str:
    """Say in one sentence what the comparison comes to, and that it is simulated."""
    return (
        f"difference {found.difference:+.1f} points, with 95 % between {found.low:+.1f} and "
        f"{found.high:+.1f}; payers and providers are simulated"
    )
