import json
from datetime import UTC, datetime

from ledgerline.base.ids import Bucket, PaymentId
from ledgerline.payments.model import DeclineCategory
from ledgerline.payments.rows.plans import PlanRow
from ledgerline.payments.rules.advice import DEFAULTS
from ledgerline.payments.rules.plan_rows import (
    candidates,
    chosen_at,
    plan_of,
    slots_of,
    slots_text,
)
from ledgerline.payments.rules.retry import Tries
from ledgerline.payments.rules.retry_plan import Failure, Plan, Policy, begin
from tests.unit.payments.samples import METHOD, NOW

POLICY = Policy(3, paydays=("15",))


def planned(category: DeclineCategory) -> Plan:
    return begin(
        POLICY,
        Failure(
            category=category, advised=DEFAULTS[category], tries=Tries(1), failed_at=NOW,
            method_id=METHOD, zone="Europe/Berlin", spread=3,
        ),
    )  # fmt: skip


def test_a_plan_is_read_back_as_it_was_written() -> None:
    plan = planned(DeclineCategory.INSUFFICIENT_FUNDS)
    assert slots_of(slots_text(plan.slots)) == plan.slots
    row = PlanRow(
        bucket=Bucket(7), payment_id=PaymentId(METHOD), revision=1, attempt_id=None,
        payment_method_id=METHOD, market_code="DE", policy_version=3, tries_max=8, tries=1,
        category=None, advice=None, network_advice=None, not_before=plan.not_before,
        slots=slots_text(plan.slots), track=plan.track, next_at=plan.next_at,
        ends_at=plan.ends_at, began_at=plan.began_at, planned_at=NOW, decision_id=None,
    )  # fmt: skip
    assert plan_of(row, POLICY) == plan


def test_a_decision_gives_all_to_what_comes_next_and_says_why_the_rest_is_over() -> None:
    plan = planned(DeclineCategory.UNMAPPED)
    first = datetime(2026, 3, 5, 8, 45, tzinfo=UTC).isoformat()  # three days, then the morning
    assert chosen_at(plan) == first
    listed = json.loads(candidates(plan))
    assert [(one["ppm"], one.get("reason")) for one in listed] == [
        (1_000_000, None), (0, "once"), (0, "once"), (0, "once"),
    ]  # fmt: skip
    # and where nothing is tried any more, nothing is chosen
    over = planned(DeclineCategory.LOST_OR_STOLEN)
    assert chosen_at(over) is None
    assert sum(one["ppm"] for one in json.loads(candidates(over))) == 0
