"""The model of one process: it weighs accounts, sees outcomes, and learns from all workers."""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Final, NamedTuple

from ledgerline.ml.score.routing.best_of import PPM, best_of, drawn, whole
from ledgerline.ml.score.routing.deltas import TICK_SECONDS, Delta, Segment, ticks
from ledgerline.ml.score.routing.gate import Gate
from ledgerline.ml.score.routing.state import Belief, Priors, State

HOUR_TICKS: Final = 6
OUTAGE_TICKS: Final = 432
"""Three days: what is taken to be an outage for longer is none, it is how an account does."""


class Settings(NamedTuple):
    """What is tuned: on seeds that no report uses.

    ``boldness`` scales the deviations that are drawn from: 1 is Thompson sampling. ``floor`` is
    explored whatever is believed, ``probe`` the share of its draws that an account keeps that is
    down.
    """

    boldness: float = 0.3
    floor: float = 0.005
    probe: float = 0.05
    priors: Priors = Priors()


class Weighed(NamedTuple):
    """Propensities in ppm that sum to 1,000,000, by account in the order that was asked."""

    propensities: Mapping[str, int]
    at: int
    """Second of the newest tick that was learned."""

    def chosen(self, key: str) -> str:
        """Draw an account by these very numbers."""
        return drawn(self.propensities, key)


Asked = tuple[Segment, tuple[str, ...], tuple[int, ...]]


