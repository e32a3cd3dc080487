"""A retry plan as a row, and as the decision that is kept of it."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime

from ledgerline.payments.rows.plans import PlanRow
from ledgerline.payments.rules.retry_plan import Plan, Policy, Slot, Track, Why


def slots_text(slots: tuple[Slot, ...]) -> str:
    """Write all slots of a plan as JSON."""
    return json.dumps([{"day": one.day, "at": _utc(one.at), "why": one.why.value} for one in slots])


def slots_of(text: str) -> tuple[Slot, ...]:
    """Read what ``slots_text`` wrote."""
    return tuple(
        Slot(one["day"], datetime.fromisoformat(one["at"]), Why(one["why"]))
        for one in json.loads(text)
    )


def plan_of(row: PlanRow, policy: Policy) -> Plan:
    """Read a revision back; ``policy`` is the one it names."""
    assert row.policy_version == policy.version, (row.payment_id, policy.version)
    return Plan(
        policy=policy,
        began_at=row.began_at,
        method_id=row.payment_method_id,
        slots=slots_of(row.slots),
        track=Track(row.track),
        next_at=row.next_at,
        ends_at=row.ends_at,
        not_before=row.not_before,
    )


def candidates(plan: Plan, ppm: Mapping[datetime, int] | None = None) -> str:
    """List what a plan could choose: the next instant has all of it, what is over has a reason.

    Where a model decided, the moments that it could choose have the propensities ``ppm`` it was
    drawn by. Later slots could not be chosen yet, so they are no candidates.
    """
    weighed = {plan.next_at: 1_000_000} if ppm is None else ppm
    found: list[dict[str, object]] = []
    if plan.track is not Track.END:
        found = [{"at": _utc(at), "ppm": share} for at, share in weighed.items()]
    over = [one for one in plan.slots if not one.is_open]
    found.extend({"at": _utc(one.at), "ppm": 0, "reason": one.why.value} for one in over)
    return json.dumps(found)


def chosen_at(plan: Plan) -> str | None:
    """Name the candidate that was chosen; None where nothing is tried any more."""
    return None if plan.track is Track.END else _utc(plan.next_at)


def _utc(at: datetime) -> str:
    return at.astimezone(UTC).isoformat()
