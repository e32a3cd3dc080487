"""Rows of retry plans."""

from datetime import datetime
from typing import NamedTuple

from ledgerline.base.ids import AttemptId, Bucket, DecisionId, PaymentId, PaymentMethodId


class PlanRow(NamedTuple):
    """A revision of the retry plan of a payment.

    It follows the failure of ``attempt_id`` and is the decision ``decision_id``, or the payer asked
    for a try; ``tries`` are those of
    machines by then. ``slots`` is a JSON list with ``day``, ``at`` and ``why`` of each.
    """

    bucket: Bucket
    payment_id: PaymentId
    revision: int
    attempt_id: AttemptId | None
    payment_method_id: PaymentMethodId
    market_code: str
    policy_version: int
    tries_max: int
    tries: int
    category: str | None
    advice: str | None
    network_advice: str | None
    not_before: datetime | None
    slots: str
    track: str
    next_at: datetime
    ends_at: datetime
    began_at: datetime
    planned_at: datetime
    decision_id: DecisionId | None


class BrandRow(NamedTuple):
    """By what a payment is paid: the brand of a card, or the scheme of a mandate."""

    payment_id: PaymentId
    brand: str