class Router:
    """One worker's model. Deltas of all workers, its own among them, come in by ``absorb``."""

    def __init__(self, settings: Settings | None = None, *, since: int = 0) -> None:
        """Begin without outcomes; ``since`` is the first tick, the same for every worker."""
        self._settings = settings or Settings()
        self._state = State(self._settings.priors)
        self._gates: dict[tuple[str, str], Gate] = {}
        self._opened: dict[tuple[str, str], int] = {}  # the tick in which a gate did
        self._unsent: dict[tuple[int, Segment, str], list[int]] = {}
        self._weighed: dict[Asked, Weighed] = {}
        self.tick = since - 1
        self.weighings = 0

    def kept(self) -> str:
        """Return what was learned up to its tick, as JSON; what was not handed over is not kept."""
        gates = [[*key, *gate.kept(), self._opened.get(key)] for key, gate in self._gates.items()]
        return json.dumps({"tick": self.tick, "state": self._state.kept(), "gates": gates})

    @classmethod
    def restored(cls, kept: str, settings: Settings | None = None) -> "Router":
        """Return the model that was kept; it goes on exactly as that one would."""
        router, plain = cls(settings), json.loads(kept)
        router.tick = plain["tick"]
        router._state = State.restored(plain["state"], router._settings.priors)
        for account, part, evidence, is_open, *opened in plain["gates"]:
            router._gates[account, part] = Gate.restored(evidence, is_open)
            if is_open:  # a state of a release that did not say since when begins to
                router._opened[account, part] = opened[0] if opened else router.tick
        return router

    def weigh(
        self, segment: Segment, accounts: tuple[str, ...], costs: tuple[int, ...] = ()
    ) -> Weighed:
        """Say how likely each account is to be the best; the numbers hold until more is learned.

        ``costs`` are ppm of the amount that an approval costs, in the order of ``accounts``.
        """
        asked = (segment, accounts, costs)
        found = self._weighed.get(asked)
        if found is None:
            down = [self.is_down(segment, account) for account in accounts]
            found = self._weighed[asked] = self._weigh(segment, accounts, costs, down)
        return found

    def weigh_again(
        self,
        segment: Segment,
        accounts: tuple[str, ...],
        costs: tuple[int, ...],
        *,
        down: Collection[str],
    ) -> Mapping[str, int]:
        """Weigh accounts as this state did while ``down`` were taken to be down, as it was kept.

        Gates switch within a tick, before the state changes; so a decision names both.
        """
        return self._weigh(segment, accounts, costs, [one in down for one in accounts]).propensities

    def see(self, segment: Segment, account: str, *, approved: bool, at: int) -> None:
        """Take in an outcome once it is known; one in an outage teaches the gate alone.

        Unless that lasts for more than three days: else what is believed would stay what it was,
        the gate would go by that, and nothing would ever end it.
        """
        tick = at // TICK_SECONDS
        believed = self._state.believed(segment, account).approval
        before = self._is_out(segment, account, tick)
        for part in ("", segment.brand):
            gate = self._gates.setdefault((account, part), Gate())
            if gate.see(believed, approved=approved):
                self._weighed.clear()
                self._opened.pop((account, part), None)
                if gate.is_open:
                    self._opened[account, part] = tick
        if not before and not self._is_out(segment, account, tick):
            both = self._unsent.setdefault((tick, segment, account), [0, 0])
            both[0] += 1
            both[1] += approved

    def take_deltas(self, *, before: int) -> list[Delta]:
        """Hand over what was seen in ticks before one, to be appended for all workers."""
        due = sorted(key for key in self._unsent if key[0] < before)
        found = []
        for key in due:
            (tick, segment, account), (tries, approved) = key, self._unsent.pop(key)
            found.append(
                Delta(tick=tick, segment=segment, account=account, tries=tries, approved=approved)
            )
        return found

    def absorb(self, deltas: Iterable[Delta], *, upto: int) -> None:
        """Learn from the ticks up to ``upto`` (included) that all workers have told of.

        Raises ``ValueError`` for a tick that was learned before: state is never taken back.
        """
        told = dict(ticks(deltas))
        wrong = [tick for tick in told if not self.tick < tick <= upto]
        if wrong:
            raise ValueError(wrong)
        for tick in range(self.tick + 1, upto + 1):
            # of empty ones one an hour is fitted, by its number: all workers do the same
            self._state.learn(told.get(tick, ()), fits=tick in told or tick % HOUR_TICKS == 0)
            self.tick = tick
        self._weighed.clear()

    def is_down(self, segment: Segment, account: str) -> bool:
        """Say whether an account, or its brand of the segment, is taken to be down."""
        return any(
            (gate := self._gates.get((account, part))) is not None and gate.is_open
            for part in ("", segment.brand)
        )

    def _is_out(self, segment: Segment, account: str, tick: int) -> bool:
        """Say whether an account, or its brand, is taken to be down since three days or less."""
        opened = [self._opened.get((account, part)) for part in ("", segment.brand)]
        return any(since is not None and tick - since <= OUTAGE_TICKS for since in opened)

    def believed(self, segment: Segment, account: str) -> Belief:
        """Return what is believed of an account."""
        return self._state.believed(segment, account)

    def parts(self, segment: Segment, account: str) -> Mapping[str, float]:
        """Return the terms (logit) of what is believed."""
        return self._state.parts(segment, account)

    def _weigh(
        self,
        segment: Segment,
        accounts: Sequence[str],
        costs: Sequence[int],
        down: Sequence[bool],
    ) -> Weighed:
        self.weighings += 1
        means, deviations = [], []
        for account, cost in zip(accounts, costs or (0,) * len(accounts), strict=True):
            belief = self._state.believed(segment, account)
            p, kept = belief.approval, 1 - cost / PPM
            means.append(kept * p)
            slope = kept * p * (1 - p)
            deviations.append(self._settings.boldness * slope * belief.deviation)
        shares = self._gated(means, deviations, down)
        propensities = whole(dict(zip(accounts, shares, strict=True)))
        return Weighed(propensities, (self.tick + 1) * TICK_SECONDS)

    def _gated(
        self, means: Sequence[float], deviations: Sequence[float], down: Sequence[bool]
    ) -> list[float]:
        """Leave to accounts that are down a probe of their share, and give all others a floor."""
        shares = best_of(means, deviations)
        if any(down) and not all(down):
            up = [k for k, is_down in enumerate(down) if not is_down]
            probes = [
                self._settings.probe * share * is_down
                for share, is_down in zip(shares, down, strict=True)
            ]
            rest = best_of([means[k] for k in up], [deviations[k] for k in up])
            shares = list(probes)
            for k, share in zip(up, rest, strict=True):
                shares[k] = share * (1 - sum(probes))
        else:
            up = list(range(len(down)))
        floor = self._settings.floor
        explored = [floor / len(up) * (k in up) for k in range(len(down))]
        return [(1 - floor) * a + b for a, b in zip(shares, explored, strict=True)]
