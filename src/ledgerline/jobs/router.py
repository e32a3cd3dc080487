"""The model of routing of one process: fed from the database, asked by flows, in nobody's way."""

import asyncio
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Final, NamedTuple

from typing_extensions import override

from ledgerline.base.log import logger
from ledgerline.base.run import Run
from ledgerline.flows.keep_snapshot import keep_snapshot
from ledgerline.flows.read_router import Learnt, Read, read_router
from ledgerline.ml.score.routing.code import code_version
from ledgerline.ml.score.routing.deltas import TICK_SECONDS, Segment
from ledgerline.ml.score.routing.router import Router
from ledgerline.payments.rows.learning import DeltaRow, ShareRow
from ledgerline.payments.scores import OFF, Features, Model, Scores, Switch

REFRESH_SECONDS: Final = 5.0
QUIET_SECONDS: Final = 60.0
"""So long a model is not asked that failed."""
_YIELD_TICKS: Final = 50  # between so many ticks other work has its turn
_log: Final = logger(__name__)

_Asked = tuple[Features, tuple[str, ...], tuple[int, ...]]


class _Answer(NamedTuple):
    """What the model says as long as it hears of nothing new."""

    ppm: Mapping[str, int]
    down: frozenset[str]
    terms: Mapping[str, Mapping[str, int]]


class ServedRouter(Model):
    """The model as it is served: what it does not know in time counts as unsaid.

    All processes read the same counts in the same order, so all have the same state. Nothing of it
    is lost by a restart: it begins at a snapshot and reads on.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic, *, keeps: bool = True) -> None:
        """Begin without outcomes, switched off; one that ``keeps`` writes snapshots."""
        self._keeps = keeps
        self._clock = clock
        self._router: Router | None = None
        self._since: Read | None = None
        self._fed = 0
        self._switches: Mapping[str, Switch] = {}
        self._shares: dict[Features, dict[str, int]] = {}
        self._answers: dict[_Asked, _Answer] = {}
        self._counted_at = float("-inf")
        self._quiet_until = float("-inf")

    @override
    def switch(self, market: str) -> Switch:
        return self._switches.get(market, OFF)

    @override
    def weigh(
        self, features: Features, accounts: Sequence[str], costs: Sequence[int]
    ) -> Scores | None:
        began = self._clock()
        router = self._router
        if router is None or began < self._quiet_until:
            return None
        try:
            asked = (features, tuple(accounts), tuple(costs))
            answer = self._answers.get(asked)
            if answer is None:
                answer = self._answers[asked] = _weighed(router, asked)
            return Scores(
                ppm=answer.ppm,
                tick=router.tick,
                age_seconds=int(began - self._counted_at),
                took_ms=int(1000 * (self._clock() - began)),
                down=answer.down,
                terms=answer.terms,
                before=self._shares.get(features, {}),
            )
        except Exception as failure:  # noqa: BLE001 - a model is never in the way of a charge
            self._quiet_until = began + QUIET_SECONDS
            _log.exception("the model failed", failure=repr(failure), again_in=QUIET_SECONDS)
            return None

    async def refresh(self, run: Run) -> None:
        """Read what is new: outcomes, how the last hour was shared, switches."""
        learnt = await read_router(run, since=self._since)
        if learnt is None:
            self._router, self._since, self._switches = None, None, {}
            return
        try:
            await self.learn(run, learnt)
        except BaseException:
            self._router = self._since = None  # half of it was fed: begin at a snapshot again
            raise

    async def keep_fresh(self, run: Run) -> None:
        """Refresh every few seconds until canceled; a failure is logged, and ages what is known.

        What is kept of it has the time of the clock that all go by.
        """
        while True:
            try:
                await self.refresh(await run.at_clock())
            except Exception as failure:  # noqa: BLE001 - a model is never in the way of a process
                _log.exception("the model is not fed", failure=repr(failure))
            await asyncio.sleep(REFRESH_SECONDS)

    async def learn(self, run: Run, learnt: Learnt) -> None:
        """Take in what is new, and keep what is known once a tick is over."""
        if self._since is None:
            self._begin(learnt)
        router, newest = self._router, learnt.router.tick
        assert router is not None
        if learnt.snapshot is None and self._since is None:
            await self._keep(run, router)  # what decisions before the first tick is over rest on
        for delta in learnt.deltas:
            await self._pass_ticks(run, router, delta.tick, newest=newest)
            self._feed(router, delta)
        await self._pass_ticks(run, router, newest, newest=newest)
        self._answers.clear()
        self._since = Read(max(learnt.router.upto, self._fed), newest)
        self._switches = learnt.switches
        self._shares = _by_features(learnt.shares)
        self._counted_at = self._clock() - learnt.router.age_seconds

    def _begin(self, learnt: Learnt) -> None:
        snapshot = learnt.snapshot
        if snapshot is not None:
            self._router = Router.restored(snapshot.body)
            self._fed = snapshot.upto
            return
        self._router = Router(since=min([learnt.router.tick, *(one.tick for one in learnt.deltas)]))
        self._fed = 0

    def _feed(self, router: Router, delta: DeltaRow) -> None:
        """Let outcomes be seen one by one, approvals spread evenly: their order is not known."""
        segment = Segment(delta.market, delta.region, delta.brand, delta.funding)
        at = delta.tick * TICK_SECONDS
        for no in range(delta.tries):
            approved = (no + 1) * delta.approved // delta.tries > no * delta.approved // delta.tries
            router.see(segment, delta.psp_account, approved=approved, at=at)
        self._fed = delta.upto

    async def _pass_ticks(self, run: Run, router: Router, tick: int, *, newest: int) -> None:
        """Learn the ticks that are over; before the newest one begins, keep what is known."""
        if router.tick >= tick - 1:
            return
        while router.tick < tick - 1:
            upto = min(tick - 1, router.tick + _YIELD_TICKS)
            router.absorb(router.take_deltas(before=upto + 1), upto=upto)
            await asyncio.sleep(0)
        if tick == newest:
            await self._keep(run, router)

    async def _keep(self, run: Run, router: Router) -> None:
        if self._keeps:
            await keep_snapshot(
                run,
                tick=router.tick,
                upto=self._fed,
                body=router.kept(),
                code_version=code_version(),
            )


def _weighed(router: Router, asked: _Asked) -> _Answer:
    features, accounts, costs = asked
    segment = Segment(*features)
    return _Answer(
        ppm=router.weigh(segment, accounts, costs).propensities,
        down=frozenset(one for one in accounts if router.is_down(segment, one)),
        terms={
            one: {name: round(1000 * term) for name, term in router.parts(segment, one).items()}
            for one in accounts
        },
    )


def _by_features(rows: Sequence[ShareRow]) -> dict[Features, dict[str, int]]:
    found: dict[Features, dict[str, int]] = defaultdict(dict)
    for row in rows:
        key = Features(row.market, row.region, row.brand, row.funding)
        found[key][row.psp_account] = row.ppm
    return dict(found)
