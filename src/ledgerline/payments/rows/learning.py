"""Rows of what is learned: switches of models, counts of outcomes, and what was not believed."""

from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from ledgerline.base.ids import DecisionId


class SwitchRow(NamedTuple):
    """How far a seller lets a model decide, who said so, and why; ``explore_below`` is JSON.

    ``unmet`` (JSON) names the conditions of that step which were not met.
    """

    kind: str
    seller_code: str
    no: int
    mode: str
    percent: int
    explore_below: str
    changed_by: str
    reason: str
    changed_at: datetime
    unmet: str = "[]"


class SwitchedView(NamedTuple):
    """A model that a seller switched."""

    kind: str
    seller_code: str

    @property
    def name(self) -> str:
        """How people name it."""
        return f"{self.kind}:{self.seller_code}"


class ArmRow(NamedTuple):
    """What came of first tries under a switch: those a model decided (``acts``), or the others.

    ``cells`` are groups of customers. Beside tries and good ones it has the sums over cells of
    their squares and products, by which cells differ more than tries that have nothing in common.
    """

    version: int
    acts: bool
    cells: int
    tries: int
    good: int
    squares: int
    products: int
    good_squares: int


class FeatureRow(NamedTuple):
    """How many decisions had a level of a feature: in days of reference, and lately."""

    feature: str
    level: str
    before: int
    recent: int


class BeliefRow(NamedTuple):
    """Tries of a week that a model took to be about equally likely to succeed, and how many did.

    ``believed`` is the sum of what it believed, in ppm; ``week`` is the Monday of the decisions.
    """

    week: date
    tenth: int
    tries: int
    believed: int
    good: int


class StageRow(NamedTuple):
    """How often a model was not believed: answers that rules refuse, and those late or none."""

    violations: int
    ignored: int


class CursorRow(NamedTuple):
    """Up to which transaction outcomes are counted; bursts are looked for since ``window_from``.

    ``done`` is the oldest transaction that is still running: what lies below it is finished.
    """

    tick: int
    upto: int
    tick_from: int
    window_from: int
    counted_at: datetime
    done: int


class RouterRow(NamedTuple):
    """Where the counting stands, and how long ago that was."""

    tick: int
    upto: int
    age_seconds: int


class DeltaRow(NamedTuple):
    """Outcomes of some charges at an account that became known between two fences."""

    upto: int
    tick: int
    market: str
    region: str
    brand: str
    funding: str
    psp_account: str
    tries: int
    approved: int


class ShareRow(NamedTuple):
    """Propensities of an account, summed over the decisions of some ticks."""

    market: str
    region: str
    brand: str
    funding: str
    psp_account: str
    ppm: int


class SnapshotRow(NamedTuple):
    """What the model knew after a tick, and of which code; ``body`` is its own."""

    tick: int
    upto: int
    body: str
    taken_at: datetime
    sha256: str
    code_version: str


class DecisionView(NamedTuple):
    """A choice of account (``route``) or of when to try again (``retry``), about an attempt.

    ``candidates``, ``features`` and ``learned`` are JSON.
    """

    id: DecisionId
    kind: str
    subject_id: UUID
    rule: str
    chosen: str | None
    decided_at: datetime
    candidates: str
    features: str | None
    learned: str | None


class FaultRow(NamedTuple):
    """Decisions of a tick for which a model was asked and not believed."""

    kind: str
    tick: int
    why: str
    decisions: int
    seen_at: datetime


class TimerRow(NamedTuple):
    """How far a seller lets a model of retry timing decide, and the newest one, where there is one.

    ``body`` is its table (JSON).
    """

    seller_code: str
    mode: str
    percent: int
    explore_below: str
    version: int | None
    body: str | None
    sha256: str | None
    trained_at: datetime | None


class RetryModelRow(NamedTuple):
    """A table that chooses when refused payments are tried again, who loaded it, and why.

    ``metrics`` (JSON) says what it was trained on and how it did there.
    """

    version: int
    body: str
    sha256: str
    metrics: str
    trained_at: datetime
    loaded_at: datetime
    loaded_by: str
    reason: str


class TableRow(NamedTuple):
    """A table of retry timing as it was loaded."""

    version: int
    body: str
    sha256: str


class VersionRow(NamedTuple):
    """A version of a model: a table of timing, or the newest state of routing that a code made.

    ``fence`` is up to which transaction a state counts, or the release a table was trained on;
    ``states`` is how many that code made since ``since``, as far as they are kept. ``metrics`` is
    JSON.
    """

    kind: str
    version: int
    sha256: str
    fence: str | None
    code: str | None
    made_at: datetime
    since: datetime
    states: int
    loaded_by: str | None
    reason: str | None
    metrics: str


class LoadedRow(NamedTuple):
    """The table of retry timing that was loaded last."""

    version: int
    sha256: str
    trained_at: datetime
    loaded_at: datetime
    loaded_by: str
    reason: str
    metrics: str
