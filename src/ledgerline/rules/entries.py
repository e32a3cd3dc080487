"""How an entry of the log is kept: its delta as canonical JSON, and read again."""

import json
from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from ledgerline.base import canonical
from ledgerline.base.calendar import Cadence, Grid, Unit
from ledgerline.base.ids import PriceId
from ledgerline.rules.timeline import Clock, Delta, Entry, Offer, Step
from ledgerline.subscriptions.model import LogKind
from ledgerline.subscriptions.rows import LogRow


def write_delta(delta: Delta) -> str:
    """Write a delta as the canonical JSON of an entry's body; what is empty is left out."""
    clock = delta.clock
    body: dict[str, Any] = {
        "steps": [_step_body(step) for step in delta.steps],
        "keeps_quantity": delta.keeps_quantity,
        "quantities": dict(delta.quantities),
        "removed": list(delta.removed),
        "offers": [_offer_body(offer) for offer in delta.offers],
        "clock": None if clock is None else _clock_body(clock),
        "undoes": list(delta.undoes),
        "first_item": delta.first_item,
    }
    return canonical.canonical({key: value for key, value in body.items() if value}).decode()


def read_entry(row: LogRow) -> Entry:
    """Read a row of the log."""
    return Entry(
        seq=row.seq,
        kind=LogKind(row.kind),
        effective=row.effective,
        delta=read_delta(json.loads(row.body)),
    )


def read_delta(body: Mapping[str, Any]) -> Delta:
    """Read the delta in the body of an entry."""
    clock = body.get("clock")
    return Delta(
        steps=tuple(_step(one) for one in body.get("steps", ())),
        keeps_quantity=body.get("keeps_quantity", False),
        quantities=body.get("quantities", {}),
        removed=tuple(body.get("removed", ())),
        offers=tuple(_offer(one) for one in body.get("offers", ())),
        clock=None if clock is None else _clock(clock),
        undoes=tuple(body.get("undoes", ())),
        first_item=body.get("first_item", 0),
    )


def _step_body(step: Step) -> dict[str, Any]:
    return _present(
        {
            "component": step.component,
            "plan": step.plan_code,
            "phase": step.phase_no,
            "price": str(step.price_id),
            "quantity": step.quantity,
            "starts_on": step.starts_on.isoformat(),
            "ends_on": None if step.ends_on is None else step.ends_on.isoformat(),
        }
    )


def _step(body: Mapping[str, Any]) -> Step:
    return Step(
        component=body["component"],
        plan_code=body["plan"],
        phase_no=body["phase"],
        price_id=PriceId(UUID(body["price"])),
        quantity=body["quantity"],
        starts_on=date.fromisoformat(body["starts_on"]),
        ends_on=_date(body.get("ends_on")),
    )


def _offer_body(offer: Offer) -> dict[str, Any]:
    return _present(
        {
            "code": offer.code,
            "component": offer.component,
            "from_on": offer.from_on.isoformat(),
            "until_on": None if offer.until_on is None else offer.until_on.isoformat(),
            "periods": offer.periods,
            "count": offer.per.count,
            "unit": offer.per.unit.value,
        }
    )


def _present(body: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in body.items() if value is not None}


def _offer(body: Mapping[str, Any]) -> Offer:
    return Offer(
        code=body["code"],
        component=body["component"],
        from_on=date.fromisoformat(body["from_on"]),
        until_on=_date(body.get("until_on")),
        periods=body.get("periods"),
        per=Cadence(body["count"], Unit(body["unit"])),
    )


def _clock_body(clock: Clock) -> dict[str, Any]:
    grid = clock.grid
    return {
        "origin": grid.origin.isoformat(),
        "day": grid.day,
        "count": grid.cadence.count,
        "unit": grid.cadence.unit.value,
        "billed_through": clock.billed_through.isoformat(),
    }


def _clock(body: Mapping[str, Any]) -> Clock:
    cadence = Cadence(body["count"], Unit(body["unit"]))
    grid = Grid(date.fromisoformat(body["origin"]), cadence, body["day"])
    return Clock(grid, date.fromisoformat(body["billed_through"]))


def _date(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)
