"""By which steps a model comes to decide, and what has to be known before each."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from ledgerline.payments.refusals import ModelNotPromoted
from ledgerline.payments.rules.comparing import LOSS_MAX, Compared, told
from ledgerline.payments.scores import PERCENTS, Kind, Mode, Switch

STEPS: Final[tuple[tuple[Mode, int], ...]] = tuple(
    (mode, percent) for mode in Mode for percent in PERCENTS[mode]
)
"""Off, shadow, canary of 1, 5 and 25 %, on."""
DECISIONS_MIN: Final = 50_000
"""So many outcomes of decisions are known before a model leaves shadow."""
REPLAYED_MIN: Final = 5
IGNORED_MAX: Final = 10_000
"""So many decisions in a million may have come too late to be believed, or without an answer."""
_DAYS: Final[Mapping[Mode, timedelta]] = {
    Mode.SHADOW: timedelta(days=7), Mode.CANARY: timedelta(days=3),
}  # fmt: skip
_PPM: Final = 1_000_000


class Replayed(NamedTuple):
    """How many of the newest decisions were computed once more, and how many came out otherwise."""

    decisions: int
    differing: int


class Stage(NamedTuple):
    """What is known of a model under the switch that holds.

    ``is_fresh`` says whether there is anything that could be believed. ``known`` counts first
    tries about which it was believed and whose end is known; ``violations`` are answers that rules
    refused, ``ignored`` those that were late or none.
    """

    kind: Kind
    since: datetime
    is_fresh: bool
    known: int
    violations: int
    ignored: int
    replayed: Replayed
    both: Compared


class Condition(NamedTuple):
    """What has to be before a step, and what was found."""

    condition: str
    is_met: bool
    found: str
    needed: str


def rank(switch: Switch) -> int:
    """Return which of the steps a switch stands on."""
    return STEPS.index((switch.mode, switch.percent))


def step_after(held: Switch) -> Switch:
    """Return the switch one step up; raises ``ModelNotPromoted`` where there is none."""
    if held.mode is Mode.ON:
        raise ModelNotPromoted("it is on: the last step", reason="last")
    mode, percent = STEPS[rank(held) + 1]
    return held._replace(mode=mode, percent=percent)


def conditions(held: Switch, stage: Stage, *, now: datetime) -> tuple[Condition, ...]:
    """Say of each condition of the next step whether it is met, with the figures."""
    return tuple(_conditions(held, stage, now=now))


def unmet(found: tuple[Condition, ...]) -> tuple[str, ...]:
    """Name what is not met."""
    return tuple(one.condition for one in found if not one.is_met)


def require_met(found: tuple[Condition, ...]) -> None:
    """Raise ``ModelNotPromoted`` unless every condition is met."""
    missing = unmet(found)
    if missing:
        raise ModelNotPromoted(
            f"{len(missing)} of {len(found)} conditions are not met: {', '.join(missing)}",
            reason="unmet",
            unmet=missing,
        )


def _conditions(held: Switch, stage: Stage, *, now: datetime) -> Iterator[Condition]:
    freshness = "counted within 5 minutes" if stage.kind is Kind.ROUTING else "within 45 days"
    yield Condition("fresh", stage.is_fresh, "yes" if stage.is_fresh else "no", freshness)
    if held.mode is Mode.OFF:
        return
    days, lasted = _DAYS[held.mode], now - stage.since
    yield Condition("time", lasted >= days, f"{lasted.days} days", f"{days.days} days")
    if held.mode is Mode.SHADOW:
        enough = stage.known >= DECISIONS_MIN
        yield Condition("decisions", enough, f"{stage.known:,}", f"{DECISIONS_MIN:,}")
    yield Condition("violations", not stage.violations, f"{stage.violations:,}", "0")
    yield _in_time(stage)
    yield _replays(stage.replayed)
    if held.mode is Mode.CANARY:
        yield _bounded(stage, next_percent=step_after(held).percent)


def _in_time(stage: Stage) -> Condition:
    asked = stage.known + stage.ignored
    share = _PPM * stage.ignored // asked if asked else 0
    return Condition(
        "in time", share <= IGNORED_MAX, f"{stage.ignored:,} of {asked:,} were not", "99 %"
    )


def _replays(replayed: Replayed) -> Condition:
    is_met = replayed.decisions >= REPLAYED_MIN and not replayed.differing
    return Condition(
        "replay",
        is_met,
        f"{replayed.decisions - replayed.differing:,} of {replayed.decisions:,} equal",
        f"all, of {REPLAYED_MIN} at least",
    )


def _bounded(stage: Stage, *, next_percent: int) -> Condition:
    """Ask that the next step cannot cost all charges together more than the limit.

    So the bound of the loss is weighed with the share of the customers it would fall upon.
    """
    limit = LOSS_MAX[stage.kind] * 100 // next_percent
    loss = stage.both.loss
    return Condition(
        "loss",
        loss is not None and loss.high_ppm <= limit,
        told(stage.kind, stage.both),
        f"at most {limit // 10_000}.{limit // 100 % 100:02} points, for {next_percent} % of all",
    )
