"""Read what decides when refused payments are tried again."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from ledgerline.base.db import Tx
from ledgerline.base.ids import Bucket, PaymentId
from ledgerline.catalog import store as catalog
from ledgerline.catalog.rows import CollectionRow
from ledgerline.flows.read_timers import Told, read_timers_in, timing_of
from ledgerline.payments import plans
from ledgerline.payments.model import AttemptState, Initiator, PaymentState
from ledgerline.payments.rows.attempts import AttemptRow
from ledgerline.payments.rows.learning import TimerRow
from ledgerline.payments.rows.payments import PaymentRow
from ledgerline.payments.rows.plans import BrandRow, PlanRow
from ledgerline.payments.rules.bank_days import scheme_of
from ledgerline.payments.rules.ladder import WANTED_FOR
from ledgerline.payments.rules.plan_rows import plan_of
from ledgerline.payments.rules.retry import AwaitPayer, Retry
from ledgerline.payments.rules.retry_plan import Policy
from ledgerline.payments.rules.settlement import Facts
from ledgerline.subscriptions.rows import SubscriptionRow


class Plans(NamedTuple):
    """Policies, plans, brands and models, once the pipeline that asked for them has ended."""

    policies: Sequence[CollectionRow] = ()
    plans: Sequence[PlanRow] = ()
    brands: Sequence[BrandRow] = ()
    timers: Sequence[TimerRow] = ()

    def newest(self, payment_id: PaymentId) -> PlanRow | None:
        """Return the newest revision of a payment's plan; None where it has not failed yet."""
        return next((one for one in self.plans if one.payment_id == payment_id), None)


async def read_plans_in(tx: Tx, failed: Sequence[tuple[Bucket, PaymentId]]) -> Plans:
    """Read the plans of payments that may have failed, in the caller's pipeline; none costs none.

    Called under the locks of the payments, so that nobody writes a revision meanwhile.
    """
    if not failed:
        return Plans()
    buckets, ids = [bucket for bucket, _ in failed], [one for _, one in failed]
    return Plans(
        await catalog.read_every_collection(tx),
        await plans.read_plans(tx, buckets=buckets, ids=ids),
        await plans.read_brands(tx, buckets=buckets, ids=ids),
        await read_timers_in(tx),
    )


def policy_of(plans: Plans, market_code: str, *, version: int | None = None) -> Policy:
    """Say how a market collects: by a version of its policy, or as it does now."""
    row = next(
        (
            one
            for one in plans.policies
            if one.market_code == market_code and version in {None, one.version}
        ),
        None,
    )
    if row is None:  # nothing failed, so nobody asks
        return Policy(0)
    said = row.value()
    return Policy(
        row.version,
        retry_days=said.retry_days,
        tries_max=said.tries_max,
        collect_days=said.collect_days,
        paydays=said.paydays,
        reminder_days=said.reminder_days,
        grace_days=said.grace_days,
        learned_days=said.learned_days,
        learned_collect_days=said.learned_collect_days,
        try_cost_minor=said.try_cost_minor,
    )


def facts_of(
    attempt: AttemptRow,
    payment: PaymentRow,
    subscription: SubscriptionRow,
    plans: Plans,
    *,
    goes_elsewhere: bool,
    now: datetime,
) -> Facts:
    """Put together what the verdict about an attempt rests on."""
    held = plans.newest(payment.id)
    brand = next((one.brand for one in plans.brands if one.payment_id == payment.id), "")
    version = None if held is None else held.policy_version
    market = subscription.market_code if held is None else held.market_code
    policy = policy_of(plans, market, version=version)
    timer = next((one for one in plans.timers if one.seller_code == payment.seller_code), None)
    told = Told(market, brand, now)
    return Facts(
        attempt_state=AttemptState(attempt.state),
        amount_minor=attempt.amount_minor,
        currency=attempt.currency,
        initiator=Initiator(attempt.initiator),
        looks=attempt.looks,
        payment_state=PaymentState(payment.state),
        tries=payment.tries,
        technical_tries=payment.technical_tries,
        own_failures=payment.own_failures,
        payer_tries=payment.payer_tries,
        resume=_resume(attempt),
        zone=subscription.zone,
        spread=payment.id.int & 0xFFFF,
        method_id=payment.payment_method_id,
        policy=policy,
        plan=None if held is None else plan_of(held, policy),
        scheme=scheme_of(brand),
        timing=timing_of(attempt, payment, timer, told) if plans.policies else None,
        act_until=None if attempt.return_url is None else attempt.sent_at + WANTED_FOR,
        goes_elsewhere=goes_elsewhere,
        captured_ref=attempt.psp_ref if attempt.state == AttemptState.SUCCEEDED else None,
    )


def _resume(attempt: AttemptRow) -> Retry | AwaitPayer | None:
    if attempt.resume_at is None:
        return None
    return AwaitPayer(attempt.resume_at) if attempt.resume_awaits else Retry(attempt.resume_at)
