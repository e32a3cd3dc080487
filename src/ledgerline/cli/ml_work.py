"""What the commands of ``ledgerline ml`` compute by the log of a release."""

from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final, NamedTuple

from ledgerline.cli.datasets_lake import lake_of
from ledgerline.cli.program import Program
from ledgerline.cli.settings import CommandFailed
from ledgerline.ml.evaluate.answers import Answer, Evaluated
from ledgerline.ml.evaluate.intervals import Interval
from ledgerline.ml.evaluate.known import FutureFeature
from ledgerline.ml.evaluate.refusals import Refused
from ledgerline.ml.evaluate.released import Asked, Read, evaluated, read_log
from ledgerline.payments.rows.learning import FaultRow, SnapshotRow, SwitchRow
from ledgerline.payments.rules.calibrating import Week
from ledgerline.releases.rows import ReleaseRow
from ledgerline.report.model_card import Carded, write_card

Shown = dict[str, Any]
FIRST: Final = date(1970, 1, 1)
_PPM: Final = 1_000_000
_PROVE: Final = "a defect; `ledgerline data audit` looks for choices that are none"


class Wanted(NamedTuple):
    """Which decisions a person asks about; without an end those that are mature."""

    since: date | None = None
    until: date | None = None
    seller: str | None = None


class State(NamedTuple):
    """What is known of the model beside the log."""

    snapshot: SnapshotRow
    switches: tuple[SwitchRow, ...]
    faults: tuple[FaultRow, ...]
    weeks: tuple[Week, ...]


def evaluate(of: Program, released: ReleaseRow, wanted: Wanted, *, simulated: bool) -> Shown:
    """Evaluate what was logged, the rules and the model by the decisions of a release."""
    asked = _asked(released, wanted)
    read, found = sound(lambda: read_log(lake_of(of), released, asked), released.no)
    return {
        "release": released.no,
        "since": wanted.since,  # none: from the first on
        "until": asked.until - timedelta(days=1),  # the last day that is in it
        "seller": asked.seller,
        "simulated": simulated,
        "decisions": read.log.size,
        "counted": found.counted,
        "not_known_yet": found.missing,
        "model_asked": read.asked,
        "approved_ppm": _ppm(found.own),
        "policies": [told(name, said, read.contexts) for name, said in found.answers.items()],
    }


def card(
    of: Program, released: ReleaseRow, state: State, *, out: Path | None, simulated: bool
) -> Shown:
    """Write the card of the model in use."""
    asked = _asked(released, Wanted())
    read, found = sound(lambda: read_log(lake_of(of), released, asked), released.no)
    carded = Carded(
        state=state.snapshot,
        released=released,
        asked=asked,
        read=read,
        found=found,
        switches=state.switches,
        faults=state.faults,
        weeks=state.weeks,
        simulated=simulated,
    )
    folder = (of.place.folder / "model-card" if out is None else out).resolve()
    first = write_card(carded, folder)
    return {
        "page": first.as_uri(),
        "release": released.no,
        "tick": state.snapshot.tick,
        "sha256": state.snapshot.sha256,
        "code": state.snapshot.code_version,
        "simulated": simulated,
    }


def sound(read: Callable[[], Read], no: int) -> tuple[Read, Evaluated]:
    """Read the log of a release and evaluate it; raises ``CommandFailed`` where it is none."""
    try:
        found = read()
        return found, evaluated(found)
    except FutureFeature as late:
        raise CommandFailed(
            f"release {no} knew {late} of a charge later than it was decided", hint=_PROVE
        ) from late
    except ValueError as wrong:
        raise CommandFailed(f"release {no} holds what is no log: {wrong}", hint=_PROVE) from wrong


def _asked(released: ReleaseRow, wanted: Wanted) -> Asked:
    """Leave out what is not mature: decisions of the last day before the release."""
    mature = released.business_day
    until = mature if wanted.until is None else min(wanted.until + timedelta(days=1), mature)
    return Asked(wanted.since or FIRST, until, wanted.seller)


def told(name: str, said: Answer | Refused, contexts: Sequence[str]) -> Shown:
    """Write what is said of a policy: shares in millionths, or why there is no answer."""
    if isinstance(said, Refused):
        return {
            "policy": name, "refused": said.why.value, "because": said.sentence,
            "found": said.found, "limit": said.limit,
        }  # fmt: skip
    return {
        "policy": name,
        "refused": None,
        **dict(_bounds("approved", said.robust)),
        **dict(_bounds("lead", said.lead)),
        **dict(_bounds("snips", said.snips)),
        **dict(_bounds("ips", said.ips)),
        "direct_ppm": _ppm(said.direct),
        "effective_decisions": round(said.size),
        "clipped_ppm": _ppm(said.clipped),
        "segments": [
            {
                "segment": contexts[one.context],
                "decisions": one.decisions,
                **dict(_bounds("lead", one.lead)),
                "stands_out": one.stands_out,
            }
            for one in said.parts
        ],
    }


def _bounds(name: str, interval: Interval) -> Iterator[tuple[str, int]]:
    yield f"{name}_ppm", _ppm(interval.value)
    yield f"{name}_low_ppm", _ppm(interval.low)
    yield f"{name}_high_ppm", _ppm(interval.high)


def _ppm(share: float) -> int:
    return round(share * _PPM)
