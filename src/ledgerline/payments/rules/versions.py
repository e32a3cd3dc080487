"""The versions of all kinds of models as one list: what each is, of what it was made, its state."""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any, Final, NamedTuple

from ledgerline.payments.rows.learning import SwitchRow, VersionRow
from ledgerline.payments.scores import OFF, SYSTEM, Kind

_CARDS: Final[Mapping[Kind, str]] = {
    Kind.ROUTING: "ledgerline ml card", Kind.RETRY: "ledgerline ml card retry",
}  # fmt: skip
WITHDRAWN: Final = "withdrawn"
REPLACED: Final = "replaced"


class Version(NamedTuple):
    """A version of a model, which never changes but in its state.

    Of the newest the state is how far a switch lets it decide (``off`` to ``on``; the furthest of
    all sellers), or that it was ``withdrawn`` by itself. One before is ``replaced`` by people or
    ``withdrawn``. ``known`` is what it was made of; ``card`` is the command that writes its page.
    """

    kind: Kind
    version: int
    state: str
    sha256: str
    known: str
    code: str | None
    made_at: datetime
    since: datetime
    states: int
    loaded_by: str | None
    reason: str | None
    parameters: Mapping[str, Any]
    metrics: Mapping[str, Any]
    card: str | None


def versions(rows: Sequence[VersionRow], switches: Sequence[SwitchRow]) -> tuple[Version, ...]:
    """Put the versions of all kinds together; ``rows`` are by kind, each from the newest on."""
    found = list[Version]()
    for kind, some in groupby(rows, lambda row: Kind(row.kind)):
        held = [one for one in switches if one.kind == kind]
        found += _of_kind(kind, list(some), held)
    return tuple(found)


def _of_kind(kind: Kind, rows: list[VersionRow], held: list[SwitchRow]) -> Iterator[Version]:
    for no, row in enumerate(rows):
        metrics = json.loads(row.metrics)
        parameters = metrics.pop("parameters", {})
        yield Version(
            kind=kind,
            version=row.version,
            state=_held(held) if no == 0 else _left(rows[no - 1]),
            sha256=row.sha256,
            known=_known(kind, row),
            code=row.code,
            made_at=row.made_at,
            since=row.since,
            states=row.states,
            loaded_by=row.loaded_by,
            reason=row.reason,
            parameters=parameters,
            metrics=metrics,
            card=_CARDS[kind] if no == 0 else None,
        )


def _held(switches: list[SwitchRow]) -> str:
    furthest = max(switches, key=lambda one: (one.percent, one.mode != OFF.mode), default=None)
    if furthest is None:
        return OFF.mode.value
    is_down = not furthest.percent and any(one.changed_by == SYSTEM for one in switches)
    return WITHDRAWN if is_down else furthest.mode


def _left(after: VersionRow) -> str:
    """Say why a version decides no more, by who loaded the one after it."""
    return WITHDRAWN if after.loaded_by == SYSTEM else REPLACED


def _known(kind: Kind, row: VersionRow) -> str:
    if row.fence is None:
        return "not said"
    return f"transaction {row.fence}" if kind is Kind.ROUTING else f"release {row.fence}"
