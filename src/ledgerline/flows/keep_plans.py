"""Keep the retry plans of payments that failed, with the decisions they are."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Final, NamedTuple

from ledgerline.base.db import Tx
from ledgerline.base.ids import DecisionId
from ledgerline.base.run import Run
from ledgerline.payments import notices, plans, routes
from ledgerline.payments.model import Reading
from ledgerline.payments.rows.attempts import AttemptRow
from ledgerline.payments.rows.notices import NoticeRow
from ledgerline.payments.rows.payments import PaymentRow
from ledgerline.payments.rows.plans import PlanRow
from ledgerline.payments.rows.routing import DecisionRow
from ledgerline.payments.rules.advice import advised_by
from ledgerline.payments.rules.notices import notices_of
from ledgerline.payments.rules.plan_rows import candidates, chosen_at, slots_text
from ledgerline.payments.rules.retry_plan import Plan
from ledgerline.payments.rules.retry_timing import Timed
from ledgerline.payments.rules.timing_words import kept_of, told_of
from ledgerline.subscriptions.rows import SubscriptionRow

RETRY: Final = "retry"
"""The kind of decision that is made here."""


class Planned(NamedTuple):
    """A failed attempt of a payment, the revision it follows, and the one that it gives.

    ``timed`` is what a model was told of it, and what it said where it was asked.
    """

    attempt: AttemptRow
    payment: PaymentRow
    subscription: SubscriptionRow
    reading: Reading
    tries: int
    before: PlanRow | None
    plan: Plan
    timed: Timed | None


async def keep_plans_in(tx: Tx, run: Run, planned: Sequence[Planned], *, now: datetime) -> None:
    """Write the next revisions and decisions, in the transaction that ends the attempts.

    With the first of a payment goes what its payer will be told.
    """
    if not planned:
        return
    drawn = run.new_ids([one.payment.bucket for one in planned])
    decided = [(one, DecisionId(id)) for one, id in zip(planned, drawn, strict=True)]
    await plans.add_plans(tx, [_row(one, id, now=now) for one, id in decided])
    first = [one for one in planned if one.before is None]
    await notices.add_notices(tx, [row for one in first for row in _notices(one)])
    await routes.add_decisions(tx, [_decision(one, id, now=now) for one, id in decided])


def _row(one: Planned, id: DecisionId, *, now: datetime) -> PlanRow:
    plan, reading, before = one.plan, one.reading, one.before
    return PlanRow(
        bucket=one.payment.bucket,
        payment_id=one.payment.id,
        revision=1 if before is None else before.revision + 1,
        attempt_id=one.attempt.id,
        payment_method_id=plan.method_id,
        market_code=one.subscription.market_code if before is None else before.market_code,
        policy_version=plan.policy.version,
        tries_max=plan.policy.tries_max,
        tries=one.tries,
        category=reading.category,
        advice=advised_by(reading).advice,
        network_advice=reading.network_advice,
        not_before=plan.not_before,
        slots=slots_text(plan.slots),
        track=plan.track,
        next_at=plan.next_at,
        ends_at=plan.ends_at,
        began_at=plan.began_at,
        planned_at=now,
        decision_id=id,
    )


def _notices(one: Planned) -> list[NoticeRow]:
    policy = one.plan.policy
    found = notices_of(
        one.plan.began_at,
        reminder_days=policy.reminder_days,
        grace_days=policy.grace_days,
        zone=one.subscription.zone,
        spread=one.payment.id.int & 0xFFFF,
    )
    return [
        NoticeRow(
            bucket=one.payment.bucket,
            payment_id=one.payment.id,
            kind=notice.kind,
            day=notice.day,
            due_at=notice.due_at,
            told_at=None,
        )
        for notice in found
    ]


def _decision(one: Planned, id: DecisionId, *, now: datetime) -> DecisionRow:
    said = one.timed
    return DecisionRow(
        bucket=one.payment.bucket,
        id=id,
        kind=RETRY,
        subject_id=one.attempt.id,
        policy_version=one.plan.policy.version,
        rule=one.plan.track,
        candidates=candidates(one.plan, said.ppm if said is not None and said.acts else None),
        chosen=chosen_at(one.plan),
        decided_at=now,
        features=None if said is None else json.dumps(told_of(said)),
        learned=json.dumps(kept_of(said)) if said is not None and said.is_asked else None,
    )
