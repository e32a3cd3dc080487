"""Compare the rows of subscriptions with what their logs and lines rebuild."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from ledgerline.base.errors import Rejected
from ledgerline.base.ids import SubscriptionId
from ledgerline.rules.entries import read_delta
from ledgerline.rules.timeline import Entry, Projection, rebuild
from ledgerline.subscriptions.model import LogKind
from ledgerline.subscriptions.rows import ItemRow, OfferRow

_UNREADABLE: Final = (Rejected, AssertionError, LookupError, ValueError)
_AS_THEY_STAND: Final = (
    "state", "grid_origin", "grid_day", "cadence_count", "cadence_unit", "billed_through",
    "ends_on",
)  # fmt: skip
_Facts = Mapping[str, Any]


def drift(sampled: _Facts) -> _Facts | None:
    """Say what of one subscription differs from what its log makes of it; None when nothing does.

    ``sampled`` is a row of the sample as JSON: the subscription with ``log``, ``items``, ``offers``
    and ``billed_until``, how far renewals have billed since the clock was last set. The answer has
    for each fact that differs what the row says and what the log says.
    """
    held = _held(sampled)
    try:
        after = _rebuilt(sampled)
    except _UNREADABLE as failure:
        return {"bucket": sampled["bucket"], "id": sampled["id"], "log": [None, repr(failure)]}
    wanted = _wanted(after)
    differs = {
        name: [str(held[name]), str(wanted[name])] for name in held if held[name] != wanted[name]
    }
    return {"bucket": sampled["bucket"], "id": sampled["id"], **differs} if differs else None


def _rebuilt(sampled: _Facts) -> Projection:
    log = [
        Entry(
            seq=one["seq"],
            kind=LogKind(one["kind"]),
            effective=date.fromisoformat(one["effective"]),
            delta=read_delta(one["body"]),
        )
        for one in sampled["log"]
    ]
    return rebuild(
        SubscriptionId(UUID(sampled["id"])),
        log,
        billed_until=_date(sampled["billed_until"]),
        on=date.max,
        zone=sampled["zone"],
    )


def _held(sampled: _Facts) -> dict[str, Any]:
    due = sampled["next_bill_at"]
    return {
        **{name: sampled[name] for name in _AS_THEY_STAND},
        "next_bill_at": None if due is None else datetime.fromisoformat(due),
        "items": _fields(ItemRow, sampled["items"]),
        "offers": _fields(OfferRow, sampled["offers"]),
    }


def _wanted(after: Projection) -> dict[str, Any]:
    grid = after.clock.grid
    return {
        "state": after.state,
        "grid_origin": grid.origin.isoformat(),
        "grid_day": grid.day,
        "cadence_count": grid.cadence.count,
        "cadence_unit": grid.cadence.unit,
        "billed_through": after.clock.billed_through.isoformat(),
        "ends_on": None if after.ends_on is None else after.ends_on.isoformat(),
        "next_bill_at": after.next_bill_at,
        "items": _as_json([item._asdict() for item in after.items]),
        "offers": _as_json([offer._asdict() for offer in after.offers]),
    }


def _fields(kind: type[ItemRow | OfferRow], rows: Sequence[_Facts]) -> list[dict[str, object]]:
    return [{name: row[name] for name in kind._fields} for row in rows]


def _as_json(rows: Sequence[Mapping[str, object]]) -> list[dict[str, object]]:
    """Write rows as PostgreSQL does."""
    return [
        {
            name: str(value) if isinstance(value, (date, UUID)) else value
            for name, value in row.items()
        }
        for row in rows
    ]


def _date(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)
